"""Structured tables are found by their columns, whatever they are called, and what is absent is said."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.prodigy.structured import recognise

DATASET = {"id": "INTEGER", "name": "VARCHAR(255)", "structured": "INTEGER"}
EXAMPLE = {"id": "INTEGER", "input_hash": "BIGINT", "task_hash": "BIGINT", "content": "BLOB"}
FULL = {**EXAMPLE, "created": "DATETIME", "superseded_by_id": "INTEGER"}
LINK = {"id": "int4", "example_id": "int4", "dataset_id": "int4", "session_id": "varchar"}
CLASSIC = {"dataset": DATASET, "example": EXAMPLE, "link": {"id": "INT", "example_id": "INT", "dataset_id": "INT"}}
NAMES = [
    pytest.param("structured_example", "structured_link", id="peewee, with underscores"),
    pytest.param("structuredexample", "structuredlink", id="peewee 2"),
    pytest.param("structured_example_model", "structured_link_model", id="with the class's last word"),
    pytest.param("st_example", "st_link", id="short"),
    pytest.param("a b", "Größe", id="anything"),
]


@pytest.mark.parametrize(("example", "link"), NAMES)
def test_the_tables_are_found_by_their_columns(example: str, link: str) -> None:
    found = recognise({**CLASSIC, example: FULL, link: LINK}, {link: {"example_id"}, example: {"superseded_by_id"}})
    assert found.notes == ()
    assert found.tables is not None
    assert (found.tables.example, found.tables.link) == (example, link)
    assert (found.tables.link_example, found.tables.link_dataset) == ("example_id", "dataset_id")
    assert (found.tables.session, found.tables.superseded_by) == ("session_id", "superseded_by_id")
    assert (found.tables.finds_links, found.tables.finds_older, found.tables.flag) == (True, True, True)


def test_columns_may_lack_their_peewee_ending() -> None:
    link = {"id": "INTEGER", "example": "INTEGER", "dataset": "INTEGER", "session_id": "TEXT"}
    found = recognise({**CLASSIC, "e": {**EXAMPLE, "superseded_by": "INTEGER"}, "l": link}, {"l": {"example"}}).tables
    assert found is not None
    assert (found.link_example, found.link_dataset, found.superseded_by) == ("example", "dataset", "superseded_by")


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        pytest.param({"dataset": DATASET}, ["dataset has the column structured, but no"], id="the flag alone"),
        pytest.param(
            {"st_example": FULL}, ["table st_example looks like", "no table of structured links"], id="no links"
        ),
        pytest.param(
            {"st_link": LINK}, ["table st_link looks like", "no table of structured examples"], id="no examples"
        ),
    ],
)
def test_what_is_half_there_is_not_read_and_said(tables: Mapping[str, Mapping[str, str]], words: list[str]) -> None:
    found = recognise({**CLASSIC, **tables}, {})
    assert found.tables is None
    assert all(word in found.notes[0] for word in words)


def test_a_classic_database_has_nothing_to_say() -> None:
    assert recognise({**CLASSIC, "dataset": {"id": "INT"}}, {}) == recognise({}, {})
    assert recognise({}, {}).notes == ()


@pytest.mark.parametrize(
    ("example", "link", "indexed", "words"),
    [
        pytest.param({**EXAMPLE, "created": "DATE"}, LINK, {"example_id"}, "never superseded", id="superseded_by"),
        pytest.param(EXAMPLE, LINK, {"example_id"}, "never superseded", id="created too, known by the name"),
        pytest.param(FULL, {**LINK, "session_id": "int4"}, {"example_id"}, "lacks session_id", id="session_id"),
        pytest.param(FULL, LINK, set(), "no index on example_id", id="the index"),
    ],
)
def test_absent_columns_are_coped_with(
    example: Mapping[str, str], link: Mapping[str, str], indexed: set[str], words: str
) -> None:
    tables = {**CLASSIC, "structured_example": example, "structured_link": link}
    found = recognise(tables, {"structured_link": indexed})
    assert found.tables is not None
    assert [words in note for note in found.notes] == [True]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"example_copy": EXAMPLE}, id="a copy of the classic examples"),
        pytest.param({"link_old": {"id": "INT", "example_id": "INT", "dataset_id": "INT"}}, id="one of the links"),
        pytest.param({"broker_wide_event": {"id": "INT", "session_id": "TEXT"}}, id="Ellf's events"),
        pytest.param({"text_ids": {**FULL, "id": "UUID"}}, id="ids that are no integers"),
    ],
)
def test_other_tables_are_not_mistaken(other: Mapping[str, Mapping[str, str]]) -> None:
    assert recognise({**CLASSIC, **other, "dataset": {"id": "INT"}}, {}) == recognise({}, {})
    found = recognise({**CLASSIC, **other, "st_e": FULL, "st_l": LINK}, {"st_l": {"example_id"}})
    assert found.tables is not None
    assert (found.tables.example, found.tables.link, found.notes) == ("st_e", "st_l", ())


def test_of_two_that_look_alike_one_is_read_and_said() -> None:
    found = recognise({**CLASSIC, "st_e": FULL, "st_e_backup": FULL, "st_l": LINK}, {"st_l": {"example_id"}})
    assert found.tables is not None
    assert found.tables.example == "st_e"
    assert found.notes == ("tables st_e and st_e_backup look alike: st_e is read",)


columns = st.dictionaries(
    st.sampled_from([*FULL, *LINK, "example", "dataset", "x"]), st.sampled_from(["INT", "", "TEXT"])
)


@given(st.dictionaries(st.sampled_from(["dataset", "link", "st_e", "structured_x", ""]), columns))
def test_no_schema_makes_it_fail(schema: Mapping[str, Mapping[str, str]]) -> None:
    found = recognise(schema, {})
    assert found.tables is None or {found.tables.example, found.tables.link} <= set(schema)
