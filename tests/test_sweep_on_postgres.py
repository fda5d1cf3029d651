"""What the writer barrier cannot see on PostgreSQL, the sweep does; and what a failover takes away, comes anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from otpushd.prodigy.postgres_source import PostgresSource
from tests.office import Office
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres


@pytest.fixture
def office(
    cluster: Cluster, postgres_database: str, prodigy_on_postgres: ProdigyOnPostgres, tmp_path: Path
) -> Iterator[Office]:
    parameters = cluster.parameters(postgres_database, READER)
    office = Office(tmp_path, prodigy_on_postgres, lambda: PostgresSource(parameters))
    yield office
    office.end()


def test_ids_chosen_by_a_client_below_the_mark_are_found(office: Office) -> None:
    numbers = office.save("news", "a", "b")
    office.prodigy.execute("SELECT setval('link_id_seq', 100)")
    office.save("news", "c")
    office.look()
    office.prodigy.execute("INSERT INTO link (id, example_id, dataset_id) VALUES (50, %s, 1)", (numbers[0],))
    office.look()
    assert office.told() == ["a", "b", "c", "a"]


def test_a_sequence_that_is_set_back_hides_nothing(office: Office) -> None:
    office.prodigy.execute("SELECT setval('link_id_seq', 1000)")
    office.save("news", "a")
    office.look()
    office.prodigy.execute("SELECT setval('link_id_seq', 500)")
    office.save("news", "b", "c", session="news-ann")
    office.look()
    assert office.told() == ["a", "b", "c"]


def test_rows_rewritten_and_gone_are_told(office: Office) -> None:
    numbers = office.save("news", "a", "b", "c")
    office.look()
    rewritten = "convert_to(replace(convert_from(content, 'UTF8'), 'accept', 'reject'), 'UTF8')"
    office.prodigy.execute(f"UPDATE example SET content = {rewritten} WHERE id = %s", (numbers[0],))
    office.prodigy.execute("DELETE FROM link WHERE example_id = %s", (numbers[1],))
    office.look()
    office.look()
    assert sorted(office.told("integrity.problem")) == [
        "links gone although the dataset is still there: 1",
        "rows rewritten after they were saved: 1",
    ]


@pytest.mark.parametrize("more", [1, 2, 5], ids=["fewer than were lost", "as many", "more"])
@pytest.mark.parametrize("away", [False, True], ids=["while watching", "while away"])
def test_a_failover_to_an_older_state_loses_nothing_and_says_nothing_twice(
    office: Office, cluster: Cluster, postgres_database: str, more: int, away: bool
) -> None:
    """Ids and examples count on from the older state, for other answers."""
    office.save("news", "a", "b")
    office.look()
    office.prodigy.close()
    snapshot = cluster.snapshot(postgres_database)
    office.prodigy = ProdigyOnPostgres(cluster, postgres_database)
    office.save("news", "lost", "lost too")
    office.settle()
    if away:
        office.restart()
    office.prodigy.close()
    cluster.restore(snapshot, postgres_database)
    office.prodigy = ProdigyOnPostgres(cluster, postgres_database)
    texts = [f"again {number}" for number in range(more)]
    office.save("news", *texts)
    office.settle()
    assert sorted(office.told()) == sorted(["a", "b", "lost", "lost too", *texts])
