"""What ends a cause: a closing message to those who got the first, and nothing more to anybody."""

from typing import Any

import pytest

from otpushd.model.delivery import State
from otpushd.model.event import Event
from otpushd.pacing.ending import finish
from otpushd.pacing.pacing import Pacing
from tests.pacing.world import NIGHT, NINE, Tell, event, person

OVER = 'title: "{{ thing }} is over, {{ trigger.score }}"'
RESOLVE = f"{{on: thing.closed, {OVER}}}"
BY_THING = f"{{on: thing.closed, when: event.thing == trigger.thing, {OVER}}}"


def close(after: float, id: str = "end", **data: Any) -> Event:
    return event(id, after, kind="thing.closed", **data)


def test_the_end_is_said_once_to_those_who_were_told(tell: Tell) -> None:
    told = tell(resolve=RESOLVE, to="[ann, bob]").play(event("1", score=3), close(5), close(6, "again"), until=60)

    assert told.lines == ["0 ann a", "0 bob a", "5 ann a is over, 3", "5 bob a is over, 3"]
    assert told.open == []


@pytest.mark.parametrize(
    ("resolve", "end"),
    [
        pytest.param(RESOLVE, {"dataset": "other"}, id="another dataset"),
        pytest.param(RESOLVE, {"dataset": None}, id="no dataset"),
        pytest.param(BY_THING, {"thing": "b"}, id="its condition does not hold"),
        pytest.param(BY_THING, {"thing": None}, id="a null in its condition"),
    ],
)
def test_what_is_about_something_else_ends_nothing(tell: Tell, resolve: str, end: dict[str, Any]) -> None:
    told = tell(resolve=resolve).play(event("1", score=3), close(5, **end), until=60)

    assert told.lines == ["0 ann a"]
    assert [case.trigger.id for case in told.open] == ["1"]


def test_two_causes_of_one_key_are_closed_with_one_message(tell: Tell) -> None:
    told = tell(resolve=RESOLVE, key="[dataset]").play(event("1", score=3), event("2", 1, score=4), close(5), until=60)

    assert told.lines == ["0 ann a", "1 ann a", "5 ann a is over, 3"]


def test_two_causes_without_a_key_are_closed_one_by_one(tell: Tell) -> None:
    told = tell(resolve=RESOLVE).play(event("1", score=3), event("2", 1, score=4), close(5), until=60)

    assert told.lines[2:] == ["5 ann a is over, 3", "5 ann a is over, 4"]


def test_who_was_left_out_as_told_already_hears_of_the_end_all_the_same(tell: Tell) -> None:
    """Of the first cause, which is over as well."""
    told = tell(resolve=RESOLVE, key="[dataset]", repeat="1h").play(event("1"), event("2", 1), close(5), until=60)

    assert [line.split(" ")[0] for line in told.lines] == ["0", "5"]


def test_what_was_held_back_until_it_was_over_is_never_said(tell: Tell) -> None:
    night = person("ann", NIGHT)

    told = tell(night, resolve=RESOLVE, to="[ann, bob]").play(event("1", 840), close(850), until=24 * 60)

    assert [line.split(" ")[:2] for line in told.lines] == [["840", "bob"], ["850", "bob"]]


def test_what_was_not_sent_yet_when_it_was_over_is_never_said(tell: Tell) -> None:
    """Both in one look at the source: nothing went in between."""
    told = tell(resolve=RESOLVE).play(event("1", 5), close(5), until=60)

    assert told.lines == []


def test_what_is_being_sent_when_it_is_over_is_closed(tell: Tell) -> None:
    told = tell(resolve=RESOLVE)
    pacing, cases = Pacing(told.router.book), told.cases
    pacing.hear(event("1"), told.router.route(event("1")), cases, NINE)
    (letter,) = cases.letters.values()
    letter.claimed = True

    pacing.hear(close(5), told.router.route(close(5)), cases, NINE)

    assert [one.state for one in cases.letters.values()] == [State.PENDING, State.PENDING]


@pytest.mark.parametrize(
    ("state", "closed"),
    [(State.ACCEPTED, 1), (State.UNKNOWN, 1), (State.DEAD, 0), (State.EXPIRED, 0), (State.HELD, 1)],
    ids=str,
)
def test_who_got_a_digest_got_what_is_in_it_unless_that_never_arrived(tell: Tell, state: State, closed: int) -> None:
    told = tell(resolve=RESOLVE).play(event("1"), until=1)
    (letter,) = told.cases.letters.values()
    letter.state, letter.digest = state, "a digest"

    told.play(close(5), until=60)

    assert len(told.sent) == 1 + closed


def test_an_end_without_words_is_silent(tell: Tell) -> None:
    told = tell(until="thing.closed").play(event("1"), close(5), until=60)

    assert told.lines == ["0 ann a"]
    assert told.open == []


