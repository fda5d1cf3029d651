"""What it costs that events can be explained: deciding and committing pages of them, beside the same without it."""

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import made_up
from benchmarks.measure import Case, on_core, shown, take_turns, tell
from otpushd.model.event import Event, event_id
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.plan import Plan
from otpushd.routing.route import Routed, Router
from otpushd.routing.rule import Rule
from otpushd.store.commit import commit_step
from otpushd.store.opening import open_store
from otpushd.thinking import Thinking

PAGE = 500
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {"it matches a rule": 1, "a rule was tried and does not match": 0, "no rule is tried": 2}


def run(quick: bool) -> None:
    """Measure and print, in microseconds of the processor and bytes of the store for each event."""
    count = 2_000 if quick else 20_000
    with tempfile.TemporaryDirectory() as name, on_core(0):
        rules, sizes = made_up.rules(Path(name)), dict[str, int]()
        cases: dict[str, Case] = {
            f"{title}{', bare' * bare}": partial(_through, title, rules, count, bare=bare, sizes=sizes)
            for title in KINDS
            for bare in (True, False)
        }
        figures = take_turns(cases, 1 if quick else 3)
    lines = [[title, shown(one.middle), one.spread, shown(sizes[title] / count)] for title, one in figures.items()]
    tell(f"explain: {count:,} events in commits of {PAGE}, one core", ["", "us of CPU", "rounds", "bytes"], lines)


class Forgetful:
    """Routes, and keeps nothing of what rules said."""

    def __init__(self, router: Router) -> None:
        self._route = router.route
        self.book = router.book

    def route(self, event: Event) -> Routed:
        """What the event leads to."""
        routed = self._route(event)
        return Routed(routed.notifications, routed.faults, routed.orders, routed.matches, routed.remarks)


def _through(title: str, rules: Sequence[Rule], count: int, *, bare: bool, sizes: dict[str, int]) -> float:
    """Processor time (us) for each event, from deciding what it leads to until that is committed to a new store."""
    router = Router(rules, made_up.PEOPLE, [made_up.CHANNEL], [])
    thinking = Thinking("main", Plan(), Forgetful(router) if bare else router)  # type: ignore[arg-type]
    events = [_event(number, KINDS[title]) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        database = open_store(path)
        begun = time.process_time()
        for start in range(0, count, PAGE):
            step = Step(SourceMemory(mark=start, history_to=0), events=tuple(events[start : start + PAGE]))
            commit_step(database, "main", thinking.route(step, NOW))
        took = time.process_time() - begun
        database.close()
        sizes[title + ", bare" * bare] = path.stat().st_size
    return took / count * 1e6


def _event(number: int, kind: int) -> Event:
    rule = number % made_up.RULES
    data = {
        "answer": made_up.ANSWERS[rule % 3],
        "annotator": made_up.ANNOTATORS[number % 4],
        "session": made_up.session(number),
        "example": number,
        "input_hash": number * 7919,
        "task_hash": number * 104729,
        "labels": [f"LABEL{rule // made_up.DATASETS}"],
        "score": 0.25 if kind == 1 else 0.875,
        "view": "choice",
        "flagged": False,
        "decided_at": NOW,
        "changed_mind": False,
        "meta": {"doc_id": f"doc-{number % 997}", "page": number % 40},
    }
    dataset = made_up.dataset(number) if kind != 2 else "elsewhere"
    return Event("answer.saved", event_id("benchmark", number), "main", NOW, dataset, data)
