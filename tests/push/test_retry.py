"""The retry table of opentext.md section 4, for every status, and what must hold whatever happens."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.delivery import Accepted, Failed, TryAgain, Unknown
from otpushd.push.answer import Answered, NotSent, Unanswered, Unsendable
from otpushd.push.retry import GIVE_UP, History, Reading, decide, reading

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FRESH = History(attempts=1, unanswered=0, broken=0, created_at=NOW)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOST = Unanswered("no answer: not in time")


def expected(status):
    """The table, written down once more by hand."""
    named = {401: Reading.LOCKED_OUT} | dict.fromkeys((408, 429, 502, 503, 504), Reading.BUSY)
    families = {2: Reading.TAKEN, 3: Reading.REDIRECTED, 4: Reading.REFUSED, 5: Reading.BROKEN}
    return named.get(status) or families.get(status // 100, Reading.UNANSWERED)


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_its_line_in_the_table(status):
    outcome = decide(Answered(status), FRESH, NOW, 0.0)

    assert reading(Answered(status)) is expected(status)
    match expected(status):
        case Reading.TAKEN:
            assert isinstance(outcome, Accepted)
        case Reading.REFUSED:
            assert isinstance(outcome, Failed)
        case Reading.LOCKED_OUT:
            assert (outcome.at - NOW, outcome.hold) == (15 * MINUTE, True)
        case Reading.REDIRECTED:
            assert (outcome.at - NOW, outcome.hold) == (15 * MINUTE, False)
        case Reading.BUSY:
            assert (outcome.at - NOW, outcome.hold) == ((60 if status == 429 else 10) * SECOND, status == 429)
        case read:
            assert outcome.at - NOW == 10 * SECOND
            assert (outcome.unanswered, outcome.broken) == (read is Reading.UNANSWERED, read is Reading.BROKEN)


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        pytest.param(Answered(200, media="HTML", size=9), Reading.UNANSWERED, id="a page for people"),
        pytest.param(Answered(200, code=0), Reading.TAKEN, id="code zero"),
        pytest.param(Answered(200, code=200), Reading.TAKEN, id="code that repeats the status"),
        pytest.param(Answered(200, code=1), Reading.BROKEN, id="code one"),
        pytest.param(Answered(200, code=2), Reading.BROKEN, id="code two"),
        pytest.param(Answered(400, code=0), Reading.REFUSED, id="400 with code zero"),
        pytest.param(Answered(999), Reading.UNANSWERED, id="no such status"),
        pytest.param(NotSent("x"), Reading.NOT_SENT, id="not sent"),
        pytest.param(Unsendable("x"), Reading.REFUSED, id="unsendable"),
    ],
)
def test_what_is_not_a_plain_status_is_read_so(answer, read):
    assert reading(answer) is read


def test_a_request_without_an_answer_is_repeated_once():
    first = decide(LOST, FRESH, NOW, 0.5)
    second = decide(LOST, History(2, unanswered=1, broken=0, created_at=NOW), NOW, 0.5)

    assert isinstance(first, TryAgain)
    assert first.unanswered
    assert first.at - NOW >= 10 * SECOND
    assert second == Unknown(LOST.detail)


def test_a_channel_may_choose_never_to_repeat():
    assert decide(LOST, FRESH, NOW, 0.5, repeat_after_timeout=False) == Unknown(LOST.detail)


def test_a_broken_gateway_is_asked_once_more_and_then_slowly():
    waits = [decide(Answered(500), History(n + 1, 0, n, NOW), NOW, 0.0).at - NOW for n in range(3)]

    assert waits == [10 * SECOND, 15 * MINUTE, 15 * MINUTE]


def test_a_connection_that_is_refused_is_tried_ever_more_slowly():
    waits = [decide(NotSent("x"), History(n, 0, 0, NOW), NOW, 0.0).at - NOW for n in (1, 2, 3, 7, 8, 10_000)]

    assert waits == [10 * SECOND, 20 * SECOND, 40 * SECOND, 640 * SECOND, 675 * SECOND, 675 * SECOND]


@pytest.mark.parametrize(
    ("header", "low", "high", "hold"),
    [
        pytest.param("120", 120, 132, True, id="seconds"),
        pytest.param(" 7 ", 7, 8, True, id="spaces"),
        pytest.param("0", 1, 2, True, id="zero is a second"),
        pytest.param(format_datetime(NOW + 90 * SECOND, usegmt=True), 90, 99, True, id="date"),
        pytest.param("Mon, 02 Mar 2026 12:01:30 -0000", 90, 99, True, id="date without a zone"),
        pytest.param("9" * 4000, 86_400, 86_460, True, id="huge"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 86_400, 86_460, True, id="date far away"),
        pytest.param(format_datetime(NOW - HOUR, usegmt=True), 10, 14, False, id="past date"),
        pytest.param("-5", 10, 14, False, id="negative"),
        pytest.param("soon", 10, 14, False, id="garbage"),
        pytest.param("\u0661\u0662", 10, 14, False, id="foreign digits"),
        pytest.param("Mon, 99 Foo 2026 99:99:99 GMT", 10, 14, False, id="no such date"),
        pytest.param("", 10, 14, False, id="empty"),
        pytest.param(None, 10, 14, False, id="none"),
    ],
)
def test_retry_after_is_honoured_and_spread_upwards_only(header, low, high, hold):
    early, late = (decide(Answered(503, retry_after=header), FRESH, NOW, chance) for chance in (0.0, 0.999))

    assert early.at - NOW == low * SECOND
    assert early.at < late.at <= NOW + high * SECOND
    assert (early.hold, late.hold) == (hold, hold)


@pytest.mark.parametrize(
    ("answer", "unanswered", "kind"),
    [
        pytest.param(Answered(503), 0, Failed, id="busy"),
        pytest.param(Answered(401), 0, Failed, id="locked out"),
        pytest.param(NotSent("x"), 0, Failed, id="not sent"),
        pytest.param(Answered(503), 1, Unknown, id="busy, after an answer that never came"),
        pytest.param(LOST, 0, Unknown, id="unanswered"),
        pytest.param(Answered(200), 1, Accepted, id="taken at last"),
    ],
)
def test_after_three_days_there_is_no_further_try(answer, unanswered, kind):
    history = History(400, unanswered, 0, NOW - GIVE_UP)

    assert isinstance(decide(answer, history, NOW, 0.0), kind)
    assert kind is Accepted or isinstance(decide(answer, history, NOW - SECOND, 0.0), TryAgain | Unknown)


ANSWERS = st.one_of(
    st.builds(
        Answered,
        st.integers(100, 999),
        retry_after=st.one_of(st.none(), st.text(), st.integers().map(str), st.datetimes().map(format_datetime)),
        media=st.sampled_from(["JSON", "HTML", "text"]),
        code=st.one_of(st.none(), st.integers()),
    ),
    st.just(NotSent("x")),
    st.just(LOST),
)
CHANCES = st.floats(0, 1, exclude_max=True)


@given(ANSWERS, st.integers(1, 10**6), st.integers(0, 3), st.integers(0, 9), st.timedeltas(-HOUR, 100 * HOUR), CHANCES)
def test_a_next_try_is_never_at_once_and_never_later_than_a_day(answer, attempts, unanswered, broken, age, chance):
    outcome = decide(answer, History(attempts, unanswered, broken, NOW - age), NOW, chance)

    if isinstance(outcome, TryAgain):
        assert SECOND <= outcome.at - NOW <= 24 * HOUR + MINUTE
        assert not (outcome.unanswered and unanswered)
        assert age < GIVE_UP


@given(st.lists(st.tuples(ANSWERS, CHANCES), min_size=1, max_size=60))
def test_no_chain_of_attempts_has_more_than_two_without_an_answer(steps):
    """And an accepted one ends the chain, so that a message is taken at most twice, once of it unknowingly."""
    now, read, outcome = NOW, [], None
    for answer, chance in steps:
        history = History(len(read) + 1, read.count(Reading.UNANSWERED), read.count(Reading.BROKEN), NOW)
        outcome = decide(answer, history, now, chance)
        read.append(reading(answer))
        if not isinstance(outcome, TryAgain):
            break
        now = outcome.at

    assert read.count(Reading.UNANSWERED) <= 2
    assert read.count(Reading.TAKEN) <= 1


@given(st.integers(1, 10**6), CHANCES, st.sampled_from([NotSent("x"), Answered(503), Answered(429)]))
def test_waits_grow_with_the_attempts_up_to_fifteen_minutes(attempts, chance, answer):
    wait, longer = (decide(answer, History(n, 0, 0, NOW), NOW, chance).at - NOW for n in (attempts, attempts + 1))

    assert 10 * SECOND <= wait <= longer <= 15 * MINUTE
