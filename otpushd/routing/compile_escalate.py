"""What follows a message: `escalate` of a rule, step by step, and `resolve`, the closing message."""

from datetime import timedelta

from otpushd.files.keys import read_keys
from otpushd.routing.compile_targets import About, read_targets
from otpushd.routing.compile_until import Ending, Trigger, read_ending, read_until
from otpushd.routing.compile_wording import read_wording
from otpushd.routing.rule import Escalation, Resolve, Wording
from otpushd.routing.rule_file import EscalationKeys, ResolveKeys
from otpushd.routing.told_fields import of_resolve
from otpushd.routing.written import Written


def read_escalation(
    written: Written, count: int, above: Wording, about: About, trigger: Trigger, until: Ending | None
) -> tuple[tuple[Escalation, ...], list[Ending]]:
    """The `count` steps of a rule whose message is `above` and whose cause `until` ends, and what its steps end at."""
    steps: list[Escalation] = []
    endings: list[Ending] = []
    before: timedelta | None = None
    own: Ending | None = None
    is_ended = written.has("until") or written.has("resolve")
    for index in range(count):
        inner = written.below("escalate", index)
        keys, problems = read_keys(EscalationKeys, inner.document, inner.path)
        written.problems.extend(problems)
        if not isinstance(inner.document.at(inner.path), dict):
            continue
        for key in ("after", "to"):
            if not inner.has(key):
                inner.add((), f"`{key}` is missing")
        _check_after(inner, keys.after, before)
        before = keys.after or before
        own = read_until(inner, "until", trigger) or own
        endings += [own] if own is not None else []
        is_ended = is_ended or inner.has("until")
        if not is_ended:
            inner.doubt(("after",), "nothing stops this step: write `until`, the event that makes it needless")
        wording = read_wording(inner, keys, trigger.fields, above)
        about = About(about.on, trigger.fields, about.datasets, about.rule)
        targets = read_targets(inner, keys.to, wording.channels, about)
        ending = own or until
        step = Escalation(keys.after or timedelta(), ending.counterpart if ending else None, targets, wording)
        steps.append(step)
    if count == 0:
        written.add(("escalate",), "`escalate` has no steps")
    return tuple(steps), endings


def _check_after(written: Written, after: timedelta | None, before: timedelta | None) -> None:
    if after is None:
        return
    if after <= timedelta():
        written.add(("after",), "`after` must be more than nothing; who is told at once stands in the rule's `to`")
    elif before is not None and after <= before:
        text = "`after` counts from the rule's own message, so that this step does not come after the one before it"
        written.doubt(("after",), text)


def read_resolve(written: Written, above: Wording, trigger: Trigger) -> tuple[Resolve | None, Ending | None]:
    """The closing message, which has its channels and priority from the message `above`, and what it comes at."""
    inner = written.below("resolve")
    keys, problems = read_keys(ResolveKeys, inner.document, inner.path)
    written.problems.extend(problems)
    if not isinstance(inner.document.at(inner.path), dict):
        return None, None
    for key in ("on", "title"):
        if not inner.has(key):
            inner.add((), f"`{key}` is missing")
    ending = read_ending(inner, keys.on, keys.when, trigger)
    fields = of_resolve(ending.fields, trigger.fields) if ending is not None and trigger.fields is not None else None
    wording = read_wording(inner, keys, fields, Wording(above.channels, above.priority, None, None, None, None))
    return (None if ending is None else Resolve(ending.counterpart, wording, frozenset(ending.fields))), ending
