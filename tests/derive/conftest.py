"""Real files to derive from."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.prodigy_samples import copied


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a real file, because even a reader could leave a journal beside it."""
    return partial(copied, to=tmp_path)
