"""A channel whose gateway asks for rest gets it, is probed with one message, and opens when that went through."""

from datetime import UTC, datetime, timedelta

import pytest

from otpushd.gate import Gate
from otpushd.model.delivery import Accepted, Expired, Failed, Outcome, TryAgain, Unknown

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def rest(seconds: float, why: str = "429") -> TryAgain:
    return TryAgain(at(seconds), why, hold=True)


OPEN = Gate(4)
SHUT = OPEN.after(rest(60), NINE)


@pytest.mark.parametrize(("in_flight", "room"), [(0, 4), (3, 1), (4, 0), (9, 0)])
def test_an_open_gate_lets_its_width_through(in_flight: int, room: int) -> None:
    assert OPEN.room(in_flight, NINE) == room


@pytest.mark.parametrize("outcome", [Accepted("a"), TryAgain(NINE, "t"), Unknown("u"), Failed("f"), Expired("e")])
def test_no_other_outcome_shuts_it(outcome: Outcome) -> None:
    assert OPEN.after(outcome, NINE) is OPEN


def test_a_shut_gate_lets_nothing_through_until_its_time_and_then_one() -> None:
    assert [SHUT.room(0, at(seconds)) for seconds in (0, 59.9, 60, 999)] == [0, 0, 1, 1]
    assert SHUT.room(1, at(60)) == 0
    assert SHUT.why == "429"


def test_a_probe_that_went_through_opens_it() -> None:
    assert SHUT.after(Accepted("a"), at(61)) == OPEN


@pytest.mark.parametrize(
    "outcome", [TryAgain(NINE, "t"), Unknown("u"), Failed("f"), Expired("e")], ids=lambda one: one.detail
)
def test_a_probe_without_a_yes_leaves_it_to_the_next(outcome: Outcome) -> None:
    """A refusal of one message says nothing about the account; an answer that never came says less."""
    after = SHUT.after(outcome, at(61))
    assert (after, after.room(0, at(61))) == (SHUT, 1)


def test_what_was_under_way_when_it_was_shut_opens_nothing() -> None:
    """Otherwise the first of many in flight to be accepted would undo the gateway's Retry-After."""
    assert SHUT.after(Accepted("a"), at(0.1)) is SHUT


def test_the_longest_rest_that_was_asked_for_counts() -> None:
    assert SHUT.after(rest(30), at(1)).shut_until == at(60)
    assert SHUT.after(rest(90, "401"), at(1)) == Gate(4, at(90), "401")


def test_a_probe_that_is_refused_in_the_same_way_shuts_it_anew() -> None:
    again = SHUT.after(rest(180), at(61))
    assert (again.room(0, at(179)), again.room(0, at(180))) == (0, 1)


@pytest.mark.parametrize(
    ("gate", "in_flight", "look"),
    [
        pytest.param(OPEN, 3, at(5), id="open, with room: when it is due"),
        pytest.param(OPEN, 4, None, id="open, full: when an answer comes"),
        pytest.param(SHUT, 0, at(60), id="shut: when it may be probed"),
        pytest.param(SHUT, 1, None, id="shut, with a probe under way: when its answer comes"),
    ],
)
def test_it_says_when_to_look_again(gate: Gate, in_flight: int, look: datetime | None) -> None:
    found = gate.next_look(in_flight, at(5))
    assert found == look
    assert found is None or gate.room(in_flight, found) > 0


def test_what_is_due_after_the_rest_is_looked_for_when_it_is_due() -> None:
    assert SHUT.next_look(0, at(100)) == at(100)
