"""A condition over two events: `event.…` is the one that came, `trigger.…` the earlier one that it may end.

CEL as in `when:`, by the same compiler; what is null in either event is an error value there too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from otpushd.model.event import Event, Kind
from otpushd.routing import plain
from otpushd.routing.cel_text import Reading, Word, conjuncts
from otpushd.routing.condition import (
    Inputs,
    Questions,
    Verdict,
    compile_text,
    constant,
    evaluate,
    inputs_of,
    questions_of,
)
from otpushd.routing.fields import Fields, Path, reader
from otpushd.routing.flaw import Flaw
from otpushd.routing.sides import EVENT, TRIGGER, bare, of_both

Join = tuple[Path, Path]
"""Into the event, into the trigger."""

_PLAIN = re.compile(r"""(["'])([^"'\\]*)\1""")
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})
_JOINED = frozenset({Kind.STRING, Kind.BOOLEAN}) | _NUMBERS


@dataclass(frozen=True, slots=True)
class CompiledPairing:
    """`joins` are fields that are equal wherever it holds, `about` all fields of the trigger that it looks at.
    `content`: it reads the whole task of the trigger.

    `exact` read the joined fields whose numbers CEL may have rounded. `wanted` are texts that a field of one side, such
    as `trigger.dataset`, equals wherever it holds; `joins_only`: it asks for nothing but that fields are equal.
    """

    text: str
    expression: Any
    limits: plain.Limits
    event_side: tuple[Inputs, Questions]
    trigger_side: tuple[Inputs, Questions]
    joins: tuple[Join, ...]
    exact: tuple[tuple[Callable[[Event], Any], Callable[[Event], Any]], ...]
    content: bool
    about: frozenset[str] = frozenset()
    wanted: tuple[tuple[str, str], ...] = ()
    joins_only: bool = False

    @property
    def always(self) -> bool | None:
        """What it says of every pair of events; None where that depends on them, or cannot be told cheaply."""
        return constant(self.expression, (*self.event_side[1], *self.trigger_side[1]))

    def holds(self, event: Event, trigger: Event) -> Verdict:
        """Evaluate it for the later and the earlier event. Never raises for what they hold; bounded in time."""
        verdict = evaluate(self.expression, self.limits, ((event, *self.event_side), (trigger, *self.trigger_side)))
        # Beyond 2**53 different whole numbers are one and the same double; a join has to tell them apart.
        if verdict.holds and any(of_event(event) != of_trigger(trigger) for of_event, of_trigger in self.exact):
            return Verdict(False)
        return verdict


def compile_pairing(
    text: str, event_fields: Fields, trigger_fields: Fields
) -> tuple[CompiledPairing | None, list[Flaw]]:
    """The condition over an event with the first fields and a trigger with the others, or all that is wrong with it."""
    fields = of_both(event_fields, trigger_fields)
    compiled, flaws = compile_text(text, fields)
    if compiled is None:
        return None, flaws
    reading = compiled.reading
    joins = tuple(dict.fromkeys(_joins(reading, fields)))
    numeric = [one for one in joins if _kinds(one, event_fields, trigger_fields) & {Kind.NUMBER}]
    sides = [(inputs_of(reading, fields, f"{side}."), questions_of(reading, f"{side}.")) for side in (EVENT, TRIGGER)]
    made = CompiledPairing(
        text=text,
        expression=compiled.expression,
        limits=compiled.limits,
        event_side=sides[0],
        trigger_side=sides[1],
        joins=joins,
        exact=tuple((reader(ours), reader(theirs)) for ours, theirs in numeric),
        content=_reads(reading, f"{TRIGGER}.task"),
        about=frozenset(_read_of(reading, TRIGGER)),
        wanted=tuple(_wanted(reading, fields)),
        joins_only=len(list(_joins(reading, fields))) == len(list(conjuncts(reading.words))),
    )
    return made, []


def _reads(reading: Reading, name: str) -> bool:
    return name in reading.fields or any(path[0] == name for path in reading.present.values())


def _read_of(reading: Reading, side: str) -> Iterator[str]:
    for name in (*reading.fields, *(str(path[0]) for path in reading.present.values())):
        if name.startswith(f"{side}."):
            yield bare(name)


def _joins(reading: Reading, fields: Fields) -> Iterator[Join]:
    for first, last in conjuncts(reading.words):
        match reading.words[first:last]:
            case (Word("name", one), Word("sign", "=="), Word("name", other)) if one in fields and other in fields:
                ours, theirs = sorted((one, other))
                are_of_both = ours.startswith(f"{EVENT}.") and theirs.startswith(f"{TRIGGER}.")
                if are_of_both and {fields[ours].kind, fields[theirs].kind} <= _JOINED:
                    yield (bare(ours),), (bare(theirs),)


def _wanted(reading: Reading, fields: Fields) -> Iterator[tuple[str, str]]:
    for first, last in conjuncts(reading.words):
        match reading.words[first:last]:
            case (Word("name", name), Word("sign", "=="), Word("string", text)) | (
                Word("string", text),
                Word("sign", "=="),
                Word("name", name),
            ) if name in fields and (plainly := _PLAIN.fullmatch(text)):
                yield name, plainly[2]


def _kinds(join: Join, event_fields: Fields, trigger_fields: Fields) -> set[Kind | None]:
    return {event_fields[str(join[0][0])].kind, trigger_fields[str(join[1][0])].kind}
