"""A Prodigy database on PostgreSQL that refuses, hides or garbles: a line with the mend, and nothing is lost."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from on_postgres import KILL, announced, answer, link, mends, read_from
from world import Team, peak, wait_for

from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

FAULTS = {
    **{
        f"SELECT on {table}": (
            f"REVOKE SELECT ON {table} FROM {READER}",
            f"GRANT SELECT ON {table} TO {READER}",
            "SELECT",
        )
        for table in ("dataset", "example", "link")
    },
    "USAGE": (
        f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {READER}",
        f"GRANT USAGE ON SCHEMA public TO {READER}",
        "USAGE",
    ),
    "CONNECT": (
        f"REVOKE CONNECT ON DATABASE here FROM PUBLIC, {READER}; {KILL}",
        f"GRANT CONNECT ON DATABASE here TO {READER}",
        "GRANT CONNECT",
    ),
    "NOLOGIN": (f"ALTER ROLE {READER} NOLOGIN; {KILL}", f"ALTER ROLE {READER} LOGIN", "log in"),
    "a limit": (
        f"ALTER ROLE {READER} CONNECTION LIMIT 0; {KILL}",
        f"ALTER ROLE {READER} CONNECTION LIMIT -1",
        "no connection left",
    ),
    "a lock": ("BEGIN; LOCK TABLE link IN ACCESS EXCLUSIVE MODE", "COMMIT", "locks one of Prodigy's tables"),
    "a column": (
        "ALTER TABLE example RENAME content TO hidden",
        "ALTER TABLE example RENAME hidden TO content",
        "a column",
    ),
    **{
        f"table {table}": (f"ALTER TABLE {table} RENAME TO hidden", f"ALTER TABLE hidden RENAME TO {table}", "is gone")
        for table in ("dataset", "example", "link")
    },
}
"""What an administrator does, how he undoes it, and a word of the mend."""


LATE = {"a lock", "table link"}
"""Meanwhile nobody can save an answer."""


def test_whatever_is_taken_away_is_told_and_waited_for(
    team: Team, writer: ProdigyOnPostgres, admin: ProdigyOnPostgres, postgres_database: str
) -> None:
    """One daemon lives through all of it. What touches `example` alone is noticed with the first new answer."""
    daemon = team.start()
    for name, (take, give_back, mend) in FAULTS.items():
        before = len(team.events("source_unreadable"))
        (example,) = writer.examples([{"text": name, "answer": "accept"}])
        admin.execute(take.replace("here", postgres_database))
        if name not in LATE:
            link(writer, example)
        wait_for(lambda before=before, mend=mend: mend in mends(team, before), f"{name}: {mend}", daemon)  # type: ignore[misc]
        admin.execute(give_back.replace("here", postgres_database))
        if name in LATE:
            link(writer, example)
        announced(team, writer)
    assert len(team.events("source_readable")) == len(FAULTS)


def test_a_right_that_is_missing_at_the_start_is_named_and_waited_for(
    team: Team, writer: ProdigyOnPostgres, admin: ProdigyOnPostgres
) -> None:
    admin.execute(f"REVOKE SELECT ON example FROM {READER}")
    answer(writer)
    team.start()
    assert f'run: GRANT SELECT ON "public"."example" TO "{READER}"' in mends(team)
    admin.execute(f"GRANT SELECT ON example TO {READER}")
    announced(team, writer)


def test_a_wrong_password_is_told_without_it_and_a_right_one_mends_it(
    team: Team, cluster: Cluster, writer: ProdigyOnPostgres, postgres_database: str, admin: ProdigyOnPostgres
) -> None:
    read_from(team, cluster.parameters(postgres_database, "guarded") | {"password": "wr0ng-keep-out"})
    with asks_for_passwords(admin, "guarded", like=READER):
        team.start()
        assert "refuses the password" in mends(team)
        answer(writer)
        admin.execute("ALTER ROLE guarded PASSWORD 'wr0ng-keep-out'")
        announced(team, writer)
    assert "keep-out" not in team.logged()


@contextmanager
def asks_for_passwords(admin: ProdigyOnPostgres, role: str, like: str) -> Iterator[None]:
    """While it lasts there is a role with the rights of another, that must give a password."""
    ((file,),) = admin.execute("SHOW hba_file")
    before = Path(file).read_text()
    Path(file).write_text(f"local all {role} scram-sha-256\n{before}")
    admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'another' IN ROLE {like}; SELECT pg_reload_conf()")
    try:
        yield
    finally:
        Path(file).write_text(before)
        admin.execute(f"{KILL}; DROP ROLE {role}; SELECT pg_reload_conf()")


def test_what_is_no_postgresql_server_is_not_called_more_than_once_a_second(team: Team) -> None:
    """Where it is one, each call that it refuses is a line in its log, and maybe one more towards being locked out."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: answer_rudely(server, calls), daemon=True).start()
        read_from(team, {"host": "127.0.0.1", "port": str(server.getsockname()[1]), "sslmode": "disable"})
        team.start()
        before = len(calls)
        time.sleep(1.5)
        assert 1 <= len(calls) - before <= 2
        server.shutdown(socket.SHUT_RDWR)
    assert [one["code"] for one in team.events("source_unreadable")] == ["unreachable"]


