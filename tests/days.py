"""A team's days, in which time is moved: answers come in, timers ring, and somebody may look away in between."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from otpushd.derive.derive import derive
from otpushd.derive.groups import groups_of
from otpushd.derive.rounds import begun, bring_up_groups, rung
from otpushd.derive.seen import Around
from otpushd.model.calendar import Calendar, Span
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.instants import from_micros, to_micros
from otpushd.model.ledger import RUNG, Ledger, incarnation_of_name
from otpushd.model.plan import Plan, PlanEntry

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
ZURICH = ZoneInfo("Europe/Zurich")
OFFICE = Calendar(((Span(8 * 60, 18 * 60),),) * 5 + ((),) * 2, lambda _: (), ZURICH)
"""Monday to Friday from 8 to 18 in Zurich."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def entry(pattern: str = "news", **keys: Any) -> PlanEntry:
    """An entry of a plan."""
    return PlanEntry(pattern, ("plan.yaml", 1, 1), **keys)


class Days:
    """The ledger of one source. `told` is what was derived of it, but for the facts themselves."""

    def __init__(self, *entries: PlanEntry, now: datetime = NINE, alone: bool = True, **plan: Any) -> None:
        self.plan, self.ledger, self.now, self.numbers = Plan(entries, **plan), Ledger(), now, count(1)
        self.alone = alone
        self.told: list[Event] = []

    @property
    def around(self) -> Around:
        return Around(self.ledger, self.plan, self.now, alone=self.alone)

    def start(self, *datasets: str, plan: Plan | None = None) -> None:
        """The daemon starts, with another plan perhaps, and these datasets."""
        self.plan = plan or self.plan
        begun([(incarnation_of_name("main", one), "main", one) for one in datasets], self.around)
        bring_up_groups(groups_of(self.plan, "main").values(), self.around)

    def save(self, person: str | None = "ann", dataset: str = "news", number: int | None = None, **more: Any) -> None:
        """One answer to an input; without a number, to one that nobody has seen. Of history with `past`."""
        example = next(self.numbers)
        data = {"answer": more.get("answer", "accept"), "annotator": person, "example": example}
        data["input_hash"] = -example if number is None else number
        event = Event("answer.saved", f"e{example}", "main", self.now, dataset, data)
        self.take(event, at=more.get("at", self.now), past=more.get("past", False))

    def take(self, event: Event, *, at: datetime | None = None, past: bool = False) -> None:
        """Any fact of a dataset."""
        number = incarnation_of_name("main", str(event.dataset))
        fact = Fact(event, number, at or self.now, past=past, place=event.value("example") or 0)
        self.told += [one for one in derive([fact], self.around) if one is not event]
        self.ring()

    def until(self, when: datetime) -> list[Event]:
        """Let time pass, every timer ringing at its own. Returns what that led to."""
        before = len(self.told)
        while (at := self.next_at) is not None and at <= when:
            self.now = max(at, self.now)
            self.ring()
        self.now = when
        return self.told[before:]

    def away(self, when: datetime) -> None:
        """Let time pass while nobody looks."""
        self.now = when

    def ring(self) -> list[Event]:
        """Ring what is due now."""
        before = len(self.told)
        while due := {key[0] for key, at in self.ledger.timers.items() if at <= to_micros(self.now)}:
            self.told += rung(sorted(due), groups_of(self.plan, "main"), self.around)
        return self.told[before:]

    @property
    def next_at(self) -> datetime | None:
        """When the next timer rings."""
        at = min(self.ledger.timers.values(), default=RUNG)
        return None if at == RUNG else from_micros(at)

    def kinds(self) -> list[str]:
        """The types of what was told, but for progress."""
        return [one.type for one in self.told if one.type not in ("progress.milestone", "dataset.completed")]
