"""Which answers settle what waits in queues, and whether they changed anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from otpushd.derive.derive import derive
from otpushd.derive.seen import Around
from otpushd.model.event import Event
from otpushd.model.fact import Fact
from otpushd.model.instants import to_micros
from otpushd.model.ledger import Ledger
from otpushd.model.plan import Plan
from otpushd.model.queue import Queued

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
Save = Callable[..., list[bool]]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def save(ledger: Ledger) -> Save:
    """One more row on the input 7; whether those answered anew by it changed."""

    def save(example: int, answer: str = "accept", at: datetime = AFTER, **more: object) -> list[bool]:
        kind, content = str(more.get("kind", "answer.saved")), more.get("content", b"{}")
        data = {"answer": answer, "annotator": more.get("annotator", "ann"), "example": example, "input_hash": 7}
        event = Event(kind, f"e{example}", "main", at, "news", data, content)  # type: ignore[arg-type]
        past, corrects = bool(more.get("past")), bool(more.get("corrects"))
        fact = Fact(event, 1, at, past=past, corrects=corrects, place=example)
        before = len(ledger.reanswered)
        derive([fact], Around(ledger, Plan(), at))
        return [one.changed for one in ledger.reanswered[before:]]

    return save


def queue(ledger: Ledger, place: int = 1, name: str = "q") -> None:
    ledger.queued.setdefault(7, []).append(Queued("main", name, place, f"order of {name}", to_micros(NOW)))


@pytest.mark.parametrize(("answer", "changed"), [("reject", False), ("accept", True)])
def test_a_new_answer_settles_what_waits_and_is_compared_with_what_was_queued(
    ledger: Ledger, save: Save, answer: str, changed: bool
) -> None:
    save(1, "reject", BEFORE)
    save(2, "accept", BEFORE, annotator="bob")
    queue(ledger)
    assert save(3, answer) == [changed]
    assert save(4, answer) == []


def test_an_answer_settles_every_queue_that_its_input_is_in(ledger: Ledger, save: Save) -> None:
    save(1, "reject", BEFORE)
    queue(ledger, name="p")
    queue(ledger, name="q")
    assert save(2) == [True, True]


def test_what_nobody_had_answered_was_not_changed(ledger: Ledger, save: Save) -> None:
    save(1, "accept", BEFORE, kind="example.added")
    queue(ledger)
    assert save(2, "reject") == [False]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"kind": "example.added"}, id="a row that nobody decided"),
        pytest.param({"at": BEFORE}, id="decided before it was queued"),
        pytest.param({"past": True}, id="history"),
        pytest.param({"example": 1}, id="the same row once more"),
    ],
)
def test_what_is_no_new_answer_settles_nothing(ledger: Ledger, save: Save, row: dict[str, object]) -> None:
    save(1, "reject", BEFORE)
    queue(ledger)
    assert save(**{"example": 2, **row}) == []


def test_a_line_of_the_queue_is_known_whatever_the_browsers_clock_says(ledger: Ledger, save: Save) -> None:
    save(1, "reject", BEFORE)
    queue(ledger)
    assert save(2, "accept", BEFORE, content=b'{"queued": "ab"}') == [True]


def test_a_correction_in_its_place_is_an_answer_anew(ledger: Ledger, save: Save) -> None:
    save(1, "reject", BEFORE)
    queue(ledger)
    assert save(2, "accept", corrects=True) == [True]


def test_what_was_handed_in_is_neither_counted_nor_remembered(ledger: Ledger) -> None:
    event = Event("example.added", "e", "main", NOW, "news", {"input_hash": 7}, b"{}")
    assert derive([Fact(event, 1, NOW, place=9, handed_in=True)], Around(ledger, Plan(), NOW)) == [event]
    assert (ledger.written, ledger.tallies, ledger.changed) == ([], {}, set())