def answer_rudely(server: socket.socket, calls: list[socket.socket]) -> None:
    with suppress(OSError):
        while True:
            calls.append(server.accept()[0])
            calls[-1].close()


@pytest.mark.parametrize("told_by", ["the URL", "the role"])
def test_tables_in_another_schema_are_found_by_the_search_path(
    team: Team,
    cluster: Cluster,
    writer: ProdigyOnPostgres,
    postgres_database: str,
    admin: ProdigyOnPostgres,
    told_by: str,
) -> None:
    admin.execute(f"ALTER SCHEMA public RENAME TO labels; GRANT USAGE ON SCHEMA labels TO {READER}")
    writer.execute("SET search_path = labels")
    team.start()
    assert f'run: ALTER ROLE "{READER}" SET search_path = "labels"' in mends(team)
    if told_by == "the role":
        admin.execute(f"ALTER ROLE {READER} IN DATABASE {postgres_database} SET search_path = labels")
    else:
        team.stop(team.started[-1])
        read_from(team, cluster.parameters(postgres_database, READER) | {"options": "-c search_path=labels"})
        team.start()
    answer(writer)
    announced(team, writer)


HOSTILE = {
    "no JSON": "UPDATE example SET content = 'not json' WHERE id = %(example)s",
    "no UTF-8": "UPDATE example SET content = '\\xfffe007b' WHERE id = %(example)s",
    "deep": "UPDATE example SET content = repeat('[', 100000)::bytea WHERE id = %(example)s",
    "80 MB": "UPDATE example SET content = repeat('x', 80000000)::bytea WHERE id = %(example)s",
    "no content": "UPDATE example SET content = NULL WHERE id = %(example)s",
    "no hashes": "UPDATE example SET input_hash = NULL, task_hash = NULL WHERE id = %(example)s",
    "no example": "INSERT INTO link (example_id, dataset_id) VALUES (NULL, 1)",
    "no dataset": "INSERT INTO link (example_id, dataset_id) VALUES (%(example)s, NULL)",
    "a link of nothing": "INSERT INTO link (example_id, dataset_id) VALUES (NULL, NULL)",
    "a dataset of nothing": "INSERT INTO dataset (name, created, meta, session) VALUES (NULL, NULL, NULL, NULL)",
}
NULLABLE = {
    "dataset": ("name", "created", "meta", "session"),
    "example": ("content", "input_hash", "task_hash"),
    "link": ("example_id", "dataset_id"),
}


def test_hostile_rows_stop_nothing_and_cost_no_memory(team: Team, writer: ProdigyOnPostgres) -> None:
    """Prodigy's own tables forbid NULL; what others made of them may not."""
    for table, columns in NULLABLE.items():
        writer.execute("; ".join([f"ALTER TABLE {table} ALTER {column} DROP NOT NULL" for column in columns]))
    daemon = team.start()
    before = peak(daemon.pid)
    for name, statement in HOSTILE.items():
        (example,) = writer.examples([{"text": name, "answer": "accept"}])
        writer.execute(statement.replace("%(example)s", str(example)))
        link(writer, example)
        answer(writer, f"after {name}")
    wait_for(lambda: len(team.gateway.taken()) >= 2 * len(HOSTILE), "every answer", daemon)
    announced(team, writer)
    assert peak(daemon.pid) - before < 60_000_000
    problems = {what for (what,) in team.stored("SELECT what FROM fault")}
    assert {"task: not JSON", "task: too large to be read", "task: no example behind the link"} <= problems
