"""Facts given one by one to all detectors, on one ledger, at a time that is moved by hand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from otpushd.derive.derive import derive
from otpushd.derive.rounds import begun, rung
from otpushd.derive.seen import Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.instants import from_micros
from otpushd.model.integrity import Flaw
from otpushd.model.ledger import RUNG, Ledger
from otpushd.model.plan import Plan, PlanEntry

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS, AGAIN = 1, 2
PLACE = ("plan.yaml", 1, 1)


class Watching:
    """`dataset` is news, incarnation NEWS unless given. What is given is not told again by the methods' answers."""

    def __init__(self, **planned: Any) -> None:
        self.ledger, self.now, self.numbers = Ledger(), NOW, count(1)
        self.plan_is(**planned)

    def plan_is(self, **planned: Any) -> None:
        """From now on."""
        self.plan = Plan((PlanEntry("news", PLACE, **planned),))

    @property
    def around(self) -> Around:
        return Around(self.ledger, self.plan, self.now)

    def given(self, kind: str, data: Mapping[str, Any], dataset: int = NEWS, **fact: Any) -> list[Event]:
        """One fact of any kind; `content` is the task behind it."""
        content = fact.pop("content", None)
        raw = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        event = Event(kind, f"e{next(self.numbers)}", "main", self.now, "news", data, raw)
        return [one for one in derive([Fact(event, dataset, self.now, **fact)], self.around) if one is not event]

    def row(self, kind: str, dataset: int = NEWS, **more: Any) -> list[Event]:
        """One row of a new example, unless its number is given as `place`."""
        fact = {name: more.pop(name) for name in ("past", "corrects", "flaws", "content") if name in more}
        place = more.pop("place", None) or next(self.numbers)
        data = {"example": place, "input_hash": -place, "answer": "accept", "origin": "import", **more}
        return self.given(kind, data, dataset, place=place, **fact)

    def answered(self, person: str = "ann", **more: Any) -> list[Event]:
        return self.row("answer.saved", **{"annotator": person, "origin": None, **more})

    def added(self, **more: Any) -> list[Event]:
        return self.row("example.added", **more)

    def flawed(self, problem: str, detail: str = "d", **more: Any) -> list[Event]:
        return self.answered(flaws=(Flaw(problem, detail),), **more)

    def started_anew(self, dataset: int = NEWS) -> list[Event]:
        """What a daemon does first of all, and its timers then."""
        begun([(dataset, "main", "news")], self.around)
        return self.after(timedelta(seconds=1))

    def after(self, time: timedelta) -> list[Event]:
        """Everything that rings until then, each at its own time."""
        until, found = self.now + time, list[Event]()
        while (at := min(self.ledger.timers.values(), default=RUNG)) != RUNG and from_micros(at) <= until:
            self.now = max(self.now, from_micros(at))
            found += rung(sorted(self.ledger.tallies), {}, self.around)
        self.now = until
        return found
