"""A Prodigy database to write to as Prodigy does, a source that reads it, and the real files where they are."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.prodigy.sqlite_source import SqliteSource

SAMPLES = Path(__file__).parents[3] / "shared" / "prodigy-samples"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prodigy.db"


@pytest.fixture
def prodigy(path: Path) -> Iterator[ProdigyDatabase]:
    database = ProdigyDatabase(path)
    yield database
    database.close()


@pytest.fixture
def source(path: Path) -> Iterator[SqliteSource]:
    source = SqliteSource(path)
    yield source
    source.close()


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a real file, because even a reader could leave a journal beside it."""

    def copy(name: str) -> Path:
        if not (SAMPLES / name).exists():
            pytest.skip(f"the real Prodigy files are not beside this repository: no {SAMPLES / name}")
        return Path(shutil.copy(SAMPLES / name, tmp_path))

    return copy
