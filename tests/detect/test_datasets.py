"""Dataset rows are compared by what identifies a dataset, and told with their person, kind and age."""

from datetime import UTC, datetime

import pytest

from otpushd.detect.datasets import Census, census
from otpushd.model.event import Event
from otpushd.model.memory import KnownDataset
from otpushd.model.row import DatasetRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 1_700_000_000, False, True)
EU = DatasetRow(2, "news-eu", 1_700_000_000, False, True)
TIME = "2023-10-27_16-51-38"


def compare(known: list[KnownDataset], rows: list[DatasetRow] | None, *, news: bool = True) -> Census:
    return census("main", {one.row.id: one for one in known}, rows, lambda row: news, NOW)


def told(found: Census) -> list[Event]:
    return list(found.events)


def test_a_new_main_dataset_is_created() -> None:
    (event,) = told(compare([], [NEWS]))
    assert (event.type, event.dataset, event.time) == ("dataset.created", "news", NOW)
    assert event.data == {"created": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "answers": 0}


def test_one_that_is_gone_was_dropped_with_its_answers() -> None:
    found = compare([KnownDataset(NEWS, 7)], [])
    (event,) = told(found)
    assert (event.type, event.dataset, event.value("answers")) == ("dataset.dropped", "news", 7)
    assert (found.gone, dict(found.known)) == ((1,), {})


def test_what_was_known_keeps_its_count() -> None:
    found = compare([KnownDataset(NEWS, 7)], [NEWS, EU])
    assert found.known == {1: KnownDataset(NEWS, 7), 2: KnownDataset(EU)}
    assert found.changed == {2: KnownDataset(EU)}


def test_no_rows_to_compare_mean_no_change() -> None:
    known = {1: KnownDataset(NEWS, 7)}
    assert census("main", known, None, lambda row: True, NOW) == Census(known)


def test_what_is_no_news_is_known_silently() -> None:
    found = compare([], [NEWS], news=False)
    assert (found.events, found.changed) == ((), {1: KnownDataset(NEWS, past=True)})


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(NEWS._replace(name="other"), id="the same id under another name"),
        pytest.param(NEWS._replace(created=1_700_000_001), id="the same id and name, made later"),
        pytest.param(NEWS._replace(id=9), id="the same name under another id"),
    ],
)
def test_another_dataset_in_its_place_is_a_drop_and_a_creation(row: DatasetRow) -> None:
    found = compare([KnownDataset(NEWS, 7)], [row])
    assert [event.type for event in told(found)] == ["dataset.dropped", "dataset.created"]
    assert (found.gone, found.known) == ((1,), {row.id: KnownDataset(row)})


def test_a_change_of_meta_is_none_of_the_dataset() -> None:
    assert told(compare([KnownDataset(NEWS, 7)], [NEWS._replace(bare=False)])) == []


@pytest.mark.parametrize(
    ("name", "bare", "dataset", "annotator", "kind"),
    [
        pytest.param("news-ann", False, "news", "ann", "named", id="a person's"),
        pytest.param("news-eu-ann", False, "news-eu", "ann", "named", id="of the longest dataset name"),
        pytest.param("gone-ann", False, None, "gone-ann", "named", id="of a dataset that is not there"),
        pytest.param(TIME, False, None, None, "server", id="the server's"),
        pytest.param(TIME, True, None, None, "import", id="an import's"),
    ],
)
def test_a_new_session_is_started(name: str, bare: bool, dataset: str | None, annotator: str | None, kind: str) -> None:
    *_, event = told(compare([], [NEWS, EU, DatasetRow(3, name, 5, True, bare)]))
    assert (event.type, event.dataset) == ("session.started", dataset)
    assert event.data == {"session": name, "annotator": annotator, "kind": kind}


def test_a_session_that_is_gone_is_no_dropped_dataset() -> None:
    assert told(compare([KnownDataset(DatasetRow(3, "news-ann", 5, True, False))], [])) == []


@pytest.mark.parametrize("created", [-(2**62), 2**62, 0])
def test_any_number_may_stand_for_the_time_of_creation(created: int) -> None:
    (event,) = told(compare([], [NEWS._replace(created=created)]))
    assert isinstance(event.value("created"), datetime) == (created == 0)


def test_each_life_has_ids_of_its_own() -> None:
    lives = [NEWS, NEWS._replace(created=5), NEWS._replace(id=9), NEWS._replace(name="x"), NEWS._replace(session=True)]
    ids = {event.id for row in lives for event in (*told(compare([], [row])), *told(compare([KnownDataset(row)], [])))}
    assert len(ids) == 9
