"""An event as rules have heard it: what each of them that was tried said, so that it can be explained later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from otpushd.model.event import Event


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, heard at `at`, by the names of the rules that were tried.

    `met` are those that matched, with the ids of whom they meant; `missed` the others, each with why. Of content only
    what `expose` names, as dotted paths, is kept.
    """

    event: Event
    at: datetime
    met: Mapping[str, tuple[str, ...]]
    missed: Mapping[str, str]
    expose: tuple[str, ...] = ()
