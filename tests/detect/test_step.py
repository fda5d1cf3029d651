"""Pages become events: each main link once, with its person, whenever its session link comes; history is counted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.detect.step import GRACE, settle
from otpushd.model.event import Event

Show = Callable[..., list[tuple[Any, ...]]]
WAIT = GRACE.total_seconds()
A = {"text": "a", "answer": "accept"}
B = {"text": "b", "answer": "reject"}
SAVED = "answer.saved"
ADDED = "example.added"


def test_an_answer_is_told_with_its_person(prodigy: ProdigyDatabase, watching: Any, shown: Show) -> None:
    prodigy.save("news", [A, B], session="news-ann")
    found = shown(watching.look(), "dataset", "answer", "annotator", "session", "example")
    assert found == [
        ("session.started", "news", None, "ann", "news-ann", None),
        (SAVED, "news", "accept", "ann", "news-ann", 1),
        (SAVED, "news", "reject", "ann", "news-ann", 2),
    ]


def test_no_second_look_tells_it_again(prodigy: ProdigyDatabase, watching: Any) -> None:
    prodigy.save("news", [A], session="news-ann")
    watching.look()
    assert [watching.look(after) for after in (0, 1, WAIT, 100)] == [[]] * 4


class TestThreeCommits:
    """A save is three commits: examples, main links, session links. A look may fall between any two of them."""

    def test_examples_alone_say_nothing(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        prodigy.examples([A])
        assert watching.look() == watching.look(WAIT) == []

    def test_a_main_link_waits_for_its_session_link(self, prodigy: ProdigyDatabase, watching: Any, shown: Show) -> None:
        examples = prodigy.examples([A])
        prodigy.links("news", examples)
        assert watching.look() == watching.look(WAIT * 0.9) == []
        prodigy.session("news-ann")
        prodigy.links("news-ann", examples)
        assert shown(watching.look(), "annotator")[1:] == [(SAVED, "ann")]

    def test_of_a_batch_only_the_links_without_session_wait(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.save("news", [A], session="news-ann")
        prodigy.links("news", prodigy.examples([B]))
        assert shown(watching.look(), "answer")[1:] == [(SAVED, "accept")]
        assert len(watching.memory.waiting) == 1

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, (ADDED, None, None)),
            ({"_annotator_id": "news-ann"}, (SAVED, "ann", None)),
            ({"_session_id": "news-ann"}, (SAVED, "ann", "news-ann")),
            ({"_timestamp": 1700000000}, (SAVED, None, None)),
        ],
    )
    def test_when_the_grace_is_over_the_task_itself_is_asked(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show, fields: dict[str, Any], expected: tuple[Any, ...]
    ) -> None:
        prodigy.save("news", [{**A, **fields}])
        assert watching.look() == []
        assert shown(watching.look(WAIT), "annotator", "session") == [expected]

    def test_a_session_link_after_the_grace_changes_nothing_any_more(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        (example,) = prodigy.save("news", [A])
        watching.look()
        assert shown(watching.look(WAIT)) == [(ADDED,)]
        prodigy.session("news-ann")
        prodigy.links("news-ann", [example])
        assert shown(watching.look()) == [("session.started",)]

    def test_a_session_link_that_came_exactly_at_the_end_of_the_grace_counts(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        examples = prodigy.save("news", [A])
        watching.look()
        prodigy.session("news-ann")
        prodigy.links("news-ann", examples)
        assert shown(watching.look(WAIT), "annotator")[1:] == [(SAVED, "ann")]

    def test_a_clock_that_was_set_back_does_not_hold_a_row_for_ever(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.save("news", [A])
        watching.look()
        assert shown(watching.look(-3600)) == [(ADDED,)]

    def test_a_waiting_row_is_told_once_although_the_reader_was_restarted(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        examples = prodigy.save("news", [A])
        watching.look()
        watching.forget_reader()
        prodigy.session("news-ann")
        prodigy.links("news-ann", examples)
        assert shown(watching.look(1), "annotator")[1:] == [(SAVED, "ann")]
        assert watching.look(WAIT) == []

    def test_without_a_grace_nothing_waits(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        """As in a rehearsal, where the past cannot change any more."""
        prodigy.save("news", [A])
        page = watching.source.read(0, (), None)
        assert len(settle("main", page, watching.memory, watching.now, grace=timedelta()).rows) == 1


class TestDatasetsComeAndGo:
    def test_a_dataset_that_is_dropped_while_its_link_waits_is_told_of_that_link_once(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.save("news", [{**A, "_annotator_id": "news-ann"}])
        watching.look()
        prodigy.drop("news")
        found = shown(watching.look(0.1), "dataset", "annotator")
        assert sorted(found) == [(SAVED, "news", "ann"), ("dataset.dropped", "news", None)]
        assert watching.look(WAIT) == []

    def test_its_link_does_not_wait_any_longer_because_its_id_may_be_given_out_again(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.save("news", [A])
        prodigy.save("sport", [B])
        watching.look()
        prodigy.drop("news")
        assert shown(watching.look(0.1), "dataset") == [("dataset.dropped", "news"), (ADDED, "news")]
        assert shown(watching.look(WAIT), "dataset") == [(ADDED, "sport")]

    def test_a_row_that_went_while_it_waited_is_told_of_once(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.save("news", [A])
        watching.look()
        prodigy.execute("DELETE FROM link")
        assert shown(watching.look(0.1)) == [(ADDED,)]
        prodigy.save("news", [B], session="news-ann")
        assert shown(watching.look(0.1), "answer")[1:] == [(SAVED, "reject")]

    def test_answers_under_ids_that_are_given_out_again_are_told(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        """SQLite reuses the highest ids after a drop; a look in between sees them fall."""
        prodigy.save("news", [A, B], session="news-ann")
        first = watching.look()
        prodigy.drop("news")
        prodigy.drop("news-ann")
        watching.look()
        prodigy.save("news", [A, B], session="news-ann")
        again = watching.look()
        assert shown(again, "annotator")[2:] == [(SAVED, "ann")] * 2
        assert not {one.id for one in first if one.type == SAVED} & {one.id for one in again}

    def test_ids_that_fall_below_the_baseline_make_no_history_of_what_comes_then(
        self, prodigy: ProdigyDatabase, watch: Any, shown: Show
    ) -> None:
        prodigy.save("old", [A] * 10, session="old-ann")
        prodigy.save("news", [A], session="news-ann")
        watch.look()
        prodigy.execute("DELETE FROM link WHERE id > 5")
        watch.look()
        prodigy.save("news", [B], session="news-ann")
        assert shown(watch.look(), "answer") == [(SAVED, "reject")]

    def test_the_same_ids_with_other_content_are_another_answer(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        """The last answer deleted and given anew: same link, same example, same hashes."""
        prodigy.save("news", [A], session="news-ann")
        _, first = watching.look()
        prodigy.execute("DELETE FROM link")
        prodigy.execute("DELETE FROM example")
        watching.look()
        prodigy.save("news", [{**A, "answer": "reject"}], session="news-ann")
        (second,) = watching.look()
        assert second.value("example") == first.value("example")
        assert second.id != first.id

    def test_a_restored_backup_tells_the_same_row_under_the_same_id(
        self, prodigy: ProdigyDatabase, watching: Any
    ) -> None:
        """Product.md, promise 2: whoever keeps the ids refuses the second."""
        prodigy.save("news", [A], session="news-ann")
        _, first = watching.look()
        row = prodigy.execute("SELECT * FROM link")
        prodigy.execute("DELETE FROM link")
        watching.look()
        for values in row:
            prodigy.execute("INSERT INTO link VALUES (?, ?, ?)", values)
        assert [event.id for event in watching.look()] == [first.id]

    def test_a_name_that_is_used_again_within_one_poll_is_another_dataset(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.drop("news")
        prodigy.dataset("news", created=200)
        prodigy.save("news", [A], session="news-ann")
        found = shown(watching.look(), "dataset")
        assert found[:2] == [("dataset.dropped", "news"), ("dataset.created", "news")]
        assert found[3:] == [(SAVED, "news")]

    def test_an_id_that_is_used_again_within_the_same_second_is_another_dataset(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.drop("news")
        prodigy.dataset("sport", created=100)
        prodigy.save("sport", [A], session="sport-ann")
        found = shown(watching.look(), "dataset")
        assert found[:2] == [("dataset.dropped", "news"), ("dataset.created", "sport")]
        assert found[3:] == [(SAVED, "sport")]

    def test_a_dropped_session_is_no_news(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        prodigy.save("news", [A], session="news-ann")
        watching.look()
        prodigy.drop("news-ann")
        assert watching.look() == []

    def test_a_link_to_a_dataset_that_is_not_there_says_nothing_and_holds_nobody_up(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.execute("INSERT INTO link (example_id, dataset_id) VALUES (1, 99)")
        prodigy.save("news", [A], session="news-ann")
        assert shown(watching.look())[1:] == [(SAVED,)]

    def test_a_link_to_an_example_that_is_not_there_is_told_with_a_fault(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show
    ) -> None:
        prodigy.links("news", [77])
        prodigy.session("news-ann")
        prodigy.links("news-ann", [77])
        event = watching.look()[-1]
        assert shown([event], "annotator", "example", "answer") == [(SAVED, "ann", 77, None)]
        assert watching.steps[-1].unreadable == ((event.id, "no example behind the link"),)


class TestFirstLook:
    def test_history_is_silent_but_counted(self, prodigy: ProdigyDatabase, watch: Any, shown: Show) -> None:
        prodigy.save("news", [A, B], session="news-ann")
        prodigy.import_rows("news", [{"text": "c"}])
        assert watch.look() == []
        assert watch.answers() == {"news": 2}
        prodigy.save("news", [A], session="news-ann")
        assert shown(watch.look(), "changed_mind") == [(SAVED, True)]
        assert watch.answers() == {"news": 3}

    def test_a_history_of_many_pages_is_silent_and_what_comes_meanwhile_is_not(
        self, prodigy: ProdigyDatabase, watch: Any, shown: Show
    ) -> None:
        prodigy.save("news", [{**A, "text": str(number)} for number in range(700)], session="news-ann")
        page = watch.source.read(0, (), None)
        assert watch.take(page).events == ()
        prodigy.save("news", [B], session="news-ann")
        assert shown(watch.look(), "answer") == [(SAVED, "reject")]
        assert watch.answers() == {"news": 701}

    @pytest.mark.parametrize("name", ["fresh", "test"], ids=["another", "made again"])
    def test_a_dataset_that_is_new_since_the_first_look_has_no_history(
        self, prodigy: ProdigyDatabase, watch: Any, shown: Show, name: str
    ) -> None:
        """The baseline was killed; meanwhile the ids of the newest rows, not read yet, were given out again."""
        prodigy.save("news", [{**A, "text": str(number)} for number in range(700)], session="news-ann")
        prodigy.save("test", [A] * 10)
        prodigy.execute("UPDATE dataset SET created = 100")
        watch.take(watch.source.read(0, (), None))
        watch.forget_reader()
        prodigy.drop("test")
        prodigy.save(name, [B] * 20, session="news-ann")
        told = [row for row in shown(watch.look(), "dataset") if row[0] == SAVED]
        assert told == [(SAVED, name)] * 20
        assert watch.answers() == {"news": 700, name: 20}

    def test_history_stays_history_when_its_dataset_is_renamed(
        self, prodigy: ProdigyDatabase, watch: Any, shown: Show
    ) -> None:
        prodigy.save("news", [{**A, "text": str(number)} for number in range(700)], session="news-ann")
        watch.take(watch.source.read(0, (), None))
        prodigy.execute("UPDATE dataset SET name = 'old' WHERE name = 'news'")
        assert shown(watch.look()) == [("dataset.dropped",), ("dataset.created",)]

    def test_an_empty_table_was_looked_at(self, prodigy: ProdigyDatabase, watch: Any, shown: Show) -> None:
        """Never looked at and looked at an empty table are different states."""
        assert watch.look() == []
        prodigy.save("news", [A], session="news-ann")
        assert shown(watch.look()) == [("dataset.created",), ("session.started",), (SAVED,)]

    def test_from_the_beginning_everything_is_told(self, prodigy: ProdigyDatabase, watch: Any, shown: Show) -> None:
        prodigy.save("news", [A, A], session="news-ann")
        watch.from_beginning = True
        found = shown(watch.look(), "changed_mind")
        assert found == [("dataset.created", None), ("session.started", None), (SAVED, False), (SAVED, True)]

    def test_from_the_beginning_says_nothing_of_what_was_there_at_an_earlier_first_look(
        self, prodigy: ProdigyDatabase, watch: Any
    ) -> None:
        prodigy.save("news", [A], session="news-ann")
        watch.look()
        watch.from_beginning = True
        assert watch.look() == []

    def test_a_database_that_is_made_after_the_start_is_all_news(self, path: Any, watch: Any, shown: Show) -> None:
        """Missing at the start: what is in it when it appears was committed while we watched."""
        assert watch.look() == []
        prodigy = ProdigyDatabase(path)
        prodigy.dataset("news", created=int(watch.now.timestamp()))
        prodigy.execute("INSERT INTO dataset VALUES (2, 'news-ann', ?, '{\"a\": 1}', 1)", (int(watch.now.timestamp()),))
        prodigy.save("news", [A], session="news-ann")
        prodigy.close()
        assert shown(watch.look(5)) == [("dataset.created",), ("session.started",), (SAVED,)]

    def test_a_database_that_is_only_readable_after_the_start_has_a_history(
        self, path: Any, prodigy: ProdigyDatabase, watch: Any, shown: Show
    ) -> None:
        prodigy.dataset("old", created=100)
        prodigy.save("old", [A], session="old-ann")
        prodigy.execute("UPDATE dataset SET created = 100")
        path.rename(path.with_name("away"))
        watch.look()
        path.with_name("away").rename(path)
        prodigy.dataset("news", created=int(watch.now.timestamp()) + 3)
        prodigy.save("news", [A])
        found = watch.look(5) + watch.look(WAIT)
        assert shown(found, "dataset") == [("dataset.created", "news"), (ADDED, "news")]


class TestIds:
    def test_two_rows_of_equal_content_are_two_answers(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        prodigy.save("news", [A, A], session="news-ann")
        _, one, other = watching.look()
        assert one.id != other.id

    @pytest.mark.parametrize("person", ["news-ann", None], ids=["at once", "when the grace is over"])
    @pytest.mark.parametrize("between", [True, False], ids=["later", "in the same look"])
    def test_a_second_link_to_the_same_example_and_dataset_is_no_second_answer(
        self, prodigy: ProdigyDatabase, watching: Any, shown: Show, person: str | None, between: bool
    ) -> None:
        task = {**A, "_annotator_id": "ann"}
        examples = prodigy.save("news", [task], session=person)
        events = [*watching.look(), *watching.look(WAIT)] if between else []
        watching.forget_reader()
        prodigy.links("news", examples)
        events += [*watching.look(), *watching.look(WAIT), *watching.look(WAIT)]
        assert [row for row in shown(events, "example") if row[0] == SAVED] == [(SAVED, examples[0])]
        assert watching.answers() == {"news": 1}

    def test_one_example_in_two_datasets_is_two_answers(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        prodigy.dataset("sport")
        examples = prodigy.save("news", [A], session="news-ann")
        prodigy.links("sport", examples)
        found = [event for event in watching.look() if event.type == SAVED]
        assert [event.dataset for event in found] == ["news", "sport"]
        assert found[0].id != found[1].id

    def test_a_look_from_the_same_memory_says_the_same(self, prodigy: ProdigyDatabase, watching: Any) -> None:
        """Killed before the commit, the next one reads the same rows."""
        prodigy.save("news", [A, B], session="news-ann")
        memory, now = watching.memory, watching.now
        first = watching.look()
        watching.memory, watching.now, watching.answered = memory, now + timedelta(hours=1), set()
        watching.forget_reader()
        again = watching.look()
        assert [(event.id, dict(event.data)) for event in first] == [(event.id, dict(event.data)) for event in again]


@pytest.mark.parametrize(
    ("first", "second", "changed"),
    [
        pytest.param(("news-ann", "a"), ("news-ann", "a"), True, id="the same person, the same input"),
        pytest.param(("news-ann", "a"), ("news-bob", "a"), False, id="another person"),
        pytest.param(("news-ann", "a"), ("news-ann", "b"), False, id="another input"),
        pytest.param(("news-ann", "a"), ("2026-03-02_09-00-00", "a"), False, id="nobody knows who"),
        pytest.param(("2026-03-02_09-00-00", "a"), ("2026-03-02_09-00-00", "a"), False, id="nobody, twice"),
        pytest.param(
            ("2026-03-02_09-00-00", "a", "ann"), ("news-ann", "a"), True, id="by annotator id, then by session"
        ),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one look", "in two"])
def test_a_changed_mind_is_the_same_persons_second_answer_to_an_input(
    prodigy: ProdigyDatabase, watching: Any, first: Any, second: Any, changed: bool, at_once: bool
) -> None:
    found: list[Event] = []
    for session, text, *annotator in (first, second):
        prodigy.save("news", [{"text": text, "_annotator_id": annotator[0] if annotator else None}], session=session)
        found += [] if at_once else watching.look()
    found = [event for event in [*found, *watching.look()] if event.type == SAVED]
    assert [event.value("changed_mind") for event in found] == [False, changed]


def test_a_changed_mind_is_one_within_a_dataset_and_its_life(prodigy: ProdigyDatabase, watching: Any) -> None:
    for dataset, created in [("news", 0), ("sport", 0), ("news", 200)]:
        if created:
            prodigy.drop("news")
            prodigy.dataset("news", created=created)
        prodigy.save(dataset, [A], session=f"{dataset}-ann")
    found = [event for event in watching.look() if event.type == SAVED]
    assert [event.value("changed_mind") for event in found] == [False] * len(found)


def test_answers_are_counted_by_dataset_and_only_peoples(prodigy: ProdigyDatabase, watching: Any, shown: Show) -> None:
    prodigy.save("news", [A, B, A], session="news-ann")
    prodigy.import_rows("news", [{"text": "c"}])
    prodigy.save("sport", [A], session="sport-ann")
    watching.look()
    assert watching.answers() == {"news": 3, "sport": 1}
    prodigy.drop("news")
    assert shown(watching.look(), "answers") == [("dataset.dropped", 3)]


def test_a_thousand_seeds_wait_and_are_told_once(prodigy: ProdigyDatabase, watching: Any, shown: Show) -> None:
    prodigy.save("news", [{"text": str(number)} for number in range(1200)])
    assert watching.look() == watching.look(1) == []
    assert len(watching.memory.waiting) == 1200
    assert shown(watching.look(1), "origin") == [(ADDED, "script")] * 1200
    assert watching.memory.waiting == {}
