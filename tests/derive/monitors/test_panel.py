"""One monitor on one dataset: figures apart by person or label, rows of the store, and how many there may be."""

from datetime import timedelta

import pytest

from otpushd.derive.monitors.panel import MOST_KEYS, Kept, Panel
from otpushd.derive.monitors.watch import Turn
from otpushd.model.instants import from_micros
from otpushd.model.monitor import DRIFTS, By, Definition, Measure, Previous, filled

UP, BACK = Turn.TRIGGERED, Turn.RECOVERED


def rejects(by: By | None = None, over: int | timedelta = 10) -> Definition:
    return filled(Definition("m", Measure.REJECT_RATE, over, 10, by=by))


class Stored:
    """What is stored of a panel, which is made anew from it for each page."""

    def __init__(self, definition: Definition) -> None:
        self.definition, self.due, self.memories = definition, dict[str, int | None](), dict[str, bytes]()
        self.asked: list[str] = []

    def open(self) -> Panel:
        return Panel(self.definition, self.due, self.memory)

    def memory(self, key: str) -> bytes | None:
        self.asked.append(key)
        return self.memories.get(key)

    def save(self, panel: Panel) -> Kept:
        kept = panel.frozen()
        self.due = dict(kept.due)
        self.memories |= kept.memories
        for key in kept.gone:
            self.memories.pop(key, None)
        return kept

    def page(self, answers) -> list[tuple[str, Turn]]:
        panel = self.open()
        found = given_to(panel, answers)
        self.save(panel)
        return found


def new(definition: Definition) -> Panel:
    return Stored(definition).open()


def given_to(panel: Panel, answers) -> list[tuple[str, Turn]]:
    return [(key, change.turn) for one in answers for key, change in panel.take(one, one.instant)]


def test_each_annotator_has_a_figure_of_its_own(seen):
    """Ann rejects, bob does not; together they are below the bound."""
    answers = [
        seen(n, "reject" if n % 6 == 0 else "accept", annotator="ann" if n % 3 == 0 else "bob") for n in range(60)
    ]

    assert given_to(new(rejects()), answers) == []
    assert given_to(new(rejects(By.ANNOTATOR)), answers) == [("ann", UP)]


def test_each_label_has_a_figure_of_its_own(seen):
    """An answer with two labels counts for both."""
    answers = [seen(n, "reject" if n % 2 else "accept", labels=("AB", "B")[n % 2]) for n in range(20)]

    assert given_to(new(rejects(By.LABEL)), answers) == [("B", UP)]


def test_nothing_is_read_or_stored_of_what_was_not_touched(seen):
    """A page of ann's answers reads and writes her memory, and the next page of nobody's none."""
    stored = Stored(rejects(By.ANNOTATOR))
    stored.page([seen(1, annotator="ann"), seen(2, annotator="bob")])
    assert (set(stored.memories), stored.asked) == ({"ann", "bob"}, [])

    panel = stored.open()
    given_to(panel, [seen(3, annotator="ann")])

    assert stored.asked == ["ann"]
    assert (set(panel.frozen().memories), set(panel.frozen().memories)) == ({"ann"}, set())


def test_pages_change_nothing(seen):
    """A panel for each page says what one panel for all says, and keeps the same bytes."""
    answers = [seen(n, ["accept", "reject"][n // 30 % 2], annotator="abc"[n % 3]) for n in range(300)]
    whole, stored = new(rejects(By.ANNOTATOR)), Stored(rejects(By.ANNOTATOR))
    expected = given_to(whole, answers)

    found = [one for start in range(0, 300, 7) for one in stored.page(answers[start : start + 7])]

    assert found == expected and len(found) > 10
    assert (stored.due, stored.memories, ()) == whole.frozen()


def test_keys_that_are_due_are_looked_at(seen, minute):
    """And no others: what is due is listed."""
    stored = Stored(rejects(By.ANNOTATOR, timedelta(hours=1)))
    stored.page([seen(n, "reject", annotator="ann" if n < 20 else "bob") for n in (*range(10), *range(30, 40))])
    assert stored.due["ann"] < stored.due["bob"]

    panel = stored.open()
    assert panel.due() == stored.due["ann"]
    assert panel.tick(minute(59)) == []
    found = [(key, change.turn) for key, change in panel.tick(minute(70.5))]

    assert found == [("ann", BACK)]
    assert set(panel.frozen().memories) == {"ann"}


@pytest.mark.parametrize("measure", [one for one in Measure if one is not Measure.ANSWERS_PER_HOUR], ids=str)
@pytest.mark.parametrize("drift", [None, Previous.WINDOW], ids=["bounds", "drift"])
def test_what_was_looked_at_in_time_is_due_later(seen, measure, drift):
    """Else a timer would ring for ever, and once all is forgotten none is left."""
    bounds = {} if drift or measure in DRIFTS else {"above": 0.2}
    panel = new(filled(Definition("m", measure, timedelta(hours=1), 10, drift=drift, **bounds)))
    given_to(panel, [seen(n, score=n // 60, labels="AB"[n // 60], conflicts=n > 60) for n in range(120)])

    ticks = 0
    while (due := panel.due()) is not None:
        panel.tick(from_micros(due))
        assert panel.due() is None or panel.due() > due
        ticks += 1

    assert ticks < 1000


def test_of_too_many_keys_the_one_unused_for_longest_is_forgotten(seen):
    """Its memory is to be deleted."""
    stored = Stored(rejects(By.ANNOTATOR))
    stored.page([*(seen(n, annotator=f"p{n}") for n in range(MOST_KEYS)), seen(0, annotator="p0")])

    panel = stored.open()
    given_to(panel, [seen(999, annotator="new")])

    assert panel.frozen().gone == ("p1",)


def test_a_key_that_comes_back_is_not_deleted(seen):
    """Within one page forgotten and new again: its memory is made anew."""
    stored = Stored(rejects(By.ANNOTATOR))
    stored.page([seen(0, "reject", annotator="p0")] * 9)

    panel = stored.open()
    given_to(panel, [*(seen(n, annotator=f"p{n}") for n in range(1, MOST_KEYS + 1))])
    found = given_to(panel, [seen(0, "reject", annotator="p0")] * 2)
    kept = stored.save(panel)

    assert (found, kept.gone, len(kept.due)) == ([], ("p1",), MOST_KEYS)
    assert "p0" in kept.memories and stored.asked == []


@pytest.mark.parametrize("by", list(By), ids=str)
def test_memory_is_bounded_whatever_names_come_by(seen, by):
    """A thousand people, a thousand labels."""
    panel = new(rejects(by))
    given_to(panel, [seen(n, annotator=f"p{n % 1000}", labels=(f"l{n % 1000}",)) for n in range(3000)])
    kept = panel.frozen()

    assert len(kept.due) == len(kept.memories) == MOST_KEYS


def test_history_is_counted_and_says_nothing(seen):
    """What it has come to is told with the first answer after it."""
    panel = new(rejects())
    assert [panel.take(seen(n, "reject"), seen(n).instant, history=True) for n in range(20)] == [[]] * 20

    assert given_to(panel, [seen(20, "reject")]) == [("", UP)]
