"""The real daemon on a Prodigy database in PostgreSQL: killed or cut off at any time, it loses and repeats nothing."""

import pytest
from world import Team, wait_for

from otpushd.files.postgres_url import postgres_url
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

ANSWER = {"text": "t", "answer": "accept", "_session_id": "news-ann", "_timestamp": 1760000000}


@pytest.fixture
def on_postgres(
    team: Team, cluster: Cluster, postgres_database: str, prodigy_on_postgres: ProdigyOnPostgres
) -> ProdigyOnPostgres:
    """The writer to the team's source, which is on PostgreSQL now; its URL holds a password."""
    url = postgres_url(cluster.parameters(postgres_database, READER) | {"password": "s3cret-keep-out"})
    team.edit("otpushd.yaml", "sqlite:///prodigy.db", url)
    prodigy_on_postgres.dataset("news")
    return prodigy_on_postgres


def messages(team: Team) -> set[tuple[str, str]]:
    """By id and text: a push that was under way at a kill is repeated with its own id."""
    return {(one["filename"], one["document"]["notification"]["body"]) for one in team.gateway.received("accepted")}


def test_an_answer_is_told_with_its_person_and_the_password_is_nowhere(
    team: Team, on_postgres: ProdigyOnPostgres
) -> None:
    daemon = team.start()
    on_postgres.save("news", [ANSWER], session="news-ann")
    wait_for(lambda: team.gateway.titles() == ["ann said accept on news"], "the message", daemon)
    team.stop(daemon)
    assert "s3cret-keep-out" not in team.logged()


@pytest.mark.parametrize("how", ["kill -9", "the server is restarted", "the connection is cut"])
def test_a_transaction_that_was_open_meanwhile_is_told_and_nothing_twice(
    team: Team, cluster: Cluster, postgres_database: str, on_postgres: ProdigyOnPostgres, how: str
) -> None:
    """It took the lowest id."""
    daemon = team.start()
    first, second = on_postgres.examples([ANSWER, ANSWER])
    slow = ProdigyOnPostgres(cluster, postgres_database)
    slow.execute("BEGIN")
    slow.link(first, 1)
    on_postgres.links("news", [second])
    wait_for(lambda: len(team.gateway.taken()) == 1, "the second answer", daemon)
    if how == "kill -9":
        daemon.kill()
        daemon = team.start()
    elif how == "the server is restarted":
        slow.execute("PREPARE TRANSACTION 'save'")
        cluster.stop()
        cluster.start()
        slow.close()
        slow = ProdigyOnPostgres(cluster, postgres_database)
    else:
        slow.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'otpushd'")
    slow.execute("COMMIT PREPARED 'save'" if how == "the server is restarted" else "COMMIT")
    slow.save("news", [ANSWER])
    slow.close()
    wait_for(lambda: len(messages(team)) == 3, "all answers", daemon)
    team.stop(daemon)
    assert len(messages(team)) == len({body for _, body in messages(team)}) == 3
