"""What a full plan costs: a history of answers with every detector on, beside the same without a plan; an idle poll."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import made_up
from benchmarks.daemon import CONFIG, PEOPLE
from benchmarks.history import fill
from benchmarks.measure import shown, take_turns, tell
from otpushd.config.plan import PlanAround, load_plan
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.plan import Plan
from otpushd.poll import SourcePoll
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.routing.route import Router
from otpushd.store.opening import open_store
from otpushd.thinking import Thinking

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN = """\
datasets:
  contracts-*:
    owners: [lea]
    annotators: [lea]
    target: {annotations_per_input: 2, inputs: 100000}
    milestones: [25%, 50%, 90%]
    deadline: 2030-12-01T17:00
    remind: [7d, 2d, 4h]
    review: {in: contracts-review, within: 48h, remind: [24h, 4h], hours: office}
    assigned_to: meta.assigned_to
    idle: {annotators: 8h, dataset: 1d, hours: office}
milestones:
  - {name: release, at: 2030-12-15T12:00, datasets: [contracts-*], owners: [lea], remind: [14d, 3d]}
calendars:
  office: {hours: "Mon-Fri 08:00-18:00"}
monitors:
  - {name: rejects, datasets: [contracts-*], measure: reject_rate, over: 200 answers, above: 20%, by: annotator}
  - {name: ignores, datasets: [contracts-*], measure: ignore_rate, over: 24h, above: 10%}
  - {name: conflicts, datasets: [contracts-*], measure: conflict_rate, over: 200 answers, above: 20%}
  - {name: drift, datasets: [contracts-*], measure: score_drift, over: 200 answers, drift: {against: previous window}}
  - {name: labels, datasets: [contracts-*], measure: label_drift, over: 200 answers, drift: {against: previous window}}
"""
FEW, MANY = 10, 10_000


def run(quick: bool) -> None:
    """Measure and print. Two people answer each input, so that agreement, conflicts and progress have work to do."""
    answers = 4_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made_up.rules(folder)
        fill(folder / "prodigy.db", answers, to_an_input=2)
        lines = [_history(folder, answers, plan) for plan in ("bare: no plan", "every detector on")]
        head = ["", "s", "CPU s", "us CPU/answer", "MB peak", "MB store"]
        tell(f"detectors: {answers:,} answers of history by the real command (aim under 60 s on one core)", head, lines)
        _idle(folder, 1 if quick else 50)


def _history(folder: Path, answers: int, case: str) -> list[str]:
    planned = not case.startswith("bare")
    (folder / "otpushd.yaml").write_text(
        CONFIG.format(poll="1s", url="http://127.0.0.1:9") + ("plan: plan.yaml\n" if planned else "")
    )
    (folder / "people.yaml").write_text(PEOPLE)
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "store").mkdir(exist_ok=True)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "otpushd", "run", "--once", "--config", str(folder / "otpushd.yaml")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    if status:
        raise SystemExit(f"detectors: the daemon ended with {status}")
    cpu = usage.ru_utime + usage.ru_stime
    size = sum(each.stat().st_size for each in (folder / "store").iterdir())
    for each in (folder / "store").iterdir():
        each.unlink()
    figures = [f"{took:.0f}", f"{cpu:.0f}", shown(cpu / answers * 1e6)]
    return [case, *figures, f"{usage.ru_maxrss / 1024:.0f}", f"{size / 1e6:.0f}"]


def _idle(folder: Path, rounds: int) -> None:
    """A look that finds nothing, with few and with many datasets that the plan's globs match."""
    plan, problems = load_plan(folder / "plan.yaml", PlanAround(None, UTC, folder))
    if problems:
        raise SystemExit("\n".join(map(str, problems)))
    with _watched(folder / "few", FEW, plan) as few, _watched(folder / "many", MANY, plan) as many:
        cases = {f"{FEW:,} datasets": lambda: _looks(few), f"{MANY:,} datasets": lambda: _looks(many)}
        figures = take_turns(cases, rounds)
    least = figures[f"{FEW:,} datasets"].middle
    tell(
        "idle look: nothing new (aim: the same however many datasets the plan's globs match)",
        ["", "us", "rounds", f"of {FEW}"],
        [[case, shown(one.middle), one.spread, f"{one.middle / least:.2f}"] for case, one in figures.items()],
    )


@contextmanager
def _watched(folder: Path, datasets: int, plan: Plan) -> Iterator[SourcePoll]:
    folder.mkdir()
    database = ProdigyDatabase(folder / "prodigy.db")
    database.execute("PRAGMA synchronous = off")
    for number in range(datasets):
        database.dataset(f"contracts-{number:05d}")
    database.save("contracts-00000", [made_up.task(1, matching=False)], "contracts-00000-ann")
    database.close()
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        store = writer.submit(open_store, folder / "store.db").result()
        source = SqliteSource(folder / "prodigy.db")
        thinking = Thinking("main", plan, Router((), made_up.PEOPLE, [made_up.CHANNEL], []))
        poll = SourcePoll("main", source, thinking, store, reader, writer, lambda: NOW, lambda: None)
        for _ in range(3):
            asyncio.run(poll.run())
        yield poll
        reader.submit(source.close).result()
        writer.submit(store.close).result()


def _looks(poll: SourcePoll, count: int = 20) -> float:
    """Microseconds for one."""

    async def look() -> float:
        begun = time.perf_counter()
        for _ in range(count):
            await poll.run()
        return (time.perf_counter() - begun) / count * 1e6

    return asyncio.run(look())
