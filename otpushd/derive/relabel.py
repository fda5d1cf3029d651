"""`relabel.completed`: what a rule has put into a queue was answered again.

Here is recognised which answers do so; when nothing of an order is left, its event goes into the inbox in the same
commit (store/queue.py), because the last of it may also turn out to be gone while the file is written.
"""

from collections.abc import Iterator, Sequence

from otpushd.derive.seen import Around, Seen
from otpushd.model.event import Event, EventType, Field, Kind
from otpushd.model.ledger import Entry
from otpushd.model.queue import Queued, Reanswered

COMPLETED = EventType(
    "relabel.completed",
    {"queue": Field(Kind.STRING), "done": Field(Kind.INTEGER), "changed": Field(Kind.INTEGER)},
)
TYPES = (COMPLETED,)
MARK = b'"queued"'
"""What the lines of a queue have and Prodigy saves with the answer (prodigy/requeued.py)."""
SECOND = 1_000_000


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """A person's new answer to an input settles everything of that input that waits in queues.

    An answer that was decided before its example was queued, and saved after, is none to the queue.
    """
    waiting = around.ledger.queued.get(seen.entry.input)
    if not waiting or not seen.entry.answered or seen.fact.past or (seen.again and not seen.fact.corrects):
        return
    from_queue = MARK in (seen.fact.event.content or b"")
    for one in [one for one in waiting if from_queue or seen.entry.at >= one.at - SECOND]:
        changed = _changed(seen.entry, one, seen.before)
        around.ledger.answer_again(seen.entry.input, Reanswered(one, changed, around.now))
    yield from ()


def _changed(entry: Entry, one: Queued, before: Sequence[Entry]) -> bool:
    """Whether it says something else than the example that was queued, or where that was no answer, than the last."""
    said = [other for other in before if other.answered]
    original = next((other for other in said if other.example == one.place), said[-1] if said else None)
    return original is not None and original.opinion != entry.opinion
