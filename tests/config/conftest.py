"""A good configuration on disk, of which each test spoils one part, and a channel kind of the tests' own."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from otpushd.config.load import Config, load_config
from otpushd.config.settings import Name
from otpushd.files.problem import Problem
from otpushd.files.secret import Secret

Loaded = tuple[Config | None, list[Problem]]


class Pigeon(BaseModel):
    """A channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    loft: Name
    password: Secret | None = None
    concurrency: int = 1


GOOD = {
    "version": "version: 1",
    "sources": "sources: [{name: main, url: 'sqlite:////srv/prodigy.db'}]",
    "store": "store: {url: 'sqlite:///otpushd.db'}",
    "channels": "channels: {push: {kind: pigeon, loft: roof}}",
    "rules": "rules: [rules/]",
    "people": "people: people.yaml",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one rule file and two people."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("rules: []\n")
    (tmp_path / "people.yaml").write_text("people:\n  ann: {push: a}\n  bob: {push: b}\n")
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Callable[..., Loaded]:
    """Loads the good configuration with parts replaced; an empty part is left out."""

    def load_it(environ: dict[str, str] | None = None, now: datetime | None = None, **parts: str) -> Loaded:
        text = "\n".join(part for part in (GOOD | parts).values() if part) + "\n"
        (folder / "otpushd.yaml").write_text(text)
        return load_config(folder / "otpushd.yaml", environ or {}, {"pigeon": Pigeon}, now)

    return load_it


@pytest.fixture
def problem_at(folder: Path, load: Callable[..., Loaded]) -> Callable[..., tuple[Config | None, Problem]]:
    """Loads as `load`, with one part replaced that holds a «, and returns the only problem, which must be there."""

    def at_mark(part: str, **parts: str) -> tuple[Config | None, Problem]:
        parts[part.lstrip("«").partition(":")[0]] = part
        before, _, _ = "\n".join(one for one in (GOOD | parts).values() if one).partition("«")
        config, problems = load(**{name: one.replace("«", "") for name, one in parts.items()})
        assert len(problems) == 1, problems
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        assert (problems[0].file, problems[0].line, problems[0].column) == (str(folder / "otpushd.yaml"), *place)
        return config, problems[0]

    return at_mark


@pytest.fixture(scope="session")
def marked() -> Callable[[str], tuple[str, tuple[int, int]]]:
    """Takes the mark « out of a text and gives its line and column, from 1."""

    def take_out(text: str) -> tuple[str, tuple[int, int]]:
        before, _, after = text.partition("«")
        return before + after, (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    return take_out
