"""Monitors in the daemon: from rows that Prodigy saves to notifications in the store."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.monitor import By, Definition, Measure, Monitor, filled
from otpushd.model.plan import Plan
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.office import Office

HOUR = timedelta(hours=1)
UP, BACK = "monitor.triggered", "monitor.recovered"
Open = Callable[[Definition], Office]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Open]:
    """Opens one with a plan of one monitor."""
    opened: list[Office] = []

    def made(definition: Definition) -> Office:
        path = tmp_path / "prodigy.db"
        plan = Plan(monitors=(Monitor(("plan.yaml", 1, 1), ("news",), filled(definition)),))
        opened.append(Office(tmp_path, ProdigyDatabase(path), lambda: SqliteSource(path), plan))
        return opened[0]

    yield made
    for one in opened:
        one.end()


def answer(office: Office, letters: str, person: str = "ann", slow: int = 0) -> None:
    """A save of so many answers that are a second apart, by the browser's clock that is so many seconds slow."""
    words = {"a": "accept", "r": "reject"}
    office.decided += len(letters)
    seconds = office.now.timestamp() - len(letters) - slow
    tasks = [
        {"text": f"{person} {office.decided} {number}", "answer": words[letter], "_timestamp": seconds + number}
        for number, letter in enumerate(letters)
    ]
    office.prodigy.save("news", tasks, f"news-{person}")


def told(office: Office) -> tuple[int, int]:
    """How often it triggered and recovered."""
    return len(office.told(UP)), len(office.told(BACK))


def test_a_rate_is_told_when_it_crosses_its_bound_and_when_it_comes_back(office: Open) -> None:
    team = office(Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10))
    answer(team, "aaaaarrrr")
    team.look()
    assert told(team) == (0, 0)
    team.restart()
    answer(team, "r")
    team.look()
    assert told(team) == (1, 0)
    team.restart()
    answer(team, "aaaaaaaaaa")
    team.look()
    assert told(team) == (1, 1)


def test_a_rate_of_the_last_hour_recovers_when_nothing_comes_in(office: Open) -> None:
    team = office(Definition("rejects", Measure.REJECT_RATE, over=HOUR, at_least=10, by=By.ANNOTATOR))
    answer(team, "rrrrrrrrrr", "ann")
    answer(team, "aaaaaaaaaa", "bob")
    team.once(timedelta(seconds=5))
    team.once(timedelta(seconds=5))
    assert (team.who(UP), told(team)) == ([("", "ann saved")], (1, 0))
    team.restart()
    team.once(30 * timedelta(minutes=1))
    assert told(team) == (1, 0)
    team.once(HOUR)
    assert told(team) == (1, 1)


def test_a_browser_whose_clock_is_days_slow_is_counted_when_its_answers_come(office: Open) -> None:
    team = office(Definition("rejects", Measure.REJECT_RATE, over=HOUR, at_least=10))
    answer(team, "rrrrrrrrrr", slow=300_000)
    team.once(timedelta(seconds=5))
    team.once(timedelta(seconds=5))
    assert told(team) == (1, 0)


def test_history_and_imports_are_not_told(office: Open, tmp_path: Path) -> None:
    before = ProdigyDatabase(tmp_path / "prodigy.db")
    before.dataset("news", created=10)
    before.save("news", [{"text": f"old {number}", "answer": "reject", "_timestamp": 100} for number in range(30)])
    before.close()
    team = office(Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10))
    team.prodigy.import_rows("news", [{"text": f"new {number}", "answer": "reject"} for number in range(30)])
    team.look()
    assert told(team) == (0, 0)
    answer(team, "r")
    team.look()
    assert told(team) == (1, 0)


def test_a_dataset_that_was_dropped_and_made_again_starts_anew(office: Open) -> None:
    team = office(Definition("rejects", Measure.REJECT_RATE, over=10, at_least=10))
    answer(team, "rrrrrrrrrr")
    team.look()
    team.prodigy.drop("news")
    team.prodigy.dataset("news", created=20)
    answer(team, "rrrrrrrrr")
    team.look()
    assert told(team) == (1, 0)
    answer(team, "r")
    team.look()
    assert told(team) == (2, 0)
