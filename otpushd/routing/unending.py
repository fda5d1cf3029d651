"""What is to end a rule, a step or a mute and hardly does as meant: it never comes, or what opens it ends it too.

Pure over compiled rules; silent where it cannot be told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from otpushd.files.yaml_document import Steps
from otpushd.model.event import Event
from otpushd.model.glob import fits
from otpushd.routing.compile_on import WITHOUT_DATASET
from otpushd.routing.doubt import Doubt
from otpushd.routing.fields import EVENT_TYPE, Fields
from otpushd.routing.pairing import CompiledPairing
from otpushd.routing.rule import Counterpart, Mute, Rule
from otpushd.routing.told_fields import COUNT, collected

_OF_A_DATASET = frozenset(
    {
        "answer.saved", "example.added", "dataset.created", "dataset.dropped", "dataset.completed", "dataset.stalled",
        "annotator.idle", "progress.milestone", "deadline.approaching", "deadline.missed", "deadline.met",
        "review.due", "review.overdue", "monitor.triggered", "monitor.recovered", "input.disagreement",
        "input.settled", "batch.incomplete",
    }
)  # fmt: skip
"""Types whose events are always about a dataset: those that are made from what is in one."""
_NO_GROUPING = frozenset({"id", "time", "meta", "task"})


@dataclass(frozen=True, slots=True)
class _End:
    """What ends something, and where that stands."""

    path: Steps
    counterpart: Counterpart

    @property
    def pairing(self) -> CompiledPairing | None:
        condition = self.counterpart.condition
        return condition if isinstance(condition, CompiledPairing) else None


def of_rule(rule: Rule, fields: Fields, own_steps: frozenset[int]) -> Iterator[Doubt]:
    """What is doubtful about the ends of a rule on events with these fields. `own_steps` are the numbers of the steps
    with an `until` of their own.
    """
    ends = [_End(("until",), rule.until)] if rule.until is not None else []
    ends += [_End(("resolve",), rule.resolve.counterpart)] if rule.resolve is not None else []
    for end in ends:
        yield from _of_group(rule, end, fields)
    for index, step in enumerate(rule.escalate):
        if step.until is not None and index in own_steps:
            ends.append(_End(("escalate", index, "until"), step.until))
    for end in ends:
        yield from _never_comes(rule, end, "of this rule")
    if rule.resolve is not None and (both := _opening_too(rule, _End(("resolve",), rule.resolve.counterpart))):
        text = f"each `{both}` both closes this and opens it again; write a `when` that tells them apart"
        yield Doubt(("resolve", "on"), text)


def of_mute(mute: Mute) -> Iterator[Doubt]:
    """What is doubtful about the end of a mute."""
    end = _End(("while", "until"), mute.until)
    yield from _never_comes(mute, end, "that begins this mute")
    is_any = not mute.matchers and (mute.condition is None or mute.condition.always is True)
    if is_any and (both := _opening_too(mute, end)):
        text = f"each `{both}` both ends this mute and begins it again; write {{on: …, when: …}} to tell them apart"
        yield Doubt(end.path, text)


def _opening_too(opener: Rule | Mute, end: _End) -> str:
    """The type of an event that opens what it ends, or none. A condition on more than equal fields may prevent that."""
    both = opener.on & end.counterpart.on
    return min(both) if both and (end.pairing is None or end.pairing.joins_only) else ""


def _never_comes(opener: Rule | Mute, end: _End, whose: str) -> Iterator[Doubt]:
    if end.pairing is not None and end.pairing.always is False:
        yield Doubt(end.path, "this never comes: its `when` is never true, whatever the events hold")
    elif (bare := _without_dataset(opener, end)) and end.pairing is None:
        how = "write {on: …, when: event.source == trigger.source}"
        yield Doubt(end.path, f"this never comes: it is to be of the same dataset, and `{bare}` is about none; {how}")
    elif bare:
        yield Doubt(end.path, f"this never comes: its `when` compares datasets, and `{bare}` is about none")
    elif end.pairing is not None:
        for name, text in _asked_of_trigger(end.pairing).items():
            if not _may_have(opener, name, text):
                what = f'this never comes: it asks for trigger.{name} "{text}"'
                yield Doubt(end.path, f"{what}, and no event {whose} has that")
                return


def _without_dataset(opener: Rule | Mute, end: _End) -> str:
    """A type that has no dataset, where events of one dataset are asked for."""
    if (("dataset",), ("dataset",)) not in end.counterpart.joins:
        return ""
    for ones, others in ((end.counterpart.on, opener.on), (opener.on, end.counterpart.on)):
        if ones and ones <= WITHOUT_DATASET and (end.pairing is not None or others <= _OF_A_DATASET):
            return min(ones)
    return ""


def _asked_of_trigger(pairing: CompiledPairing) -> Mapping[str, str]:
    """The texts that fields of the trigger must have, be it because the event's must and both are equal."""
    same = {str(ours[0]): str(theirs[0]) for ours, theirs in pairing.joins}
    asked = {}
    for name, text in pairing.wanted:
        side, _, field = name.partition(".")
        if side == "trigger":
            asked[field] = text
        elif field in same:
            asked[same[field]] = text
    return asked


def _may_have(opener: Rule | Mute, name: str, text: str) -> bool:
    """Whether an event that opens it may have this text as that field, as far as `on`, `datasets` and `match` say."""
    if name == EVENT_TYPE:
        return text in opener.on
    if name == "dataset" and opener.datasets and not any(fits(text, pattern) for pattern in opener.datasets):
        return False
    dataset, source = text if name == "dataset" else None, text if name == "source" else ""
    event = Event(min(opener.on), "", source, datetime(2000, 1, 1, tzinfo=UTC), dataset, {name: text})
    return all(matcher.holds(event) for matcher in opener.matchers if matcher.field == name)


def _of_group(rule: Rule, end: _End, fields: Fields) -> Iterator[Doubt]:
    """An end that looks at what may differ within a group ends it only for the first event, as pacing/ending.py has it.

    Who asks for `count` or another number of the group knows that.
    """
    about = end.counterpart.about
    if rule.collect is None or about & ({COUNT} | (collected(fields).keys() - fields.keys())):
        return
    by = [".".join(map(str, path)) for path in rule.key]
    fixed = {str(path[0]) for path in rule.key if len(path) == 1} | {"source"}
    fixed |= {one.field for one in rule.matchers if one.texts is not None and len(one.texts) == 1}
    if len(rule.datasets) == 1 and not any(sign in rule.datasets[0] for sign in "*?["):
        fixed.add("dataset")
    if len(rule.on) == 1:
        fixed.add(EVENT_TYPE)
    if loose := sorted(about - fixed):
        looks = " and ".join(f"trigger.{name}" for name in loose)
        group = f"a group collected by [{', '.join(by)}]" if by else "a group"
        text = (
            f"`{end.path[0]}` looks at {looks}, which may differ in {group}: "
            "the end of its first event is told as that of all"
        )
        mend = "" if _NO_GROUPING & set(loose) else f"; write `by: [{', '.join([*by, *loose])}]`"
        yield Doubt(end.path, text + mend)
