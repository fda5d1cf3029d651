"""T1: what was read, what is remembered and what is to be sent change together or not at all."""

from collections.abc import Sequence

import peewee

from otpushd.model.delivery import Fault, Notification
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Ledger
from otpushd.model.memory import Step
from otpushd.model.queue import Order
from otpushd.store import inbox, queue
from otpushd.store.hold import Hold, fence
from otpushd.store.ledger import save_ledger
from otpushd.store.memory import save_memory
from otpushd.store.outbox import add
from otpushd.store.sql import many

FAULT = "INSERT INTO fault (event_id, rule, person, what, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"


def commit_step(
    database: peewee.Database,
    source: str,
    step: Step,
    notifications: Sequence[Notification],
    faults: Sequence[Fault],
    hold: Hold | None = None,
    ledger: Ledger | None = None,
    orders: Sequence[Order] = (),
    taken: Sequence[str] = (),
) -> None:
    """Commit one step of one source, what it changed in the `ledger`, what rules want queued, and that letters of the
    inbox were `taken`.

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
        add(database, notifications)
        queue.add(database, orders)
        inbox.remove(database, taken)
        many(database, FAULT, [_fault(one) for one in faults])


def _fault(one: Fault) -> tuple[object, ...]:
    return one.event_id, one.rule or "", one.person or "", one.what, to_micros(one.at)
