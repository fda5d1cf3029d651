"""What is remembered of the answers in a source's datasets, as a working copy for one page.

`store/ledger.py` loads it with all that a page may touch, `derive/` reads it and writes to it, `store/ledger.py` saves
what changed. Afterwards it is thrown away; after a commit that failed it never was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from otpushd.model.opened import H, Opened, OpenedNote
from otpushd.model.queue import Queued, Reanswered
from otpushd.model.row import DatasetRow
from otpushd.model.waiting import Waits

MOST_DISTINCT = 20
"""Inputs that more different people have answered are counted with those that so many have."""
MOST_PEOPLE = 1000
HOUR = 3_600_000_000
"""In microseconds."""
HOURS_KEPT = 24 * 28
_LOOSE = 1 << 40


class Entry(NamedTuple):
    """One row of a main dataset, as far as later rows may be compared with it.

    `dataset` is an incarnation. `person` is who answered, None where nobody known did; `answered` tells a person's row
    from one that nobody decided. `opinion` stands for what was decided, `at` is in microseconds since 1970.
    """

    dataset: int
    example: int
    input: int
    person: str | None
    answered: bool
    answer: str | None
    opinion: int
    score: float | None
    at: int


@dataclass(slots=True)
class Tally:
    """What was counted in one incarnation of a dataset: distinct examples, not links.

    `inputs[n]` is how many inputs were answered by exactly n different people, the last by so many or more. `people`
    has the number of answers of each and when the last was, `hours` the answers in each hour (counted from 1970) of the
    last four weeks. Instants are microseconds since 1970.
    """

    source: str
    name: str
    accepted: int = 0
    rejected: int = 0
    ignored: int = 0
    unsaid: int = 0
    added: int = 0
    inputs: list[int] = field(default_factory=lambda: [0] * (MOST_DISTINCT + 1))
    people: dict[str, list[int]] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    hours: dict[int, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """Examples that people answered, whatever they said."""
        return self.accepted + self.rejected + self.ignored + self.unsaid

    def inputs_by(self, people: int) -> int:
        """How many inputs were answered by at least so many different people."""
        return sum(self.inputs[min(people, MOST_DISTINCT) :])


NoteKey = tuple[int, str, str]
"""Incarnation, whose note it is, and what it is about."""
InputKey = tuple[int, int, str]
"""Incarnation, input, and whose note it is."""
TimerKey = tuple[int, str, str]
"""Incarnation, whose timer it is, and what it is about: where that changes, it is another timer."""
PART = "part"
"""Whose the notes are that are only loaded where they are asked for one by one: the parts of what would be large."""
RUNG = 1 << 62
"""The instant of a timer that has rung, and does so no more."""


@dataclass(slots=True)
class Ledger:
    """The working copy. `entries` are by input, in all datasets; `notes` are whatever a detector remembers of a
    dataset or of an input, `timers` are instants in microseconds since 1970. What was changed is noted beside it, but
    of what is `opened` only when it is put back, once for all rows of a page. `stirred` are the datasets whose timers
    are to be brought up to date. `queued` is what waits for an answer in the queues of rules, by input.
    `waits` are answers that wait for review.
    """

    entries: dict[int, list[Entry]] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)
    notes: dict[NoteKey, bytes] = field(default_factory=dict)
    input_notes: dict[InputKey, bytes] = field(default_factory=dict)
    timers: dict[TimerKey, int] = field(default_factory=dict)
    written: list[Entry] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    noted: dict[NoteKey, bytes | None] = field(default_factory=dict)
    input_noted: dict[InputKey, bytes | None] = field(default_factory=dict)
    timed: dict[TimerKey, int | None] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    opened: dict[NoteKey, Opened] = field(default_factory=dict)
    stirred: set[int] = field(default_factory=set)
    queued: dict[int, list[Queued]] = field(default_factory=dict)
    reanswered: list[Reanswered] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)

    def put_back(self) -> None:
        """Note all that has changed in what is opened; it is to be saved."""
        for each in self.opened.values():
            each.put_back(self)

    def is_changed(self) -> bool:
        """Whether there is anything to be saved."""
        self.put_back()
        changes = (self.written, self.changed, self.noted, self.input_noted, self.timed, self.gone)
        return any((*changes, self.waits.are_changed))

    def answered(self) -> set[tuple[int, str, int]]:
        """Who answered which input in which dataset, as far as it was loaded."""
        found = (one for entries in self.entries.values() for one in entries if one.answered)
        return {(one.dataset, one.person, one.input) for one in found if one.person is not None}

    def on(self, dataset: int, number: int) -> list[Entry]:
        """What was answered to an input in one dataset, in the order it came."""
        return [one for one in self.entries.get(number, ()) if one.dataset == dataset]

    def knows(self, entry: Entry) -> bool:
        """Whether this example was written down in this dataset before."""
        at = (entry.dataset, entry.example)
        return any((one.dataset, one.example) == at for one in self.entries.get(entry.input, ()))

    def write(self, entry: Entry) -> None:
        """Write one more row down."""
        self.entries.setdefault(entry.input, []).append(entry)
        self.written.append(entry)

    def tally(self, dataset: int, source: str, name: str) -> Tally:
        """The tally of a dataset, to be changed."""
        found = self.tallies.get(dataset)
        if found is None:
            found = self.tallies[dataset] = Tally(source, name)
        self.changed.add(dataset)
        self.stirred.add(dataset)
        return found

    def note(self, dataset: int, whose: str, about: str = "") -> bytes | None:
        """What was noted last."""
        return self.notes.get((dataset, whose, about))

    def put(self, dataset: int, whose: str, about: str, what: bytes | None) -> None:
        """Note it; None forgets."""
        key = (dataset, whose, about)
        if what is not None and self.notes.get(key) == what:
            return
        self.noted[key] = what
        if what is None:
            self.notes.pop(key, None)
        else:
            self.notes[key] = what

    def hold(self, dataset: int, whose: str, about: str, read: Callable[[bytes | None], H]) -> H:
        """What was noted last, as `read` reads it, to be changed in place: it is not to be `put` as well."""
        key = (dataset, whose, about)
        found = self.opened.get(key)
        if not isinstance(found, OpenedNote):
            found = self.opened[key] = OpenedNote(key, read(self.notes.get(key)))
        return found.note  # type: ignore[return-value]  # whose note it is reads it in one way only

    def input_note(self, dataset: int, number: int, whose: str) -> bytes | None:
        """What was noted last about an input."""
        return self.input_notes.get((dataset, number, whose))

    def put_input(self, dataset: int, number: int, whose: str, what: bytes | None) -> None:
        """Note it; None forgets."""
        key = (dataset, number, whose)
        self.input_noted[key] = what
        if what is None:
            self.input_notes.pop(key, None)
        else:
            self.input_notes[key] = what

    def set_timer(self, dataset: int, whose: str, about: str, at: int | None) -> None:
        """Let a timer ring at that instant; None forgets it."""
        key = (dataset, whose, about)
        if self.timers.get(key) == at:
            return
        self.timed[key] = at
        if at is None:
            self.timers.pop(key, None)
        else:
            self.timers[key] = at

    def answer_again(self, number: int, answered: Reanswered) -> None:
        """What was queued of an input has been answered, and waits no more."""
        self.queued[number].remove(answered.queued)
        self.reanswered.append(answered)

    def timers_of(self, dataset: int) -> dict[TimerKey, int]:
        """Those of one dataset, by when they ring."""
        mine = ((key, at) for key, at in self.timers.items() if key[0] == dataset)
        return dict(sorted(mine, key=lambda pair: (pair[1], pair[0])))

    def forget(self, dataset: int) -> None:
        """A dataset is no more; one of the same name that is made later starts anew."""
        self.gone.append(dataset)
        self.tallies.pop(dataset, None)
        self.waits.forget(dataset)
        self.changed.discard(dataset)
        self.stirred.discard(dataset)
        self.notes = {key: what for key, what in self.notes.items() if key[0] != dataset}
        self.noted = {key: what for key, what in self.noted.items() if key[0] != dataset}
        self.opened = {key: one for key, one in self.opened.items() if key[0] != dataset}
        self.input_notes = {key: what for key, what in self.input_notes.items() if key[0] != dataset}
        self.timers = {key: at for key, at in self.timers.items() if key[0] != dataset}
        self.timed = {key: at for key, at in self.timed.items() if key[0] != dataset}


class Touch(NamedTuple):
    """A row as far as it says what a page may touch: its dataset's incarnation and name, and its input."""

    dataset: int
    name: str
    input: int
    person: str | None = None
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page may touch: inputs, incarnations whose tally and notes are asked for, and of the notes that are parts
    (PART) those asked for by incarnation and name; None: all of these datasets.
    """

    inputs: frozenset[int] = frozenset()
    datasets: frozenset[int] = frozenset()
    parts: frozenset[tuple[int, str]] | None = frozenset()


@lru_cache(10_000)
def incarnation(source: str, row: DatasetRow) -> int:
    """A number of 64 bits for this dataset of this source, another one for the next of the same name or id."""
    return _number(source, row.id, row.name, row.created)


def incarnation_of_name(source: str, name: str) -> int:
    """The same where only a name is known: in a rule's tests, and for what was handed in from outside."""
    return _number(source, name)


def pattern_number(source: str, pattern: str) -> int:
    """The number under which notes are kept about all datasets together that a plan's pattern matches."""
    return _number("pattern", source, pattern)


@lru_cache(10_000)
def number_of(kind: str, source: str, name: str) -> int:
    """The number that stands for something else in a source that has a name: a milestone, a place for reviews."""
    return _number(kind, source, name)


def input_of(input_hash: int | None, example: int) -> int:
    """What an example's input is known by: its hash, or a number of its own where it has none."""
    return input_hash if input_hash is not None else _LOOSE + example


def _number(*parts: str | int) -> int:
    return int.from_bytes(blake2b(ascii(parts).encode(), digest_size=8).digest(), "big", signed=True)


def people_on(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    """The last answer of each person among these."""
    return {one.person: one for one in entries if one.answered and one.person is not None}
