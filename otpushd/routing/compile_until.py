"""Which later event ends something: `until` of a rule, a step or a mute, and `on` and `when` of `resolve`."""

from collections.abc import Sequence
from dataclasses import dataclass

from otpushd.files.keys import read_keys
from otpushd.routing.compile_on import read_types
from otpushd.routing.counterparts import counterpart
from otpushd.routing.fields import Fields
from otpushd.routing.pairing import compile_pairing
from otpushd.routing.rule import Counterpart
from otpushd.routing.rule_file import CounterpartKeys
from otpushd.routing.written import Written


@dataclass(frozen=True, slots=True)
class Trigger:
    """The earlier event: its types, and its fields with the numbers of a group; None where they are not known."""

    on: frozenset[str]
    fields: Fields | None


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends something. `fields` are those of the later event; `keeps_task`: its condition reads `trigger.task`."""

    counterpart: Counterpart
    fields: Fields
    keeps_task: bool


def read_until(written: Written, key: str, trigger: Trigger) -> Ending | None:
    """What `key` says: types of events, or `{on, when}`. None where it is absent or wrong."""
    value = written.document.at((*written.path, key))
    if isinstance(value, str | list):
        names = [value] if isinstance(value, str) else value
        if not all(isinstance(name, str) for name in names):
            written.add((key,), "expected event types, or {on: …, when: …}")
            return None
        return _ending(written, read_types(written, names, key), None, trigger)
    if not isinstance(value, dict):
        return None
    inner = written.below(key)
    keys, problems = read_keys(CounterpartKeys, inner.document, inner.path)
    written.problems.extend(problems)
    if not inner.has("on"):
        inner.add((), "`on` is missing, the type of the event that ends it")
    return read_ending(inner, keys.on, keys.when, trigger)


def read_ending(written: Written, names: Sequence[str] | None, when: str | None, trigger: Trigger) -> Ending | None:
    """What the `on` and `when` at a place say, or None where they are wrong."""
    if names is None and written.has("on"):
        return None
    return _ending(written, read_types(written, names or ()), when, trigger)


def _ending(
    written: Written, later: tuple[frozenset[str], Fields | None], when: str | None, trigger: Trigger
) -> Ending | None:
    on, fields = later
    if fields is None or trigger.fields is None:
        return None
    pairing = None
    if when is not None:
        pairing, flaws = compile_pairing(when, fields, trigger.fields)
        written.add_flaws("when", flaws)
        if pairing is None:
            return None
    return Ending(counterpart(on, trigger.on, pairing), fields, pairing is not None and pairing.content)
