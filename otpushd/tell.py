"""What is said of a page that was taken: how far history was read, and that something came of it."""

from collections.abc import Callable

import structlog

from otpushd.model.memory import SourceMemory
from otpushd.model.row import Page
from otpushd.thinking import Outcome

log = structlog.get_logger()
PROGRESS_PAGES = 100


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
    if done.events:
        log.info("events", source=name, count=len(done.events), notifications=len(outcome.notifications))
