"""Killed, or looking, between the commits of a save or a migration, and between our own: nothing lost or repeated."""

import asyncio
from typing import Any

import pytest

from otpushd.model.row import Page
from otpushd.prodigy.source import Source
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.office import Office
from tests.prodigy_structured import StructuredProdigy, envelope

between = pytest.mark.parametrize("killed", [False, True], ids=["looked at", "killed"])


class CutShort:
    """A source that gives so many pages and no more."""

    def __init__(self, source: Source, pages: int) -> None:
        self.source, self.pages = source, pages

    def read(self, *asked: Any, **known: Any) -> Page:
        self.pages -= 1
        if self.pages < 0:
            raise SourceUnavailable("locked", "cut short")
        return self.source.read(*asked, **known)

    def close(self) -> None:
        self.source.close()


def look(office: Office, killed: bool) -> None:
    office.look()
    if killed:
        office.restart()


def killed_after(office: Office, pages: int) -> None:
    """So many pages are taken, and then no more."""
    office.poll.source = CutShort(office.poll.source, pages)  # type: ignore[assignment]
    assert not asyncio.run(office.poll.run())
    office.restart()


def nothing_else(office: Office) -> bool:
    """But that for hours no dataset held an example."""
    problems = [one for one in office.told("integrity.problem") if "linked to no dataset" not in one]
    return not problems and not office.told("dataset.dropped")


@between
@pytest.mark.parametrize("commits", [1, 2, 3])
def test_a_save_in_three_commits(office: Office, tables: StructuredProdigy, killed: bool, commits: int) -> None:
    """Looked at after each, or first after so many of them."""
    examples = [tables.example(envelope(text)) for text in "ab"]
    news, session = tables.classic.dataset("news"), tables.classic.session("news-ann")
    if commits == 1:
        look(office, killed)
    for example in examples:
        tables.link(example, news, "news-ann")
    if commits < 3:
        look(office, killed)
    for example in examples:
        tables.link(example, session, "news-ann")
    look(office, killed)
    office.look()
    assert office.who() == [("a", "ann saved"), ("b", "ann saved")]
    assert (office.answers(), nothing_else(office)) == ([2], True)


@between
def test_a_batch_whose_links_come_one_by_one(office: Office, tables: StructuredProdigy, killed: bool) -> None:
    examples = [tables.example(envelope(text)) for text in "abc"]
    for example in examples:
        look(office, killed)
        tables.link(example, tables.classic.dataset("news"), "news-ann")
    look(office, killed)
    assert office.told() == ["a", "b", "c"]


@between
def test_a_migration_in_more_than_one_commit(office: Office, tables: StructuredProdigy, killed: bool) -> None:
    """Prodigy does it in one, as far as is known; what leaves last is no loss either."""
    office.save("news", "a", "b", "c", session="news-ann")
    look(office, killed)
    held = office.prodigy.execute("SELECT id, example_id, dataset_id FROM link ORDER BY id")
    tables.migrate("news")
    for row in held[1:]:
        office.prodigy.execute(f"INSERT INTO link (id, example_id, dataset_id) VALUES {row}")
    look(office, killed)
    office.prodigy.execute("DELETE FROM link WHERE id > 1")
    look(office, killed)
    office.look()
    assert (office.told(), len(office.told("example.added"))) == (["a", "b", "c"], 3)
    assert (office.answers(), nothing_else(office)) == ([3], True)


@pytest.mark.parametrize("pages", [1, 3])
def test_a_great_migration_of_which_only_some_pages_were_taken(
    office: Office, tables: StructuredProdigy, pages: int
) -> None:
    office.save("news", *[str(number) for number in range(1200)], session="news-ann")
    office.look()
    tables.migrate("news")
    killed_after(office, pages)
    office.look()
    assert (len(office.told()), len(set(office.told("example.added")))) == (1200, 1200)
    assert len(office.told("example.added")) == 1200
    assert (office.answers(), nothing_else(office)) == ([1200], True)


@pytest.mark.parametrize("pages", [1, 2])
def test_a_great_save_and_corrections_of_which_only_some_pages_were_taken(
    office: Office, tables: StructuredProdigy, pages: int
) -> None:
    numbers = tables.save("news", [envelope(str(number)) for number in range(150)], "news-ann")
    office.look()
    for number in numbers[:120]:
        tables.correct(number, envelope(f"{number} corrected"))
    tables.save("news", [envelope(f"late {number}") for number in range(600)], "news-ann")
    killed_after(office, pages)
    office.look()
    assert len(office.told()) == len(set(office.told())) == 150 + 120 + 600
    assert (office.answers(), nothing_else(office)) == ([750], True)
