"""An event as rules have heard it: what each of them that was tried said, so that it can be explained later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, heard at `at`, by the names of the rules that were tried.

    `met` are those that matched, with the ids of whom they meant; `missed` the others, each with why. `document` is the
    event as CloudEvents JSON, already cut down to what may leave the machine.
    """

    id: str
    at: datetime
    document: bytes
    met: Mapping[str, tuple[str, ...]]
    missed: Mapping[str, str]
