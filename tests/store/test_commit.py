"""T1: what was read, what is remembered and what is to be sent change together or not at all, whatever happens."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import peewee
import pytest

from otpushd.model.delivery import Fault, Notification
from otpushd.model.ledger import Entry, Ledger
from otpushd.model.memory import KnownDataset, SourceMemory, Step, WaitingLink
from otpushd.model.outcome import Outcome
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.store.commit import commit_step
from otpushd.store.memory import load_memory
from otpushd.store.opening import open_store
from otpushd.store.sql import rows
from tests.plainly import plainly

TABLES = (
    "source_mark",
    "known_dataset",
    "waiting_link",
    "ledger_entry",
    "tally",
    "note",
    "input_note",
    "timer",
    "notification",
    "fault",
)
NEWS = DatasetRow(1, "news", 100, False, False)


def step(now: datetime) -> Step:
    held = (WaitingLink(LinkRow(9, 3, 1, 1, 1, b"{}", 2), NEWS, now),)
    return Step(SourceMemory(mark=9, history_to=0), changed=(KnownDataset(NEWS),), held=held)


def fault(now: datetime, what: str = "task: not JSON") -> Fault:
    return Fault("event", None, None, what, now)


def ledger() -> Ledger:
    found = Ledger()
    found.tally(7, "main", "news").accepted = 1
    found.write(Entry(7, 1, -11, "ann", True, "accept", 5, 0.5, 10))
    found.put(7, "test", "", b"a note")
    found.put_input(7, -11, "test", b"a note")
    found.set_timer(7, "test", "", 99)
    return found


def counts(database: peewee.Database) -> list[int]:
    return [rows(database, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


def test_everything_of_a_step_is_there_afterwards(
    database: peewee.Database, message: Callable[..., Notification], now: datetime
) -> None:
    commit_step(database, "main", Outcome(step(now), plainly([message()]), faults=[fault(now)], ledger=ledger()))
    assert counts(database) == [1] * len(TABLES)


def test_the_same_step_again_adds_nothing(
    database: peewee.Database, message: Callable[..., Notification], now: datetime
) -> None:
    for _ in range(2):
        commit_step(database, "main", Outcome(step(now), plainly([message()]), faults=[fault(now)], ledger=ledger()))
    assert counts(database) == [1] * len(TABLES)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"title": "\ud800"}, id="a text that is none"),
        pytest.param({"rule": None}, id="a null where none may be"),
        pytest.param({"created_at": datetime(2026, 1, 1)}, id="an instant without a zone"),
        pytest.param({"title": object()}, id="a value of no type"),
    ],
)
def test_nothing_of_a_step_is_there_if_a_part_of_it_fails(
    database: peewee.Database, message: Callable[..., Notification], now: datetime, broken: dict[str, object]
) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever it is
        commit_step(
            database,
            "main",
            Outcome(step(now), plainly([message(0), message(1, **broken)]), faults=[fault(now)], ledger=ledger()),
        )
    assert counts(database) == [0] * len(TABLES)
    commit_step(database, "main", Outcome(step(now), plainly([message(0)]), faults=[fault(now)], ledger=ledger()))
    assert counts(database) == [1] * len(TABLES)


def test_one_event_may_have_several_faults_and_each_is_kept_once(database: peewee.Database, now: datetime) -> None:
    faults = [
        fault(now), fault(now), fault(now, "other"),
        Fault("event", "rule", "ann", "task: not JSON", now), Fault("event", "rule", "bob", "task: not JSON", now),
    ]  # fmt: skip
    commit_step(database, "main", Outcome(step(now), faults=faults))
    assert counts(database)[-1] == 4


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from otpushd.model.cases import WantedCases
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.outcome import Outcome
from otpushd.model.posting import Posting
from otpushd.store.commit import commit_step
from otpushd.store.opening import open_store

class Deadly(tuple):
    def __iter__(self):
        os.kill(os.getpid(), signal.SIGKILL)

database = open_store(Path(sys.argv[1]))
commit_step(database, "main", Outcome(Step(SourceMemory(mark=1, history_to=0))))
posting = Posting(WantedCases(), print, datetime.now(UTC), plainly=True, notifications=Deadly())
commit_step(database, "main", Outcome(Step(SourceMemory(mark=2, history_to=0)), posting))
"""


def test_a_process_killed_in_the_middle_of_a_commit_leaves_the_one_before(path: Path) -> None:
    """The mark of the second step is written already when the kill comes, and is not there afterwards."""
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    database = open_store(path)
    assert load_memory(database, "main") == SourceMemory(mark=1, history_to=0)
    assert counts(database) == [1] + [0] * (len(TABLES) - 1)
    database.close()
