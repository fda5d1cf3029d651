"""`otpushd doctor` on a good and on a broken set-up: what it says, how it ends, and that it leaves everything alone."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from world import PASSWORD, Team, free_port

from otpushd.files.postgres_url import postgres_url
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER

PG_PASSWORD = "pg-7a1c-keep-out"


def doctor(team: Team, *arguments: str, prefix: Sequence[str] = (), **environ: str) -> subprocess.CompletedProcess[str]:
    config = str(team.folder / "otpushd.yaml")
    command = [*prefix, sys.executable, "-m", "otpushd", "doctor", "--config", config, *arguments]
    return subprocess.run(
        command, env={**os.environ, **environ}, cwd=team.folder, capture_output=True, text=True, timeout=60, check=False
    )


def findings(team: Team) -> list[tuple[str, str, str]]:
    """Area, severity and text of what should be mended."""
    found: dict[str, Any] = json.loads(doctor(team, "--json").stdout)
    return [(one["area"], one["severity"], one["what"]) for one in found["findings"] if one["severity"] != "ok"]


def state(team: Team) -> dict[str, tuple[int, ...]]:
    """Everything below the team's folder that a write would change, but the gateway's log."""
    paths = [one for one in team.folder.rglob("*") if one.suffix != ".jsonl"]
    return {str(one): (one.stat().st_ino, one.stat().st_size, one.stat().st_mtime_ns) for one in paths}


@pytest.fixture
def good(team: Team) -> Team:
    """A team whose files are as the README tells to make them."""
    (team.folder / "secret").chmod(0o600)
    team.answer()
    return team


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a socket that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_good_set_up_ends_with_0_and_nothing_was_sent_or_written(good: Team) -> None:
    before = state(good)
    result = doctor(good)
    assert result.returncode == 0, result.stdout
    assert "  ok       " in result.stdout and "problem" not in result.stdout and "warning" not in result.stdout
    assert result.stderr == ""
    assert state(good) == before
    assert good.gateway.received() == []


def test_beside_a_running_daemon_everything_is_good_too(good: Team) -> None:
    daemon = good.start()
    result = doctor(good)
    assert result.returncode == 0, result.stdout
    assert f"otpushd runs on it (process {daemon.pid})" in result.stdout
    assert good.stop(daemon) < 15


def test_a_broken_set_up_ends_with_1_and_says_everything_at_once(good: Team) -> None:
    (good.folder / "secret").chmod(0o644)
    good.edit("otpushd.yaml", good.gateway.url, f"http://127.0.0.1:{free_port()}")
    good.edit("otpushd.yaml", "sqlite:///prodigy.db", "sqlite:///nowhere/prodigy.db")
    good.edit("rules.yaml", "group:leads", "group:leeds")
    good.store.parent.mkdir()
    good.store.write_bytes(b"x" * 9000)
    assert doctor(good).returncode == 1
    assert {(area, severity) for area, severity, _ in findings(good)} >= {
        ("configuration", "problem"),
        ("source main", "problem"),
        ("store", "problem"),
        ("channel push", "problem"),
    }


def test_files_that_it_may_not_read_or_write_are_told(good: Team, bound: list[str]) -> None:
    (good.folder / "prodigy.db").chmod(0)
    good.store.parent.mkdir(mode=0o500)
    result = doctor(good, prefix=bound)
    assert result.returncode == 1
    assert "prodigy.db: Permission denied" in result.stdout
    assert "cannot be made" in result.stdout


def test_every_finding_that_is_not_good_has_its_mend(good: Team) -> None:
    (good.folder / "people.yaml").chmod(0o666)
    good.edit("people.yaml", ", push: ann@example.org", "")
    found = json.loads(doctor(good, "--json").stdout)
    assert found["problems"] >= 1 and found["warnings"] >= 1
    assert all(bool(one["mend"]) is (one["severity"] != "ok") for one in found["findings"])


def test_who_may_change_the_plan_is_looked_at_too(good: Team) -> None:
    good.edit("otpushd.yaml", "people: people.yaml", "people: people.yaml\nplan: plan.yaml")
    good.write("plan.yaml", "datasets: {contracts: {owners: []}}\n")
    (good.folder / "plan.yaml").chmod(0o666)

    assert f"everybody on this machine may change {good.folder / 'plan.yaml'}" in doctor(good).stdout


def test_a_configuration_that_cannot_be_read_ends_with_2_and_the_text_of_check_rules(good: Team) -> None:
    good.edit("otpushd.yaml", "kind: opentext-push", "kind: opentext-posh")
    told = doctor(good)
    checked = subprocess.run(
        [sys.executable, "-m", "otpushd", "check-rules", "--config", str(good.folder / "otpushd.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stdout.splitlines()[0] == checked.stdout.splitlines()[0]
    assert json.loads(doctor(good, "--json").stdout)["unreadable"] == told.stdout.splitlines()[:-1]


def test_hosts_that_hang_are_named_within_ten_seconds(good: Team, silent: int) -> None:
    good.edit("otpushd.yaml", good.gateway.url, f"https://127.0.0.1:{silent}")
    good.edit("otpushd.yaml", "sqlite:///prodigy.db", f"postgresql://u:{PG_PASSWORD}@127.0.0.1:{silent}/prodigy")
    begun = time.monotonic()
    result = doctor(good)
    assert time.monotonic() - begun < 15  # of which the start of the program is some
    assert result.returncode == 1
    assert "no answer in the handshake" in result.stdout
    assert "the server does not answer" in result.stdout


def test_a_prodigy_on_postgres_is_looked_into(good: Team, cluster: Cluster, postgres_database: str) -> None:
    url = postgres_url(cluster.parameters(postgres_database, READER) | {"password": PG_PASSWORD})
    good.edit("otpushd.yaml", "sqlite:///prodigy.db", url)
    (good.folder / "otpushd.yaml").chmod(0o600)
    with cluster.connect(postgres_database) as admin:
        admin.execute("ALTER SEQUENCE link_id_seq CACHE 20")
    (warning, cache) = [what for _, severity, what in findings(good) if severity == "warning"]
    assert "the URL of source main" in warning
    assert "CACHE 20" in cache


@pytest.mark.parametrize(
    ("password", "machine"),
    [
        pytest.param("{file: secret}", (), id="file"),
        pytest.param("{env: OT_PASSWORD}", ("--json",), id="environment"),
        pytest.param(PASSWORD, (), id="plain"),
    ],
)
def test_it_shows_no_secret(good: Team, password: str, machine: tuple[str, ...]) -> None:
    good.edit("otpushd.yaml", "{file: secret}", password)
    second = f'  - {{name: more, url: "postgresql://u:{PG_PASSWORD}@127.0.0.1:{free_port()}/prodigy"}}\nstore:'
    good.edit("otpushd.yaml", "store:", second)
    good.edit("otpushd.yaml", good.gateway.url, "https://gateway.invalid")
    proxy = f"http://ann:{PASSWORD}@127.0.0.1:{free_port()}"
    result = doctor(good, *machine, OT_PASSWORD=PASSWORD, HTTPS_PROXY=proxy)
    assert result.returncode == 1
    assert PASSWORD not in result.stdout + result.stderr
    assert PG_PASSWORD not in result.stdout + result.stderr
    assert "@example.org" not in result.stdout
