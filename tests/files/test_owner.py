"""Whose a file is, is told in names where there are any."""

import os
from pathlib import Path

import pytest

from otpushd.files.owner import owner_of


def test_known_users_have_names() -> None:
    assert owner_of(Path("/").stat()) == "root:root"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_unknown_users_have_numbers(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54322)

    assert owner_of(tmp_path.stat()) == "54321:54322"
