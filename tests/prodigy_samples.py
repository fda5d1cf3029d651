"""Real files of Prodigy, which lie beside this repository where they may not be part of it."""

import shutil
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "shared" / "prodigy-samples"


def copied(name: str, to: Path) -> Path:
    """A copy in the folder `to`; skips the test where the file is not there."""
    if not (SAMPLES / name).exists():
        pytest.skip(f"the real Prodigy files are not beside this repository: no {SAMPLES / name}")
    return Path(shutil.copy(SAMPLES / name, to))
