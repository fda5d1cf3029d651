"""The example configuration is one that this version takes, once its two open ends are closed."""

import re
import shutil
from pathlib import Path

import pytest

from otpushd.check import check
from otpushd.files.problem import Problem

ROOT = Path(__file__).parents[2]


def problems(folder: Path, change: dict[str, str]) -> list[Problem]:
    """What is wrong with the example as the README installs it, after replacing these texts in it."""
    for path in (*(ROOT / "deploy" / "systemd").glob("*.yaml"), ROOT / "otpushd/push/push-document.json.j2"):
        shutil.copy(path, folder)
    shutil.copytree(ROOT / "rules", folder / "rules")
    config = folder / "otpushd.yaml"
    text = config.read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)
    return list(check(config, {}).problems)


CLOSED = {
    "/run/credentials/otpushd.service/opentext": "opentext.secret",
    "document: push": "allow_unverified_document: true\n    document: push",
}
"""What closes the two open ends, beside a password that can be read."""


def test_only_the_secret_and_the_document_are_left_to_give(tmp_path: Path) -> None:
    """Untouched, it is refused for the guess that it ships and the password that is not there, and for nothing else."""
    found = [problem.text for problem in problems(tmp_path, {})]

    assert len(found) == 2
    assert any("allow_unverified_document" in text for text in found)
    assert any("/run/credentials/otpushd.service/opentext" in text for text in found)


def test_with_both_it_is_taken(tmp_path: Path) -> None:
    """A password that can be read and a word about the document, and nothing is left to say."""
    (tmp_path / "opentext.secret").write_text("swordfish\n")

    assert problems(tmp_path, CLOSED) == []


@pytest.mark.parametrize("name", ["people.yaml", "otpushd.yaml"])
def test_what_is_commented_out_can_be_put_in(tmp_path: Path, name: str) -> None:
    """Wishes, the rotation instead of the group, and rates: not even a warning when their `#` is taken away."""
    (tmp_path / "opentext.secret").write_text("swordfish\n")
    problems(tmp_path, CLOSED)
    path = tmp_path / name
    text = re.sub(r"(?m)^( +)# ((timezone|quiet|rates|opt_out|ml-engineers): )", r"\1\2", path.read_text())
    assert text != path.read_text()
    path.write_text(text.replace("  ml-engineers: [cid]\n", ""))

    assert list(check(tmp_path / "otpushd.yaml", {}).problems) == []
