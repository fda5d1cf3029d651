"""Messages and expectations are paired so that as many as possible find each other."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.files.duration import parse_instant
from otpushd.model.delivery import Notification, Priority
from otpushd.rehearse.matching import differences, fits, instant_text, pair
from otpushd.rehearse.stage import Sent
from otpushd.routing.rule_test import Expected

AT = datetime(2026, 3, 2, tzinfo=UTC)


def sent(title: str = "t", person: str = "ann", body: str = "b") -> Sent:
    one = Notification(
        "n", "r", "e", "answer.saved", "d", person, ("push", "sms"), title, body, None, Priority.HIGH, AT, None, b"{}"
    )
    return Sent(one, AT + timedelta(minutes=5))


def wanted(**fields: object) -> Expected:
    names = ("at", "to", "title", "body", "link", "priority", "rule", "channel")
    return Expected(**{name: fields.get(name) for name in names}, path=())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "differing"),
    [
        ({}, {}),
        ({"to": "ann", "title": "t", "body": "b", "rule": "r", "priority": "high", "channel": "push"}, {}),
        ({"to": "bob"}, {"to": ("bob", "ann")}),
        ({"title": "T"}, {"title": ("T", "t")}),
        ({"link": "https://x"}, {"link": ("https://x", None)}),
        ({"channel": "sms"}, {"channel": ("sms", "push")}),
        ({"at": AT + timedelta(minutes=5)}, {}),
        ({"at": AT}, {"at": ("2026-03-02T00:00Z", "2026-03-02T00:05Z")}),
    ],
    ids=["nothing named", "all right", "person", "title", "link", "second channel", "instant", "when it was made"],
)
def test_only_what_is_named_is_compared(fields: dict[str, object], differing: dict[str, object]) -> None:
    """The channel is the one tried first, the instant that at which the message leaves."""
    assert differences(wanted(**fields), sent()) == differing


def test_a_vague_expectation_leaves_the_message_to_the_one_that_needs_it() -> None:
    """In either order of the expectations."""
    vague, exact = wanted(to="ann"), wanted(to="ann", title="two")
    messages = [sent("two"), sent("one")]

    assert pair([vague, exact], messages) == {0: 1, 1: 0}
    assert pair([exact, vague], messages) == {0: 0, 1: 1}


def test_one_message_answers_one_expectation() -> None:
    """Two equal expectations want two messages."""
    assert len(pair([wanted(to="ann")] * 2, [sent()])) == 1


@given(st.lists(st.sets(st.integers(0, 4)), max_size=5), st.permutations(range(5)))
def test_the_number_of_pairs_does_not_depend_on_the_order(possible: list[set[int]], order: list[int]) -> None:
    """And every pair fits, no message twice."""
    messages = [sent(title=str(number)) for number in range(5)]
    expectations = [wanted(title=str(min(one))) if one else wanted() for one in possible]

    pairs = pair(expectations, messages)
    shuffled = pair(expectations, [messages[number] for number in order])

    assert len(pairs) == len(shuffled)
    assert len(set(pairs.values())) == len(pairs)
    assert all(fits(expectations[one], messages[other]) for one, other in pairs.items())


def test_thousands_of_expectations_are_paired() -> None:
    """Even where one after the other has to move on for the next: nothing nests deeper for it."""
    vague, exact = [wanted(to="ann")] * 1200, [wanted(title=str(number)) for number in range(300)]
    messages = [sent(str(number)) for number in range(1500)]

    assert len(pair([*vague, *exact], messages)) == 1500


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])))
def test_an_instant_is_read_as_it_was_written(at: datetime) -> None:
    """What is printed for `at:` means the same when pasted."""
    try:
        assert parse_instant(instant_text(at), UTC) == at
    except OverflowError:
        assert at.year in (1, 9999)
