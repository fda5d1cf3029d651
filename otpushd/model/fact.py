"""A fact: an event that says what was done in Prodigy, with what detectors need beside it."""

from dataclasses import dataclass
from datetime import datetime

from otpushd.model.event import Event
from otpushd.model.integrity import Flaw


@dataclass(frozen=True, slots=True)
class Fact:
    """`dataset` is the incarnation that the event is about (model/ledger.py), 0 if it is about none. `at` is the best
    known time of it. `past`: it was there before otpushd, and is counted without a word. `corrects`: it took an older
    row's place. `place` is its example's number in the ledger. `handed_in`: it is about something in no database of
    Prodigy's. `flaws` are what is wrong with the row by itself; of the past nobody asks.
    """

    event: Event
    dataset: int
    at: datetime
    past: bool = False
    corrects: bool = False
    place: int = 0
    handed_in: bool = False
    flaws: tuple[Flaw, ...] = ()
