"""Where the shipped rules are: inside an installed package, or beside it in a checkout."""

from pathlib import Path


def shipped_rules() -> Path:
    """The folder of the shipped rule files. Raises FileNotFoundError where an installation is incomplete."""
    package = Path(__file__).parent.parent
    for folder in (package / "shipped_rules", package.parent / "rules"):
        if (folder / "01-high-value-batch.yaml").is_file():
            return folder
    raise FileNotFoundError("the shipped rules are missing; install otpushd anew")
