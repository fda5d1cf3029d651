"""Real files to derive from."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "shared" / "prodigy-samples"


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a real file, because even a reader could leave a journal beside it."""

    def copy(name: str) -> Path:
        if not (SAMPLES / name).exists():
            pytest.skip(f"the real Prodigy files are not beside this repository: no {SAMPLES / name}")
        return Path(shutil.copy(SAMPLES / name, tmp_path))

    return copy
