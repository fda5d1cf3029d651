"""Prodigy's own saves never fail because of us: no "database is locked" for a writer beside the polling daemon."""

import time

import pytest
from world import Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

SAVES = 4000
BUSY_SECONDS = 1.0
"""A fifth of what Prodigy waits (prodigy.md 1.5)."""


def seen(team: Team) -> list[int]:
    """How many events each poll found that found any."""
    return [line["count"] for line in team.events("events")]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_thousands_of_saves_beside_a_daemon_that_polls_every_50_ms_meet_no_lock(team: Team, journal: str) -> None:
    """Each of three commits; a commit that met a lock for longer than the wait would raise here."""
    team.edit("rules.yaml", "on: answer.saved", "on: answer.saved\n    datasets: none")
    assert team.prodigy.execute(f"PRAGMA journal_mode = {journal}") == [(journal,)]
    process = team.start()
    writer = ProdigyDatabase(team.folder / "prodigy.db", busy_seconds=BUSY_SECONDS)
    writer.execute("PRAGMA synchronous = off")  # a disk that syncs slowly would only give us more rest
    longest = 0.0
    for number in range(SAVES):
        begun = time.monotonic()
        writer.save("news", [{"text": f"{number} " + "x" * 1000, "answer": "accept"}], session="news-ann")
        longest = max(longest, time.monotonic() - begun)
    writer.close()
    wait_for(lambda: sum(seen(team)) >= SAVES + 2, "every answer, the dataset and the session", process)
    assert sum(seen(team)) == SAVES + 2
    assert len(seen(team)) > 8, "it has to have read while they were saved"
    assert longest < BUSY_SECONDS
