"""`integrity.problem` of half saves and orphans: what an inspection found, told once an hour for each dataset. Pure.

Other than of rows there is no timer: each inspection looks which hours are over.
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.integrity import problem_event
from otpushd.derive.quiet import Tidings, end, hear, pack, unpack
from otpushd.derive.seen import Around
from otpushd.detect.halves import Half
from otpushd.model.event import Event, event_id
from otpushd.model.instants import to_micros
from otpushd.model.integrity import PROBLEM
from otpushd.model.ledger import incarnation_of_name

WHOSE = "half"


def source_number(source: str) -> int:
    """The number under which notes are kept about a source as a whole: that of a dataset without a name."""
    return incarnation_of_name(source, "")


def told(found: Iterable[Half], source: str, around: Around) -> list[Event]:
    """What is announced. Notes are kept under the source's own number, with which the ledger has to be loaded."""
    return [*_new(found, source, around), *_over(source, around)]


def _new(found: Iterable[Half], source: str, around: Around) -> Iterator[Event]:
    number, now = source_number(source), to_micros(around.now)
    for half in found:
        about = f"{half.problem} {half.dataset or ''}"
        before = unpack(around.ledger.note(number, WHOSE, about))
        after, news = hear(before, Tidings(half.detail, half.examples[0], len(half.examples)), now)
        around.ledger.put(number, WHOSE, about, pack(after))
        if news is not None:
            cause = event_id(PROBLEM.name, source, half.problem, half.dataset, half.what, *half.examples, now)
            yield problem_event(cause, half.problem, news, around, source, half.dataset)


def _over(source: str, around: Around) -> Iterator[Event]:
    number, now = source_number(source), to_micros(around.now)
    mine = [(key[2], note) for key, note in around.ledger.notes.items() if key[:2] == (number, WHOSE)]
    for about, note in mine:
        quiet = unpack(note)
        if quiet is None or quiet.since <= now < quiet.until:
            continue
        problem, _, dataset = about.partition(" ")
        after, news = end(quiet, now)
        around.ledger.put(number, WHOSE, about, None if after is None else pack(after))
        if news is not None:
            cause = event_id(PROBLEM.name, source, about, quiet.since)
            yield problem_event(cause, problem, news, around, source, dataset or None)
