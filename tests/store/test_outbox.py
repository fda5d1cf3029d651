"""The outbox: put once, claimed by one, settled only by whoever still holds the claim, in every order of events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otpushd.model.delivery import (
    DIGEST,
    Accepted,
    Expired,
    Failed,
    Held,
    Notification,
    Outcome,
    Priority,
    TryAgain,
    Unknown,
)
from otpushd.store.cases import next_held
from otpushd.store.outbox import Claim, Settlement, add, claim, next_due, settle
from otpushd.store.presence import take_back
from otpushd.store.sql import rows

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEASE = timedelta(minutes=5)
Make = Callable[..., Notification]


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def take(database: peewee.Database, seconds: float = 0, limit: int = 10, channel: str = "push") -> list[Claim]:
    return claim(database, channel, "holder", at(seconds), at(seconds) + LEASE, limit)


def end(database: peewee.Database, one: Claim, outcome: Outcome, seconds: float = 1) -> None:
    settle(database, [Settlement(one, outcome, at(seconds))])


def release(database: peewee.Database) -> int:
    """What the holder had claimed, who is not there."""
    return take_back(database, "another", ["holder"])


def states(database: peewee.Database) -> list[tuple[Any, ...]]:
    return rows(database, "SELECT state, channel, detail FROM notification ORDER BY title")


def journal(database: peewee.Database) -> list[tuple[Any, ...]]:
    return rows(database, "SELECT claim, channel, state, detail FROM transition ORDER BY claim")


def test_what_was_put_in_comes_out_as_it_was(database: peewee.Database, message: Make) -> None:
    odd = message(
        dataset=None, link="https://x/?a=ä", expires_at=at(0.000001), created_at=at(0), channels=("push",),
        priority=Priority.LOW, event=b'{"\xff": "\x00"}', title="a\x00b 😀 ?", body="",
    )  # fmt: skip
    add(database, [odd, message(1)])
    found = {one.notification.event_id: one.notification for one in take(database)}
    assert found == {"event 0": odd, "event 1": message(1)}


def test_a_claim_tells_its_number_and_what_was_tried(database: peewee.Database, message: Make) -> None:
    add(database, [message()])
    (one,) = take(database)
    assert one == Claim(message(), "push", 1, 1, 0, 0, NINE)


def test_putting_it_in_twice_changes_nothing(database: peewee.Database, message: Make) -> None:
    add(database, [message()])
    end(database, take(database)[0], Accepted("ok"))
    add(database, [message(title="another title")])
    assert states(database) == [("accepted", "push", "ok")]
    assert take(database, 1000) == []


def test_nothing_is_claimed_before_it_is_due(database: peewee.Database, message: Make) -> None:
    add(database, [message(created_at=at(10))])
    assert take(database, 9.999999) == []
    assert len(take(database, 10)) == 1


def test_claims_are_limited_and_the_longest_due_go_first(database: peewee.Database, message: Make) -> None:
    add(database, [message(number, created_at=at(-number)) for number in range(5)])
    found = [{one.notification.title for one in take(database, limit=2)} for _ in range(3)]
    assert found == [{"title 4", "title 3"}, {"title 2", "title 1"}, {"title 0"}]


def test_each_channel_has_its_own_queue(database: peewee.Database, message: Make) -> None:
    add(database, [message(0, channels=("sms",)), message(1)])
    assert [one.notification.title for one in take(database, channel="sms")] == ["title 0"]


def test_two_holders_never_have_the_same(database: peewee.Database, message: Make) -> None:
    add(database, [message(number) for number in range(7)])
    found = [one.notification.id for _ in range(3) for one in take(database, limit=3)]
    assert len(found) == len(set(found)) == 7


class TestTheEndOfALease:
    @pytest.fixture
    def lost(self, database: peewee.Database, message: Make) -> Claim:
        """A claim whose holder let its lease run out."""
        add(database, [message()])
        (one,) = take(database)
        return one

    def test_until_then_nobody_else_gets_it(self, database: peewee.Database, lost: Claim) -> None:
        assert take(database, LEASE.total_seconds() - 0.000001) == []

    def test_then_another_may_claim_it(self, database: peewee.Database, lost: Claim) -> None:
        (again,) = take(database, LEASE.total_seconds())
        assert (again.number, again.attempts, again.notification) == (2, 2, lost.notification)

    @pytest.mark.parametrize(
        "outcome",
        [Accepted("a"), TryAgain(NINE, "t"), Unknown("u"), Failed("f"), Expired("e"), Held(NINE, "h")],
        ids=lambda o: o.detail,
    )
    def test_settling_what_another_has_claimed_does_nothing(
        self, database: peewee.Database, lost: Claim, outcome: Outcome
    ) -> None:
        (again,) = take(database, 600)
        end(database, lost, outcome, 601)
        assert (states(database), journal(database)) == ([("pending", "push", None)], [])
        end(database, again, Accepted("ours"), 602)
        assert states(database) == [("accepted", "push", "ours")]

    def test_settling_late_what_nobody_else_has_claimed_counts(self, database: peewee.Database, lost: Claim) -> None:
        """The answer is known: to send it once more would be a repeat without need."""
        end(database, lost, Accepted("late"), 1000)
        assert states(database) == [("accepted", "push", "late")]

    def test_settling_twice_counts_once(self, database: peewee.Database, lost: Claim) -> None:
        end(database, lost, TryAgain(at(60), "first"))
        end(database, lost, Accepted("second"))
        settle(database, [Settlement(lost, Accepted("third"), NINE)] * 2)
        assert states(database) == [("pending", "push", "first")]
        assert journal(database) == [(1, "push", "pending", "first")]

    def test_settling_what_was_taken_back_does_nothing(self, database: peewee.Database, lost: Claim) -> None:
        assert release(database) == 1
        end(database, lost, Accepted("too late"))
        assert states(database) == [("pending", "push", None)]

    def test_what_was_taken_back_is_due_at_once(self, database: peewee.Database, lost: Claim) -> None:
        release(database)
        assert next_due(database) == {"push": NINE}
        (again,) = take(database)
        assert again.number == 2

    def test_taking_back_leaves_alone_what_nobody_holds(self, database: peewee.Database, lost: Claim) -> None:
        end(database, lost, TryAgain(at(60), "busy"))
        assert release(database) == 0
        assert next_due(database) == {"push": at(60)}


@pytest.mark.parametrize(
    ("outcome", "state", "recorded"),
    [
        (Accepted("a"), ("accepted", "push", "a"), "accepted"),
        (Unknown("u"), ("unknown", "push", "u"), "unknown"),
        (Expired("e"), ("expired", "push", "e"), "expired"),
        (TryAgain(at(60), "t"), ("pending", "push", "t"), "pending"),
        (Failed("f"), ("pending", "sms", "f"), "failed"),
        (Held(at(60), "h"), ("held", "push", "h"), "held"),
    ],
    ids=lambda each: each.detail if hasattr(each, "detail") else "",
)
def test_each_outcome_is_a_state_and_a_line_in_the_journal(
    database: peewee.Database, message: Make, outcome: Outcome, state: tuple[str, str, str], recorded: str
) -> None:
    add(database, [message()])
    end(database, take(database)[0], outcome)
    assert states(database) == [state]
    assert journal(database) == [(1, "push", recorded, outcome.detail)]


def test_one_to_be_tried_again_is_due_then_and_knows_what_went_before(database: peewee.Database, message: Make) -> None:
    add(database, [message()])
    end(database, take(database)[0], TryAgain(at(60), "t", unanswered=True))
    end(database, take(database, 60)[0], TryAgain(at(120), "t", broken=True), 61)
    assert take(database, 119) == []
    (third,) = take(database, 120)
    assert (third.attempts, third.unanswered, third.broken, third.since) == (3, 1, 1, NINE)


def test_the_next_channel_starts_afresh_and_after_the_last_it_is_dead(database: peewee.Database, message: Make) -> None:
    add(database, [message(channels=("push", "sms", "mail"))])
    end(database, take(database)[0], TryAgain(at(5), "t", unanswered=True))
    end(database, take(database, 5)[0], Failed("no push"), 6)
    (second,) = take(database, 6, channel="sms")
    assert second == Claim(message(channels=("sms", "mail")), "sms", 3, 1, 0, 0, at(6))
    end(database, second, Failed("no sms"), 7)
    end(database, take(database, 7, channel="mail")[0], Failed("no mail"), 8)
    assert states(database) == [("dead", "mail", "no mail")]
    assert [state for _, _, state, _ in journal(database)] == ["pending", "failed", "failed", "dead"]


def test_one_that_is_held_back_waits_with_its_reason_and_nobody_claims_it(
    database: peewee.Database, message: Make
) -> None:
    add(database, [message()])
    end(database, take(database)[0], Held(at(60), "quiet hours"))
    assert rows(database, "SELECT held, claimed_by FROM notification") == [("quiet hours", None)]
    assert next_held(database) == at(60)
    assert (take(database, 100), next_due(database)) == ([], {})


def test_a_digest_that_is_held_back_is_tried_again_by_itself_and_that_was_no_attempt(
    database: peewee.Database, message: Make
) -> None:
    add(database, [message(rule=DIGEST)])
    end(database, take(database)[0], TryAgain(at(10), "t", unanswered=True))
    end(database, take(database, 10)[0], Held(at(60), "quiet hours"), 11)
    assert (next_held(database), next_due(database)) == (None, {"push": at(60)})
    (again,) = take(database, 60)
    assert (again.number, again.attempts, again.unanswered, again.since) == (3, 2, 1, at(60))


def test_what_is_over_is_never_claimed_again(database: peewee.Database, message: Make) -> None:
    outcomes: list[Outcome] = [Accepted("a"), Unknown("u"), Expired("e"), Failed("f")]
    add(database, [message(number, channels=("push",)) for number in range(4)])
    settle(database, [Settlement(one, out, NINE) for one, out in zip(take(database), outcomes, strict=True)])
    assert release(database) == 0
    assert (take(database, 10**6), next_due(database)) == ([], {})


def test_the_next_due_moment_is_told_for_each_channel(database: peewee.Database, message: Make) -> None:
    add(database, [message(0, created_at=at(30)), message(1, created_at=at(20))])
    add(database, [message(2, channels=("sms",)), message(3, channels=("gone-channel",), created_at=at(9))])
    assert next_due(database) == {"push": at(20), "sms": NINE, "gone-channel": at(9)}


def test_a_claimed_one_is_due_when_its_lease_ends(database: peewee.Database, message: Make) -> None:
    add(database, [message()])
    take(database)
    assert next_due(database) == {"push": NINE + LEASE}


outcomes = st.sampled_from(
    [Accepted("a"), Unknown("u"), Expired("e"), Failed("f"), TryAgain(at(0), "t"), Held(at(0), "h")]
)
moves = st.lists(st.tuples(st.sampled_from(["claim", "settle", "release", "wait"]), st.integers(0, 9), outcomes))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_in_any_order_of_events_only_the_last_claim_settles(
    database: peewee.Database, message: Make, moves: list[tuple[str, int, Outcome]]
) -> None:
    """Two claims never stand at once, and the journal holds one line for each claim that was settled while it stood."""
    rows(database, "DELETE FROM notification")
    rows(database, "DELETE FROM transition")
    add(database, [message()])
    clock, claims, standing, settled = 0, [], None, 0
    for what, which, outcome in moves:
        if what == "wait":
            clock += 60 * which
        elif what == "release":
            standing = None if release(database) else standing
        elif what == "claim" and (found := take(database, clock) + take(database, clock, channel="sms")):
            standing = found[0]
            claims.append(standing)
        elif what == "settle" and which < len(claims):
            end(database, claims[which], outcome, clock)
            settled += claims[which] is standing
            standing = None if claims[which] is standing else standing
    assert len(journal(database)) == settled
    assert len({one.number for one in claims}) == len(claims)
