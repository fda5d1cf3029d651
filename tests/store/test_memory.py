"""What is remembered about a source comes back as it was, each source's for itself, waiting rows included."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.detect.step import GRACE, settle, step
from otpushd.model.memory import KnownDataset, SourceMemory, Step, WaitingLink
from otpushd.model.row import DatasetRow, LinkRow
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.store.memory import load_memory, save_memory

NINE = datetime(2026, 3, 2, 9, 0, 0, 1, UTC)
NEWS = KnownDataset(DatasetRow(1, "news", 100, False, False), 7)
ANN = KnownDataset(DatasetRow(2, "news-ann", -5, True, False))
LINK = LinkRow(9, 3, 1, -(2**31), 2**62, b"\xff\x00{", 3)
WAITING = WaitingLink(LINK, NEWS.row, NINE)
BARE = WaitingLink(LinkRow(10, 4, 1, None, None, None, 40_000_000), NEWS.row, NINE)


def by_id(*known: KnownDataset) -> Mapping[int, KnownDataset]:
    return {one.row.id: one for one in known}


def test_a_source_never_seen_has_an_empty_memory(database: peewee.Database) -> None:
    assert load_memory(database, "main") == SourceMemory()


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param(SourceMemory(history_to=0), id="looked at an empty table"),
        pytest.param(SourceMemory(5, 2**62, 1_700_000_000, began="7"), id="in the middle of the baseline"),
        pytest.param(SourceMemory(down_since=NINE, outage=3), id="unreadable"),
        pytest.param(SourceMemory(down_since=NINE, down_told=True, outage=3), id="and told so"),
        pytest.param(SourceMemory(9, 0, datasets=by_id(NEWS, replace(ANN, past=True))), id="with datasets"),
        pytest.param(SourceMemory(9, 0, waiting={9: WAITING, 10: BARE}), id="with waiting links"),
    ],
)
def test_it_comes_back_as_it_was(database: peewee.Database, memory: SourceMemory) -> None:
    changed, held = tuple(memory.datasets.values()), tuple(memory.waiting.values())
    save_memory(database, "main", Step(memory, changed=changed, held=held))
    assert load_memory(database, "main") == memory


def test_sources_do_not_see_each_others(database: peewee.Database) -> None:
    save_memory(database, "one", Step(SourceMemory(mark=1), changed=(NEWS,), held=(WAITING,)))
    save_memory(database, "two", Step(SourceMemory(mark=2), changed=(ANN,), gone=(1,), settled=(9,)))
    assert load_memory(database, "one") == SourceMemory(1, None, None, by_id(NEWS), {9: WAITING})
    assert load_memory(database, "two") == SourceMemory(2, None, None, by_id(ANN))


def test_what_changes_is_written_over_and_what_is_gone_goes(database: peewee.Database) -> None:
    save_memory(database, "main", Step(SourceMemory(), changed=(NEWS, ANN), held=(WAITING, BARE)))
    counted = replace(NEWS, answers=8)
    save_memory(database, "main", Step(SourceMemory(mark=12), changed=(counted,), gone=(2,), settled=(10,)))
    assert load_memory(database, "main") == SourceMemory(12, datasets=by_id(counted), waiting={9: WAITING})


def test_ids_given_out_again_within_one_step_belong_to_what_came_last(database: peewee.Database) -> None:
    save_memory(database, "main", Step(SourceMemory(), changed=(NEWS,), held=(WAITING,)))
    other = KnownDataset(NEWS.row._replace(name="sport", created=200))
    link = WaitingLink(LINK._replace(content=b"{}"), other.row, NINE)
    save_memory(database, "main", Step(SourceMemory(), changed=(other,), gone=(1,), held=(link,), settled=(9,)))
    found = load_memory(database, "main")
    assert (found.datasets, found.waiting) == (by_id(other), {9: link})


@pytest.mark.parametrize("link_comes", [True, False], ids=["its session link comes", "the grace ends"])
def test_a_row_that_waits_when_the_daemon_ends_is_told_and_counted_after_it_starts_again(
    database: peewee.Database, tmp_path: Path, link_comes: bool
) -> None:
    """Its dataset has empty meta, which is nothing that a waiting link remembers."""
    prodigy, source, now = ProdigyDatabase(tmp_path / "p.db"), SqliteSource(tmp_path / "p.db"), NINE

    def look() -> Step:
        memory = load_memory(database, "main")
        page = source.read(memory.mark, [one.link.example_id for one in memory.waiting.values()], None)
        done = step("main", settle("main", page, memory, now, from_beginning=True), set(), now)
        save_memory(database, "main", done)
        return done

    examples = prodigy.save("news", [{"_annotator_id": "news-ann"}])
    assert [event.type for event in look().events] == ["dataset.created"]
    if link_comes:
        prodigy.session("news-ann")
        prodigy.links("news-ann", examples)
    now += timedelta(seconds=1) if link_comes else GRACE
    assert [(one.type, one.value("annotator")) for one in look().events][-1:] == [("answer.saved", "ann")]
    found = load_memory(database, "main")
    assert (found.waiting, found.datasets[1].answers, look().events) == ({}, 1, ())
