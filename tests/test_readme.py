"""What README.md shows is tried here, as far as that needs no network and no system of its own."""

import ast
import re
import sqlite3
import subprocess
import sys
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest

from otpushd.cli import COMMANDS
from otpushd.config.people import load_people
from otpushd.model.delivery import State
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.store.opening import open_store
from tests.postgres import Cluster

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """The text under a second-level heading."""
    [text] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    return str(text)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [body for found, body in BLOCK.findall(text) if found == language]


@pytest.mark.parametrize(
    ("title", "end"),
    [("Run it", " . && .venv/bin/otpushd demo\n"), ("Test it", " -e '.[dev]' && .venv/bin/pytest\n")],
    ids=["run", "test"],
)
def test_one_line_sets_everything_up(title: str, end: str) -> None:
    """Exactly one block of exactly one line; `.ci/run` runs the second, because a test cannot run itself."""
    [(_, line)] = BLOCK.findall(section(title))

    assert line.startswith("python3 -m venv .venv && ")
    assert line.endswith(f" -c constraints.txt{end}")
    assert line.count("\n") == 1


def test_the_rule_it_explains_passes_its_own_test(tmp_path: Path) -> None:
    """The YAML goes through the real check-rules; with another score its test sees one message too many."""
    [rule] = blocks(section("One rule, explained"), "yaml")
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(rule)
    bad.write_text(rule.replace("score: 0.41", "score: 0.91"))

    verdicts = [
        subprocess.run(
            [sys.executable, "-m", "otpushd", "check-rules", path],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        for path in (good, bad)
    ]

    assert [verdict.returncode for verdict in verdicts] == [0, 1], verdicts


def test_every_rule_it_shows_is_right(tmp_path: Path) -> None:
    """Without an error; whose groups they mean only a configuration says."""
    shown = [block for block in blocks(README, "yaml") if block.startswith("rules:")]
    for number, block in enumerate(shown):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        command = [sys.executable, "-m", "otpushd", "check-rules", path]
        checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stdout

    assert len(shown) > 2


def test_the_people_it_shows_are_taken_as_they_stand(tmp_path: Path) -> None:
    """Their wishes and the rotation, without so much as a warning."""
    [team] = blocks(section("What people wish"), "yaml")
    (tmp_path / "people.yaml").write_text(team)

    people, problems = load_people(tmp_path / "people.yaml", ["push"])

    assert problems == []
    assert people is not None
    assert people.people["ann"].quiet is not None
    assert people.people["ann"].opted_out("milestone")


def test_the_queries_it_gives_work_on_a_store(tmp_path: Path) -> None:
    """Table and column names are those of a new store."""
    open_store(tmp_path / "otpushd.db").close()
    store = sqlite3.connect(tmp_path / "otpushd.db")

    for query in filter(str.strip, "".join(blocks(README, "sql")).split(";")):
        assert store.execute(query).fetchall() == []


def test_the_role_it_makes_may_read_what_is_needed(cluster: Cluster, prodigy_template: str) -> None:
    name = cluster.create_database(prodigy_template)
    statements = "".join(blocks(README, "plpgsql")).replace("DATABASE prodigy", f"DATABASE {name}")
    statements = statements.replace("otpushd_ro", "readme_ro")  # roles are the whole server's
    with cluster.connect(name) as connection:
        connection.execute(statements)
    source = PostgresSource(cluster.parameters(name, "readme_ro"))
    assert source.read(0, (), None, ()).highest == 0
    source.close()
    cluster.drop_database(name)


def test_the_installation_puts_every_file_in_its_place(tmp_path: Path) -> None:
    """Its `install` lines, run for a folder instead of the root of the system."""
    lines = [line.removeprefix("sudo ") for line in section("Install for real").splitlines() if "sudo install" in line]
    (tmp_path / "etc/systemd/system").mkdir(parents=True)

    for line in lines:
        subprocess.run(line.replace(" /etc/", f" {tmp_path}/etc/"), shell=True, cwd=ROOT, input=b"secret\n", check=True)

    assert {path.name for path in (tmp_path / "etc/otpushd").iterdir()} == {
        *("otpushd.yaml", "people.yaml", "plan.yaml", "push-document.json.j2", "opentext.secret", "rules")
    }
    assert list((tmp_path / "etc/otpushd/rules").iterdir())
    assert (tmp_path / "etc/otpushd/opentext.secret").stat().st_mode & 0o777 == 0o600


def test_every_command_it_names_exists() -> None:
    """In words and in blocks."""
    spans = re.findall(r"`([^`\n]+)`", BLOCK.sub("", README)) + blocks(README, "sh")

    named = {name for span in spans for name in re.findall(r"\botpushd ([a-z][a-z-]+)", span)}

    assert named <= set(COMMANDS)
    assert len(named) > 2


def test_every_state_is_explained_and_no_other() -> None:
    """The table of states is the closed set of the model."""
    table = section("Operate it").partition("| state | means |")[2]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [state.value for state in _in_readme_order()]


def _in_readme_order() -> list[State]:
    return [State.PENDING, State.ACCEPTED, State.UNKNOWN, State.EXPIRED, State.FAILED, State.DEAD]


def test_every_log_line_it_explains_is_written_somewhere() -> None:
    """By the name of the event, as a constant in a call of a log method."""
    table = section("Operate it").partition("| state | means |")[0]
    explained = set(
        chain.from_iterable(re.findall(r"`(\w+)`", cell) for cell in re.findall(r"^\| (`[^|]+) \|", table, re.M))
    )
    calls = [
        node
        for path in (ROOT / "otpushd").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
    ]
    written = {each.args[0].value for each in calls if isinstance(each.args[0], ast.Constant)}

    assert explained
    assert explained <= written


def test_every_place_it_points_to_exists() -> None:
    """Links within the repository, and the paths in its commands."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_picture_is_well_formed_and_tells_what_it_shows() -> None:
    """With a title and a description for who cannot see it, and colours for dark surroundings."""
    picture = (ROOT / "docs/how-it-works.svg").read_text()
    root = ElementTree.fromstring(picture)

    assert {child.tag.rpartition("}")[2] for child in root} >= {"title", "desc"}
    assert "prefers-color-scheme: dark" in picture
