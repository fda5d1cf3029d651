"""T1: what was read, what is remembered and what is to be sent change together or not at all."""

import peewee

from otpushd.model.outcome import Outcome
from otpushd.model.posting import Posted
from otpushd.store import inbox, queue
from otpushd.store.heard import add_heard
from otpushd.store.hold import Hold, fence
from otpushd.store.ledger import save_ledger
from otpushd.store.memory import save_memory
from otpushd.store.posting import post
from otpushd.store.remarks import add_faults, add_remarks


def commit_step(database: peewee.Database, source: str, outcome: Outcome, hold: Hold | None = None) -> Posted:
    """Commit what came of one source: what was read and is remembered, what rules want said and queued, why not.

    Afterwards it survives a kill and a power cut; before, nothing of it happened.

    Where others may poll the source as well, `hold` must still stand; else raises HoldLost.
    """
    with database.atomic():
        if hold is not None:
            fence(database, hold)
        save_memory(database, source, outcome.step)
        if outcome.ledger is not None:
            save_ledger(database, source, outcome.ledger)
            queue.answer(database, outcome.ledger.reanswered)
        queue.add(database, outcome.orders)
        inbox.remove(database, outcome.taken)
        add_faults(database, outcome.faults)
        add_remarks(database, outcome.remarks)
        add_heard(database, outcome.heard)
        return Posted() if outcome.posting is None else post(database, outcome.posting)
