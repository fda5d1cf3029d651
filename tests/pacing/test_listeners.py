"""Who waits for which event, and by what it is found."""

from collections.abc import Callable
from typing import Any

import pytest

from otpushd.model.event import Event
from otpushd.pacing.listeners import Listener, by_type, listeners_of, step_name, step_number
from tests.pacing.world import BY_THING, Tell, event

ALL = {"until": "outage.ended", "resolve": "{on: thing.closed, title: over}", "escalate": "[{after: 1h, to: bob}]"}
MUTE = "mute: [{name: m, rules: r, while: {on: outage.started, until: outage.ended}}]\n"


def listener(tell: Tell, until: str) -> Listener:
    (found,) = listeners_of(tell(until=until).router.book.rules["r"])
    return found


def test_all_that_wait_have_a_name_of_their_own(tell: Tell) -> None:
    rule = tell(**ALL).router.book.rules["r"]

    assert [one.name for one in listeners_of(rule)] == [
        "r/until by source and dataset",
        "r/resolve by source and dataset",
        "r/escalate 0 by source and dataset",
    ]


def test_they_are_found_by_the_type_of_what_they_wait_for(tell: Tell) -> None:
    book = tell(
        text=MUTE + "rules: [{name: r, on: thing.opened, to: ann, title: t, until: thing.closed}]\n"
    ).router.book

    found = by_type((*book.rules.values(), *book.mutes))

    assert {name: [one.name for one in some] for name, some in found.items()} == {
        "thing.closed": ["r/until by source and dataset"],
        "outage.ended": ["mute m/mute by source and dataset"],
    }


@pytest.mark.parametrize(
    ("until", "later", "same"),
    [
        pytest.param("thing.closed", {}, True, id="the same dataset"),
        pytest.param("thing.closed", {"dataset": "e"}, False, id="another"),
        pytest.param("thing.closed", {"dataset": None}, False, id="none"),
        pytest.param(BY_THING, {"dataset": "e"}, True, id="its condition joins, and nothing else"),
        pytest.param(BY_THING, {"thing": "b"}, False, id="its condition does not hold"),
        pytest.param("{on: thing.closed, when: event.score > 3}", {"dataset": "e"}, True, id="nothing joins"),
    ],
)
def test_what_waits_is_found_by_what_it_waits_for(tell: Tell, until: str, later: dict[str, Any], same: bool) -> None:
    waiting = listener(tell, until)

    assert (waiting.heard_under(event("2", kind="thing.closed", **later)) == waiting.waits_under(event("1"))) is same


def test_a_null_that_a_condition_joins_waits_for_nothing(tell: Tell) -> None:
    waiting = listener(tell, BY_THING)

    assert waiting.waits_under(event("1", thing=None)) is None
    assert waiting.heard_under(event("2", thing=None)) is None


def test_two_without_a_dataset_are_about_the_same(tell: Tell) -> None:
    waiting, nowhere = listener(tell, "thing.closed"), {"dataset": None}
    trigger, later = event("1", **nowhere), event("2", kind="thing.closed", **nowhere)  # type: ignore[arg-type]

    assert waiting.waits_under(trigger) == waiting.heard_under(later)
    assert waiting.holds(later, trigger)


@pytest.mark.parametrize("number", [0, 11])
def test_a_step_has_its_number_in_its_name(number: int) -> None:
    assert step_number(step_name(number)) == number


@pytest.mark.parametrize("what", ["close", "remind", "until"])
def test_nothing_else_is_a_step(what: str) -> None:
    assert step_number(what) is None


def test_of_another_type_it_is_not_even_looked_at(tell: Tell) -> None:
    made: Callable[..., Event] = event

    assert not listener(tell, "thing.closed").holds(made("2", kind="outage.ended"), made("1"))
