"""The sweep's decisions: how fast, how far, what is told of what it finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from otpushd.detect.identity import record_of
from otpushd.detect.sweep import REST, SHARE, Pace, end_of, swept
from otpushd.model.memory import Damage, KnownDataset, SourceMemory, WaitingLink
from otpushd.model.record import Record
from otpushd.model.row import DatasetRow, LinkRow, Reread

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 100, False, False)
ANN = DatasetRow(2, "news-ann", 100, True, False)
MEMORY = SourceMemory(9, 0, datasets={1: KnownDataset(NEWS), 2: KnownDataset(ANN)}, recorded_to=9)


def link(number: int, dataset: int = 1, text: bytes = b"{}") -> LinkRow:
    return LinkRow(number, number, dataset, number, 0, text, len(text))


def records(*links: LinkRow) -> dict[int, Record]:
    return {one.id: record_of(one, NEWS if one.dataset_id == 1 else ANN) for one in links}


def test_a_page_in_which_nothing_differs_only_moves_on() -> None:
    links = (link(1), link(2, 2))
    done = swept("main", MEMORY, Reread(links, 5, False), records(*links), 5, NINE)
    assert done is not None
    assert done.memory == replace(MEMORY, swept=5)
    assert (done.events, done.records, done.held, done.changed) == ((), (), (), ())


def test_what_was_missed_waits_for_its_person_and_the_rest_is_looked_at_without_rest() -> None:
    done = swept("main", MEMORY, Reread((link(1), link(2, 2), link(3, 7)), 5, False), {}, 5, NINE)
    assert done is not None
    assert [one.link.id for one in done.held] == [1]
    assert (list(done.memory.waiting), done.memory.recheck_to) == ([1], 9)
    assert [number for number, _ in done.records] == [1, 2, 3]


def test_a_row_is_not_taken_while_an_older_one_with_its_id_waits() -> None:
    """That one would be forgotten; it is settled within seconds."""
    memory = replace(MEMORY, waiting={1: WaitingLink(link(1, text=b"old"), NEWS, NINE)})
    assert swept("main", memory, Reread((link(1),), 5, False), records(link(1, 2)), 5, NINE) is None


def test_rows_above_the_mark_are_left_to_the_next_look() -> None:
    memory = replace(MEMORY, mark=3)
    done = swept("main", memory, Reread((link(3), link(4)), 9, False), records(link(3), link(4), link(5)), 9, NINE)
    assert done is not None
    assert ([number for number, _ in done.records], done.held) == ([5], ())


def test_rows_above_the_mark_that_were_taken_are_compared() -> None:
    """An id that a client chose itself may be one that was taken there and deleted since."""
    memory, other = replace(MEMORY, mark=3, taken=frozenset({4, 5})), link(4, text=b'{"_timestamp": 1}')
    done = swept("main", memory, Reread((other, link(5)), 9, False), records(link(4), link(5)), 9, NINE)
    assert done is not None
    assert [one.link for one in done.held] == [other]


def test_what_a_pass_found_is_told_at_its_end_and_then_forgotten() -> None:
    known = KnownDataset(NEWS, damage=Damage(gone=2, edited=1, example=3, signature=4))
    memory = replace(MEMORY, datasets={1: known}, swept=8)
    done = swept("main", memory, Reread((), 9, False), records(link(9)), 9, NINE)
    assert done is not None
    assert [(event.value("problem"), event.value("example")) for event in done.events] == [
        ("rows_gone", None),
        ("rows_rewritten", 3),
    ]
    assert str(done.events[0].value("detail")).endswith("still there: 3")
    assert done.memory.swept == 0
    assert not any(one.damage.found for one in done.memory.datasets.values())
    assert [one.row.id for one in done.changed] == [1]


def test_the_links_of_a_dataset_that_was_dropped_are_no_problem() -> None:
    memory = replace(MEMORY, datasets={2: KnownDataset(ANN)})
    done = swept("main", memory, Reread((), 9, False), records(link(1), link(2)), 9, NINE)
    assert done is not None
    assert (done.events, [number for number, _ in done.records]) == ((), [1, 2])


STATE = (1, 1, 5)


@pytest.mark.parametrize(
    ("pace", "memory", "state", "due"),
    [
        pytest.param(Pace(), MEMORY, STATE, True, id="at first"),
        pytest.param(Pace(), SourceMemory(), STATE, False, id="nothing read yet"),
        pytest.param(Pace(NINE + timedelta(seconds=1)), MEMORY, STATE, False, id="resting"),
        pytest.param(Pace(NINE), MEMORY, STATE, True, id="rested"),
        pytest.param(Pace(NINE + timedelta(hours=5)), MEMORY, STATE, True, id="the clock was set back"),
        pytest.param(Pace(NINE, clean=STATE), MEMORY, STATE, False, id="nobody has written since the last pass"),
        pytest.param(Pace(NINE, clean=STATE), MEMORY, (1, 1, 6), True, id="somebody has"),
        pytest.param(Pace(NINE, clean=STATE), replace(MEMORY, swept=5), STATE, True, id="in the middle of a pass"),
        pytest.param(Pace(NINE), MEMORY, None, True, id="a source that cannot tell"),
    ],
)
def test_when_a_page_is_due(pace: Pace, memory: SourceMemory, state: tuple[int, ...] | None, due: bool) -> None:
    assert pace.due(end_of(memory), memory.swept, state, NINE) is due


@pytest.mark.parametrize(
    ("milliseconds", "rest"), [(1, 1.0), (10, 2.0), (60_000, 600.0)], ids=["quick", "slower", "hanging"]
)
def test_a_page_is_followed_by_a_rest_in_proportion(milliseconds: int, rest: float) -> None:
    took = timedelta(milliseconds=milliseconds)
    pace = Pace().after(0, 5, STATE, took, NINE)
    assert pace == Pace(NINE + timedelta(seconds=rest), STATE)
    assert min(took * SHARE, REST) <= timedelta(seconds=rest)


def test_a_pass_is_clean_for_the_state_in_which_it_began() -> None:
    """What was written while it was under way may lie behind it."""
    half = Pace().after(0, 5, STATE, timedelta(), NINE)
    whole = half.after(5, 0, (1, 1, 9), timedelta(), NINE)
    assert whole == Pace(NINE + REST, None, STATE)
    jumped = Pace().after(5, 0, STATE, timedelta(), NINE)
    assert jumped.clean is None
