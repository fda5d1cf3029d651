"""Made-up answers for monitors: one a minute from nine o'clock, unless told otherwise."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otpushd.derive.monitors.definition import Change, Definition, Observation, filled
from otpushd.derive.monitors.watch import thaw

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

Play = Callable[..., list[tuple[int, Change]]]


def minute(number: float) -> datetime:
    return NINE + timedelta(minutes=number)


def seen(number: int, answer: str | None = "accept", **more: Any) -> Observation:
    return Observation(more.pop("instant", minute(number)), number, answer, **more)


def played(definition: Definition, answers: Iterable[Observation]) -> list[tuple[int, Change]]:
    """The changes with the number of the answer that brought each, from 0."""
    watch = thaw(filled(definition), None)
    found = [(number, watch.take(one, one.instant)) for number, one in enumerate(answers)]
    return [(number, change) for number, change in found if change is not None]


@pytest.fixture
def play() -> Play:
    """Plays answers to a watch of a definition, and tells which answer brought which change."""
    return played
