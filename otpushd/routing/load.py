"""Rule files to compiled rules, fixtures and tests, with every problem of every file. Opens nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os.path import isdir
from pathlib import Path

from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, Severity
from otpushd.files.yaml_document import Steps, YamlDocument, read_yaml
from otpushd.model.event import Catalogue
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.routing.compile_mute import compile_mute
from otpushd.routing.compile_rule import compile_rule
from otpushd.routing.fixtures import Fixtures, PlanReader, TeamReader, read_fixtures
from otpushd.routing.mute_names import check_mutes, named_mutes
from otpushd.routing.opt_outs import idle_opt_outs, rule_names
from otpushd.routing.rule import Mute, Rule
from otpushd.routing.rule_file import FileKeys
from otpushd.routing.rule_test import RuleTest, read_test
from otpushd.routing.twice import Candidate, twice
from otpushd.routing.written import Surroundings

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one file holds, as far as it is right; `document` gives the places of its tests. Names of mutes differ.

    `good` is whether it has no errors: only then do its tests say something about its rules.
    """

    document: YamlDocument
    rules: tuple[Rule, ...]
    fixtures: Fixtures | None
    tests: tuple[RuleTest, ...]
    good: bool = True
    mutes: tuple[Mute, ...] = ()


def load_rules(
    paths: Sequence[Path],
    *,
    catalogue: Catalogue,
    people: People | None,
    channels: Sequence[str] | None,
    expose: Sequence[str] | None,
    root: Path | None = None,
    plan: Plan | None = None,
    read_plan: PlanReader | None = None,
    read_team: TeamReader | None = None,
) -> tuple[tuple[RuleFile, ...], list[Problem]]:
    """The rule files among `paths`, files or folders (`*.yaml` and `*.yml`, not deeper), and all problems in order.

    Without a configuration pass None: what only it can know is then a warning. File names in problems are relative
    to `root` where they are below it. `read_plan` and `read_team` read what fixtures hold of a plan and of people.
    Never raises for what files hold.
    """
    around = Surroundings(
        catalogue,
        people,
        None if channels is None else tuple(channels),
        None if expose is None else tuple(expose),
        plan or Plan(),
    )
    files: list[RuleFile] = []
    problems: list[Problem] = []
    order: dict[str, int] = {}
    for path, shown in _files(paths, root, problems):
        order[shown] = len(order)
        document, wrong = read_yaml(path, shown)
        problems += wrong
        if document is not None:
            file, wrong = _file(document, around, path.parent, read_plan, read_team)
            files.append(file)
            problems += wrong
    problems += _repeated_names(files)
    problems += _doubled(files, people)
    problems += check_mutes([file.document for file in files])
    named = named_mutes([(file.document.file, file.mutes) for file in files])
    files = [replace(file, mutes=mutes) for file, mutes in zip(files, named, strict=True)]
    wrong_files = {problem.file for problem in problems if problem.severity is Severity.ERROR}
    files = [replace(file, good=file.document.file not in wrong_files) for file in files]
    unique = dict.fromkeys(problems)
    return tuple(files), sorted(unique, key=lambda one: (order.get(one.file, -1), one.line, one.column, one.text))


def _files(paths: Iterable[Path], root: Path | None, problems: list[Problem]) -> Iterator[tuple[Path, str]]:
    """Every file once, with the name to show."""
    seen = set()
    for path in paths:
        found = [path]
        if path.is_dir():
            try:
                found = sorted(one for one in path.iterdir() if _is_rule_file(one))
            except OSError as error:
                problems.append(Problem(_shown(path, root), 1, 1, f"the folder cannot be read: {error.strerror}"))
                continue
            if not found:
                problems.append(Problem(_shown(path, root), 1, 1, "no *.yaml or *.yml file in this folder"))
        for one in found:
            if (resolved := one.resolve()) not in seen:
                seen.add(resolved)
                yield one, _shown(one, root)


def _is_rule_file(path: Path) -> bool:
    """As for a configuration's `rules`: not what an editor hides; what may not be looked at is reported when read."""
    return path.suffix in _SUFFIXES and not path.name.startswith(".") and not isdir(path)  # noqa: PTH112 - Path.is_dir raises


def _shown(path: Path, root: Path | None) -> str:
    return str(path.relative_to(root)) if root is not None and path.is_relative_to(root) else str(path)


def _file(
    document: YamlDocument,
    around: Surroundings,
    folder: Path,
    read_plan: PlanReader | None,
    read_team: TeamReader | None,
) -> tuple[RuleFile, list[Problem]]:
    if isinstance(document.data, list):
        text = "a rule file begins with `rules:`, and below it the list of rules"
        return RuleFile(document, (), None, ()), [document.problem((), text)]
    keys, problems = read_keys(FileKeys, document, ())
    fixtures = None
    if keys.fixtures is not None:
        fixtures, wrong = read_fixtures(document, ("fixtures",), folder, read_plan, read_team)
        problems += idle_opt_outs(document, ("fixtures", "people"), rule_names(document))
        problems += wrong
    if isinstance(document.data, dict) and "rules" not in document.data:
        problems.append(document.problem((), "`rules` is missing"))
    around = replace(around, fixtures=fixtures)
    rules = []
    for index in range(len(keys.rules or ())):
        rule, wrong = compile_rule(document, ("rules", index), around)
        problems += wrong
        rules += [rule] if rule else []
    mutes = []
    for index in range(len(keys.mute or ())):
        mute, wrong = compile_mute(document, ("mute", index), around)
        problems += wrong
        mutes += [mute] if mute else []
    names = [str(document.at(("rules", index, "name"))) for index in range(len(keys.rules or ()))]
    known = fixtures.people if fixtures else around.people
    tests = []
    for index in range(len(keys.tests or ())):
        test, wrong = read_test(document, ("tests", index), around.catalogue, known, names)
        problems += wrong
        tests.append(test)
    return RuleFile(document, tuple(rules), fixtures, tuple(tests), mutes=tuple(mutes)), problems


def _repeated_names(files: Iterable[RuleFile]) -> Iterator[Problem]:
    """Names must differ over all files, for they are part of what makes a message the same one."""
    first: dict[str, str] = {}
    for file in files:
        data = file.document.data
        rules = data.get("rules") if isinstance(data, dict) else None
        for index in range(len(rules) if isinstance(rules, list) else 0):
            path = ("rules", index, "name")
            name = file.document.at(path)
            if not isinstance(name, str):
                continue
            if name in first:
                yield file.document.problem(path, f"the rule name {name!r} is taken at {first[name]}")
            else:
                line, column = file.document.position(path)
                first[name] = f"{file.document.file}:{line}:{column}"


def _doubled(files: Iterable[RuleFile], people: People | None) -> Iterator[Problem]:
    """Rules of any file that tell what another one tells. Without the configuration's `people` each has its own."""
    places: dict[str, tuple[YamlDocument, Steps]] = {}
    candidates: list[Candidate] = []
    for file in files:
        rules = {rule.name: rule for rule in file.rules}
        known = people or (file.fixtures.people if file.fixtures else People())
        entries = file.document.at(("rules",))
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            rule = rules.get(str(entry.get("name"))) if isinstance(entry, dict) else None
            if rule is not None:
                places[rule.place] = file.document, ("rules", index, "name")
                candidates.append(Candidate(rule, entry, known))
    for found in twice(candidates):
        document, path = places[found.rule.place]
        yield document.problem(path, found.text, severity=Severity.WARNING)
