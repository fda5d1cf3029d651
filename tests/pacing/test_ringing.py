"""What time brings: reminders, the next one to be told, and what other rules make of what is under way."""

from typing import Any

import pytest

from otpushd.model.case import Case
from otpushd.model.delivery import Fault, State
from otpushd.pacing.pacing import Pacing
from otpushd.routing.rule import Rule
from otpushd.thinking import ring_all
from tests.pacing.world import BY_THING, NIGHT, NINE, Tell, event, person

UNTIL = {"until": "thing.closed"}
STEPS = "[{after: 1h, to: bob, title: second}, {after: 2h, to: cal, title: third}]"


@pytest.mark.parametrize(
    ("remind_every", "at"),
    [
        pytest.param("1h", [0, 60, 120, 180, 240], id="fixed"),
        pytest.param("{first: 1h, factor: 2}", [0, 60, 180], id="growing"),
        pytest.param("{first: 1h, factor: 2, max: 90m}", [0, 60, 150, 240], id="never longer than"),
    ],
)
def test_it_is_said_again_until_it_is_over(tell: Tell, remind_every: str, at: list[int]) -> None:
    told = tell(remind_every=remind_every, **UNTIL)

    told.play(event("1"), event("end", 299, "thing.closed"), until=1000)

    assert told.lines == [f"{each} ann a" for each in at]


def test_what_is_still_held_back_is_not_said_again(tell: Tell) -> None:
    told = tell(person("ann", NIGHT), remind_every="3h", to="[ann, bob]", **UNTIL).play(event("1", 840), until=1500)

    bob = [f"{at} bob a" for at in (840, 1020, 1200, 1380)]
    assert told.lines == [*bob[:3], "1320 ann a", "1380 ann a", bob[3]]


def test_each_step_tells_the_next_one(tell: Tell) -> None:
    told = tell(escalate=STEPS, **UNTIL).play(event("1"), until=1000)

    assert told.lines == ["0 ann a", "60 bob second", "120 cal third"]
    assert [one.partition(" ")[0] for one in told.open[0].waits] == ["r/until"]


@pytest.mark.parametrize(
    ("until", "lines"),
    [
        pytest.param(59, ["0 ann a"], id="before the first"),
        pytest.param(60, ["0 ann a", "60 bob second"], id="when it is told already"),
        pytest.param(119, ["0 ann a", "60 bob second"], id="between"),
    ],
)
def test_nobody_is_told_after_the_event_that_stops_it(tell: Tell, until: int, lines: list[str]) -> None:
    told = tell(escalate=STEPS, **UNTIL).play(event("1"), event("end", until, "thing.closed"), until=1000)

    assert told.lines == lines
    assert told.open == []


def test_a_step_of_its_own_end_is_stopped_alone(tell: Tell) -> None:
    steps = f"[{{after: 1h, until: outage.ended, to: bob}}, {{after: 2h, until: {BY_THING}, to: cal}}]"

    told = tell(escalate=steps).play(event("1"), event("2", 30, "outage.ended"), until=1000)

    assert told.lines == ["0 ann a", "120 cal a"]
    assert told.open == []


def test_steps_count_from_the_closing_of_a_group(tell: Tell) -> None:
    keys = {"collect": "{wait: 10m}", "escalate": '[{after: 1h, until: thing.closed, to: bob, title: "{{ count }}"}]'}

    told = tell(**keys).play(event("1"), event("2", 5), until=1000)

    assert told.lines == ["15 ann a", "75 bob 2"]


def test_a_step_does_not_wait_for_the_night_of_who_was_told_first(tell: Tell) -> None:
    told = tell(person("ann", NIGHT), escalate=STEPS, **UNTIL).play(event("1", 840), until=1500)

    assert told.lines == ["900 bob second", "960 cal third", "1320 ann a"]


def test_a_step_to_somebody_in_the_night_is_held_back_and_the_next_is_not(tell: Tell) -> None:
    told = tell(person("bob", NIGHT), escalate=STEPS, **UNTIL).play(event("1", 840), until=1500)

    assert told.lines == ["840 ann a", "960 cal third", "1320 bob second"]


def test_a_step_held_back_when_it_is_over_is_never_said(tell: Tell) -> None:
    told = tell(person("bob", NIGHT), escalate=STEPS, **UNTIL)

    told.play(event("1", 840), event("end", 930, "thing.closed"), until=1500)

    assert told.lines == ["840 ann a"]


def test_a_step_to_somebody_who_left_is_a_fault_and_the_next_still_comes(tell: Tell) -> None:
    steps = "[{after: 1h, to: 'group:left'}, {after: 2h, to: cal}]"

    told = tell(escalate=steps, **UNTIL).play(event("1"), until=1000)

    assert told.lines == ["0 ann a", "60 ann a", "120 cal a"]
    assert [(one.rule, one.what) for one in told.faults] == [
        ("r", "escalation: group 'left' names 'zoe', who is no person")
    ]


