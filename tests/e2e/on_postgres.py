"""A team whose Prodigy database is on PostgreSQL: what happens to it there, and what was said about it."""

from world import Team, wait_for

from otpushd.files.postgres_url import postgres_url
from tests.prodigy_on_postgres import ProdigyOnPostgres

KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'otpushd'"
"""Cuts off every daemon."""


def read_from(team: Team, parameters: dict[str, str]) -> None:
    """Make this database the team's only source."""
    config = (team.folder / "otpushd.yaml").read_text().splitlines()
    at = next(number for number, line in enumerate(config) if "{name: main" in line)
    config[at] = f'  - {{name: main, url: "{postgres_url(parameters)}", poll: 50ms}}'
    team.write("otpushd.yaml", "\n".join(config) + "\n")


def answer(writer: ProdigyOnPostgres, text: str = "t") -> None:
    (example,) = writer.examples([{"text": text, "answer": "accept"}])
    link(writer, example)


def link(writer: ProdigyOnPostgres, example: int) -> None:
    """Link an example to `news` and to its session at once, so that nobody waits for the person."""
    with writer.connection.transaction():
        writer.link(example, 1)
        writer.link(example, 2)


def bodies(team: Team) -> list[str]:
    """The messages about answers: each example once, if nothing is announced twice."""
    return [one["notification"]["body"] for one in team.gateway.taken() if "Example" in one["notification"]["body"]]


def announced(team: Team, writer: ProdigyOnPostgres) -> None:
    """Wait until every answer that is in the database, but for the first, has been announced exactly once."""
    ((examples,),) = writer.execute("SELECT count(*) FROM example")
    wait_for(lambda: len(bodies(team)) >= examples - 1, f"every answer\n{team.logged()}")
    assert len(bodies(team)) == len(set(bodies(team))) == examples - 1
    assert "Traceback" not in team.logged()
    assert not team.events("job_failed")


def mends(team: Team, before: int = 0) -> str:
    """What was said about the source, but for the first lines."""
    return " ".join([one["mend"] for one in team.events("source_unreadable")[before:]])
