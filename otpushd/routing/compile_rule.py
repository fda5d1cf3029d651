"""One rule of a file, checked against everything it names, to a Rule. Every problem is reported, not only the first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.delivery import Priority
from otpushd.model.event import Catalogue
from otpushd.model.glob import overlap
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.routing.condition import Condition, compile_condition
from otpushd.routing.event_type import known_types
from otpushd.routing.fields import Fields, known_fields
from otpushd.routing.fixtures import Fixtures
from otpushd.routing.flaw import Flaw
from otpushd.routing.match import Matcher, compile_match
from otpushd.routing.queue_check import read_queue
from otpushd.routing.recipients import OF_DATASET, DatasetTarget, GroupTarget, PersonTarget, Role, Target, parse_target
from otpushd.routing.rule import Rule
from otpushd.routing.rule_file import LATER_RULE_KEYS, RuleKeys
from otpushd.routing.template import MessageTemplate, Part, compile_template

_SINGLE_BRACES = re.compile(r"(?<!\{)\{\s*([A-Za-z_]\w*)\s*\}(?!\})")
_WITHOUT_DATASET = frozenset({"source.unavailable", "source.recovered"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules may name. `people`, `channels` and `expose` are None where there is no configuration."""

    catalogue: Catalogue
    people: People | None
    channels: tuple[str, ...] | None
    expose: tuple[str, ...] | None
    plan: Plan = field(default_factory=Plan)
    fixtures: Fixtures | None = None


