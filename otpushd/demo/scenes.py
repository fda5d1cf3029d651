"""What happens in the made-up team while one watches: something of each of the eight jobs, and what it makes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.demo.shortened import STEP
from otpushd.demo.team import REMIND, TEXTS, answer

QUEUE_SECONDS = 10.0
QUEUE = "relabel/letters.jsonl"
JOBS = {
    1: "A new batch of high-value samples",
    2: "A domain expert decides",
    3: "The model gets worse, and the examples behind it are labeled again",
    4: "A task for somebody outside the office",
    5: "An import fails, data does not validate",
    6: "A deadline",
    7: "Examples that need an expert",
    8: "A milestone, and the end of a dataset",
    9: "Good morning: what was held back in somebody's quiet hours",
}


@dataclass(frozen=True, slots=True)
class Office:
    """Where it happens: the team's folder and database, and how to run an otpushd command there to its end."""

    folder: Path
    database: ProdigyDatabase
    run: Callable[..., object]


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens: its job, what the reader is told, the doing, and the rules that make messages of it, each
    as often as it makes one.

    What comes `by_clock` comes when its time has come, be it during another scene. What comes of `waiting` comes
    because nothing is done. `pause` is the time to read it, in seconds, before the next.
    """

    job: int
    told: str
    act: Callable[[Office], object]
    due: tuple[str, ...] = ()
    by_clock: bool = False
    waiting: bool = False
    pause: float = 0.9


def scenes() -> Iterator[Scene]:
    """What happens, in order. Of each shipped file there is something; the ninth part is about people alone."""
    yield from _new_work()
    yield from _what_experts_say()
    yield from _models()
    yield from _operations()
    yield from _doubts()
    yield from _ends()


def _new_work() -> Iterator[Scene]:
    batch = [_sample(300 + n, score=0.97 - n / 100) for n in range(12)]
    dull = _sample(312, score=0.12)
    told = "A script imports 13 samples into contracts-a; 12 of them score over 0.8, and that is one message."
    yield Scene(1, told, _import("10", *batch, dull), ("high-value-batch",) * 3)
    told = f"Nobody starts on them. Two hours later, {STEP} here, their owner should know."
    yield Scene(1, told, lambda office: None, ("high-value-batch",), waiting=True)
    yield Scene(1, "Ann accepts three examples.", _save("contracts-a", "ann", "accept", 50, 51, 52))


def _what_experts_say() -> Iterator[Scene]:
    rejected = _save("contracts-expert", "dora", "reject", 60)
    told = "Dora, the expert, rejects one. Lea leads, and so does Tom, who is asleep: not now."
    yield Scene(2, told, rejected, ("expert-rejected",) * 2)
    yield Scene(2, "Dora accepts the next.", _save("contracts-expert", "dora", "accept", 61), ("expert-accepted",))


def _models() -> Iterator[Scene]:
    rejected = _save("letters", "bob", "reject", *range(110, 115))
    told = "Bob rejects five letters in a row: more than the 30% that the monitor allows."
    yield Scene(3, told, rejected, ("monitor-triggered",))
    yield Scene(3, f"Dora answers what was queued in {QUEUE} again.", _answer_again, ("relabel-completed",))


def _operations() -> Iterator[Scene]:
    tasks = [_sample(320 + n, assigned_to="dora") for n in range(3)]
    told = "Three examples come in that name Dora, who is at a client's."
    yield Scene(4, told, _import("11", *tasks), ("task-assigned",))
    yield Scene(5, "A nightly import breaks off (otpushd exec).", _failing_import, ("import-failed",))
    torn = _import("12", {"html": "<p>no text</p>"})
    yield Scene(5, "A task without a text comes in, which the plan's JSON Schema asks for.", torn, ("data-problem",))


def _doubts() -> Iterator[Scene]:
    doubt = ("ambiguous-example",)
    yield Scene(7, "Ann skips one: she cannot decide.", _save("contracts-a", "ann", "ignore", 53), doubt)
    unsure = _save("contracts-a", "bob", "accept", 54, score=0.51)
    yield Scene(7, "Bob accepts one of which the model is not sure (score 0.51).", unsure, doubt)
    yield Scene(7, "Bob accepts one, and flags it.", _save("contracts-a", "bob", "accept", 55, flagged=True), doubt)
    rejected = _save("contracts-a", "bob", "reject", 51)
    yield Scene(7, "Bob rejects one that Ann accepted.", rejected, ("disagreement",))
    agreed = _save("contracts-a", "bob", "accept", 51)
    yield Scene(
        7, "Bob thinks again and accepts it: those who heard of it hear that it is over.", agreed, ("disagreement",)
    )


def _ends() -> Iterator[Scene]:
    yield Scene(8, "Bob answers one of the last invoices.", _save("invoices", "bob", "accept", 208), ("milestone",))
    last = _save("invoices", "bob", "accept", 209)
    yield Scene(8, "Bob answers the very last.", last, ("dataset-completed",) * 2)
    seconds = int(REMIND.total_seconds())
    told = f"contracts-a is due now. {seconds} s before there is a reminder."
    yield Scene(6, told, lambda office: None, ("deadline-approaching", "deadline-missed"), by_clock=True, pause=0)
    told = "Tom's quiet hours end with the minute, and what was held back is one message."
    yield Scene(9, told, lambda office: None, ("digest",), by_clock=True, pause=0)


def _sample(number: int, **meta: Any) -> dict[str, Any]:
    return {"text": f"{TEXTS[number % len(TEXTS)]} ({number})", "meta": meta}


def _import(hour: str, *tasks: dict[str, Any]) -> Callable[[Office], object]:
    return lambda office: office.database.import_rows("contracts-a", tasks, at=f"2026-11-23_{hour}-00-00")


def _save(dataset: str, person: str, said: str, *numbers: int, **fields: Any) -> Callable[[Office], object]:
    tasks = [answer(number, said, **fields) for number in numbers]
    return lambda office: office.database.save(dataset, tasks, session=f"{dataset}-{person}")


def _answer_again(office: Office) -> None:
    """As if Prodigy had served the file. The daemon writes it after it told of it; without it nothing is saved."""
    path, end = office.folder / QUEUE, time.monotonic() + QUEUE_SECONDS
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    lines = path.read_text().splitlines() if path.exists() else []
    tasks = [{**json.loads(line), "answer": "accept"} for line in lines]
    office.database.save("letters-again", tasks, session="letters-again-dora")


def _failing_import(office: Office) -> None:
    office.run("exec", "--dataset", "contracts-a", "--", "sh", "-c", "exit 3")
