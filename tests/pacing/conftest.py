"""One rule in virtual time."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from otpushd.model.people import Person
from otpushd.model.rate import Rate
from tests.pacing.world import Tell, Told, people, router


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    """Rules `r`, or what `text` says, for people of whom `others` are given; keywords are further keys of the rule."""

    def start(*others: Person, text: str = "", rates: Sequence[Rate] = (), **keys: str) -> Told:
        written = {"name": "r", "on": "thing.opened", "to": "ann", "title": '"{{ thing }}"', **keys}
        rule = "\n    ".join(f"{key}: {value}" for key, value in written.items() if value)
        return Told(router(tmp_path, text or f"rules:\n  - {rule}\n", people(*others), rates))

    return start