def test_an_event_does_not_end_what_it_begins_itself(tell: Tell) -> None:
    told = tell(until="thing.opened").play(event("1"), until=1)
    assert [case.trigger.id for case in told.open] == ["1"]

    told.play(event("2", 2), until=60)

    assert [case.trigger.id for case in told.open] == ["2"]


def test_a_group_of_one_that_is_over_before_it_closes_says_nothing(tell: Tell) -> None:
    told = tell(collect="{wait: 10m}", resolve=RESOLVE).play(event("1"), close(5), until=60)

    assert (told.lines, told.open) == ([], [])


def test_a_group_of_several_is_told_though_the_first_is_over(tell: Tell) -> None:
    """The others may not be; but it is not said again."""
    keys = {"collect": "{wait: 10m}", "until": BY_THING.split(", title")[0] + "}", "remind_every": "1h"}

    told = tell(**keys, title='"{{ count }}"').play(event("1"), event("2", 1, thing="b"), close(5), until=300)

    assert (told.lines, told.open) == (["11 ann 2"], [])


def test_the_end_is_not_said_to_who_left_or_opted_out_since(tell: Tell) -> None:
    told = tell(resolve=RESOLVE, to="[ann, bob, cal]").play(event("1"), until=1)
    known = told.router.book.directory.people.people
    known["ann"] = person("ann", opt_out=["r"])  # type: ignore[index]
    del known["bob"]  # type: ignore[attr-defined]

    told.play(close(5), until=60)

    assert [line.split(" ")[1] for line in told.lines[3:]] == ["cal"]


def test_what_begins_again_after_its_end_is_news(tell: Tell) -> None:
    """However short a while ago the same was said: else the last word would be that it is over."""
    keys = {"resolve": RESOLVE, "key": "[thing]", "repeat": "1h"}
    told = tell(**keys).play(event("1", score=3), close(10), event("2", 20, score=4), event("3", 25), until=60)

    assert told.lines == ["0 ann a", "10 ann a is over, 3", "20 ann a"]


def test_the_end_of_one_thing_of_a_group_takes_the_others_not_back(tell: Tell) -> None:
    """The group waits in the quiet hours; only its first thing is over."""
    keys = {"collect": "{by: [dataset], wait: 5m}", "resolve": BY_THING, "title": '"{{ thing_list }}"'}
    events = [event("1", 840), event("2", 841, thing="b"), close(850)]

    told = tell(person("ann", NIGHT), **keys).play(*events, until=24 * 60)

    assert told.lines == ["1320 ann a, b"]


def test_a_group_that_waits_for_the_morning_is_not_said_once_all_of_it_is_over(tell: Tell) -> None:
    """In any order; the first alone is told to who got the message."""
    keys = {
        "collect": "{by: [dataset], wait: 5m}",
        "resolve": BY_THING,
        "title": '"{{ thing_list }}"',
        "to": "[ann, bob]",
    }
    events = [event("1", 840, score=3), event("2", 841, thing="b"), event("3", 842, thing="c")]
    ends = [close(850, "e1", thing="c"), close(860, "e2"), close(870, "e3", thing="b")]

    told = tell(person("ann", NIGHT), **keys).play(*events, *ends, until=24 * 60)

    assert told.lines == ["847 bob a, b, c", "860 bob a is over, 3"]
    assert told.open == []


def test_a_group_of_which_all_is_over_before_it_closes_is_not_said(tell: Tell) -> None:
    keys = {"collect": "{by: [dataset], wait: 5m}", "resolve": BY_THING}
    told = tell(**keys).play(event("1"), event("2", 1, thing="b"), close(2), close(3, "e2", thing="b"), until=60)

    assert (told.lines, told.open) == ([], [])


def test_the_first_of_a_group_that_was_over_before_it_was_told_is_closed_with_the_others(tell: Tell) -> None:
    keys = {"collect": "{by: [dataset], wait: 5m}", "resolve": BY_THING}
    told = tell(**keys).play(
        event("1", score=3), event("2", 1, thing="b"), close(2), close(20, "e2", thing="b"), until=60
    )

    assert (told.lines, told.open) == (["6 ann a", "20 ann b is over, 3"], [])


def test_a_step_that_is_held_back_is_not_said_once_what_stops_it_came(tell: Tell) -> None:
    keys = {"escalate": "[{after: 10m, until: {on: thing.closed}, to: bob, title: nobody came}]"}
    told = tell(person("bob", NIGHT), **keys).play(event("1", 780), close(900), until=24 * 60)
    late = tell(person("bob", NIGHT), **keys).play(event("1", 775), until=24 * 60)

    assert told.lines == ["780 ann a"]
    assert late.lines == ["775 ann a", "1320 bob nobody came"]


def test_whoever_was_meant_by_a_group_that_ends_untold_is_named(tell: Tell) -> None:
    told = tell(collect="{wait: 10m}", to="[ann, bob]", until="{on: thing.closed}").play(event("1"), until=5)

    finish(told.cases, told.open[0], "over", NINE, recall=True)

    assert [(one.person, one.what) for one in told.cases.remarks] == [("ann", "over"), ("bob", "over")]
