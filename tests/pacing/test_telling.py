"""Collecting: one message for many events, when it goes, and whom it means."""

import pytest

from otpushd.pacing.telling import close
from tests.pacing.world import NINE, Tell, Told, event

COLLECT = "{by: [dataset], wait: 10m}"


@pytest.mark.parametrize(
    ("collect", "at", "lines"),
    [
        pytest.param("{wait: 10m}", [0], ["10 ann 1"], id="one event waits as long"),
        pytest.param("{wait: 10m}", [0, 9, 18], ["28 ann 3"], id="the wait runs from the last"),
        pytest.param("{wait: 10m}", [0, 10], ["10 ann 1", "20 ann 1"], id="one that comes when it ends is another"),
        pytest.param("{wait: 10m, max_wait: 15m}", [0, 9, 14], ["15 ann 3"], id="at most so long from the first"),
        pytest.param("{wait: 10m}", range(0, 100, 9), ["100 ann 12"], id="ten times the wait unless said"),
        pytest.param("{wait: 10m, at_least: 3}", [0, 1], [], id="too few"),
        pytest.param("{wait: 10m, at_least: 3}", [0, 1, 2], ["12 ann 3"], id="just enough"),
        pytest.param("{wait: 10m, at_least: 2}", [0, 20, 40, 41], ["51 ann 2"], id="too few are not carried over"),
    ],
)
def test_when_a_group_is_told(tell: Tell, collect: str, at: list[int], lines: list[str]) -> None:
    told = tell(collect=collect, title='"{{ count }}"').play(*(event(f"e{n}", n) for n in at), until=300)

    assert told.lines == lines
    assert told.open == []


@pytest.mark.parametrize(
    ("to", "people"),
    [pytest.param("[ann, bob]", ["ann", "bob"], id="two"), pytest.param('"field:names"', [None], id="nobody")],
)
def test_whoever_was_meant_by_too_small_a_group_is_named(tell: Tell, to: str, people: list[str | None]) -> None:
    """Else nothing says so of them: no message is made."""
    told = tell(collect="{wait: 10m, at_least: 3}", to=to).play(event("1"), until=5)

    close(told.router.book, told.cases, told.router.book.rules["r"], told.open[0], NINE)

    what = "closed with 1 of at least 3: not sent"
    assert [(one.person, one.what) for one in told.cases.remarks] == [(one, what) for one in people]


def test_groups_are_told_apart_by_the_fields_named(tell: Tell) -> None:
    events = [event("1", 0, thing="a"), event("2", 1, thing="b"), event("3", 2, thing="a"), event("4", 3, thing=None)]

    told = tell(collect="{by: [thing], wait: 10m}", title='"{{ thing }} {{ count }}"').play(*events, until=60)

    assert told.lines == ["11 ann b 1", "12 ann a 2", "13 ann 1"]


def test_everybody_whom_one_of_the_events_means_is_told_once(tell: Tell) -> None:
    events = [event("1", 0, thing="bob"), event("2", 1, thing="ann"), event("3", 2, thing="bob")]

    told = tell(collect="{wait: 10m}", to='"field:thing"', title='"{{ count }}"').play(*events, until=60)

    assert told.lines == ["12 bob 3", "12 ann 3"]


def test_a_message_has_the_first_event_and_the_numbers_of_all(tell: Tell) -> None:
    title = '"{{ thing }} {{ score_min }} {{ score_max }} {{ score_mean }} {{ thing_list | join(sep) }}"'
    events = [event("1", 0, thing="x", score=3), event("2", 1, thing="y", score=1), event("3", 2, score=8.0)]

    told = tell(collect="{wait: 10m}", title=title.replace("sep", "'+'")).play(*events, until=60)

    assert told.lines == ["12 ann x 1 8 4 x+y+a"]


def test_the_count_is_that_of_the_group_also_where_the_events_have_one(tell: Tell) -> None:
    """What a message may name says so: the event's own is hidden."""
    told = tell(collect="{wait: 10m}", title='"{{ count }}"').play(event("1", count=70), until=60)

    assert told.lines == ["10 ann 1"]


def test_a_group_that_means_nobody_who_is_there_any_more_ends_with_a_fault(tell: Tell) -> None:
    told = tell(collect="{wait: 10m}", to="[ann, bob]").play(event("1"), until=5)
    left = told.router.book.directory.people.people
    del left["bob"]  # type: ignore[attr-defined]

    told.play(until=60)

    assert told.lines == ["10 ann a"]
    assert [(one.rule, one.person) for one in told.faults] == [("r", "bob")]


@pytest.mark.parametrize(
    "keys",
    [{"repeat": "1h"}, {"until": "thing.closed"}, {"escalate": "[{after: 1h, to: bob}]"}, {"collect": COLLECT}],
    ids=lambda keys: next(iter(keys)),
)
def test_a_message_may_name_the_task_whatever_else_its_rule_remembers(tell: Tell, keys: dict[str, str]) -> None:
    told: Told = tell(title='"{{ task.text }}"', **keys).play(event("1", content=b'{"text": "hi"}'), until=30)

    assert [line.split(" ", 1)[1] for line in told.lines] == ["ann hi"]


def test_five_hundred_events_are_one_message(tell: Tell) -> None:
    told = tell(collect="{wait: 1m, max_wait: 1h}", title='"{{ count }}"')

    told.play(*(event(f"e{n}", n / 100) for n in range(500)), until=60)

    assert told.lines == ["5.99 ann 500"]
