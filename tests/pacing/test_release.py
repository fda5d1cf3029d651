"""What goes when it may: one message as itself, several as one, without what is over."""

import json
from typing import Any

import pytest

from otpushd.model.delivery import State
from otpushd.model.event import Event
from otpushd.model.rate import Rate
from otpushd.model.silence import Scope, Silence
from tests.pacing.world import CRITICAL_PASSES, MINUTE, NIGHT, NINE, Tell, event, person

ANN = person("ann", NIGHT)
EVENING, MORNING = 840, 1320


def evening(count: int, **data: Any) -> list[Event]:
    return [event(f"e{n}", EVENING + n, thing=f"t{n}", **data) for n in range(count)]


def test_a_single_message_goes_as_itself(tell: Tell) -> None:
    told = tell(ANN).play(*evening(1), until=1500)

    assert told.lines == ["1320 ann t0"]
    assert told.sent[0].notification.created_at == NINE + EVENING * MINUTE


def test_several_go_as_one(tell: Tell) -> None:
    told = tell(ANN).play(*evening(3), until=1500)

    (one,) = [each.notification for each in told.sent]
    assert told.lines == ["1320 ann 3 messages held back for you"]
    assert (one.rule, one.body, one.link, one.dataset, one.event_type) == (
        "digest",
        "t0\nt1\nt2",
        None,
        None,
        "otpushd.digest",
    )
    assert one.created_at == NINE + MORNING * MINUTE


def test_what_it_says_a_program_can_read(tell: Tell) -> None:
    told = tell(ANN).play(*evening(2), until=1500)

    document = json.loads(told.sent[0].notification.event)
    assert (document["type"], document["time"]) == ("otpushd.digest", "2026-03-03T07:00:00Z")
    messages = [{"rule": "r", "title": "t0"}, {"rule": "r", "title": "t1"}]
    assert document["data"] == {"count": 2, "expired": 0, "resolved": 0, "messages": messages}


def test_the_same_title_is_said_once_and_counted_and_only_ten(tell: Tell) -> None:
    alike = [event(f"a{n}", EVENING, thing="same") for n in range(3)]

    told = tell(ANN).play(*alike, *evening(12), until=1500)

    lines = told.sent[0].notification.body.split("\n")
    assert (len(lines), lines[-1]) == (11, "and 3 more")
    assert "same (3 times)" in lines


@pytest.mark.parametrize(
    ("over", "line"),
    [
        pytest.param({"expired": 1}, "Meanwhile 1 expired.", id="one expired"),
        pytest.param({"resolved": 2}, "Meanwhile 2 were resolved.", id="two resolved"),
        pytest.param({"expired": 2, "resolved": 1}, "Meanwhile 2 expired and 1 was resolved.", id="both"),
    ],
)
def test_what_is_over_is_left_out_and_counted(tell: Tell, over: dict[str, int], line: str) -> None:
    rules = """rules:
  - {name: expires, on: thing.opened, datasets: e, to: ann, title: e, expires: 1h}
  - {name: resolves, on: thing.opened, datasets: r, to: ann, title: r, until: thing.closed}
  - {name: plain, on: thing.opened, datasets: p, to: ann, title: "{{ thing }}"}
"""
    expired = [event(f"x{n}", EVENING + 1, dataset="e") for n in range(over.get("expired", 0))]
    resolved = [event(f"r{n}", EVENING, dataset="r") for n in range(over.get("resolved", 0))]
    end = event("end", EVENING + 20, "thing.closed", dataset="r")

    told = tell(ANN, text=rules).play(*expired, *resolved, *evening(2, dataset="p"), end, until=1500)

    (one,) = [each.notification for each in told.sent]
    assert (one.title, one.body) == ("2 messages held back for you", f"t0\nt1\n{line}")
    assert {key: json.loads(one.event)["data"][key] for key in over} == over


def test_where_all_is_over_nothing_is_said(tell: Tell) -> None:
    told = tell(ANN, expires="1h").play(*evening(3), until=1500)

    assert (told.lines, told.cases.letters) == ([], {})


def test_a_digest_is_as_urgent_as_the_most_urgent_and_goes_where_any_of_them_would(tell: Tell) -> None:
    rules = """rules:
  - {name: a, on: thing.opened, to: ann, title: a, channel: push, expires: 20h}
  - {name: b, on: thing.opened, to: ann, title: b, channel: sms, priority: high, expires: 30h}
"""
    told = tell(ANN, text=rules).play(event("1", EVENING), until=1500)

    one = told.sent[0].notification
    assert (one.priority, one.channels) == ("high", ("sms", "push"))
    assert one.expires_at == NINE + (EVENING + 30 * 60) * MINUTE


def test_a_digest_counts_as_one_message(tell: Tell) -> None:
    told = tell(person("ann", rates=[Rate(2, 10 * MINUTE)]))

    told.play(*(event(str(n), n) for n in range(5)), event("6", 10.5), event("7", 11.5), until=60)

    digest = "ann 3 messages held back for you"
    assert told.lines == ["0 ann a", "1 ann a", f"10 {digest}", "11 ann a", "20 ann a"]


def test_what_is_not_critical_does_not_pass_with_what_is(tell: Tell) -> None:
    """A silence ends in the night over both."""
    rules = """rules:
  - {name: a, on: thing.opened, to: ann, title: a}
  - {name: b, on: thing.opened, to: ann, title: b, priority: critical}
"""
    told = tell(person("ann", CRITICAL_PASSES), text=rules)
    told.cases.silences = (Silence("s", Scope(), NINE, NINE + 900 * MINUTE, "lea", "why", NINE),)

    told.play(event("1", 700), until=1500)

    assert told.lines == ["900 ann b", "1320 ann a"]


def test_what_went_in_a_digest_knows_it(tell: Tell) -> None:
    told = tell(ANN, until="thing.closed").play(*evening(2), until=1500)

    inside = [one for one in told.cases.letters.values() if one.case is not None]
    assert [(one.state, one.held, one.digest) for one in inside] == [
        (State.HELD, None, told.sent[0].notification.id)
    ] * 2
