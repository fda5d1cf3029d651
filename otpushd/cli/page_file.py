"""Where `check-rules` puts its page: into a file, and over nothing else than a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otpushd.rehearse.outcome import Outcome


def refusal(path: Path) -> str:
    """Why no page can be put there, as far as that can be known before; empty where it can."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return f"{path} is no regular file; name another"
    except FileNotFoundError:
        if not path.parent.is_dir():
            return f"{path.parent} is no folder"
        return "" if os.access(path.parent, os.W_OK) else f"{path.parent} cannot be written to"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return "" if os.access(path, os.W_OK) else f"{path} cannot be written"


def write_page(path: Path, outcome: Outcome, *, strict: bool) -> str:
    """Put the page there, and say why not where that fails. It is judged again: what is there may have changed."""
    from otpushd.rehearse.document import document
    from otpushd.rehearse.page import page

    text = page(document(outcome, strict=strict)).encode("utf-8", "replace")
    if why := refusal(path):
        return why
    try:
        # A pipe in place of the file must not keep us waiting for who reads it.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o666), "wb") as file:
            file.write(text)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""
