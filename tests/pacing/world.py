"""Three people, things that open and close, and rules on them in virtual time: what the tests of pacing look at."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from otpushd.model.calendar import Span
from otpushd.model.case import Case
from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault
from otpushd.model.event import Catalogue, Event, EventType, Field, Kind
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.model.quiet import Quiet
from otpushd.model.rate import Rate
from otpushd.pacing.pacing import Pacing
from otpushd.rehearse.stage import Moment, Sent, stage
from otpushd.routing.load import load_rules
from otpushd.routing.route import Router
from otpushd.thinking import ring_all

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIELDS = {
    "thing": Field(Kind.STRING),
    "score": Field(Kind.NUMBER),
    "count": Field(Kind.INTEGER),
    "names": Field(Kind.STRINGS),
    "task": Field(Kind.OBJECT),
}
OPENED, CLOSED, STARTED, ENDED = "thing.opened", "thing.closed", "outage.started", "outage.ended"
CATALOGUE: Catalogue = {name: EventType(name, FIELDS) for name in (OPENED, CLOSED, STARTED, ENDED)}
NIGHT = Quiet((Span(22 * 60, 31 * 60),), frozenset(), passes=False, zone=UTC)
CRITICAL_PASSES = Quiet((Span(22 * 60, 31 * 60),), frozenset(), passes=True, zone=UTC)
BY_THING = "{on: thing.closed, when: event.thing == trigger.thing}"


def person(id: str, quiet: Quiet | None = None, rates: Sequence[Rate] = (), opt_out: Iterable[str] = ()) -> Person:
    """Somebody with one address on each of two channels."""
    addresses = {"push": f"{id}@push", "sms": f"{id}@sms"}
    return Person(id, id.title(), (id,), addresses, UTC, quiet, tuple(rates), frozenset(opt_out))


def people(*others: Person) -> People:
    """Ann, Bob and Cal, of whom some may be given otherwise."""
    found = {one.id: one for one in (*map(person, ("ann", "bob", "cal")), *others)}
    return People(found, {"all": ("ann", "bob", "cal"), "left": ("ann", "zoe")})


def router(folder: Path, text: str, team: People | None = None, rates: Sequence[Rate] = ()) -> Router:
    """The rules of a file that is right, over `push` and `sms`; `rates` are those of `push`."""
    path, team = folder / "rules.yaml", team or people()
    path.write_text(text, encoding="utf-8")
    files, problems = load_rules(
        [path], catalogue=CATALOGUE, people=team, channels=["push", "sms"], expose=["task.text"]
    )
    wrong = [one for one in problems if one.severity == "error"]
    assert not wrong, wrong
    channels = {"push": tuple(rates)} if rates else {}
    return Router(files[0].rules, team, ["push", "sms"], ["task.text"], Plan(), files[0].mutes, channels)


def event(id: str, after: float = 0, kind: str = OPENED, dataset: str | None = "d", **data: Any) -> Event:
    """So many minutes after nine."""
    content = data.pop("content", None)
    return Event(kind, id, "main", NINE + after * MINUTE, dataset, {"thing": "a", **data}, content)


def moments(*events: Event, until: float) -> list[Moment]:
    """Each at its time, and then nothing for so many minutes after nine."""
    return [*((one.time, one) for one in events), (NINE + until * MINUTE, None)]


class Told:
    """What rules say in virtual time, on memory that lives on; more may happen, also under other rules."""

    def __init__(self, router: Router, cases: Cases | None = None) -> None:
        self.router, self.cases = router, cases or Cases()
        self.sent: list[Sent] = []
        self.faults: list[Fault] = []
        self.now = NINE

    def play(self, *events: Event, until: float) -> "Told":
        """What happens then."""
        for one in stage(moments(*events, until=until), self.router, self.cases):
            if isinstance(one, Sent):
                self.sent.append(one)
            elif isinstance(one, Fault):
                self.faults.append(one)
        self.now = NINE + until * MINUTE
        return self

    def reload(self, router: Router) -> "Told":
        """Other rules, as after a reload."""
        self.router = router
        pacing = Pacing(router.book)
        pacing.renew(list(self.cases.cases.values()), self.cases, self.now)
        ring_all(pacing, self.now, self.cases)
        return self

    @property
    def lines(self) -> list[str]:
        """`MINUTES PERSON TITLE` of each message, in order."""
        return [f"{minutes(one.at):g} {one.notification.person} {one.notification.title}" for one in self.sent]

    @property
    def open(self) -> list[Case]:
        """What is going on."""
        return list(self.cases.cases.values())


Tell = Callable[..., Told]
"""Starts a rule."""


def minutes(at: datetime) -> float:
    """After nine."""
    return (at - NINE) / MINUTE
