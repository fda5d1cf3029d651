"""Examples and what they are linked to, as both databases tell it; and how many a dataset holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.model.examples import Counted, ExampleRow
from otpushd.prodigy.source import Source
from otpushd.prodigy.sqlite_source import SqliteSource
from tests.prodigy_structured import Names, StructuredProdigy, envelope

if TYPE_CHECKING:
    from tests.postgres import Cluster


class World:
    """A database of either kind, a reader and a writer to it."""

    def __init__(self, source: Source, prodigy: Any, postgres: bool) -> None:
        self.source, self.prodigy, self.postgres = source, prodigy, postgres

    def structured(self, names: Names | None = None) -> StructuredProdigy:
        return StructuredProdigy(self.prodigy, names, postgres=self.postgres)

    def rows(self, above: int = 0, upto: int = 10_000, **more: bool) -> list[ExampleRow]:
        found = self.source.examples(above, upto, **more)
        assert found is not None
        return list(found.rows)


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        prodigy = ProdigyDatabase(tmp_path / "prodigy.db")
        yield World(SqliteSource(tmp_path / "prodigy.db"), prodigy, False)
        prodigy.close()
        return
    from otpushd.prodigy.postgres_source import PostgresSource

    cluster: Cluster = request.getfixturevalue("cluster")
    database = request.getfixturevalue("postgres_database")
    source = PostgresSource(cluster.parameters(database))
    yield World(source, request.getfixturevalue("prodigy_on_postgres"), True)
    source.close()


def test_each_example_comes_with_its_datasets_and_content_where_no_session_is(world: World) -> None:
    prodigy = world.prodigy
    news, ann = prodigy.dataset("news"), prodigy.session("news-ann")
    (whole,) = prodigy.save("news", [{"text": "a"}], session="news-ann")
    (alone,) = prodigy.save("news", [{"text": "b"}])
    (orphan,) = prodigy.examples([{"text": "c"}])
    (said,) = prodigy.examples([{"text": "d"}])
    prodigy.links("news-ann", [said])
    rows = world.rows()
    assert [(row.id, row.datasets) for row in rows] == [
        (whole, (news, ann)),
        (alone, (news,)),
        (orphan, ()),
        (said, (ann,)),
    ]
    assert [row.id for row in rows if row.content] == [alone]
    assert b'"b"' in (rows[1].content or b"")


def test_a_page_is_of_500_examples_and_says_how_far_it_goes(world: World) -> None:
    world.prodigy.dataset("news")
    world.prodigy.examples([{"text": str(number)} for number in range(600)])
    page = world.source.examples(50, 590)
    assert page is not None
    assert (len(page.rows), page.rows[0].id, page.upto, page.highest) == (500, 51, 550, 600)
    rest = world.source.examples(550, 590)
    assert rest is not None
    assert (len(rest.rows), rest.upto) == (40, 590)


def test_an_empty_database_has_none(world: World) -> None:
    page = world.source.examples(0, 0)
    assert page is not None
    assert (page.rows, page.highest) == ((), 0)
    assert world.source.examples(0, 0, structured=True) is None


def test_without_an_index_nothing_is_asked(world: World) -> None:
    world.prodigy.execute("DROP INDEX link_example_id")
    assert world.source.examples(0, 10) is None


def test_of_structured_storage_those_count_that_nothing_supersedes(world: World) -> None:
    storage = world.structured()
    (first,) = storage.save("news", [envelope()], "s")
    newer = storage.correct(first, envelope("t2"))
    with storage.transaction():
        orphan = storage.example(envelope("t3"))
    assert [(row.id, bool(row.datasets)) for row in world.rows(structured=True)] == [(newer, True), (orphan, False)]


def test_structured_storage_that_cannot_tell_what_was_superseded_is_not_asked(world: World) -> None:
    world.structured(Names(superseded_by=None))
    assert world.source.examples(0, 10, structured=True) is None


def test_a_dataset_is_counted_by_distinct_examples_in_both_storages(world: World) -> None:
    assert world.source.count("news") == Counted(None, 0)
    numbers = world.prodigy.save("news", [{"text": "a"}, {"text": "b"}], session="news-ann")
    world.prodigy.links("news", numbers[:1])
    assert world.source.count("news").examples == 2
    world.structured().save("news", [envelope()], "s")
    world.source.close()
    assert world.source.count("news").examples == 3
    assert world.source.count("news-ann") == Counted(None, 0)


def test_a_dataset_that_was_dropped_and_made_again_is_another_one(world: World) -> None:
    world.prodigy.dataset("news", created=10)
    before = world.source.count("news")
    world.prodigy.drop("news")
    world.prodigy.dataset("news", created=20)
    assert before.dataset is not None
    assert world.source.count("news").dataset != before.dataset
