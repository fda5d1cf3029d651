"""Who is told: `to` of a rule or of a step, and whether they are known and can be reached at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from otpushd.files.problem import Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import Steps
from otpushd.model.glob import overlap
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.routing.compile_on import WITHOUT_DATASET
from otpushd.routing.fields import Fields
from otpushd.routing.recipients import OF_DATASET, DatasetTarget, GroupTarget, PersonTarget, Role, Target, parse_target
from otpushd.routing.written import Surroundings, Written


@dataclass(frozen=True, slots=True)
class About:
    """What the rule is about whose `to` is read: its types, their fields if known, its datasets, its name."""

    on: frozenset[str]
    fields: Fields | None
    datasets: Sequence[str]
    rule: str = ""


def read_targets(
    written: Written, names: Sequence[str] | None, channels: tuple[str, ...], about: About
) -> tuple[Target, ...]:
    """Everyone that `to` names, as far as it can be read. A `channels` that is empty is any."""
    fields = about.fields
    if names is not None and not names:
        written.add(("to",), "`to` names nobody")
    targets = []
    for index, name in enumerate(names or ()):
        if fields is None and name.startswith("field:"):
            continue
        target, problem = parse_target(name, fields or {})
        if target is None:
            written.add(written.step("to", index), problem)
        else:
            targets.append(target)
            _check_target(written, written.step("to", index), target, channels, about)
    _check_wishes(written, targets, about)
    if about.on and about.on <= WITHOUT_DATASET and any(isinstance(one, DatasetTarget) for one in targets):
        written.doubt(("to",), f"`{sorted(about.on)[0]}` is about no dataset, so that nobody is named by `dataset.…`")
    return tuple(targets)


def _check_wishes(written: Written, targets: Sequence[Target], about: About) -> None:
    """Has everybody meant opted out of the rule? In fixtures that may be what is tested."""
    people, meant = written.around.people, dict[str, None]()
    for target in targets if people is not None else ():
        match target:
            case PersonTarget(id):
                meant[id] = None
            case GroupTarget(name):
                meant |= dict.fromkeys(people.ever(name) if people else ())
            case DatasetTarget(role):
                meant |= dict.fromkeys(_planned(written.around, role, about.datasets)[0])
            case _:
                return
    known = [people.people.get(one) for one in meant] if people is not None else []
    if known and all(one is not None and one.opted_out(about.rule) for one in known):
        has = "has" if len(known) == 1 else "have all"
        text = f"this reaches nobody: {', '.join(meant)} {has} opted out of this rule"
        written.doubt(("to",), text, key=False)


def _meant(name: str, people: People, fields: Fields | None) -> str:
    """What somebody meant who wrote a bare name that is no person's."""
    if name in people.groups:
        return f"; for the group write 'group:{name}'"
    if fields and name in fields:
        return f"; for whom that field names write 'field:{name}'"
    return did_you_mean(name, [*people.people, *OF_DATASET])


def _check_target(
    written: Written,
    steps: Steps,
    target: Target,
    channels: tuple[str, ...],
    about: About,
) -> None:
    """Is the person or group known, and can the people meant be reached at all?"""
    around = written.around
    people = around.people or (around.fixtures.people if around.fixtures else People())
    severity = Severity.ERROR if around.people is not None else Severity.WARNING
    where = "people.yaml" if around.people is not None else "this file's fixtures"
    match target:
        case PersonTarget(id):
            members: tuple[str, ...] = (id,)
            if id not in people.people:
                written.add(steps, f"no person {id!r} in {where}{_meant(id, people, about.fields)}", severity=severity)
        case GroupTarget(name):
            members = people.ever(name)
            if name not in people.groups:
                hint = did_you_mean(name, people.groups)
                written.add(steps, f"no group {name!r} in {where}{hint}", severity=severity)
            elif not members:
                written.doubt(steps, f"nobody is in group {name!r}, so that this reaches nobody", key=False)
        case DatasetTarget(role):
            members, doubt = _planned(around, role, about.datasets)
            if doubt:
                written.doubt(steps, doubt, key=False)
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
            written.doubt(steps, text, key=False)


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
