"""What systemd says about the unit, offline, and that the files beside it fit together."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
DROP_INS = sorted(SYSTEMD.glob("*.conf"))
SUFFICIENT = 15
"""Exposure times ten. 11 is what the directives reach; the rest is the network that a sender needs."""


@pytest.fixture(params=[None, *DROP_INS], ids=lambda drop_in: drop_in.name if drop_in else "as shipped")
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the unit, with or without a drop-in, whose command exists here: verify asks for that."""
    adapted = tmp_path / "otpushd.service"
    adapted.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", shipped()))
    if request.param:
        folder = tmp_path / "otpushd.service.d"
        folder.mkdir()
        shutil.copy(request.param, folder)
    return adapted


def shipped() -> str:
    """The unit as it is installed."""
    return (SYSTEMD / "otpushd.service").read_text()


def settings(name: str) -> list[str]:
    """The values of a directive in the shipped unit."""
    return re.findall(rf"(?m)^{name}=(.*)$", shipped())


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze`, its two streams together."""
    assert ANALYZE
    return subprocess.run(
        [ANALYZE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False
    )


@needs_systemd
def test_systemd_finds_nothing_to_say_about_the_unit(unit: Path) -> None:
    """`verify` exits 0 on unknown keys and bad values and only prints them, so any line is a finding."""
    verdict = analyze("verify", unit)

    assert (verdict.stdout, verdict.returncode) == ("", 0)


@needs_systemd
def test_a_mistake_in_the_unit_would_be_found(unit: Path) -> None:
    """The check above can fail."""
    unit.write_text(unit.read_text().replace("[Service]", "[Service]\nProtektSystem=strict"))

    assert "ProtektSystem" in analyze("verify", unit).stdout


@needs_systemd
def test_the_daemon_is_exposed_to_little(unit: Path) -> None:
    """Exposure 1.5 or lower, as `systemd-analyze security` counts."""
    verdict = analyze("security", "--offline=true", "--no-pager", f"--threshold={SUFFICIENT}", unit)

    assert verdict.returncode == 0, verdict.stdout


def secret_files(node: object) -> Iterator[str]:
    """Every path that a `{file: …}` in a configuration names."""
    if isinstance(node, dict):
        if set(node) == {"file"}:
            yield node["file"]
        for value in node.values():
            yield from secret_files(value)
    elif isinstance(node, list):
        for value in node:
            yield from secret_files(value)


def test_every_secret_of_the_example_is_a_credential_of_the_unit() -> None:
    """LoadCredential=NAME:… appears to the daemon as /run/credentials/otpushd.service/NAME."""
    loaded = {f"/run/credentials/otpushd.service/{each.partition(':')[0]}" for each in settings("LoadCredential")}

    assert set(secret_files(yaml.safe_load((SYSTEMD / "otpushd.yaml").read_text()))) == loaded


def test_the_store_of_the_example_lies_in_the_unit_s_state_directory() -> None:
    """Anywhere else the daemon may not write."""
    url = yaml.safe_load((SYSTEMD / "otpushd.yaml").read_text())["store"]["url"]

    assert url.startswith(f"sqlite:////var/lib/{settings('StateDirectory')[0]}/")


def test_wrong_configuration_does_not_start_again() -> None:
    """Exit status 2 means that only an edit helps."""
    assert "2" in settings("RestartPreventExitStatus")[0].split()


def test_every_path_under_etc_lies_in_the_configuration_directory() -> None:
    """Configuration and secrets stand where the unit declares them."""
    folder = f"/etc/{settings('ConfigurationDirectory')[0]}/"

    assert all(path.startswith(folder) for path in re.findall(r"/etc/\S+", "".join(settings("ExecStart"))))


@pytest.mark.parametrize("drop_in", DROP_INS, ids=lambda path: path.name)
def test_no_drop_in_lets_the_daemon_write_beside_prodigy(drop_in: Path) -> None:
    """In WAL mode a reader that may write leaves files that Prodigy then cannot open (the drop-in says how)."""
    assert not re.search(r"(?m)^(BindPaths|ReadWritePaths)=", drop_in.read_text())
