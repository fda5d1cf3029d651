"""The made-up team's story: its files are right, and its scenes lead to the messages they say."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from otpushd.app import source_for, utc_now
from otpushd.check import check, router_for
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.scenes import JOBS, Office, scenes
from otpushd.demo.shipped import shipped_rules
from otpushd.demo.team import write_team
from otpushd.files.yaml_document import read_yaml
from otpushd.rehearse.replay import replay

GATEWAY = "http://127.0.0.1:18080"
ELSEWHERE = {"import-failed", "relabel-completed"}
"""What comes of commands and queues, which are not history: the demo itself shows them."""


@pytest.fixture
def told(tmp_path):
    """By which rules how many messages would be made of the team's database as it is."""
    checked = check(write_team(tmp_path, GATEWAY, shipped_rules(), datetime.now(UTC)), {})
    assert checked.problems == ()
    router = router_for(checked.config, checked.rule_files)

    def messages() -> Counter[str]:
        source = source_for(checked.config.sources[0])
        events = list(replay("demo", source, checked.config.plan, utc_now(), lambda *_: None, print))
        source.close()
        return Counter(one.rule for event in events for one in router.route(event).notifications)

    return messages


def test_every_scene_leads_to_the_messages_it_says(tmp_path, told) -> None:
    """The demo waits for them, and shows no others."""
    (tmp_path / "relabel").mkdir()
    (tmp_path / "relabel" / "letters.jsonl").touch()
    office = Office(tmp_path, ProdigyDatabase(tmp_path / "prodigy.db"), lambda *_: None)
    counts = [told()]
    for scene in scenes():
        scene.act(office)
        counts.append(told())
    office.database.close()

    by_rows = [() if scene.by_clock or ELSEWHERE.intersection(scene.due) else scene.due for scene in scenes()]
    assert [new - old for old, new in pairwise(counts)] == [Counter(due) for due in by_rows]


def test_every_job_has_a_part_and_makes_messages_by_its_own_rules() -> None:
    """What the demo does not show it does not sell."""
    for path in sorted(shipped_rules().glob("*.yaml")):
        document, _ = read_yaml(path)
        names = {rule["name"] for rule in document.at(("rules",))}
        due = {rule for scene in scenes() if scene.job == int(path.name[:2]) for rule in scene.due}
        assert due and due <= names, path.name
    assert {scene.job for scene in scenes()} == set(JOBS) == set(range(1, 9))


def test_the_rules_may_be_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Installed anywhere."""
    odd = tmp_path / 'it\'s "odd" {here}'
    odd.mkdir()
    for path in shipped_rules().glob("*.yaml"):
        (odd / path.name).write_bytes(path.read_bytes())

    assert check(write_team(tmp_path, GATEWAY, odd, datetime.now(UTC)), {}).problems == ()
