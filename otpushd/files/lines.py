"""The lines of a file, counted, and whether a word names one; what is in it is nobody's concern here."""

from pathlib import Path


def count_lines(path: Path) -> int:
    """How many lines hold anything but blanks. Raises OSError."""
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip(b" \t\r\n\xef\xbb\xbf"))


def is_path(word: str) -> bool:
    """Whether a file or folder of that name is there."""
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False
