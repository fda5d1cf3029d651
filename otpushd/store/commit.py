"""T1: what was read, what is remembered and what is to be sent change together or not at all."""

from collections.abc import Sequence

import peewee

from otpushd.model.delivery import Fault, Remark
from otpushd.model.ledger import Ledger
from otpushd.model.memory import Step
from otpushd.model.posting import Posted, Posting
from otpushd.model.queue import Order
from otpushd.store import inbox, queue
from otpushd.store.hold import Hold, fence
from otpushd.store.ledger import save_ledger
from otpushd.store.memory import save_memory
from otpushd.store.posting import post
from otpushd.store.remarks import add_faults, add_remarks


def commit_step(
    database: peewee.Database,
    source: str,
    step: Step,
    posting: Posting | None,
    faults: Sequence[Fault],
    hold: Hold | None = None,
    ledger: Ledger | None = None,
    orders: Sequence[Order] = (),
    taken: Sequence[str] = (),
    remarks: Sequence[Remark] = (),
) -> Posted:
    """Commit one step of one source, what it changed in the `ledger`, what rules want said and queued, and that letters
    of the inbox were `taken`.

    Afterwards it survives a kill and a power cut; before, nothing of it happened.

    Where others may poll the source as well, `hold` must still stand; else raises HoldLost.
    """
    with database.atomic():
        if hold is not None:
            fence(database, hold)
        save_memory(database, source, step)
        if ledger is not None:
            save_ledger(database, source, ledger)
            queue.answer(database, ledger.reanswered)
        queue.add(database, orders)
        inbox.remove(database, taken)
        add_faults(database, faults)
        add_remarks(database, remarks)
        return Posted() if posting is None else post(database, posting)
