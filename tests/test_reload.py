"""The reload's own decisions; that the daemon follows it is shown by the real command in tests/e2e."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from otpushd.config.load import Config, SourceLocation
from otpushd.model.daemon_state import MOST_PROBLEMS
from otpushd.reload import Anew, Refused, Reload, changed, load_anew
from tests.office import START

PLAIN = """
version: 1
sources: [{name: main, url: "sqlite:///prodigy.db"}]
store: {url: "sqlite:///otpushd.db"}
channels:
  push: {kind: opentext-push, base_url: "http://127.0.0.1:1", auth: {basic: {user: u, password: {file: secret}}}}
rules: [rules.yaml]
people: people.yaml
"""
RULE = "rules: [{name: one, on: answer.saved, to: ann, title: t}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"otpushd.yaml": PLAIN, "rules.yaml": RULE, "people.yaml": "people: {ann: {push: a}}\n", "secret": "x\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Config:
    """What the daemon was started with."""
    from otpushd.reload import read_files

    checked, failures = read_files(folder / "otpushd.yaml", {}, START)
    assert checked.config is not None and not failures
    return checked.config


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_files_that_did_not_change_need_no_restart(running: Config) -> None:
    found = load_anew(running, {}, START)
    assert isinstance(found, Anew) and found.restart == () and len(found.rule_files) == 1


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        pytest.param("prodigy.db", "other.db", ("sources",), id="source"),
        pytest.param("otpushd.db", "other.db", ("store",), id="store"),
        pytest.param("127.0.0.1:1", "127.0.0.1:2", ("channels",), id="channel"),
        pytest.param("version: 1", "version: 1\nretention: 3d", ("retention",), id="retention"),
        pytest.param("version: 1", "version: 1\ntimezone: Asia/Tokyo\nexpose: [meta.x]", (), id="of rules and plan"),
    ],
)
def test_what_needs_a_restart_is_named_and_the_rest_taken(
    folder: Path, running: Config, old: str, new: str, keys: tuple[str, ...]
) -> None:
    edit(folder / "otpushd.yaml", old, new)
    found = load_anew(running, {}, START)
    assert isinstance(found, Anew) and found.restart == keys
    assert found.config.channels == running.channels


def test_a_password_in_a_url_that_changed_needs_a_restart(running: Config) -> None:
    """It is compared, and never shown."""
    source = SourceLocation("main", "postgresql://db/prodigy", running.sources[0].poll, {"password": "a"})
    one, other = (replace(running, sources=(replace(source, secrets={"password": each}),)) for each in "ab")
    assert changed(one, other) == ("sources",)


def test_every_problem_of_every_file_is_told_at_once(folder: Path, running: Config) -> None:
    edit(folder / "people.yaml", "push: a", "push: 7")
    edit(folder / "rules.yaml", "title: t", "titel: t")
    found = load_anew(running, {}, START)
    assert isinstance(found, Refused)
    assert {"people.yaml", "rules.yaml"} == {Path(one.split(":")[0]).name for one in found.problems}


def test_what_is_wrong_is_told_before_what_is_doubtful(folder: Path, running: Config) -> None:
    edit(folder / "otpushd.yaml", "version: 1", "version: 1\nmetrics: {listen: 127.0.0.1:9464}")
    edit(folder / "rules.yaml", "title: t", "titel: t")
    found = load_anew(running, {}, START)
    assert isinstance(found, Refused)
    assert "warning: " not in found.problems[0] and "warning: `metrics`" in found.problems[-1]


def test_files_that_break_us_are_refused_as_well() -> None:
    parts: Any = SimpleNamespace(config=SimpleNamespace(file=7), rules=3)
    reload = Reload(parts, {}, lambda: pytest.fail("nothing changed"))
    asyncio.run(reload.once())
    assert reload.last is not None and reload.last.refused and reload.rules == 3
    assert reload.last.problems[0].startswith("otpushd broke: ")


def test_only_the_first_problems_are_kept(folder: Path, running: Config) -> None:
    wrong = ", ".join(["{}"] * 50)
    edit(folder / "rules.yaml", RULE, f"rules: [{wrong}]\n")
    reload = Reload(SimpleNamespace(config=running, rules=1), {}, lambda: None)  # type: ignore[arg-type]
    asyncio.run(reload.once())
    assert reload.last is not None and reload.last.count >= 150 and len(reload.last.problems) == MOST_PROBLEMS
