"""One answer or added example as the detectors look at it: the fact, and what was there before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from otpushd.derive.opinion import opinion
from otpushd.model.fact import Fact
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Entry, Ledger, Tally, input_of
from otpushd.model.plan import Plan, PlanEntry

ANSWER_SAVED, EXAMPLE_ADDED = "answer.saved", "example.added"
MIGRATION = "migration"


@dataclass(frozen=True, slots=True)
class Around:
    """What every detector is given: what is remembered, what is planned, and now.

    `since` is when the source was last read to its end, as far as that is known: what is new was saved after it.
    `alone`: there is no other source.
    """

    ledger: Ledger
    plan: Plan
    now: datetime
    since: datetime | None = None
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of a main dataset. `before` is what was answered to its input until then, in all datasets of all sources.

    `again`: the example was written down before, or takes an older one's place, so that it is not counted once more.
    `tally` counts it already. `replaces` is the row whose place a correction took, as far as it can be told.
    """

    fact: Fact
    entry: Entry
    before: Sequence[Entry]
    again: bool
    tally: Tally
    planned: PlanEntry | None
    replaces: Entry | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dataset stands: its incarnation, what was counted in it, what is planned for it.

    `together`: these are all datasets of a `total`, added up, under a number and with the pattern as their name.
    """

    dataset: int
    tally: Tally
    planned: PlanEntry | None
    together: bool = False


def entry_of(fact: Fact) -> Entry | None:
    """What is written down of a fact; None where it is no row, or a copy of one that is already."""
    event = fact.event
    if event.type not in (ANSWER_SAVED, EXAMPLE_ADDED) or event.dataset is None:
        return None
    data = event.data
    if data.get("origin") == MIGRATION:
        return None
    answered = event.type == ANSWER_SAVED
    place = fact.place or data.get("example") or 0
    return Entry(
        dataset=fact.dataset,
        example=place,
        input=input_of(data.get("input_hash"), place),
        person=data.get("annotator") if answered else None,
        answered=answered,
        answer=data.get("answer") if answered else None,
        opinion=opinion(event) if answered else 0,
        score=data.get("score"),
        at=to_micros(fact.at),
    )
