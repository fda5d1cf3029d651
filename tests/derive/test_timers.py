"""Timers are set from what is wanted, ring once, and are forgotten with what they hang on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from otpushd.derive.seen import Around, Standing
from otpushd.derive.timers import forget, ring, set_timers, silence_due
from otpushd.model.event import Event
from otpushd.model.instants import to_micros
from otpushd.model.ledger import RUNG, Ledger, Tally
from otpushd.model.plan import Plan
from tests.days import NINE

NEWS = Standing(1, Tally("main", "news"), None)
NOW = to_micros(NINE)


@dataclass
class Clock:
    """A clockwork whose timers are given."""

    wanted: dict[str, int] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    WHOSE_TIMERS: str = "clock"

    def timers(self, standing: Standing, around: Around) -> list[tuple[str, int]]:
        return [(about, NOW + at) for about, at in self.wanted.items()]

    def ring(self, about: str, standing: Standing, around: Around) -> Iterator[Event]:
        self.heard.append(about)
        if about == "stop":
            around.ledger.set_timer(standing.dataset, self.WHOSE_TIMERS, "b", None)
        yield Event("t", about, "main", around.now, "news")


class Wall:
    """One clock, the ledger in which it has its timers, and now."""

    def __init__(self, **wanted: int) -> None:
        self.clock, self.ledger = Clock(wanted), Ledger()

    def set(self, at: int = 0) -> dict[str, int]:
        set_timers(NEWS, self.around(at), [self.clock])
        return self.shown()

    def ring(self, at: int) -> list[str]:
        return [event.id for event in ring(NEWS, self.around(at), [self.clock])]

    def around(self, at: int) -> Around:
        return Around(self.ledger, Plan(), NINE + timedelta(microseconds=at))

    def shown(self) -> dict[str, int]:
        return {about: at if at == RUNG else at - NOW for (_, _, about), at in self.ledger.timers.items()}


def test_a_timer_rings_once_at_its_time() -> None:
    wall = Wall(a=5)
    assert wall.set() == {"a": 5}
    assert (wall.ring(4), wall.ring(5), wall.ring(6)) == ([], ["a"], [])
    assert wall.set() == {"a": RUNG}


def test_what_had_passed_when_it_was_first_wanted_never_rings() -> None:
    wall = Wall(now=0, before=-5)
    assert wall.set() == {"now": RUNG, "before": RUNG}
    assert wall.ring(100) == []


def test_what_is_not_wanted_any_more_is_forgotten_even_that_it_rang() -> None:
    wall = Wall(a=5, b=9)
    wall.set()
    wall.ring(5)
    wall.clock.wanted = {"c": 7}
    assert wall.set() == {"c": 7}


def test_one_that_comes_at_another_time_is_moved() -> None:
    wall = Wall(a=5)
    wall.set()
    wall.clock.wanted["a"] = 8
    assert wall.set() == {"a": 8}


def test_one_that_is_due_is_not_put_off() -> None:
    wall = Wall(a=5)
    wall.set()
    wall.clock.wanted["a"] = 8
    assert wall.set(at=6) == {"a": 5}
    assert wall.ring(6) == ["a"]


def test_those_that_are_late_ring_in_their_order() -> None:
    wall = Wall(b=9, a=5)
    wall.set()
    assert wall.ring(100) == ["a", "b"]


def test_one_can_take_back_another_that_is_due() -> None:
    wall = Wall(stop=5, b=9)
    wall.set()
    assert wall.ring(100) == ["stop"]


def test_nothing_changes_where_nothing_has_to() -> None:
    wall = Wall(a=5)
    wall.set()
    wall.ledger.timed.clear()
    wall.set()
    assert not wall.ledger.timed


def test_timers_of_what_is_no_more_are_forgotten_and_of_what_breaks_are_silent() -> None:
    wall = Wall(a=5, b=9)
    wall.set()
    silence_due(1, wall.ledger, NOW + 5)
    assert wall.shown() == {"a": RUNG, "b": 9}
    forget(1, wall.ledger)
    assert wall.shown() == {}
    assert set(wall.ledger.timed.values()) == {None}
