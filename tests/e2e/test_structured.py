"""The real daemon on a database with structured storage, of either kind: a push for each answer, and no other."""

import json
import subprocess
import sys

import pytest
from on_postgres import read_from
from world import Team, wait_for

from tests.prodigy_on_postgres import READER
from tests.prodigy_structured import StructuredProdigy, envelope

CLASSIC = {"text": "t", "answer": "accept", "_timestamp": 1760000000}
AGAIN = "{{ 'changed' if changed_mind else 'new' }} {{ dataset }} {{ annotator }} {{ answer }}"


@pytest.fixture(params=["sqlite", "postgresql"])
def tables(team: Team, request: pytest.FixtureRequest) -> StructuredProdigy:
    """The tables in the team's source, of either kind, with a classic answer that is history."""
    team.edit("rules.yaml", "{{ annotator }} said {{ answer }} on {{ dataset }}", AGAIN)
    team.rule("integrity.problem", "{{ problem }}")
    team.rule("dataset.dropped", "dropped {{ dataset }} {{ answers }}")
    postgres = request.param == "postgresql"
    prodigy = request.getfixturevalue("prodigy_on_postgres") if postgres else team.prodigy
    if postgres:
        cluster, name = request.getfixturevalue("cluster"), request.getfixturevalue("postgres_database")
        read_from(team, cluster.parameters(name, READER))
    prodigy.save("news", [CLASSIC], session="news-ann")
    tables = StructuredProdigy(prodigy, postgres=postgres)
    assert team.once() == 0
    return tables


def settled(team: Team, *titles: str) -> None:
    """Exactly these were told, and nothing follows at the next look."""
    team.await_titles(*titles)
    assert team.once() == 0
    assert team.gateway.titles() == sorted(titles)
    assert "Traceback" not in team.logged()


def test_a_save_a_correction_and_a_drop_are_a_push_each(team: Team, tables: StructuredProdigy) -> None:
    """The correction is by another person; the older example is superseded, and tells nothing more."""
    daemon = team.start()
    (number,) = tables.save("news", [envelope("a")], "news-ann", session_dataset=True)
    told = ["new news ann accept"]
    wait_for(lambda: team.gateway.titles() == told, f"the save\n{team.logged()}", daemon)
    tables.correct(number, envelope("a", answer="reject"), editor="news-bob")
    told.append("changed news bob reject")
    wait_for(lambda: team.gateway.titles() == sorted(told), f"the correction\n{team.logged()}", daemon)
    tables.drop("news")
    wait_for(lambda: len(team.gateway.titles()) == 3, f"the drop\n{team.logged()}", daemon)
    team.stop(daemon)
    settled(team, *told, "dropped news 2")


@pytest.mark.parametrize("kill", [False, True], ids=["watched", "killed before"])
def test_a_migration_is_no_push(team: Team, tables: StructuredProdigy, kill: bool) -> None:
    daemon = team.start()
    tables.classic.save("news", [CLASSIC | {"text": "b"}], session="news-ann")
    wait_for(lambda: len(team.gateway.taken()) == 1, "the classic answer", daemon)
    if kill:  # between the gateway's answer and our record of it, the same message would come again
        pending = "SELECT count(*) FROM notification WHERE state = 'pending'"
        wait_for(lambda: team.stored(pending) == [(0,)], "its record", daemon)
        daemon.kill()
        daemon.wait()
    copies = tables.migrate("news")
    if kill:
        daemon = team.start()
    tables.correct(copies[0], envelope("t", answer="reject", _migrated_from=1), editor="news-ann")
    wait_for(lambda: len(team.gateway.taken()) == 2, f"the correction\n{team.logged()}", daemon)
    team.stop(daemon)
    settled(team, "new news ann accept", "changed news ann reject")


def test_check_rules_and_doctor_see_it_too(team: Team, tables: StructuredProdigy) -> None:
    """History holds the classic answer, now migrated, and one that was corrected."""
    tables.migrate("news")
    (number,) = tables.save("news", [envelope("a")], "news-bob")
    tables.correct(number, envelope("a", answer="reject"))
    config = ("--config", str(team.folder / "otpushd.yaml"))
    past = otpushd(team, "check-rules", *config, "--history", "all")
    found = json.loads(otpushd(team, "doctor", *config, "--json"))["findings"]
    assert "changed news bob reject" in past and "new news ann accept" in past
    (said,) = [one for one in found if "structured (v2)" in one["what"]]
    assert said["severity"] == "ok" and "structured_example" in said["what"]


def otpushd(team: Team, *arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "otpushd", *arguments]
    return subprocess.run(command, cwd=team.folder, capture_output=True, text=True, timeout=60, check=False).stdout
