"""Prodigy 2's structured storage between a real database of either kind and a real store: what is told, how often."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from tests.office import Office
from tests.prodigy_structured import Names, StructuredProdigy, envelope

away = pytest.mark.parametrize("away", [False, True], ids=["while watching", "while away"])


def nothing_else(office: Office) -> bool:
    """But that for hours no dataset held an example."""
    problems = [one for one in office.told("integrity.problem") if "linked to no dataset" not in one]
    return not problems and not office.told("dataset.dropped")


def test_a_save_is_one_answer_of_its_person(office: Office, tables: StructuredProdigy) -> None:
    tables.save("news", [envelope("a"), envelope("b")], "news-ann", session_dataset=True)
    office.look()
    office.restart()
    office.look()
    assert office.who() == [("a", "ann saved"), ("b", "ann saved")]
    assert office.answers() == [2]
    assert nothing_else(office)


def test_what_code_writes_is_a_script_s(office: Office, tables: StructuredProdigy) -> None:
    tables.write("news", [envelope("a")])
    office.look()
    assert (office.told(), office.who("example.added")) == ([], [("a", "None script")])


@away
def test_a_correction_is_one_answer_that_changed_a_mind(office: Office, tables: StructuredProdigy, away: bool) -> None:
    first, _ = tables.save("news", [envelope("a"), envelope("b")], "news-ann", session_dataset=True)
    office.look()
    if away:
        office.restart()
    tables.correct(first, envelope("a2"), editor="news-bob")
    office.look()
    assert office.who() == [("a", "ann saved"), ("b", "ann saved"), ("a2", "bob again")]
    assert office.answers() == [2]
    assert nothing_else(office)


@away
def test_the_newest_answer_corrected_again_and_again(office: Office, tables: StructuredProdigy, away: bool) -> None:
    """Its link is the one at the mark, which is compared at every look."""
    (number,) = tables.save("news", [envelope("a")], "news-ann")
    office.look()
    for text in ("a2", "a3", "a4"):
        number = tables.correct(number, envelope(text))
        if away:
            office.restart()
        office.look()
    assert office.told() == ["a", "a2", "a3", "a4"]
    assert (office.answers(), nothing_else(office)) == ([1], True)


def test_a_correction_half_made_when_it_is_looked_at(office: Office, tables: StructuredProdigy) -> None:
    (number,) = tables.save("news", [envelope("a")], "news-ann")
    office.look()
    newer = tables.example(envelope("a2"))
    office.once()
    tables.supersede(number, newer)
    office.once(timedelta(seconds=1))
    assert office.who() == [("a", "ann saved"), ("a2", "ann again")]


@pytest.mark.parametrize("later", ["restarted", "an hour later"])
def test_a_correction_half_made_for_longer_is_found_by_the_sweep(
    office: Office, tables: StructuredProdigy, later: str
) -> None:
    number, _ = tables.save("news", [envelope("a"), envelope("b")], "news-ann")
    office.look()
    newer = tables.example(envelope("a2"))
    office.look()
    if later == "restarted":
        office.restart()
    tables.supersede(number, newer)
    office.look()
    office.look()
    assert office.who() == [("a", "ann saved"), ("b", "ann saved"), ("a2", "ann again")]
    assert (office.answers(), nothing_else(office)) == ([2], True)


@away
def test_a_migration_is_nobody_s_work(office: Office, tables: StructuredProdigy, away: bool) -> None:
    office.save("news", "a", "b", session="news-ann")
    office.look()
    if away:
        office.restart()
    tables.migrate("news")
    office.look()
    office.restart()
    office.look()
    assert office.told() == ["a", "b"]
    assert office.who("example.added") == [("a", "None migration"), ("b", "None migration")]
    assert (office.answers(), nothing_else(office)) == ([2], True)


@away
def test_a_corrected_copy_is_somebody_s_work(office: Office, tables: StructuredProdigy, away: bool) -> None:
    office.save("news", "a", "b", session="news-ann")
    office.look()
    if away:
        office.restart()
    first, _ = tables.migrate("news")
    office.look()
    if away:
        office.restart()
    tables.correct(first, envelope("a2", _migrated_from=1), editor="news-bob")
    office.look()
    assert office.who() == [("a", "ann saved"), ("b", "ann saved"), ("a2", "bob again")]
    assert (office.answers(), nothing_else(office)) == ([2], True)


@pytest.mark.parametrize("indexes", [{"example", "superseded_by"}, {"example"}], ids=["found by index", "by a walk"])
def test_a_copy_corrected_before_it_was_looked_at_is_somebody_s_work(
    make: Callable[..., StructuredProdigy], begin: Callable[[], Office], indexes: set[str]
) -> None:
    """More of them than one page walks over; the last is corrected twice."""
    tables, office = make(Names(indexes=frozenset(indexes))), begin()
    office.save("news", *[str(number) for number in range(1100)], session="news-ann")
    office.look()
    first, *_, last = tables.migrate("news")
    tables.correct(first, envelope("first", _migrated_from=1), editor="news-bob")
    tables.correct(tables.correct(last, envelope("no", _migrated_from=2)), envelope("last", _migrated_from=2))
    office.look()
    assert sorted(office.who())[-2:] == [("first", "bob again"), ("last", "ann again")]
    assert (len(office.told()), len(office.told("example.added"))) == (1102, 1098)
    assert (office.answers(), nothing_else(office)) == ([1100], True)


def test_an_answer_corrected_before_it_was_looked_at_is_one_answer(office: Office, tables: StructuredProdigy) -> None:
    number, _ = tables.save("news", [envelope("a"), envelope("b")], "news-ann")
    tables.correct(number, envelope("a2"))
    office.look()
    assert sorted(office.who()) == [("a2", "ann again"), ("b", "ann saved")]
    assert (office.answers(), nothing_else(office)) == ([2], True)


@away
def test_classic_ids_that_a_migration_left_are_given_out_again(
    office: Office, tables: StructuredProdigy, away: bool
) -> None:
    office.save("news", "a", "b", session="news-ann")
    office.look()
    if away:
        office.restart()
    tables.migrate("news")
    office.save("base", "c", "d", "e", "f", "g")
    office.look()
    assert office.told() == ["a", "b", "c", "d", "e", "f", "g"]
    assert nothing_else(office)


@away
@pytest.mark.parametrize("refill", [1, 3, 9], ids=["below the mark", "up to the mark", "beyond the mark"])
@pytest.mark.parametrize("examples", [False, True], ids=["examples stay", "examples go"])
def test_structured_ids_given_out_again_after_a_drop_are_new_answers(
    office: Office, tables: StructuredProdigy, away: bool, refill: int, examples: bool
) -> None:
    tables.save("base", [envelope("other")], "base-ann")
    tables.save("news", [envelope(text) for text in "abc"], "news-ann")
    office.look()
    if away:
        office.restart()
    tables.drop("news", examples=examples)
    office.prodigy.dataset("news", created=20)
    texts = [f"again {number}" for number in range(refill)]
    tables.save("news", [envelope(text) for text in texts], "news-ann")
    office.look()
    assert sorted(office.who()) == sorted([(text, "ann saved") for text in ["a", "b", "c", "other", *texts]])
    assert (office.answers(), len(office.told("dataset.dropped"))) == ([refill], 1)


def test_a_drop_tells_the_answers_of_both_storages(office: Office, tables: StructuredProdigy) -> None:
    office.save("news", "a")
    tables.save("news", [envelope("b")], "news-ann")
    office.look()
    tables.drop("news")
    office.look()
    assert office.told("dataset.dropped") == ["2 answers"]


@away
def test_a_drop_of_a_migrated_dataset_tells_each_answer_once(
    office: Office, tables: StructuredProdigy, away: bool
) -> None:
    office.save("news", "a", "b", session="news-ann")
    office.look()
    tables.migrate("news")
    tables.save("news", [envelope("c")], "news-ann")
    office.look()
    if away:
        office.restart()
    tables.drop("news")
    office.look()
    assert office.told("dataset.dropped") == ["3 answers"]
    assert not office.told("integrity.problem")


def test_rows_gone_or_rewritten_are_told(office: Office, tables: StructuredProdigy, kind: str) -> None:
    numbers = tables.save("news", [envelope(text) for text in "abc"], "news-ann")
    office.look()
    mark = "?" if kind == "sqlite" else "%s"
    office.prodigy.execute(f"DELETE FROM structured_link WHERE example_id = {mark}", (numbers[0],))
    content = b'{"__class__": "@x", "input": {"text": "b"}, "user_anns": {}, "answer": "reject"}'
    office.prodigy.execute(f"UPDATE structured_example SET content = {mark} WHERE id = {mark}", (content, numbers[1]))
    office.look()
    office.look()
    assert sorted(office.told("integrity.problem")) == [
        "links gone although the dataset is still there: 1",
        "rows rewritten after they were saved: 1",
    ]
    assert office.told() == ["a", "b", "c"]


def test_history_is_counted_silently_and_its_corrections_are_news(
    prodigy: ProdigyDatabase, tables: StructuredProdigy, begin: Callable[[], Office]
) -> None:
    """A migrated copy counts as the answer that it stands for."""
    prodigy.dataset("news", created=10)
    prodigy.save("news", [{"text": "old", "answer": "accept", "_timestamp": 1}], session="news-ann")
    copies = tables.migrate("news")
    tables.save("news", [envelope("a")], "news-ann")
    office = begin()
    assert (office.told(), office.told("example.added"), office.answers()) == ([], [], [2])
    tables.correct(copies[0], envelope("old2", _migrated_from=1), editor="news-bob")
    office.look()
    assert (office.who(), office.answers()) == ([("old2", "bob again")], [2])


def test_without_an_index_corrections_are_found_by_the_sweep(
    make: Callable[..., StructuredProdigy], begin: Callable[[], Office]
) -> None:
    tables = make(Names(indexes=frozenset()))
    office = begin()
    first, second, _ = tables.save("news", [envelope(text) for text in "abc"], "news-ann")
    office.look()
    tables.correct(first, envelope("a2"))
    tables.correct(second, envelope("b2"))
    office.look()
    office.look()
    assert sorted(office.who())[1::2] == [("a2", "ann again"), ("b2", "ann again")]
    assert (len(office.told()), office.answers(), nothing_else(office)) == (5, [3], True)
