"""Far more than usual at once: the loops go on answering, and everything is announced or counted just once."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from world import Team, peak, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

DATASETS, LINKS = 20_000, 200_000
COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "


@dataclass
class Watchdog:
    """systemd's side; `heard` are the moments at which the daemon said that it is alive."""

    socket: socket.socket
    heard: list[float] = field(default_factory=list)

    def listen(self) -> None:
        with suppress(OSError):
            while told := self.socket.recv(4096):
                self.heard += [time.monotonic()] * (b"WATCHDOG=1" in told)

    def longest_silence(self) -> float:
        return max(after - before for before, after in pairwise(self.heard))


@pytest.fixture
def watchdog(team: Team) -> Iterator[Watchdog]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(team.folder / "notify"))
        watchdog = Watchdog(listening)
        listener = threading.Thread(target=watchdog.listen)
        listener.start()
        yield watchdog
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", str(team.folder / "notify"))
        listener.join()


def make_datasets(prodigy: ProdigyDatabase) -> None:
    """As many sessions as main datasets; the first, `set-1`, is a main one, the second a session."""
    prodigy.execute(
        f"{COUNTED} INSERT INTO dataset (name, created, meta, session) SELECT 'set-' || i, i, '{{}}', i % 2 = 0 FROM n",
        (DATASETS,),
    )


def import_at_once(prodigy: ProdigyDatabase) -> None:
    """Answers in `set-1` with their sessions, all in one transaction."""
    answer = """CAST('{"text": "' || i || '", "answer": "accept", "_view_id": "text"}' AS BLOB)"""
    prodigy.execute("BEGIN")
    prodigy.execute(f"{COUNTED} INSERT INTO example SELECT NULL, i, i, {answer} FROM n", (LINKS // 2,))
    for dataset in ("set-1", "set-2"):
        link = "SELECT e.id, d.id FROM example e JOIN dataset d ON d.name = ? ORDER BY e.id"
        prodigy.execute(f"INSERT INTO link (example_id, dataset_id) {link}", (dataset,))
    prodigy.execute("COMMIT")


def test_a_flood_in_one_source_delays_neither_the_others_nor_the_watchdog(team: Team, watchdog: Watchdog) -> None:
    """Twenty thousand datasets, and two hundred thousand links from one transaction."""
    flooded = ProdigyDatabase(team.folder / "flooded.db")
    make_datasets(flooded)
    team.edit("otpushd.yaml", "store:", '  - {name: flood, url: "sqlite:///flooded.db", poll: 50ms}\nstore:')
    team.edit("rules.yaml", "on: answer.saved", "on: answer.saved\n    match: {dataset: news}")
    daemon = team.start(NOTIFY_SOCKET=str(team.folder / "notify"), WATCHDOG_USEC="200000")
    import_at_once(flooded)
    before, latest, rounds = peak(daemon.pid), 0.0, 0
    while team.stored("SELECT link_id FROM source_mark WHERE source = 'flood'") != [(LINKS,)]:
        rounds, begun = rounds + 1, time.monotonic()
        team.answer(str(rounds))
        wait_for(lambda rounds=rounds: len(team.gateway.taken()) == rounds, f"answer {rounds}", daemon)
        latest = max(latest, time.monotonic() - begun)
        time.sleep(0.3)
    assert rounds > 2
    assert latest < 5  # 2 of them are the grace for the person, where a look falls between two commits of a save
    assert watchdog.longest_silence() < 5
    assert peak(daemon.pid) - before < 100_000_000
    assert team.stored("SELECT answers FROM known_dataset WHERE name = 'set-1'") == [(LINKS // 2,)]
    assert not team.events("job_failed")
    flooded.close()
