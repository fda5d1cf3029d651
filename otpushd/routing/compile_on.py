"""Which events are meant: `on`, `datasets`, `match` and `when`, of a rule or of a mute."""

from collections.abc import Mapping, Sequence
from typing import Any

from otpushd.routing.condition import Condition, compile_condition
from otpushd.routing.event_type import known_types
from otpushd.routing.fields import Fields, known_fields
from otpushd.routing.match import Matcher, compile_match
from otpushd.routing.written import Written

WITHOUT_DATASET = frozenset({"source.unavailable", "source.recovered"})


def read_types(written: Written, names: Sequence[str], key: str = "on") -> tuple[frozenset[str], Fields | None]:
    """The types that `key` names, and their fields; None where no name was right or near."""
    found = []
    for index, name in enumerate(names):
        kinds, problem = known_types(name, written.around.catalogue)
        if problem:
            written.add(written.step(key, index), problem)
        found += kinds
    if not names and written.has(key):
        written.add((key,), f"`{key}` names no event type")
    return frozenset(kind.name for kind in found), known_fields(found) if found else None


def read_datasets(written: Written, names: Sequence[str] | None, on: frozenset[str]) -> tuple[str, ...]:
    """The globs of `datasets`."""
    if names and on and on <= WITHOUT_DATASET:
        written.doubt(
            ("datasets",), f"`{sorted(on)[0]}` is about no dataset, so that with `datasets` this rule never fires"
        )
    if names == ():
        written.add(("datasets",), "`datasets` names none; leave it out for any")
    return tuple(names or ())


def read_conditions(
    written: Written, match: Mapping[str, Any] | None, when: str | None, fields: Fields | None
) -> tuple[tuple[Matcher, ...], Condition | None]:
    """What an event must pass, both None-like where nothing is asked or nothing can be judged."""
    if fields is None:
        return (), None
    matchers: tuple[Matcher, ...] = ()
    condition = None
    if match is not None:
        matchers, misfits = compile_match(match, fields)
        for misfit in misfits:
            written.add(("match", *misfit.path), misfit.text, key=misfit.key)
    if when is not None:
        condition, flaws = compile_condition(when, fields)
        written.add_flaws("when", flaws)
    return matchers, condition
