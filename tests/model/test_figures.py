"""The numbers of many events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from otpushd.model.event import Event
from otpushd.model.figures import MOST_VALUES, Figures, with_fields

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(dataset: str | None = "d", **data: Any) -> Event:
    return Event("answer.saved", "e", "main", NINE, dataset, data)


def fields(*events: Event) -> dict[str, Any]:
    figures = Figures()
    for one in events:
        figures.add(one)
    return figures.fields()


def test_a_number_has_its_smallest_largest_and_mean() -> None:
    found = fields(event(score=3), event(score=1.5), event(score=None), event())

    assert {name: found[name] for name in ("count", "score_min", "score_max", "score_mean")} == {
        "count": 4,
        "score_min": 1.5,
        "score_max": 3,
        "score_mean": 2.25,
    }


@pytest.mark.parametrize("value", ["text", True, None, {"a": 1}], ids=repr)
def test_nothing_else_has(value: object) -> None:
    assert not {"x_min", "x_max", "x_mean"} & fields(event(x=value)).keys()


def test_the_first_ten_distinct_values_are_kept_in_order() -> None:
    events = [event(word=f"w{n // 2}") for n in range(100)]

    assert fields(*events)["word_list"] == [f"w{n}" for n in range(MOST_VALUES)]


@pytest.mark.parametrize("many", [["a", "b"], ("a", "b")], ids=["list", "tuple"])
def test_of_a_list_each_value_counts(many: object) -> None:
    assert fields(event(labels=many), event(labels=["b", "c"]))["labels_list"] == ["a", "b", "c"]


def test_datasets_and_sources_are_listed_and_ids_and_times_are_not() -> None:
    found = fields(event("d"), event("e"), event(None))

    assert (found["dataset_list"], found["source_list"]) == (["d", "e"], ["main"])
    assert not {"id_list", "time_list"} & found.keys()


def test_content_is_not_counted() -> None:
    assert not [name for name in fields(event(meta={"a": 1}, task={"b": 2})) if name.startswith(("meta", "task"))]


def test_what_is_added_hides_a_field_of_the_same_name() -> None:
    shown = with_fields(event(count=70, other=1), {"count": 2})

    assert dict(shown.data) == {"count": 2, "other": 1}
