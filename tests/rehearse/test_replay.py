"""A database's history as events: the right ones, at their best known times, on real files too."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.calendar import PlainTime
from otpushd.model.event import Event
from otpushd.model.monitor import Definition, Measure, Monitor, filled
from otpushd.model.plan import Idle, Plan, PlanEntry, Review
from otpushd.model.row import Page
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.prodigy.unavailable import SourceUnavailable
from otpushd.rehearse.history import Span, rehearse
from otpushd.rehearse.replay import LOCKED_READS, replay
from otpushd.routing.route import Router

SAMPLES = Path(__file__).parents[3] / "shared" / "prodigy-samples" / "db"
EMPTY = Page((), (), (), highest=0, mark=0)


@pytest.fixture
def past(tmp_path: Path, now: datetime) -> Callable[..., list[Event]]:
    """The events of prodigy.db, or another file; what could not be read goes into `why`."""

    def read(
        path: Path = tmp_path / "prodigy.db", why: list[str] | None = None, plan: Plan | None = None
    ) -> list[Event]:
        source, why = SqliteSource(path), [] if why is None else why
        try:
            return list(replay("main", source, plan or Plan(), now, lambda *_: None, why.append))
        finally:
            source.close()

    return read


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_history_is_told_as_if_it_happened_now(database: ProdigyDatabase, past: Callable[..., list[Event]]) -> None:
    """Datasets, sessions, answers with their person, imports."""
    database.save("news", [{"text": "a", "answer": "reject"}], session="news-ann")
    database.import_rows("news", [{"text": "b"}, {"text": "c"}])

    events = past()

    assert Counter(one.type for one in events) == {
        "dataset.created": 1, "session.started": 2, "answer.saved": 1, "example.added": 2
    }  # fmt: skip
    saved = next(one for one in events if one.type == "answer.saved")
    assert (saved.dataset, saved.value("annotator"), saved.value("answer")) == ("news", "ann", "reject")


def answers(database: ProdigyDatabase, dataset: str, answer: str, begin: datetime, count: int = 20) -> None:
    tasks = [{"text": f"{begin} {n}", "answer": answer, "_timestamp": begin.timestamp() + n} for n in range(count)]
    database.save(dataset, tasks, f"{dataset}-ann")


def test_what_time_alone_led_to_is_told_at_its_time(
    database: ProdigyDatabase, past: Callable[..., list[Event]]
) -> None:
    """Between the rows of others, whether they are read with it or not, and after the last."""
    watched = filled(Definition("rejects", Measure.REJECT_RATE, over=timedelta(hours=1)))
    plan = Plan(monitors=(Monitor(("plan.yaml", 1, 1), ("news", "sport"), watched),))
    answers(database, "news", "reject", at(2026, 3, 2, 9), 60)
    answers(database, "other", "accept", at(2026, 3, 2, 12), 600)
    answers(database, "other", "accept", at(2026, 3, 2, 15), 600)
    answers(database, "sport", "reject", at(2026, 3, 3, 9), 60)
    found = past(plan=plan)
    told = [(one.type, one.dataset, one.time.replace(minute=0, second=0)) for one in found if "monitor" in one.type]
    assert told == [
        ("monitor.triggered", "news", at(2026, 3, 2, 9)),
        ("monitor.recovered", "news", at(2026, 3, 2, 10)),
        ("monitor.triggered", "sport", at(2026, 3, 3, 9)),
        ("monitor.recovered", "sport", at(2026, 3, 3, 10)),
    ]
    times = [one.time for one in found if one.type not in ("dataset.created", "session.started")]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("stamp", "session", "time"),
    [
        (at(2026, 3, 2).timestamp(), "news-ann", at(2026, 3, 2)),
        (at(2027, 1, 1).timestamp(), "news-ann", at(2026, 3, 31, 12)),
        (None, "news-ann", at(2026, 2, 1)),
        (None, None, at(2026, 1, 1)),
    ],
    ids=["when it was decided", "a clock that is ahead", "when its session began", "when its dataset was made"],
)
def test_each_answer_has_its_best_known_time(
    database: ProdigyDatabase,
    past: Callable[..., list[Event]],
    stamp: float | None,
    session: str | None,
    time: datetime,
) -> None:
    """Prodigy keeps no time of insertion."""
    database.dataset("news", created=int(at(2026, 1, 1).timestamp()))
    database.dataset("news-ann", session=True, created=int(at(2026, 2, 1).timestamp()))
    task = {"text": "a", "answer": "accept"} | ({"_timestamp": stamp} if stamp else {})
    database.save("news", [task], session=session)

    (event,) = [one for one in past() if one.type in ("answer.saved", "example.added")]

    assert event.time == time


def test_a_dataset_is_dated_by_its_own_birth(database: ProdigyDatabase, past: Callable[..., list[Event]]) -> None:
    """Main and session datasets alike; nothing lies in the future."""
    database.dataset("news", created=int(at(2026, 1, 1).timestamp()))
    database.dataset("news-ann", session=True, created=int(at(2026, 2, 1).timestamp()))
    database.dataset("later", created=int(at(2030, 1, 1).timestamp()))

    assert {one.type: one.time for one in past() if one.dataset == "news"} == {
        "dataset.created": at(2026, 1, 1), "session.started": at(2026, 2, 1)
    }  # fmt: skip
    assert max(one.time for one in past()) == at(2026, 3, 31, 12)


def test_a_changed_mind_is_seen_across_pages(database: ProdigyDatabase, past: Callable[..., list[Event]]) -> None:
    """As the daemon sees it, which asks its store."""
    database.save("news", [{"text": "a", "answer": "accept"}], session="news-ann")
    database.save("news", [{"text": f"{n}", "answer": "accept"} for n in range(1200)], session="news-ann")
    database.save("news", [{"text": "a", "answer": "reject"}], session="news-ann")

    minds = [one.value("changed_mind") for one in past() if one.type == "answer.saved"]

    assert [n for n, changed in enumerate(minds) if changed] == [1201]


def test_content_that_cannot_be_read_is_counted_and_stops_nothing(
    database: ProdigyDatabase, past: Callable[..., list[Event]]
) -> None:
    """An answer without fields is an answer."""
    examples = database.save("news", [{"text": str(n), "answer": "accept"} for n in range(4)], session="news-ann")
    database.execute("UPDATE example SET content = 'no JSON' WHERE id = ?", examples[:1])
    database.execute("UPDATE example SET content = '[1]' WHERE id = ?", examples[1:2])
    database.execute("DELETE FROM example WHERE id = ?", examples[2:3])
    why: list[str] = []

    answers = [one.value("answer") for one in past(why=why) if one.type == "answer.saved"]

    assert answers == [None, None, None, "accept"]
    assert Counter(why) == {"not JSON": 1, "not a JSON object": 1, "no example behind the link": 1}


def test_progress_is_told_page_by_page(database: ProdigyDatabase, tmp_path: Path, now: datetime) -> None:
    """Link ids read and the highest there is."""
    database.save("news", [{"text": str(n)} for n in range(900)], session="news-ann")
    heard: list[tuple[int, int]] = []
    source = SqliteSource(tmp_path / "prodigy.db")

    for _ in replay("main", source, Plan(), now, lambda *numbers: heard.append(numbers), print):
        pass
    source.close()

    assert heard[-1] == (1800, 1800)
    assert heard == sorted(heard)
    assert len(heard) > 2


class Locked:
    """A source that another process holds for so many reads."""

    def __init__(self, reads: int, code: str = "locked") -> None:
        self.reads, self.code = reads, code

    def read(self, *_: object, **__: object) -> Page:
        self.reads -= 1
        if self.reads >= 0:
            raise SourceUnavailable(self.code, "held")
        return EMPTY

    def close(self) -> None:
        """Nothing to let go of."""


def test_a_lock_is_waited_for_as_long_as_prodigy_waits(now: datetime) -> None:
    """Each read waits by itself; the last one gives up."""
    assert list(replay("main", Locked(LOCKED_READS - 1), Plan(), now, print, print)) == []
    with pytest.raises(SourceUnavailable):
        list(replay("main", Locked(LOCKED_READS), Plan(), now, print, print))


def test_what_is_no_lock_is_not_waited_for(now: datetime) -> None:
    """A missing file does not come by waiting."""
    source = Locked(2, "missing")

    with pytest.raises(SourceUnavailable):
        list(replay("main", source, Plan(), now, print, print))
    assert source.reads == 1


needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the real databases are not in {SAMPLES}")
GOVUK, PECHA = "2022_govuk_terms-teach_batches-of-10.db", "2023a_openpecha_image_small.db"


@needs_samples
@pytest.mark.parametrize(
    ("name", "counts", "first", "last"),
    [
        (
            GOVUK,
            {"dataset.created": 1, "session.started": 3, "answer.saved": 330, "example.added": 4},
            at(2022, 12, 1),
            at(2022, 12, 2),
        ),
        (PECHA, {"dataset.created": 1, "session.started": 2, "answer.saved": 6}, at(2023, 1, 19), at(2023, 1, 20)),
    ],
    ids=["terms.teach", "image_manual"],
)
def test_real_databases_are_told_completely(
    past: Callable[..., list[Event]], name: str, counts: dict[str, int], first: datetime, last: datetime
) -> None:
    """Written by Prodigy 1.11 itself: every example is one event, each with its own id, in its own year."""
    events = past(SAMPLES / name)

    assert Counter(one.type for one in events) == counts
    assert len({one.id for one in events}) == len(events)
    assert all(first <= one.time < last for one in events)


@needs_samples
def test_what_would_have_been_sent_is_what_the_rows_say(
    router: Callable[[str], Router], past: Callable[..., list[Event]], now: datetime
) -> None:
    """Counted once more, straight from the file."""
    import sqlite3

    with sqlite3.connect(f"file:{SAMPLES / GOVUK}?mode=ro", uri=True) as connection:
        tasks = [json.loads(content) for (content,) in connection.execute("SELECT content FROM example")]
    connection.close()
    doubtful = sum(0.45 < task["meta"]["score"] < 0.55 for task in tasks if "_timestamp" in task)
    rules = 'rules: [{name: r, on: answer.saved, to: ann, when: score > 0.45 && score < 0.55, title: "{{ example }}"}]'

    found = rehearse(past(SAMPLES / GOVUK), router(rules), Span("all of it"), now)

    assert found.lines["r", "ann"].count == doubtful > 20
    assert found.newest is not None
    assert found.newest < now - timedelta(days=365)


def test_what_time_brings_comes_in_between_at_its_time(database: ProdigyDatabase, tmp_path: Path) -> None:
    """Somebody falls silent, comes back after days and stops; what was saved waits for review until the end."""
    begun = at(2026, 3, 2, 9)
    for hours in (0, 1, 100, 101):
        stamp = int((begun + timedelta(hours=hours)).timestamp())
        database.save("news", [{"text": str(hours), "answer": "accept", "_timestamp": stamp}], session="news-ann")
    idle = Idle(timedelta(hours=8), None, PlainTime())
    review = Review("checked", timedelta(days=5), (), PlainTime())
    planned = PlanEntry("news", ("plan.yaml", 1, 1), annotators=("ann",), idle=idle, review=review)
    source = SqliteSource(tmp_path / "prodigy.db")

    events = list(replay("main", source, Plan((planned,)), begun + timedelta(days=6), lambda *_: None, print))

    source.close()
    assert [(one.type, one.time - begun) for one in events if one.type in ("annotator.idle", "review.overdue")] == [
        ("annotator.idle", timedelta(hours=9)),
        ("annotator.idle", timedelta(hours=109)),
        ("review.overdue", timedelta(days=5)),
    ]
    order = [one.type for one in events if one.type in ("answer.saved", "annotator.idle")]
    assert order[:3] == ["answer.saved", "answer.saved", "annotator.idle"]
