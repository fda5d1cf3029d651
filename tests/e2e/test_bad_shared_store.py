"""A store on PostgreSQL that cannot be used: said clearly at the start, survived while running, and nothing is lost."""

import time
from collections.abc import Callable

import pytest
from world import Team, wait_for

from otpushd.files.postgres_url import postgres_url
from tests.postgres import Cluster
from tests.prodigy_on_postgres import SCHEMA

SECRET = "s3cret-keep-out"
pytestmark = pytest.mark.usefixtures("shared_store")


def prodigys(cluster: Cluster, database: str) -> None:
    with cluster.connect(database) as connection:
        connection.execute(SCHEMA)


def newer(cluster: Cluster, database: str) -> None:
    with cluster.connect(database) as connection:
        connection.execute("CREATE TABLE schema_migration (id SERIAL, name TEXT, applied TIMESTAMP DEFAULT now())")
        connection.execute("INSERT INTO schema_migration (name) VALUES ('0001_spine'), ('0099_future')")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(Cluster.drop_database, "there is no such database", id="no database"),
        pytest.param(prodigys, "Prodigy's database", id="prodigy's"),
        pytest.param(newer, "newer otpushd (it has 0099_future)", id="a newer version's"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_clear_line_and_exit_1(
    team: Team, cluster: Cluster, shared_store: str, make: Callable[[Cluster, str], object], words: str
) -> None:
    plain = cluster.parameters(shared_store)
    team.edit("otpushd.yaml", postgres_url(plain), postgres_url(plain | {"password": SECRET}))
    make(cluster, shared_store)
    assert team.run().wait(20) == 1
    (line,) = team.logged().splitlines()
    assert line.startswith("otpushd: postgresql://")
    assert words in line
    assert SECRET not in line


def test_a_server_that_restarts_costs_nothing(team: Team, cluster: Cluster) -> None:
    team.prodigy.dataset("news")
    process = team.start()
    team.answer("before")
    team.await_titles("ann said accept on news")
    cluster.stop()
    for number in range(20):
        team.answer(str(number))
    (failed, *_) = wait_for(lambda: team.events("job_failed"), "a word about it", process)
    cluster.start()
    assert "the server of the store" in failed["mend"]
    team.await_titles(*["ann said accept on news"] * 21)
    wait_for(lambda: team.events("job_works_again"), "a word that it is over", process)
    assert "Traceback" not in team.logged()


def test_a_store_that_vanishes_while_running_is_told_and_does_not_end_the_daemon(
    team: Team, cluster: Cluster, shared_store: str
) -> None:
    team.prodigy.dataset("news")
    process = team.start()
    with cluster.connect(shared_store) as connection:
        connection.execute("ALTER SCHEMA public RENAME TO gone")
        team.answer()
        failed = wait_for(
            lambda: [one for one in team.events("job_failed") if "mend" in one], "a word about it", process
        )
        assert "a table of the store is gone" in failed[0]["mend"]
        time.sleep(2)
        assert len(team.events("job_failed")) <= 8
        connection.execute("ALTER SCHEMA gone RENAME TO public")
    team.await_titles("ann said accept on news")
    assert team.stop(process) < 5
