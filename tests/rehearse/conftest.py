"""Rules and a source to rehearse on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otpushd.check import fixture_plan, fixture_team
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.derive.catalogue import CATALOGUE
from otpushd.model.people import People, Person
from otpushd.routing.load import RuleFile, load_rules
from otpushd.routing.route import Router

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
PEOPLE = People(
    {
        "ann": Person("ann", "Ann", ("ann",), {"push": "ann@example.org"}),
        "bob": Person("bob", "Bob", ("bob",), {"push": "bob@example.org"}),
        "lea": Person("lea", "Lea", (), {}),
    },
    {"team": ("ann", "bob")},
)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def rule_file(tmp_path: Path) -> Callable[[str], RuleFile]:
    """A rule file from its text; it may have errors."""

    def load(text: str) -> RuleFile:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        files, _ = load_rules(
            [path],
            catalogue=CATALOGUE,
            people=PEOPLE,
            channels=["push"],
            expose=["meta.doc_id"],
            root=tmp_path,
            read_plan=fixture_plan,
            read_team=fixture_team,
        )
        return files[0]

    return load


@pytest.fixture
def router(rule_file: Callable[[str], RuleFile]) -> Callable[[str], Router]:
    """A router over the rules of a text, for Ann, Bob and Lea, who has no address."""

    def make(text: str) -> Router:
        return Router(rule_file(text).rules, PEOPLE, ["push"], [])

    return make


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ProdigyDatabase]:
    """An empty Prodigy database in prodigy.db."""
    database = ProdigyDatabase(tmp_path / "prodigy.db")
    yield database
    database.close()
