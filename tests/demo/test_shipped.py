"""Where the shipped rules are."""

import shutil
import subprocess
import sys
from pathlib import Path

import otpushd
from otpushd.demo.shipped import shipped_rules

ASK = "from otpushd.demo.shipped import shipped_rules; print(shipped_rules())"


def test_in_a_checkout_they_are_beside_the_package() -> None:
    """The same files that a wheel takes along."""
    assert (shipped_rules() / "01-high-value-batch.yaml").is_file()


def test_an_installed_package_has_them_inside(tmp_path: Path) -> None:
    """As the wheel lays them out; nothing beside it is looked at then. Without them it says what to do."""
    package = tmp_path / "otpushd"
    (package / "demo").mkdir(parents=True)
    for name in ("__init__.py", "demo/__init__.py", "demo/shipped.py"):
        shutil.copy(Path(otpushd.__file__).parent / name, package / name)

    bare = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=False)
    shutil.copytree(shipped_rules(), package / "shipped_rules")
    whole = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert bare.stderr.endswith("FileNotFoundError: the shipped rules are missing; install otpushd anew\n")
    assert whole.stdout == f"{package / 'shipped_rules'}\n"
