"""The made-up team's story: its files are right, and its scenes lead to the messages they say."""

import pytest

from otpushd.app import source_for, utc_now
from otpushd.check import check, router_for
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.shipped import shipped_rules
from otpushd.demo.team import scenes, write_team
from otpushd.model.delivery import Notification
from otpushd.model.plan import Plan
from otpushd.rehearse.replay import replay


@pytest.fixture
def told(tmp_path):
    """Everything that the rules make of the team's database as it is."""
    config = write_team(tmp_path, "http://127.0.0.1:18080", shipped_rules())
    checked = check(config, {})
    assert checked.problems == ()
    router = router_for(checked.config, checked.rule_files)

    def messages() -> list[Notification]:
        source = source_for(checked.config.sources[0])
        events = list(replay("demo", source, Plan(), utc_now(), lambda *_: None, print))
        source.close()
        return [one for event in events for one in router.route(event).notifications]

    return messages


def test_every_scene_leads_to_as_many_messages_as_it_says(tmp_path, told) -> None:
    """The demo waits for them."""
    database = ProdigyDatabase(tmp_path / "prodigy.db")
    before = len(told())
    counts = []
    for scene in scenes():
        scene.act(database)
        counts.append(len(told()) - before)
        before += counts[-1]
    database.close()

    assert counts == [scene.messages for scene in scenes()]


def test_every_rule_and_every_person_has_a_part(tmp_path, told) -> None:
    """What the demo does not show it does not sell."""
    history = len(told())
    database = ProdigyDatabase(tmp_path / "prodigy.db")
    for scene in scenes():
        scene.act(database)
    database.close()
    new = told()[history:]

    assert {one.rule for one in told()} == {
        "high-value-batch", "expert-rejected", "expert-accepted", "ambiguous-example"
    }  # fmt: skip
    assert {one.person for one in new} == {"ann", "bob", "dora", "lea", "mia"}


def test_the_rules_may_be_in_a_folder_of_any_name(tmp_path) -> None:
    """Installed anywhere."""
    odd = tmp_path / 'it\'s "odd" {here}'
    odd.mkdir()
    for path in shipped_rules().glob("*.yaml"):
        (odd / path.name).write_bytes(path.read_bytes())

    assert check(write_team(tmp_path, "http://127.0.0.1:18080", odd), {}).problems == ()
