"""An import command that has ended: what is told of it, and how little of its words. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

LONGEST = 200
PRODIGY = "prodigy"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,40}")
_OPTION = re.compile(r"(--[A-Za-z][A-Za-z0-9-]*|-[A-Za-z])(.+)?", re.S)
HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: its exit status as a shell tells it, in `words` unless it is 0, and by which signal, if by one."""

    status: int
    words: str = ""
    signal: int | None = None
    started: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows a file has, and how many arrived; None where nobody knows."""

    expected: int
    arrived: int | None


def failure(ending: Ending, rows: Rows | None) -> str | None:
    """What went wrong, in codes and counts; None where nothing did, as far as is known."""
    few = rows is not None and rows.arrived is not None and rows.arrived < rows.expected
    said = [ending.words] if ending.status else []
    said += [f"rows expected: {rows.expected}, arrived: {rows.arrived}"] if rows is not None and few else []
    return "; ".join(said) or None


def shown(command: Sequence[str], dataset: str, is_path: Callable[[str], bool]) -> str:
    """The command as it may leave the machine, where arguments may hold passwords.

    Kept are the program, a plain word right behind Prodigy's, names of options, the dataset, and what `is_path` says is
    a file or folder. A variable put where the program belongs, a usual slip, keeps its name.
    """
    name, gives, _ = command[0].partition("=")
    program = PurePath(name).name
    said = [program + (f"={HIDDEN}" if gives else "")]
    for place, word in enumerate(command[1:]):
        if (option := _OPTION.fullmatch(word)) is not None:
            said.append(option[1] + (HIDDEN if option[2] else ""))
        elif word == dataset or is_path(word) or (program == PRODIGY and place == 0 and _WORD.fullmatch(word)):
            said.append(word)
        else:
            said.append(HIDDEN)
    text = " ".join(said)
    text = "".join(letter if letter.isprintable() else HIDDEN for letter in text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + HIDDEN
