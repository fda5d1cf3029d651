"""`otpushd run` on a good day: what the first start, `--once`, `--from-beginning` and several sources do."""

import json
import time
from pathlib import Path

from world import Team, wait_for

from otpushd.demo.prodigy_database import ProdigyDatabase

QUIET_SECONDS = 0.5


def test_the_first_start_takes_history_as_the_baseline_and_announces_only_what_follows(team: Team) -> None:
    team.prodigy.save("news", [{"text": str(n), "answer": "accept"} for n in range(600)], session="news-ann")
    team.start()
    team.answer("fresh", answer="reject")
    team.await_titles("ann said reject on news")
    assert team.stored("SELECT sum(answers) FROM known_dataset") == [(601,)]


def test_an_empty_database_is_a_baseline_too(team: Team) -> None:
    team.start()
    team.answer()
    team.await_titles("ann said accept on news")


def test_once_polls_sends_and_ends(team: Team) -> None:
    team.answer("history")
    assert team.once() == 0
    assert team.gateway.received() == []
    team.answer("news")
    assert team.once() == 0
    assert team.gateway.titles() == ["ann said accept on news"]


def test_once_waits_for_the_person_of_a_row_only_as_long_as_the_grace(team: Team) -> None:
    """A script writes the link to the main dataset alone: nothing says that there is more to come, or not."""
    team.rule("example.added", "{{ origin }}")
    team.prodigy.dataset("news")
    assert team.once() == 0
    team.prodigy.save("news", [{"text": "made by a script"}])
    begun = time.monotonic()
    assert team.once() == 0
    assert time.monotonic() - begun > 2
    assert team.gateway.titles() == ["script"]


def test_from_beginning_announces_history_on_an_empty_store_only(team: Team) -> None:
    for number in range(3):
        team.answer(str(number))
    assert team.once("--from-beginning") == 0
    assert team.once("--from-beginning") == 0
    assert team.gateway.titles() == ["ann said accept on news"] * 3
    assert len(team.events("from_beginning_ignored")) == 1


def test_several_sources_are_watched_and_told_apart(team: Team) -> None:
    """One of them as Prodigy's own settings name it."""
    home = team.folder / "home"
    home.mkdir()
    settings = {"db": "sqlite", "db_settings": {"sqlite": {"name": "prodigy.db", "path": str(home)}}}
    team.write("home/prodigy.json", json.dumps(settings))
    team.edit("otpushd.yaml", "poll: 50ms}", "poll: 50ms}\n  - {name: other, prodigy: home/prodigy.json, poll: 70ms}")
    team.edit("rules.yaml", "{{ annotator }} said", "{{ source }}: {{ annotator }} said")
    other = ProdigyDatabase(home / "prodigy.db")
    team.start()
    team.answer()
    other.save("news", [{"text": "t", "answer": "accept"}], session="news-ann")
    team.await_titles("main: ann said accept on news", "other: ann said accept on news")
    other.close()


def test_an_idle_daemon_writes_nothing(team: Team) -> None:
    """Twenty polls and more a second, and neither a byte nor a commit between two signs of life, five seconds apart."""
    team.answer()
    team.start()
    time.sleep(1.5)  # what it tells of itself changes at a start
    before = _files(team.store.parent)
    wait_for(lambda: _files(team.store.parent) != before, "a sign of life")
    before = _files(team.store.parent)
    time.sleep(2)
    assert _files(team.store.parent) == before
    team.answer()
    wait_for(lambda: _files(team.store.parent) != before, "a change, or this test cannot fail")


def test_rows_that_wait_for_their_person_cost_no_commit_a_poll(team: Team) -> None:
    team.prodigy.dataset("news")
    team.start()
    team.prodigy.save("news", [{"text": "made by a script"}])
    wait_for(lambda: team.stored("SELECT * FROM waiting_link"), "the row that waits")
    before = _files(team.store.parent)
    time.sleep(QUIET_SECONDS)
    assert _files(team.store.parent) == before


def test_a_source_that_is_missing_is_no_error_of_once(team: Team) -> None:
    team.edit("otpushd.yaml", "prodigy.db", "elsewhere.db")
    assert team.once() == 0
    assert [one["code"] for one in team.events("source_unreadable")] == ["missing"]


def _files(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.name: (path.stat().st_mtime_ns, path.stat().st_size, path.read_bytes())
        for path in folder.iterdir()
        if not path.name.endswith("-shm")
    }
