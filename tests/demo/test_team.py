"""The made-up team's story: its files are right, and its scenes lead to the messages they say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.app import source_for
from otpushd.check import check, router_for
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.scenes import JOBS, Office, scenes
from otpushd.demo.shipped import shipped_rules
from otpushd.demo.team import ASLEEP, morning, write_team
from otpushd.files.yaml_document import read_yaml
from otpushd.model.event import Event
from otpushd.rehearse.replay import replay
from otpushd.rehearse.stage import Moment, Sent, stage
from otpushd.routing.route import Router

GATEWAY = "http://127.0.0.1:18080"
ELSEWHERE = {"import-failed", "relabel-completed"}
"""What comes of commands and queues, which are not history: the demo itself shows them."""
BEGAN = datetime(2026, 3, 2, 12, 0, 31, tzinfo=UTC)
"""So that Tom sleeps as long as he ever does."""
SCENE = timedelta(seconds=3)
"""Long enough for a group to close, and short enough for an escalation to come in the next."""


@pytest.fixture
def team(tmp_path: Path) -> tuple[Callable[[], list[Event]], Router]:
    """All events of the team's database as it is, and the rules."""
    checked = check(write_team(tmp_path, GATEWAY, shipped_rules(), BEGAN), {})
    assert checked.problems == ()

    def events() -> list[Event]:
        source = source_for(checked.config.sources[0])
        found = list(replay("demo", source, checked.config.plan, BEGAN, lambda *_: None, print))
        source.close()
        return found

    return events, router_for(checked.config, checked.rule_files)


def test_every_scene_leads_to_the_messages_it_says(tmp_path: Path, team) -> None:
    """The demo waits for them, and shows no others."""
    (tmp_path / "relabel").mkdir()
    (tmp_path / "relabel" / "letters.jsonl").touch()
    events, router = team
    office = Office(tmp_path, ProdigyDatabase(tmp_path / "prodigy.db"), lambda *_: None)
    seen = {event.id for event in events()}
    moments: list[Moment] = []
    played = [scene for scene in scenes() if not scene.by_clock]
    for number, scene in enumerate(played):
        scene.act(office)
        at = BEGAN + number * SCENE
        news = [event for event in events() if event.id not in seen]
        moments += [(at, replace(event, time=at)) for event in news] or [(at, None)]
        seen.update(event.id for event in news)
    office.database.close()
    moments.append((BEGAN + len(played) * SCENE, None))

    sent = [one for one in stage(moments, router) if isinstance(one, Sent)]

    said = [
        Counter(one.notification.rule for one in sent if (one.at - BEGAN) // SCENE == n) for n in range(len(played))
    ]
    assert said == [Counter(() if ELSEWHERE.intersection(scene.due) else scene.due) for scene in played]


def test_what_comes_by_the_clock_alone_is_what_was_held_back_and_the_deadline() -> None:
    """In the scenes that wait for nothing else."""
    assert {rule for scene in scenes() if scene.by_clock for rule in scene.due} == {
        *("deadline-approaching", "deadline-missed", "digest")
    }


def test_every_job_has_a_part_and_makes_messages_by_its_own_rules() -> None:
    """What the demo does not show it does not sell."""
    for path in sorted(shipped_rules().glob("*.yaml")):
        document, _ = read_yaml(path)
        names = {rule["name"] for rule in document.at(("rules",))}
        due = {rule for scene in scenes() if scene.job == int(path.name[:2]) for rule in scene.due}
        assert due and due <= names, path.name
    assert {scene.job for scene in scenes()} == set(JOBS) == set(range(1, 10))


def test_the_rules_may_be_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Installed anywhere."""
    odd = tmp_path / 'it\'s "odd" {here}'
    odd.mkdir()
    for path in shipped_rules().glob("*.yaml"):
        (odd / path.name).write_bytes(path.read_bytes())

    assert check(write_team(tmp_path, GATEWAY, odd, datetime.now(UTC)), {}).problems == ()


@pytest.mark.parametrize("second", [0, 29, 30, 31, 59])
def test_quiet_hours_end_with_a_minute_soon_after_what_they_hold_back(second: int) -> None:
    """Not before, or there would be nothing to hold back; and nobody waits longer than needed."""
    now = BEGAN.replace(second=second)
    assert ASLEEP <= morning(now) - now < ASLEEP + timedelta(minutes=1)
    assert (morning(now).second, morning(now).microsecond) == (0, 0)
