"""What is said of a page that was taken: how far history was read, and that something came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from otpushd.model.delivery import Fault
from otpushd.model.memory import SourceMemory
from otpushd.model.outcome import Outcome
from otpushd.model.row import Page

log = structlog.get_logger()
PROGRESS_PAGES = 100
MOST_FAULTS = 5


@dataclass(slots=True)
class Complaints:
    """What has been said of a source that cannot be read, or not as it should be: each thing once while it lasts."""

    source: str
    code: str | None = None
    notes: tuple[str, ...] = ()

    def unreadable(self, code: str, mend: str) -> None:
        """It cannot be read, for the reason with this code."""
        if code != self.code:
            log.warning("source_unreadable", source=self.source, code=code, mend=mend)
            self.code = code

    def readable(self, notes: tuple[str, ...]) -> None:
        """It can be read, and this was noticed."""
        if self.code:
            log.info("source_readable", source=self.source)
            self.code = None
        for note in set(notes).difference(self.notes):
            log.warning("source_note", source=self.source, note=note)
        self.notes = notes


def tell(
    name: str, page: Page, before: SourceMemory, outcome: Outcome, pages: int, progress: Callable[[str], object]
) -> None:
    """Say what `outcome` came of the `page` of the source `name`, the so manieth, and what was remembered before it."""
    done = outcome.step
    read, history = done.memory.history_read
    if (page.links or (page.structured and page.structured.links)) and before.history_read[0] < history:
        progress(f"{name}: history read up to row {read} of {history}")
        if read >= history or pages % PROGRESS_PAGES == 0:
            log.info("baseline", source=name, read=read, of=history)
    elif before.history_to is None:
        log.info("baseline", source=name, read=read, of=history)
    if page.highest < before.mark:
        log.warning("source_rewound", source=name, from_row=before.mark, to_row=page.highest)


def tell_committed(name: str, outcome: Outcome, sent: int, faults: Sequence[Fault]) -> None:
    """Say what a commit has led to: how many messages go out at once, and what was wrong with single events."""
    if outcome.step.events:
        log.info("events", source=name, count=len(outcome.step.events), notifications=sent)
    for fault in faults[:MOST_FAULTS]:
        log.warning("event_fault", source=name, rule=fault.rule, person=fault.person, what=fault.what)
    if len(faults) > MOST_FAULTS:
        log.warning("event_faults", source=name, count=len(faults))
