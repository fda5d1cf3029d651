"""A PostgreSQL server that stops, crashes, hangs or hands over to its standby: an outage at worst, nothing is lost."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from on_postgres import KILL, announced, answer, mends, read_from
from world import Team, wait_for

from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

DETAIL = """
  - {name: down, on: [source.unavailable, source.recovered], to: lea, title: "{{ event_type }}", body: "{{ detail }}"}
"""


def test_a_server_that_is_down_is_an_outage_told_once_and_nothing_is_lost(
    team: Team, cluster: Cluster, writer: ProdigyOnPostgres, postgres_database: str
) -> None:
    """It crashes under the daemon, which is started again meanwhile: unreachable is no error."""
    team.write("rules.yaml", (team.folder / "rules.yaml").read_text() + DETAIL)
    daemon = team.start()
    answer(writer)
    cluster.stop(signal.SIGQUIT)
    try:
        wait_for(lambda: mends(team), "a word about it", daemon)
        team.stop(daemon)
        team.start()
        wait_for(lambda: "source.unavailable" in team.gateway.titles(), "the outage")
    finally:
        cluster.start()
    again = ProdigyOnPostgres(cluster, postgres_database)
    answer(again)
    wait_for(lambda: "source.recovered" in team.gateway.titles(), "the recovery")
    announced(team, again)
    again.close()
    assert len(team.gateway.taken()) == 4


def test_a_standby_is_refused_until_it_has_become_the_primary(
    team: Team, cluster: Cluster, writer: ProdigyOnPostgres, postgres_database: str
) -> None:
    with fails_over(cluster) as standby:
        read_from(team, standby.parameters(postgres_database, READER))
        team.start()
        assert [one["code"] for one in team.events("source_unreadable")] == ["standby"]
        answer(writer)
        standby.promote(cluster)
        survivor = ProdigyOnPostgres(standby, postgres_database)
        answer(survivor)
        announced(team, survivor)
        survivor.close()


def test_a_failover_loses_and_repeats_nothing_that_reached_the_new_primary(
    team: Team, cluster: Cluster, writer: ProdigyOnPostgres, postgres_database: str
) -> None:
    """Of several hosts in the URL the one that takes writes is read."""
    with fails_over(cluster) as standby:
        parameters = cluster.parameters(postgres_database, READER)
        read_from(team, parameters | {"host": f"{standby.parameters()['host']},{parameters['host']}"})
        daemon = team.start()
        answer(writer)
        announced(team, writer)
        daemon.send_signal(signal.SIGSTOP)
        answer(writer)
        standby.promote(cluster)
        daemon.send_signal(signal.SIGCONT)
        survivor = ProdigyOnPostgres(standby, postgres_database)
        answer(survivor)
        announced(team, survivor)
        survivor.close()


@contextmanager
def fails_over(cluster: Cluster) -> Iterator[Cluster]:
    """A standby that may be promoted; the tests' own server runs again afterwards."""
    with cluster.followed() as standby:
        try:
            yield standby
        finally:
            cluster.stop()
            cluster.start()


def test_a_statement_that_is_cut_off_is_tried_again(
    team: Team, writer: ProdigyOnPostgres, admin: ProdigyOnPostgres
) -> None:
    """As a statement timeout does it; ours cannot be overruled by the role's, which is far too short here."""
    admin.execute(f"ALTER ROLE {READER} SET statement_timeout = '1ms'")
    daemon = team.start()
    admin.execute("BEGIN; LOCK TABLE link IN ACCESS EXCLUSIVE MODE")
    waiting = f"{KILL.replace('terminate', 'cancel')} AND wait_event_type = 'Lock'"
    wait_for(lambda: writer.execute(waiting), "somebody who waits for the lock", daemon)
    wait_for(lambda: "too long to answer" in mends(team), "a word about it", daemon)
    admin.execute(f"COMMIT; ALTER ROLE {READER} RESET statement_timeout")
    answer(writer)
    announced(team, writer)


def test_a_server_that_no_longer_answers_does_not_keep_the_daemon_from_ending(
    team: Team, writer: ProdigyOnPostgres, admin: ProdigyOnPostgres
) -> None:
    daemon = team.start()
    ((backend,),) = admin.execute(KILL.replace("pg_terminate_backend(pid)", "pid"))
    os.kill(backend, signal.SIGSTOP)
    try:
        answer(writer)
        assert team.stop(daemon) < 5
    finally:
        os.kill(backend, signal.SIGCONT)
    team.start()
    announced(team, writer)


def test_a_table_that_is_made_anew_is_read_from_its_beginning(team: Team, writer: ProdigyOnPostgres) -> None:
    """Its ids are those of the old one; the examples are still there."""
    team.start()
    answer(writer)
    announced(team, writer)
    writer.execute(
        f"BEGIN; ALTER TABLE link RENAME TO old; CREATE TABLE link (LIKE old); GRANT SELECT ON link TO {READER}; "
        "CREATE SEQUENCE again OWNED BY link.id; ALTER TABLE link ALTER id SET DEFAULT nextval('again'); COMMIT"
    )
    for text in "abc":
        answer(writer, text)
    announced(team, writer)
