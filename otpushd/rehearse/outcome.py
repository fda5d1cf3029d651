"""Everything that one run of `check-rules` found, whatever it is then shown as. Data only."""

from dataclasses import dataclass
from datetime import tzinfo

from otpushd.files.problem import Problem, has_errors
from otpushd.rehearse.history import Rehearsal, Span
from otpushd.rehearse.report import Cast
from otpushd.rehearse.rule_tests import Ran
from otpushd.rehearse.tally_limits import Beyond


@dataclass(frozen=True, slots=True)
class Past:
    """One source's rehearsal; without one, `unread` says why."""

    source: str
    found: Rehearsal | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`skipped` says why no history was rehearsed, where none was. `against` names the rules compared with, if any.

    `beyond` are the limits of push services that would have been met, over all sources.
    """

    problems: tuple[Problem, ...]
    ran: Ran
    rules: int
    files: int
    span: Span
    cast: Cast
    zone: tzinfo
    skipped: str = ""
    against: str | None = None
    pasts: tuple[Past, ...] = ()
    beyond: tuple[Beyond, ...] = ()

    def bad(self, strict: bool) -> bool:
        """Whether anything has to be mended; a warning only if `strict`."""
        return bool(self.problems) if strict else has_errors(self.problems)