@dataclass(slots=True)
class _Reading:
    document: YamlDocument
    path: Steps
    around: Surroundings
    problems: list[Problem] = field(default_factory=list)

    def add(self, steps: Steps, text: str, *, key: bool = False, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(self.document.problem((*self.path, *steps), text, key=key, severity=severity))

    def add_flaws(self, key: str, flaws: Sequence[Flaw]) -> None:
        self.problems += [
            self.document.problem((*self.path, key), flaw.text, offset=flaw.offset, severity=flaw.severity)
            for flaw in flaws
        ]

    def step(self, key: str, index: int) -> Steps:
        """Where entry `index` of a key stands that takes one value or a list."""
        return (key, index) if isinstance(self.document.at((*self.path, key)), list) else (key,)


def compile_rule(document: YamlDocument, path: Steps, around: Surroundings) -> tuple[Rule | None, list[Problem]]:
    """The rule at `path`, or None with at least one error. Warnings may come with a rule."""
    keys, problems = read_keys(RuleKeys, document, path, LATER_RULE_KEYS)
    reading = _Reading(document, path, around, problems)
    data = document.at(path)
    if not isinstance(data, dict):
        return None, problems
    for key in ("name", "on"):
        if key not in data:
            reading.add((), f"`{key}` is missing")
    if "to" not in data and "action" not in data:
        reading.add((), "`to` is missing, or an `action`: nothing would happen")
    if "to" in data and "title" not in data:
        reading.add((), "`title` is missing")
    if keys.name is not None and not _NAME.fullmatch(keys.name):
        reading.add(
            ("name",), "a rule's name is letters, digits, `-`, `_` and `.`, at most 80, such as `expert-rejects`"
        )
    on, fields = _types(reading, keys.on or ())
    if keys.datasets and on and on <= _WITHOUT_DATASET:
        text = f"`{sorted(on)[0]}` is about no dataset, so that with `datasets` this rule never fires"
        reading.add(("datasets",), text, key=True, severity=Severity.WARNING)
    for key in ("datasets", "channel"):
        if getattr(keys, key) == ():
            reading.add((key,), f"`{key}` names none; leave it out for any")
    matchers, condition = _conditions(reading, keys, fields)
    channels = _channels(reading, keys.channel)
    targets = _targets(reading, keys, channels, fields)
    if on and on <= _WITHOUT_DATASET and any(isinstance(one, DatasetTarget) for one in targets):
        text = f"`{sorted(on)[0]}` is about no dataset, so that nobody is named by `dataset.…`"
        reading.add(("to",), text, key=True, severity=Severity.WARNING)
    title, body, link = (_template(reading, part, keys, fields) for part in (Part.TITLE, Part.BODY, Part.LINK))
    queue = None
    if keys.action is not None:
        queue, wrong = read_queue(document, (*path, "action", "queue"), keys.action.queue, fields, around.expose)
        reading.problems += wrong
    if keys.expires is not None and keys.expires <= timedelta():
        reading.add(("expires",), "`expires` must be more than nothing, else no message is ever sent")
    if any(problem.severity is Severity.ERROR for problem in reading.problems) or fields is None:
        return None, reading.problems
    line, column = document.position((*path, "name"))
    rule = Rule(
        name=keys.name or "",
        place=f"{document.file}:{line}:{column}",
        on=on,
        datasets=keys.datasets or (),
        matchers=matchers,
        condition=condition,
        targets=targets,
        channels=channels,
        priority=keys.priority or Priority.NORMAL,
        title=title,
        body=body,
        link=link,
        expires=keys.expires,
        queue=queue,
    )
    return rule, reading.problems


def _types(reading: _Reading, names: Sequence[str]) -> tuple[frozenset[str], Fields | None]:
    """The types named, and their fields; None where no name was right or near, so that fields cannot be judged."""
    found = []
    for index, name in enumerate(names):
        kinds, problem = known_types(name, reading.around.catalogue)
        if problem:
            reading.add(reading.step("on", index), problem)
        found += kinds
    if not names and "on" in reading.document.at(reading.path):
        reading.add(("on",), "`on` names no event type")
    return frozenset(kind.name for kind in found), known_fields(found) if found else None


def _conditions(
    reading: _Reading, keys: RuleKeys, fields: Fields | None
) -> tuple[tuple[Matcher, ...], Condition | None]:
    if fields is None:
        return (), None
    matchers: tuple[Matcher, ...] = ()
    condition = None
    if keys.match is not None:
        matchers, misfits = compile_match(keys.match, fields)
        for misfit in misfits:
            reading.add(("match", *misfit.path), misfit.text, key=misfit.key)
    if keys.when is not None:
        condition, flaws = compile_condition(keys.when, fields)
        reading.add_flaws("when", flaws)
    return matchers, condition


def _template(reading: _Reading, part: Part, keys: RuleKeys, fields: Fields | None) -> MessageTemplate | None:
    text = getattr(keys, part.value)
    if text is None or fields is None:
        return None
    template, flaws = compile_template(text, part, fields, reading.around.expose)
    reading.add_flaws(part.value, flaws)
    for found in _SINGLE_BRACES.finditer(text):
        if found[1] in fields:
            flaw = f"`{found[0]}` is sent as it stands; for the field's value write two braces: {{{{ {found[1]} }}}}"
            reading.add_flaws(part.value, [Flaw(found.start(), flaw, Severity.WARNING)])
    if part is Part.TITLE and not text.strip():
        reading.add(("title",), "`title` is empty")
    return template


def _channels(reading: _Reading, names: Sequence[str] | None) -> tuple[str, ...]:
    around = reading.around
    known: Sequence[str] | None = around.channels
    severity = Severity.ERROR
    if known is None and around.fixtures is not None:
        known, severity = around.fixtures.channels, Severity.WARNING
    for index, name in enumerate(names or ()):
        if known is not None and name not in known:
            where = "channel of the configuration" if around.channels is not None else "person of the fixtures has"
            text = f"no {where} {name!r}{did_you_mean(name, known) or _listed(known)}"
            reading.add(reading.step("channel", index), text, severity=severity)
    return tuple(dict.fromkeys(names or ()))


def _targets(reading: _Reading, keys: RuleKeys, channels: tuple[str, ...], fields: Fields | None) -> tuple[Target, ...]:
    names = keys.to
    if names is not None and not names:
        reading.add(("to",), "`to` names nobody")
    targets = []
    for index, name in enumerate(names or ()):
        if fields is None and name.startswith("field:"):
            continue
        target, problem = parse_target(name, fields or {})
        if target is None:
            reading.add(reading.step("to", index), problem)
        else:
            targets.append(target)
            _check_target(reading, reading.step("to", index), target, channels, fields, keys.datasets or ())
    return tuple(targets)


def _meant(name: str, people: People, fields: Fields | None) -> str:
    """What somebody meant who wrote a bare name that is no person's."""
    if name in people.groups:
        return f"; for the group write 'group:{name}'"
    if fields and name in fields:
        return f"; for whom that field names write 'field:{name}'"
    return did_you_mean(name, [*people.people, *OF_DATASET])


def _check_target(
    reading: _Reading,
    steps: Steps,
    target: Target,
    channels: tuple[str, ...],
    fields: Fields | None,
    datasets: Sequence[str],
) -> None:
    """Is the person or group known, and can the people meant be reached at all?"""
    around = reading.around
    people = around.people or (around.fixtures.people if around.fixtures else People())
    severity = Severity.ERROR if around.people is not None else Severity.WARNING
    where = "people.yaml" if around.people is not None else "this file's fixtures"
    match target:
        case PersonTarget(id):
            members: tuple[str, ...] = (id,)
            if id not in people.people:
                reading.add(steps, f"no person {id!r} in {where}{_meant(id, people, fields)}", severity=severity)
        case GroupTarget(name):
            members = people.ever(name)
            if name not in people.groups:
                hint = did_you_mean(name, people.groups)
                reading.add(steps, f"no group {name!r} in {where}{hint}", severity=severity)
        case DatasetTarget(role):
            members, doubt = _planned(around, role, datasets)
            if doubt:
                reading.add(steps, doubt, severity=Severity.WARNING)
        case _:
            return
    known = around.channels if around.channels is not None else (around.fixtures.channels if around.fixtures else ())
    wanted = channels or known
    if not set(wanted) <= set(known):
        return  # said already, of the channel
    for member in members:
        person = people.people.get(member)
        if person is not None and not any(person.addresses.get(channel) for channel in wanted):
            text = f"{member!r} has no address for {', '.join(wanted) or 'any channel'} and will get nothing"
            reading.add(steps, text, severity=Severity.WARNING)


def _planned(around: Surroundings, role: Role, datasets: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Whom the plan can name to a rule about these datasets, and why nobody, if it can name none."""
    fixtures = Plan() if around.fixtures is None else around.fixtures.plan
    plan, where = (around.plan, "the plan") if around.people is not None else (fixtures, "the plan of the fixtures")
    if role is Role.OWNERS:
        roster = [(entry.pattern, entry.owners) for entry in plan.entries]
        roster += [(milestone.name, milestone.owners) for milestone in plan.milestones]
    else:
        roster = [(entry.pattern, entry.annotators) for entry in plan.entries]
    named = [(pattern, people) for pattern, people in roster if people]
    if not named:
        return (), f"{where} names no {role} of any dataset, so that this reaches nobody"
    found = [people for pattern, people in named if not datasets or any(overlap(pattern, one) for one in datasets)]
    if not found:
        shown = ", ".join(datasets)
        return (), f"{where} names no {role} of any dataset like {shown}, so that this reaches nobody"
    return tuple(dict.fromkeys(person for people in found for person in people)), ""


def _listed(names: Sequence[str]) -> str:
    return f"; there is {', '.join(names)}" if names else ""
