"""Real exports of Prodigy, replayed: monitors measure what their README says is in them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.event import Event
from otpushd.model.monitor import Definition, Measure, Monitor, filled
from otpushd.model.plan import Plan
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.rehearse.replay import replay
from tests.prodigy_samples import copied

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSULTS = "jsonl/v1.x-textcat-binary-scored_reddit-insult.jsonl"
RELATIONS = "jsonl/v1.10-relations_accept-and-ignore.jsonl"


def triggered(folder: Path, tasks: list[dict[str, object]], measure: Measure, **bounds: float) -> Event:
    """The one event of a monitor over all of the export, which therefore triggers with its last answer."""
    prodigy = ProdigyDatabase(folder / "prodigy.db")
    prodigy.dataset("main-set")
    prodigy.save("main-set", tasks, "main-set-ann")
    prodigy.close()
    whole = filled(Definition("m", measure, len(tasks), len(tasks), **bounds))  # type: ignore[arg-type]
    plan = Plan(monitors=(Monitor(("plan.yaml", 1, 1), ("*",), whole),))
    source = SqliteSource(folder / "prodigy.db")
    told = list(replay("main", source, plan, NOW, lambda *_: None, lambda _: None))
    source.close()
    (event,) = [one for one in told if one.type.startswith("monitor.")]
    return event


@pytest.mark.parametrize(
    ("name", "measure", "bounds", "count", "of"),
    [
        pytest.param(INSULTS, Measure.REJECT_RATE, {}, 352, 500, id="352 rejects"),
        pytest.param(INSULTS, Measure.IGNORE_RATE, {}, 58, 500, id="58 ignored"),
        pytest.param(INSULTS, Measure.ACCEPT_RATE, {"below": 0.2}, 90, 500, id="90 accepted"),
        pytest.param(RELATIONS, Measure.IGNORE_RATE, {}, 110, 224, id="110 ignored"),
        pytest.param(RELATIONS, Measure.ACCEPT_RATE, {"above": 0.5}, 114, 224, id="114 accepted"),
    ],
)
def test_the_rates_are_those_of_the_export(
    tmp_path: Path, name: str, measure: Measure, bounds: dict[str, float], count: int, of: int
) -> None:
    tasks = [json.loads(line) for line in copied(name, tmp_path).read_bytes().splitlines()]
    event = triggered(tmp_path, tasks, measure, **bounds)
    assert (event.type, len(tasks)) == ("monitor.triggered", of)
    assert event.value("value") == pytest.approx(count / of, rel=1e-5)
    assert len(event.value("examples")) == (of - count if "below" in bounds else count)


def test_the_mean_score_is_that_of_the_export(tmp_path: Path) -> None:
    tasks = [json.loads(line) for line in copied(INSULTS, tmp_path).read_bytes().splitlines()]
    event = triggered(tmp_path, tasks, Measure.MEAN_SCORE, below=1.0)
    assert event.value("value") == pytest.approx(fmean(task["score"] for task in tasks), rel=1e-5)
