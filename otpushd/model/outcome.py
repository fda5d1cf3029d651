"""What a look at a source, or the passing of time, has led to: all that belongs into one commit."""

from collections.abc import Sequence
from dataclasses import dataclass

from otpushd.model.delivery import Fault, Remark
from otpushd.model.heard import Heard
from otpushd.model.ledger import Ledger
from otpushd.model.memory import Step
from otpushd.model.posting import Posting
from otpushd.model.queue import Order


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be committed at once. `posting` decides what is said, None where nothing is. `ledger` is None where
    nothing in it was looked at, `taken` are letters of the inbox that led to it, `orders` what rules want to have
    queued, `heard` what they said of events.
    """

    step: Step
    posting: Posting | None = None
    faults: Sequence[Fault] = ()
    ledger: Ledger | None = None
    orders: Sequence[Order] = ()
    taken: Sequence[str] = ()
    remarks: Sequence[Remark] = ()
    heard: Sequence[Heard] = ()
