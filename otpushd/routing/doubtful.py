"""What is right in a rule and yet hardly meant: it never matches, says nothing, goes round in circles.

Pure over compiled rules and what was written; each doubt is a warning with its reason.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from otpushd.files.yaml_document import Steps
from otpushd.model.event import Event
from otpushd.routing.doubt import Doubt
from otpushd.routing.fields import Fields, dotted
from otpushd.routing.impossible import why_never
from otpushd.routing.recipients import FieldTarget, Target
from otpushd.routing.rule import Escalation, Rule
from otpushd.routing.rule_file import RuleKeys
from otpushd.routing.template import MessageTemplate
from otpushd.routing.unending import of_rule

FAILED = "delivery.failed"
"""The one event that otpushd's own messages cause."""
RELABELED = "relabel.completed"
"""The one event that otpushd's own queues cause."""


def doubts(rule: Rule, keys: RuleKeys, fields: Fields, channels: tuple[str, ...] | None) -> Iterator[Doubt]:
    """Everything doubtful about one rule. `channels` are the configuration's, None without one."""
    for path, text in why_never(rule, keys.match or {}, fields):
        yield Doubt(path, text, key=path[0] != "when")
    if rule.condition is not None and rule.condition.always is True:
        yield Doubt(("when",), "`when` is true whatever the event holds: leave it out", key=False)
    if rule.targets and _causes_itself(rule, rule.channels or channels or ()):
        text = (
            f"a message of this rule that fails causes `{FAILED}`, and so this rule's next message: a loop; "
            f"write `match: {{rule: {{not: {rule.name}}}}}`"
        )
        yield Doubt(("on",), text)
    if rule.queue is not None and RELABELED in rule.on and "queue" not in _asked(rule):
        text = (
            f"what this queues causes `{RELABELED}` once it is answered, and so this rule's next event: a loop; "
            "write `match: {queue: …}`, the queues that it is about"
        )
        yield Doubt(("action",), text)
    yield from _of_key(rule)
    for path, title in _titles(rule):
        if names := _may_be_empty(title, rule, keys, fields):
            shown = " and ".join(f"`{name}`" for name in names)
            lacks = f"{shown} {'has' if len(names) == 1 else 'have'} no value"
            text = f"`title` is empty where {lacks}, and the message is then called {rule.name!r}"
            yield Doubt(path, text, key=False)
    for index, step in enumerate(rule.escalate):
        yield from _of_step(rule, index, step)
    written = enumerate(keys.escalate or ())
    yield from of_rule(rule, fields, frozenset(i for i, step in written if isinstance(step, dict) and "until" in step))


def _of_key(rule: Rule) -> Iterator[Doubt]:
    """Where no two messages are the same, nothing is ever said again."""
    if rule.repeat is not None and not rule.key and rule.collect is None:
        text = "each event is a message of its own, so that nothing is ever repeated: write `key`, such as"
        yield Doubt(("repeat",), f"{text} `key: [dataset]`, or `collect`")
    if ("id",) in rule.key and rule.collect is None:
        yield Doubt(("key",), "every event has an `id` of its own, so that no two messages are the same")


def _asked(rule: Rule) -> set[str]:
    """The fields that `match` or `when` look at."""
    reads = rule.condition.reads if rule.condition is not None else ()
    return {one.field for one in rule.matchers} | {str(path[0]) for path in reads}


def _of_step(rule: Rule, index: int, step: Escalation) -> Iterator[Doubt]:
    path = ("escalate", index)
    is_same_way = step.wording.channels == rule.channels and step.wording.priority is rule.priority
    if is_same_way and {_identity(one) for one in step.targets} <= {_identity(one) for one in rule.targets}:
        text = "this tells nobody new; to tell the same people again write `remind_every`"
        yield Doubt((*path, "to"), text)
    if step.until is not None and step.until.on == {FAILED} and FAILED not in rule.on:
        text = f"only otpushd's own messages cause `{FAILED}`, so that nothing but this escalation itself stops it"
        yield Doubt((*path, "until"), text)


def _identity(target: Target) -> object:
    """Equal where the same people are meant: two readers of one field are different functions."""
    return ("field", target.name) if isinstance(target, FieldTarget) else target


def _causes_itself(rule: Rule, channels: Sequence[str]) -> bool:
    """Whether the failure of its own message can match the rule; who asks for `rule` or `channel` is trusted."""
    if FAILED not in rule.on:
        return False
    if rule.condition is not None and {path[0] for path in rule.condition.reads} & {"rule", "channel"}:
        return False
    matchers = [one for one in rule.matchers if one.field in ("rule", "channel")]
    if not channels and any(one.field == "channel" for one in matchers):
        return False
    failures = [_event(FAILED, {"rule": rule.name, "channel": channel}) for channel in channels or ("",)]
    return any(all(one.holds(failure) for one in matchers) for failure in failures)


def _titles(rule: Rule) -> Iterator[tuple[Steps, MessageTemplate]]:
    if rule.title is not None:
        yield ("title",), rule.title
    for index, step in enumerate(rule.escalate):
        if step.wording.title is not None and step.wording.title is not rule.title:
            yield ("escalate", index, "title"), step.wording.title
    if rule.resolve is not None and rule.resolve.wording.title is not None:
        yield ("resolve", "title"), rule.resolve.wording.title


_ALWAYS = frozenset({"id", "source", "time", "event_type", "type", "count", "rule", "recipient", "trigger"})


def _may_be_empty(title: MessageTemplate, rule: Rule, keys: RuleKeys, fields: Fields) -> list[str]:
    """The fields without whose values nothing is left of a title; none where something always is, or they have some.

    A field of a closed set, such as `answer`, is what its event is about, and has a value.
    """
    names = [str(path[0]) for _, path in title.slots]
    asked = {name.partition(".")[0] for name in keys.match or ()}
    asked |= {name for name, field in fields.items() if field.values}
    asked |= {str(path[0]) for path in rule.condition.reads} if rule.condition is not None else set()
    if not names or set(names) & (asked | _ALWAYS) or ("dataset" in names and rule.datasets):
        return []
    text, error = title.render(_event(min(rule.on), {}), {}, {})
    return [] if error is not None or text else list(dict.fromkeys(dotted(path) for _, path in title.slots))


def _event(kind: str, data: dict[str, str]) -> Event:
    return Event(kind, "", "", datetime(2000, 1, 1, tzinfo=UTC), None, data)