def changed(tell: Tell, old: dict[str, str], new: dict[str, str], *others: Any, at: float = 30) -> Any:
    """What is said where other rules come into force so many minutes after the event."""
    told = tell(*others, **old).play(event("1"), until=at)
    return told.reload(tell(*others, **new).router)


@pytest.mark.parametrize(
    ("old", "what"),
    [
        pytest.param({"collect": "{wait: 1h}"}, "1 collected event is not sent", id="a group"),
        pytest.param({"escalate": STEPS}, "it is not followed", id="an escalation"),
        pytest.param({"resolve": "{on: thing.closed, title: over}"}, "it is not followed", id="a cause"),
    ],
)
@pytest.mark.parametrize(
    ("new", "why"),
    [
        pytest.param({"name": "other"}, "its rule is no longer there", id="renamed"),
        pytest.param({}, "its rule remembers nothing now", id="without memory"),
    ],
)
def test_what_cannot_go_on_ends_visibly(
    tell: Tell, old: dict[str, str], what: str, new: dict[str, str], why: str
) -> None:
    told = changed(tell, old, new)

    assert told.cases.faults == [Fault("1", "r", None, f"{why}: {what}", NINE.replace(minute=30))]
    assert told.play(event("end", 40, "thing.closed"), until=1000).open == []
    assert len(told.sent) == ("collect" not in old)


def test_whoever_was_meant_by_a_group_that_is_lost_is_named(tell: Tell) -> None:
    told = changed(tell, {"collect": "{wait: 1h}", "to": "[ann, bob]"}, {"name": "other"})

    why = "its rule is no longer there: 1 collected event is not sent"
    assert [(one.rule, one.person, one.what) for one in told.cases.remarks] == [("r", "ann", why), ("r", "bob", why)]


def test_what_was_held_back_is_sent_though_its_rule_is_gone(tell: Tell) -> None:
    """As that of a rule that remembers nothing; what is not followed is no reason not to say it."""
    told = tell(person("ann", NIGHT), escalate=STEPS, **UNTIL).play(event("1", 840), until=850)

    told.reload(tell(person("ann", NIGHT), name="other").router).play(until=1500)

    assert told.lines == ["1320 ann a"]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param(STEPS, "[{after: 90m, to: cal}]", ["0 ann a", "90 cal a"], id="another step"),
        pytest.param(STEPS, "[{after: 10m, to: cal}]", ["0 ann a", "30 cal a"], id="a step that was due before"),
        pytest.param("[{after: 10m, to: bob}]", "[{after: 1h, to: bob}]", ["0 ann a", "10 bob a"], id="one that was"),
    ],
)
def test_a_changed_rule_goes_on(tell: Tell, old: str, new: str, lines: list[str]) -> None:
    told = tell(escalate=old, **UNTIL).play(event("1"), until=30)

    told.reload(tell(escalate=new, **UNTIL).router).play(until=30.0001)

    told.play(until=1000)
    assert [line.replace("30.0001", "30") for line in told.lines] == lines


def test_reminders_go_on_where_they_were(tell: Tell) -> None:
    told = tell(remind_every="1h", **UNTIL).play(event("1"), until=70)

    told.reload(tell(remind_every="2h", **UNTIL).router).play(until=300)

    assert told.lines == ["0 ann a", "60 ann a", "120 ann a", "240 ann a"]


def test_a_group_of_a_rule_that_collects_no_more_is_told_when_it_would_have_been(tell: Tell) -> None:
    told = changed(tell, {"collect": "{wait: 1h}"}, {"repeat": "1h"})

    assert told.play(until=1000).lines == ["60 ann a"]


class Breaks:
    """Pauses that cannot be had."""

    def after(self, number: int) -> Any:
        raise ZeroDivisionError(number)


def broken(rule: Rule) -> None:
    object.__setattr__(rule, "remind_every", Breaks())


def test_what_breaks_ends_with_a_fault_and_the_rest_goes_on(tell: Tell) -> None:
    """It is the case that broke that is given up, though it has changed already."""
    told = tell(remind_every="1h", **UNTIL).play(event("1"), until=1)
    other: Case = next(iter(tell(name="s", remind_every="1h", **UNTIL).play(event("2"), until=1).cases.cases.values()))
    told.cases.load(other)
    rules = tell(text="rules:\n" + "".join(RULE.format(name=name) for name in "rs")).router
    broken(rules.book.rules["r"])

    ring_all(Pacing(rules.book), NINE.replace(hour=12), told.cases)

    assert [(one.rule, one.what) for one in told.cases.faults] == [
        ("r", "otpushd broke: ZeroDivisionError: it is not followed")
    ]
    assert [one.notification.rule for one in told.cases.letters.values() if one.state is State.PENDING] == ["s"]


RULE = "  - {{name: {name}, on: thing.opened, to: ann, title: t, remind_every: 1h, until: thing.closed}}\n"
