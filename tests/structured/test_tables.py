"""Tables of structured storage that come, go and come again, or that our role may not read, while the daemon runs."""

import asyncio
from collections.abc import Callable

import pytest

from tests.office import Office
from tests.prodigy_on_postgres import READER
from tests.prodigy_structured import Names, StructuredProdigy, envelope

DROP = ("DROP TABLE structured_link", "DROP TABLE structured_example")


def save(tables: StructuredProdigy, *texts: str) -> list[int]:
    return tables.save("news", [envelope(text) for text in texts], "news-ann")


def nothing_else(office: Office) -> bool:
    return not office.told("integrity.problem") and not office.told("dataset.dropped")


@pytest.mark.parametrize("away", [False, True], ids=["while watching", "while away"])
def test_tables_that_appear_hold_news(
    begin: Callable[[], Office], make: Callable[..., StructuredProdigy], away: bool
) -> None:
    office = begin()
    if away:
        office.restart()
    tables = make()
    save(tables, "a")
    office.look()
    assert office.who() == [("a", "ann saved")]


def test_a_migration_in_the_moment_in_which_the_tables_appear_is_nobody_s_work(
    begin: Callable[[], Office], make: Callable[..., StructuredProdigy]
) -> None:
    office = begin()
    office.save("news", "a", "b", session="news-ann")
    office.look()
    make().migrate("news")
    office.look()
    assert (office.told(), office.answers(), nothing_else(office)) == (["a", "b"], [2], True)


@pytest.mark.parametrize("away", [False, True], ids=["while watching", "while away"])
def test_tables_dropped_are_no_fault_and_made_anew_they_hold_news(
    office: Office, make: Callable[..., StructuredProdigy], tables: StructuredProdigy, away: bool
) -> None:
    """Their ids begin again."""
    save(tables, "a", "b")
    office.look()
    for statement in DROP:
        office.prodigy.execute(statement)
    office.settle()
    office.save("news", "classic", session="news-ann")
    office.look()
    if away:
        office.restart()
    save(make(Names(flag=False)), "c", "d", "e")
    office.settle()
    assert sorted(office.told()) == ["a", "b", "c", "classic", "d", "e"]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_tables_closed_to_us_are_waited_for_once_they_are_used_and_lose_nothing(
    office: Office, tables: StructuredProdigy
) -> None:
    office.prodigy.execute(f"REVOKE SELECT ON structured_example FROM {READER}")
    save(tables, "a")
    office.save("news", "classic", session="news-ann")
    assert not asyncio.run(office.poll.run())
    assert office.poll.complaints.code == "permission_denied"
    office.prodigy.execute(f"GRANT SELECT ON structured_example TO {READER}")
    office.look()
    assert sorted(office.told()) == ["a", "classic"]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_tables_closed_to_us_do_no_harm_before_they_are_used(
    begin: Callable[[], Office], tables: StructuredProdigy
) -> None:
    tables.classic.execute(f"REVOKE SELECT ON structured_link FROM {READER}")
    office = begin()
    office.save("news", "classic", session="news-ann")
    office.look()
    assert office.told() == ["classic"]
    assert [note for note in office.poll.complaints.notes if "GRANT SELECT ON" in note]
    tables.classic.execute(f"GRANT SELECT ON structured_link TO {READER}")
    save(tables, "a")
    office.look()
    assert office.told() == ["classic", "a"]
