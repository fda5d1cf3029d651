"""How much history, and what is counted of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.event import Event
from otpushd.model.people import People, Person
from otpushd.rehearse.history import Span, parse_span, rehearse, within
from otpushd.rehearse.tally import EXAMPLES
from otpushd.routing.load import RuleFile
from otpushd.routing.route import Router

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
ALL = Span("all of it")
PEOPLE = People(
    {name: Person(name, name, (), {"push": name}) for name in ("ann", "bob", "lea")}, {"team": ("ann", "bob")}
)
RULES = """rules:
  - {name: saved, on: answer.saved, to: group:team, title: "{{ answer }}"}
  - {name: rejected, on: answer.saved, match: {answer: reject}, to: [ann, lea], title: "{{ example }}"}
"""


def event(days: float, kind: str = "answer.saved", **data: Any) -> Event:
    """An event so many days before NOW."""
    return Event(kind, f"e{days}{kind}{data}", "main", NOW - timedelta(days=days), "d", data)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30d", Span("the last 30d", age=timedelta(days=30))),
        ("4h", Span("the last 4h", age=timedelta(hours=4))),
        ("all", ALL),
        ("1000", Span("the last 1,000 answers", count=1000)),
        ("1", Span("the last answer", count=1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_amount_of_history_is_a_duration_all_or_a_number_of_answers(text: str, span: Span) -> None:
    """The three forms of --history."""
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "x", "-5", "30 days", "1.5d", "ALL", "9" * 5000, "1_000", "٣"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match=r"write a duration \(30d\), a number of answers, or all"):
        parse_span(text)


@pytest.mark.parametrize(("text", "empty"), [("0", True), ("0d", True), ("1", False), ("all", False)])
def test_nothing_can_be_asked_for(text: str, empty: bool) -> None:
    """To have files checked alone."""
    assert parse_span(text).empty == empty


def test_a_duration_covers_what_is_not_older_to_the_second() -> None:
    """Whatever the order of the rows."""
    events = [event(31), event(30), event(2), event(40), event(0)]

    assert list(within(events, parse_span("30d"), NOW)) == [events[1], events[2], events[4]]


def test_a_number_covers_the_last_answers_and_what_happened_among_them() -> None:
    """Not what came before the first of them."""
    events = [event(9), event(8, "example.added"), event(7), event(6, "dataset.created"), event(5)]

    assert list(within(events, parse_span("2"), NOW)) == events[2:]
    assert list(within(events, parse_span("3"), NOW)) == events
    assert list(within(events, parse_span("99"), NOW)) == events


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 10))
def test_a_number_covers_so_many_answers_or_all_there_are(answers: list[bool], count: int) -> None:
    """Whatever else is among them."""
    events = [event(n, "answer.saved" if is_answer else "example.added") for n, is_answer in enumerate(answers)]

    found = list(within(events, Span("", count=count), NOW))

    assert sum(one.type == "answer.saved" for one in found) == min(count, sum(answers))
    assert found == events[len(events) - len(found) :]


def test_nothing_is_kept_of_a_history_that_is_read_through() -> None:
    """A stream goes by; only a number of answers needs memory, and that for those alone."""
    alive: set[int] = set()

    class Counted(Event):
        def __del__(self) -> None:
            alive.discard(id(self))

    def stream() -> Iterator[Event]:
        for n in range(1000):
            one = Counted("answer.saved", str(n), "main", NOW, "d")
            alive.add(id(one))
            yield one
            del one
            most.append(len(alive))

    most: list[int] = []
    for one in within(stream(), ALL, NOW):
        del one
    assert max(most) <= 2
    most.clear()
    for one in within(stream(), parse_span("10"), NOW):
        del one
    assert max(most) <= 12


def test_messages_are_counted_by_rule_and_person(router: Callable[[str], Router]) -> None:
    """With the hours in which they would have come, and all that go the same way to one person together."""
    events = [event(2, answer="accept", example=1), event(1, answer="reject", example=2), event(1, answer="reject")]

    found = rehearse(events, router(RULES), ALL, NOW)

    assert {key: line.count for key, line in found.lines.items()} == {
        ("saved", "ann"): 3, ("saved", "bob"): 3, ("rejected", "ann"): 2
    }  # fmt: skip
    assert found.lines["saved", "bob"].hours == {NOW - timedelta(days=2): 1, NOW - timedelta(days=1): 2}
    assert {way: len(times) for way, times in found.times.items()} == {("push", "ann"): 5, ("push", "bob"): 3}
    assert found.events == {"answer.saved": 3}


def test_examples_read_differently_and_are_few(router: Callable[[str], Router]) -> None:
    """One more of the same tells nothing."""
    events = [event(0, answer=answer) for answer in ["accept"] * 5 + ["reject", "ignore", "x", "y"]]

    line = rehearse(events, router(RULES), ALL, NOW).lines["saved", "ann"]

    assert [one.title for one in line.examples] == ["accept", "reject", "ignore"]
    assert len(line.examples) == EXAMPLES


def test_who_could_not_be_reached_is_counted_as_a_fault(router: Callable[[str], Router]) -> None:
    """Everybody else still gets theirs."""
    found = rehearse([event(0, answer="reject", example=1)] * 2, router(RULES), ALL, NOW)

    assert found.faults == {"rejected to lea: no address for push": 2}


def test_the_newest_event_is_known_although_it_is_too_old(router: Callable[[str], Router]) -> None:
    """So that one can be told why there is nothing."""
    found = rehearse([event(400), event(300), event(350)], router(RULES), parse_span("30d"), NOW)

    assert (found.newest, found.events.total()) == (NOW - timedelta(days=300), 0)


def test_what_would_be_queued_is_counted_once_for_each_file(router: Callable[[str], Router]) -> None:
    """By rule and file, with the selections that signals make."""
    action = 'action: {queue: {file: "{{ dataset }}.jsonl"}}'
    rules = f"rules:\n  - {{name: again, on: [answer.saved, model.drift], {action}}}\n"
    events = [event(2, example=1, n=1), event(1, example=1, n=2), event(0, example=2)]
    events.append(event(0, "model.drift", examples=["2", "3"], selection="lowest 5 scores"))

    found = rehearse(events, router(rules), ALL, NOW)

    assert found.queues == {("again", "d.jsonl"): {1, 2, 3, "lowest 5 scores"}}
    assert found.lines == {}


def test_the_same_history_goes_through_both_rule_sets_once(rule_file: Callable[[str], RuleFile]) -> None:
    """The events are counted once, and what is counted of messages is that of the rules themselves."""
    was = Router(rule_file(RULES.replace("group:team", "ann")).rules, PEOPLE, ["push"], [])
    now = Router(rule_file(RULES).rules, PEOPLE, ["push"], [])
    passed: list[Event] = []

    def past() -> Iterator[Event]:
        for n in range(3):
            passed.append(event(n, answer="accept"))
            yield passed[-1]

    found = rehearse(past(), now, ALL, NOW, against=was)

    assert (len(passed), found.events.total()) == (3, 3)
    assert found.compared is not None
    changes = {line: (one.before, one.after, one.added) for line, one in found.compared.changes.items()}
    assert changes == {("saved", "ann"): (3, 3, 0), ("saved", "bob"): (0, 3, 3)}
    assert {line: one.count for line, one in found.lines.items()} == {("saved", "ann"): 3, ("saved", "bob"): 3}
