"""One monitor on one dataset: figures apart by person or label, rows of the store, and how many there may be."""

from datetime import timedelta

import pytest

from otpushd.derive.monitors.panel import MOST_KEYS, Panel
from otpushd.derive.monitors.watch import Turn
from otpushd.model.monitor import By, Definition, Measure, filled

UP, BACK = Turn.TRIGGERED, Turn.RECOVERED


def rejects(by: By | None = None, over: int | timedelta = 10) -> Definition:
    return filled(Definition("m", Measure.REJECT_RATE, over, 10, by=by))


def given_to(panel: Panel, answers) -> list[tuple[str, Turn]]:
    return [(key, change.turn) for one in answers for key, change in panel.take(one, one.instant)]


def test_each_annotator_has_a_figure_of_its_own(seen):
    """Ann rejects, bob does not; together they are below the bound."""
    answers = [
        seen(n, "reject" if n % 6 == 0 else "accept", annotator="ann" if n % 3 == 0 else "bob") for n in range(60)
    ]

    assert given_to(Panel(rejects(), {}), answers) == []
    assert given_to(Panel(rejects(By.ANNOTATOR), {}), answers) == [("ann", UP)]


def test_each_label_has_a_figure_of_its_own(seen):
    """An answer with two labels counts for both."""
    answers = [seen(n, "reject" if n % 2 else "accept", labels=("AB", "B")[n % 2]) for n in range(20)]

    found = given_to(Panel(rejects(By.LABEL), {}), answers)

    assert found == [("B", UP)]


def test_nothing_is_stored_of_what_was_not_touched(seen):
    """A page of ann's answers writes one row, and the next page of nobody's none."""
    panel = Panel(rejects(By.ANNOTATOR), {})
    given_to(panel, [seen(1, annotator="ann"), seen(2, annotator="bob")])
    kept, gone = panel.frozen()
    assert (set(kept), gone) == ({"ann", "bob"}, ())

    panel = Panel(rejects(By.ANNOTATOR), kept)
    given_to(panel, [seen(3, annotator="ann")])

    assert (set(panel.frozen()[0]), set(panel.frozen()[0])) == ({"ann"}, set())


def test_pages_change_nothing(seen):
    """A panel for each page says what one panel for all says, and keeps the same bytes."""
    answers = [seen(n, ["accept", "reject"][n // 30 % 2], annotator="abc"[n % 3]) for n in range(300)]
    whole, kept, found = Panel(rejects(By.ANNOTATOR), {}), {}, []
    expected = given_to(whole, answers)
    for start in range(0, 300, 7):
        panel = Panel(rejects(By.ANNOTATOR), kept)
        found += given_to(panel, answers[start : start + 7])
        kept = kept | panel.frozen()[0]

    assert found == expected and len(found) > 10
    assert kept == whole.frozen()[0]


def test_keys_that_are_due_are_looked_at(seen, minute):
    """And no others: what is due stands in the row."""
    definition = rejects(By.ANNOTATOR, timedelta(hours=1))
    panel = Panel(definition, {})
    given_to(panel, [seen(n, "reject", annotator="ann" if n < 10 else "bob") for n in range(20)])
    kept, _ = panel.frozen()
    late = minute(90)
    assert kept["ann"].due < kept["bob"].due < late

    panel = Panel(definition, kept)
    found = [(key, change.turn) for key, change in panel.tick(late, ["ann", "nobody"])]

    assert found == [("ann", BACK)]
    assert set(panel.frozen()[0]) == {"ann"}


def test_of_too_many_keys_the_one_unused_for_longest_is_forgotten(seen):
    """Its row is to be deleted."""
    panel = Panel(rejects(By.ANNOTATOR), {})
    given_to(panel, [seen(n, annotator=f"p{n}") for n in range(MOST_KEYS)] + [seen(0, annotator="p0")])
    kept, _ = panel.frozen()

    panel = Panel(rejects(By.ANNOTATOR), kept)
    given_to(panel, [seen(999, annotator="new")])

    assert panel.frozen()[1] == ("p1",)


def test_a_key_that_comes_back_is_not_deleted(seen):
    """Within one page forgotten and new again: its row is written anew."""
    panel = Panel(rejects(By.ANNOTATOR), {})
    given_to(panel, [seen(n, annotator=f"p{n}") for n in range(MOST_KEYS + 1)] + [seen(0, annotator="p0")])
    kept, gone = panel.frozen()

    assert "p0" in kept and gone == ("p1",)
    assert len(kept) == MOST_KEYS


@pytest.mark.parametrize("by", list(By), ids=str)
def test_memory_is_bounded_whatever_names_come_by(seen, by):
    """A thousand people, a thousand labels."""
    panel = Panel(rejects(by), {})
    given_to(panel, [seen(n, annotator=f"p{n % 1000}", labels=(f"l{n % 1000}",)) for n in range(3000)])

    assert len(panel.frozen()[0]) == MOST_KEYS


def test_history_is_counted_and_says_nothing(seen):
    """What it has come to is told with the first answer after it."""
    panel = Panel(rejects(), {})
    assert [panel.take(seen(n, "reject"), seen(n).instant, history=True) for n in range(20)] == [[]] * 20

    assert given_to(panel, [seen(20, "reject")]) == [("", UP)]
