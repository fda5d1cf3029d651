"""What in a plan has no effect or cannot be meant, though each key by itself is right. Mostly warnings."""

from collections.abc import Collection, Iterator, Sequence

from otpushd.config.plan_settings import DatasetSettings
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.glob import is_glob
from otpushd.model.glob_index import Above, GlobIndex
from otpushd.model.plan import Plan, Where

_NEEDS = (
    ("remind", "deadline", "`remind` has no effect without `deadline`"),
    ("milestones", "target", "`milestones` has no effect without `target`: they are shares of it"),
    ("deadline", "target", "without `target` nobody can tell whether the deadline is met"),
)
"""A key, the key that it needs, and what to say where that is missing."""
_MOST_SUGGESTED = 100
"""Of more names that are wrong none is one slip of the finger, and looking for each one's nearest takes its time."""


def doubts(document: YamlDocument, path: Steps, keys: DatasetSettings, pattern: str) -> Iterator[Problem]:
    """What the keys of one entry under `datasets` are to each other."""
    data = document.at(path)
    data = data if isinstance(data, dict) else {}

    def warning(steps: Steps, text: str, *, key: bool = True) -> Problem:
        return document.problem((*path, *steps), text, key=key, severity=Severity.WARNING)

    for key, needed, text in _NEEDS:
        if data.get(key) and needed not in data:
            yield warning((key,), text)
    seen: set[float] = set()
    for number, percent in enumerate(keys.milestones):
        if percent in seen:
            yield warning(("milestones", number), f"{percent:g}% stands here twice", key=False)
        seen.add(percent)
    if keys.review is not None:
        if keys.review.in_ == pattern:
            yield document.problem((*path, "review", "in"), "a dataset cannot be reviewed in itself")
        if any(each >= keys.review.within for each in keys.review.remind):
            yield warning(("review", "remind"), "a reminder as long as `within` comes with the answer itself")
    if keys.idle is not None:
        if keys.idle.annotators is None and keys.idle.dataset is None:
            yield document.problem((*path, "idle"), "say how long: `annotators: 8h`, `dataset: 1d`, or both", key=True)
        if keys.idle.annotators is not None and "annotators" not in data:
            text = "nobody is expected here: without `annotators` beside `idle` this has no effect"
            yield warning(("idle", "annotators"), text)
        if keys.idle.dataset is not None and "target" not in data:
            text = "without `target` nobody can tell whether anything is left to do: this has no effect"
            yield warning(("idle", "dataset"), text)


def shadowed(plan: Plan) -> Iterator[Problem]:
    """Entries that never apply, because one above them matches all that they match."""
    above = Above()
    for entry in plan.entries:
        if entry.pattern not in plan.review_datasets:
            wide = above.covering(entry.pattern)
            if wide is not None:
                text = f"this never applies, for `{wide}` above matches the same; move this above it"
                yield Problem(*entry.where, text, Severity.WARNING)
        above.add(entry.pattern)


def repeated_names(document: YamlDocument, path: Steps, count: int) -> Iterator[Problem]:
    """Entries of the list at `path` with the name of one above: events name them, so they must differ."""
    seen: set[str] = set()
    for number in range(count):
        name = document.at((*path, number, "name"))
        if isinstance(name, str) and name in seen:
            yield document.problem((*path, number, "name"), f"the name `{name}` stands here twice; choose another")
        if isinstance(name, str):
            seen.add(name)


def plan_warnings(plan: Plan, dataset_names: Collection[str]) -> list[Problem]:
    """What the plan says of datasets that do not exist (yet), given the names of all that do."""
    planned = [plan.lookup(name) for name in dataset_names]
    applied = {one.entry.pattern for one in planned if one.entry is not None}
    watched = {monitor.name for one in planned for monitor in one.monitors}
    due = {milestone.name for one in planned for milestone in one.milestones}
    doubts: list[tuple[Where, str, tuple[str, ...]]]
    doubts = [(one.where, "", (one.pattern,)) for one in plan.entries if one.pattern not in applied]
    doubts += [(one.where, f"monitor `{one.name}`: ", one.datasets) for one in plan.monitors if one.name not in watched]
    doubts += [(one.where, f"milestone `{one.name}`: ", one.datasets) for one in plan.milestones if one.name not in due]
    index = GlobIndex((pattern, pattern) for _, _, patterns in doubts for pattern in patterns)
    taken = {pattern for name in dataset_names for pattern in index.matching(name)}
    likely = dataset_names if len(doubts) <= _MOST_SUGGESTED else ()
    found = [
        Problem(*where, what + _nothing(patterns, taken, likely), Severity.WARNING) for where, what, patterns in doubts
    ]
    text = "a dataset has this name too, and its owners would get nothing; choose another"
    found += [
        Problem(*one.where, text, Severity.WARNING) for one in plan.milestones if one.name in frozenset(dataset_names)
    ]
    return sorted(found)


def _nothing(patterns: Sequence[str], taken: Collection[str], likely: Collection[str]) -> str:
    """Why these globs apply to no dataset. Those `taken` match one, `likely` are the names that may be meant."""
    shown = ", ".join(f"`{pattern}`" for pattern in patterns)
    if any(pattern in taken for pattern in patterns):
        return f"{shown} applies to no dataset: an entry above, or a review's own, takes what it matches"
    nearest = did_you_mean(patterns[0], likely) if len(patterns) == 1 and not is_glob(patterns[0]) else ""
    return f"no dataset is called {shown} so far{nearest}"
