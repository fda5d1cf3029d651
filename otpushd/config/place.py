"""Where the configuration stands, and so what the paths in it mean. Looks at files' existence, never inside."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The configuration file as it was named, and the environment. Paths in the file are relative to its folder."""

    file: Path
    environ: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The absolute folder of the file."""
        return self.file.absolute().parent

    def path(self, name: str) -> Path:
        """What `name` in the file means, in the form that problems should show."""
        return self.file.parent / name

    def home(self, name: str) -> str | None:
        """`name` with a `~` at its beginning replaced by HOME; None where that is not known."""
        if not name.startswith("~"):
            return name
        home = self.environ.get("HOME")
        return home + name[1:] if home and (name == "~" or name.startswith("~/")) else None


def exists(path: Path) -> bool:
    """Whether something is there; False too where nobody may look, or for what cannot be a path."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder is there, under the same conditions."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
