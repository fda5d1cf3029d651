"""Not again within, how many were left out, and who has opted out."""

import pytest

from tests.pacing.world import HOUR, NIGHT, Tell, event, person

REPEAT = {"key": "[thing]", "title": '"{{ thing }} {{ suppressed }}"'}


@pytest.mark.parametrize(
    ("repeat", "at", "lines"),
    [
        pytest.param("10m", [0, 9, 10], ["0 ann a 0", "10 ann a 1"], id="sent again when it is over, with the count"),
        pytest.param("10m", [0, 3, 6, 9, 21], ["0 ann a 0", "21 ann a 3"], id="all that was left out is counted"),
        pytest.param("10m", [0, 5, 11, 22], ["0 ann a 0", "11 ann a 1", "22 ann a 0"], id="and counted once"),
        pytest.param(
            "{first: 10m, factor: 2}",
            [0, 5, 10, 15, 25, 30, 45, 70],
            ["0 ann a 0", "10 ann a 1", "30 ann a 2", "70 ann a 1"],
            id="growing",
        ),
        pytest.param(
            "{first: 10m, factor: 2}",
            [0, 5, 10, 35, 45],
            ["0 ann a 0", "10 ann a 1", "35 ann a 0", "45 ann a 0"],
            id="after a rest it begins anew",
        ),
        pytest.param(
            "{first: 10m, factor: 2, max: 15m}",
            [0, 5, 10, 15, 25, 30, 40],
            ["0 ann a 0", "10 ann a 1", "25 ann a 1", "40 ann a 1"],
            id="never longer than",
        ),
    ],
)
def test_the_same_is_not_said_again_within(tell: Tell, repeat: str, at: list[int], lines: list[str]) -> None:
    told = tell(repeat=repeat, **REPEAT).play(*(event(f"e{n}", n) for n in at), until=200)

    assert told.lines == lines


def test_another_key_is_something_else(tell: Tell) -> None:
    told = tell(repeat="1h", **REPEAT).play(event("1"), event("2", 1, thing="b"), event("3", 2), until=30)

    assert told.lines == ["0 ann a 0", "1 ann b 0"]


def test_each_person_has_a_repetition_of_their_own(tell: Tell) -> None:
    events = [event("1", thing="ann"), event("2", 1, thing="bob"), event("3", 2, thing="bob")]

    told = tell(repeat="1h", key="[dataset]", to='"field:thing"').play(*events, until=30)

    assert told.lines == ["0 ann ann", "1 bob bob"]


def test_a_group_that_closes_within_is_counted_as_one(tell: Tell) -> None:
    collect = {"collect": "{wait: 1m}", "title": '"{{ count }} {{ suppressed }}"'}
    events = [event(f"e{n}", n) for n in (0, 5, 5.5, 20, 70)]

    told = tell(repeat="1h", **collect).play(*events, until=100)

    assert told.lines == ["1 ann 1 0", "71 ann 1 2"]


def test_what_could_not_be_made_was_not_said(tell: Tell) -> None:
    """A template that fails for one event: the next is not kept back for that."""
    title = '"{{ (1 / score) | int }}"'
    events = [event("1", score=0), event("2", 1, score=1)]

    told = tell(repeat="1h", key="[dataset]", title=title).play(*events, until=30)

    assert told.lines == ["1 ann 1"]
    assert [one.event_id for one in told.faults] == ["1"]


def test_what_was_over_before_anybody_was_told_was_not_said(tell: Tell) -> None:
    """In the night it began, ended and began again: in the morning somebody has to know."""
    keys = {"repeat": "24h", "key": "[thing]", "resolve": "{on: thing.closed, title: over}"}
    events = [event("1", 840), event("2", 850, kind="thing.closed"), event("3", 860)]

    told = tell(person("ann", NIGHT), **keys).play(*events, until=24 * 60)

    assert told.lines == ["1320 ann a"]


def test_whoever_opted_out_gets_nothing_of_a_rule(tell: Tell) -> None:
    told = tell(person("ann", opt_out=["r*"]), to="[ann, bob]", collect="{wait: 1m}").play(event("1"), until=30)

    assert told.lines == ["1 bob a"]


@pytest.mark.parametrize("step", ["escalate", "remind_every"])
def test_where_nothing_was_left_out_the_count_is_none(tell: Tell, step: str) -> None:
    """Also in what only repeats the words of the rule."""
    steps = {"escalate": "[{after: 30m, to: bob}]", "remind_every": "30m"}

    told = tell(repeat="1h", until="thing.closed", **REPEAT, **{step: steps[step]}).play(event("1"), until=40)

    assert [line.split(" ", 2)[2] for line in told.lines] == ["a 0", "a 0"]


def test_a_pause_is_counted_from_what_was_said_last(tell: Tell) -> None:
    told = tell(repeat="1h", key="[thing]").play(*(event(f"e{n}", n * 40) for n in range(5)), until=300)

    assert [one.at - told.sent[0].at for one in told.sent] == [0 * HOUR, HOUR / 60 * 80, HOUR / 60 * 160]


def test_what_expires_before_it_may_go_was_not_said(tell: Tell) -> None:
    keys = {"repeat": "24h", "key": "[thing]", "expires": "1h"}
    told = tell(person("ann", NIGHT), **keys).play(event("1", 840), event("2", 23 * 60), until=24 * 60)

    assert told.lines == ["1380 ann a"]
