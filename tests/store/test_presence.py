"""Claims of daemons that are there no more are taken back; those of one that is there never."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import peewee
import pytest

from otpushd.model.delivery import Accepted, Notification
from otpushd.store.outbox import Claim, Settlement, add, claim, disown, next_due, settle
from otpushd.store.postgres_opening import open_shared
from otpushd.store.presence import absent, take_back
from otpushd.store.sql import rows

Make = Callable[..., Notification]


@pytest.fixture
def take(database: peewee.Database, message: Make, now: datetime) -> Callable[..., list[Claim]]:
    """Claims as many notifications as told, which are put in for it."""

    def take(holder: str, *numbers: int) -> list[Claim]:
        add(database, [message(number) for number in numbers])
        return claim(database, "push", holder, now, now + timedelta(minutes=5), len(numbers))

    return take


def owners(database: peewee.Database) -> list[str | None]:
    return [name for (name,) in rows(database, "SELECT claimed_by FROM notification ORDER BY title")]


def test_who_claims_and_is_not_there_is_missed(database: peewee.Database, take: Callable[..., list[Claim]]) -> None:
    for number, holder in enumerate(["us", "dead", "dead", "gone"]):
        take(holder, number)
    assert absent(database, "us") == {"dead", "gone"}


def test_what_one_had_claimed_is_due_at_once_and_the_others_keep_theirs(
    database: peewee.Database, take: Callable[..., list[Claim]], now: datetime
) -> None:
    for number, holder in enumerate(["us", "dead", "gone"]):
        take(holder, number)
    assert take_back(database, "us", ["dead"]) == 1
    assert (owners(database), next_due(database)) == (["us", None, "gone"], {"push": now})
    assert (take_back(database, "us", []), take_back(database, "us", ["us"])) == (0, 0)


def test_one_that_holds_no_claim_any_more_is_not_missed(
    database: peewee.Database, take: Callable[..., list[Claim]], now: datetime
) -> None:
    settle(database, [Settlement(take("dead", 1)[0], Accepted("ok"), now)])
    assert absent(database, "us") == set()


def test_of_our_own_claims_only_those_that_we_do_not_know_of_are_given_up(
    database: peewee.Database, take: Callable[..., list[Claim]]
) -> None:
    known = take("us", 1, 2)
    take("us", 3)
    take("other", 4)
    assert disown(database, "us", [one.notification.id for one in known]) == 1
    assert owners(database) == ["us", "us", None, "other"]
    assert disown(database, "us", []) == 2


def test_one_whose_connection_lives_is_there_until_it_ends(
    place: Mapping[str, str], message: Make, now: datetime, leave: Callable[[peewee.Database], None]
) -> None:
    """Also one that came back between the look and the taking back."""
    ours, theirs = open_shared(place, "us"), open_shared(place, "them")
    add(ours, [message()])
    claim(theirs, "push", "them", now, now + timedelta(minutes=5), 1)
    assert (absent(ours, "us"), take_back(ours, "us", ["them"])) == (set(), 0)
    leave(theirs)
    assert (absent(ours, "us"), take_back(ours, "us", ["them"])) == ({"them"}, 1)
    ours.close()
