"""A look into a store on PostgreSQL finds what is there, and changes nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from otpushd.store.facts import SharedFacts
from otpushd.store.postgres_opening import open_shared
from otpushd.store.postgres_probe import probe_shared_store
from tests.prodigy_on_postgres import SCHEMA


def probe(place: Mapping[str, str], ahead: timedelta = timedelta()) -> SharedFacts:
    return probe_shared_store(place, "doctor", lambda: datetime.now(UTC) - ahead)


def tables(place: Mapping[str, str]) -> list[tuple[str]]:
    with psycopg.connect(**place) as connection:  # type: ignore[arg-type]
        return connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()


def test_an_empty_place_stays_empty(place: Mapping[str, str]) -> None:
    facts = probe(place)
    assert (facts.exists, facts.behind, facts.may_make, facts.trouble) == (False, True, True, None)
    assert tables(place) == []


def test_a_store_is_told_with_who_uses_it(place: Mapping[str, str]) -> None:
    database = open_shared(place, "a daemon")
    before = tables(place)
    facts = probe(place)
    assert (facts.exists, facts.behind, facts.daemons, facts.trouble) == (True, False, 1, None)
    assert tables(place) == before
    database.close()


def test_clocks_that_differ_are_measured(place: Mapping[str, str]) -> None:
    ahead = probe(place, timedelta(minutes=7)).ahead
    assert ahead is not None
    assert abs(ahead - timedelta(minutes=7)) < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"port": "1"}, "cannot be opened", id="nobody there"),
        pytest.param({"user": "nobody_at_all"}, "cannot be opened", id="an unknown role"),
        pytest.param({"options": "-csearch_path=nowhere"}, "no schema", id="no schema"),
    ],
)
def test_what_keeps_it_from_being_used_is_told_with_its_mend(
    place: Mapping[str, str], change: Mapping[str, str], words: str
) -> None:
    trouble = probe({**place, **change}).trouble
    assert trouble is not None
    assert words in trouble
    assert "; " in trouble


def test_prodigys_own_database_is_refused(place: Mapping[str, str]) -> None:
    with psycopg.connect(**place) as connection:  # type: ignore[arg-type]
        connection.execute(SCHEMA)
    assert "Prodigy's database" in str(probe(place).trouble)
