"""What the rules have going on, and what is held back, as a working copy.

For a page of the daemon `store/cases.py` loads it with all that may be touched and saves what changed; in a rehearsal
one lives on in memory. `pacing/` reads it and writes to it, and nothing else decides.
"""

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from otpushd.model.case import Case, Letter, Repeated
from otpushd.model.delivery import Fault, Notification, Remark, State
from otpushd.model.silence import Silence

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Until somebody says otherwise."""
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class WantedCases:
    """What has to be loaded: what gathers or was repeated under pairs of rule and key, what waits under pairs of
    listener and join, everything of `rules` (mutes), and `ids`; what of `source` is `due` by then, and what is `held`
    back until then.
    """

    keys: frozenset[tuple[str, str]] = frozenset()
    waits: frozenset[tuple[str, str]] = frozenset()
    rules: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    due: datetime | None = None
    source: str | None = None
    held: datetime | None = None


class _Next(NamedTuple):
    at: datetime
    id: str
    letter: bool


@dataclass(slots=True)
class Cases:
    """`times` are when messages went to (person, channel), as far as rates need it. What changed is noted: cases and
    those that ended, letters and those of them that are new, marks of repetition, times; `freed` are reasons to hold
    back that are no more. `releases`: all that is held back for somebody is there, so that it can be let go.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    repeated: dict[tuple[str, str, str], Repeated] = field(default_factory=dict)
    times: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    releases: bool = True
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    changed: dict[str, None] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    written: dict[str, None] = field(default_factory=dict)
    fresh: dict[str, None] = field(default_factory=dict)
    marked: dict[tuple[str, str, str], None] = field(default_factory=dict)
    timed: dict[tuple[str, str], None] = field(default_factory=dict)
    freed: list[tuple[str, datetime]] = field(default_factory=list)
    _gathering: dict[tuple[str, str], str] = field(default_factory=dict)
    _waiting: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    _filed: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _of_rule: dict[str, dict[str, None]] = field(default_factory=dict)
    _of_case: dict[str, dict[str, None]] = field(default_factory=dict)
    _held: dict[str, dict[str, None]] = field(default_factory=dict)
    _next: list[_Next] = field(default_factory=list)

    def load(self, case: Case) -> None:
        """Take a case in as it stands."""
        self.cases[case.id] = case
        self._of_rule.setdefault(case.rule, {})[case.id] = None
        if case.gathers:
            self._gathering[case.rule, case.key] = case.id
        self._filed[case.id] = tuple(case.found_by)
        for listener, join in self._filed[case.id]:
            self._waiting.setdefault(listener, {}).setdefault(join, {})[case.id] = None
        if case.next_at is not None:
            heapq.heappush(self._next, _Next(case.next_at, case.id, letter=False))

    def load_letter(self, letter: Letter) -> None:
        """Take a letter in as it stands."""
        one = letter.notification
        self.letters[one.id] = letter
        if letter.case is not None:
            self._of_case.setdefault(letter.case, {})[one.id] = None
        if letter.held is not None:
            self._held.setdefault(one.person, {})[one.id] = None
            heapq.heappush(self._next, _Next(letter.due_at, one.id, letter=True))

    def put(self, case: Case) -> None:
        """A case is new, or other than it was."""
        self._leave(case.id)
        self.load(case)
        self.ended.pop(case.id, None)
        self.changed[case.id] = None

    def end(self, case: Case) -> None:
        """There is nothing left to be done for a case."""
        self._leave(case.id)
        self.cases.pop(case.id, None)
        self.changed.pop(case.id, None)
        self.ended[case.id] = None

    def write(self, letter: Letter) -> None:
        """A letter is new, or stands otherwise than it did."""
        if letter.notification.id not in self.letters:
            self.fresh[letter.notification.id] = None
        self._held.get(letter.notification.person, {}).pop(letter.notification.id, None)
        self.load_letter(letter)
        self.written[letter.notification.id] = None

    def mark(self, key: tuple[str, str, str], repeated: Repeated) -> None:
        """Remember when a message was last sent."""
        self.repeated[key] = repeated
        self.marked[key] = None

    def time(self, key: tuple[str, str], times: list[datetime]) -> None:
        """Remember when messages went to somebody on some channel."""
        self.times[key] = times
        self.timed[key] = None

    def free(self, held: str, now: datetime) -> None:
        """What was held back for this reason may go, be it loaded or not."""
        self.freed.append((held, now))
        for letter in [one for one in self.letters.values() if one.held == held and one.due_at > now]:
            letter.due_at = now
            self.write(letter)

    def gathering(self, rule: str, key: str) -> Case | None:
        """The group of a rule and key that still gathers."""
        found = self._gathering.get((rule, key))
        return None if found is None else self.cases[found]

    def waiting(self, listener: str, join: str) -> list[Case]:
        """What waits for an event with these values, in the order in which it began."""
        found = [self.cases[one] for one in self._waiting.get(listener, {}).get(join, ())]
        return sorted(found, key=lambda case: (case.opened_at, case.id))

    def waits(self, listener: str) -> bool:
        """Whether anything waits for an event with whatever values."""
        return bool(self._waiting.get(listener))

    def is_open(self, rule: str) -> bool:
        """Whether anything of a rule or mute is going on."""
        return bool(self._of_rule.get(rule))

    def letters_of(self, case: str) -> list[Letter]:
        """What was written for a case."""
        return [self.letters[one] for one in self._of_case.get(case, ()) if one in self.letters]

    def held_for(self, person: str, now: datetime) -> list[Letter]:
        """What is held back for somebody and may be no longer, the oldest first."""
        found = [self.letters[one] for one in self._held.get(person, ())]
        due = [one for one in found if one.due_at <= now]
        return sorted(due, key=lambda one: _as_read(one.notification))

    def next(self) -> tuple[datetime, Case | str] | None:
        """What is due first, and when: a case, or a person for whom something is held back."""
        while self._next:
            at, id, is_letter = self._next[0]
            if is_letter:
                letter = self.letters.get(id)
                if self.releases and letter is not None and letter.held is not None and letter.due_at == at:
                    return at, letter.notification.person
            elif (case := self.cases.get(id)) is not None and case.next_at == at:
                return at, case
            heapq.heappop(self._next)
        return None

    def remark(self, subject: str, rule: str | None, person: str | None, what: str, at: datetime) -> None:
        """Note why something was said or not."""
        self.remarks.append(Remark(subject, rule, person, what, at))

    def remark_all(self, case: Case, what: str, at: datetime) -> None:
        """Note of a case that ends why those whom it meant hear no more of it, each by name so that it is found."""
        people: list[str | None] = [*case.people]
        for person in people or [None]:
            self.remark(case.id, case.rule, person, what, at)

    def drain(self) -> Iterator[Letter]:
        """In a rehearsal: what goes out now. It is taken as accepted, and forgotten if nothing may come after it."""
        for id in list(self.written):
            letter = self.letters[id]
            if letter.state is State.PENDING:
                letter.state = State.ACCEPTED
                yield letter
            self._forget(letter)
        for case in self.ended:
            for id in self._of_case.pop(case, ()):
                if id in self.letters:
                    self._forget(self.letters[id])
        self.forget_changes()

    def has_changed(self) -> bool:
        """Whether anything is noted that is to be written down."""
        return bool(self.changed or self.ended or self.written or self.marked or self.faults or self.remarks)

    def forget_changes(self) -> None:
        """What was noted is written down, or never will be."""
        for noted in (self.changed, self.ended, self.written, self.fresh, self.marked, self.timed):
            noted.clear()
        self.freed.clear()
        self.faults.clear()
        self.remarks.clear()

    def _forget(self, letter: Letter) -> None:
        if letter.held is None and letter.case not in self.cases:
            self.letters.pop(letter.notification.id, None)

    def _leave(self, id: str) -> None:
        case = self.cases.get(id)
        if case is None:
            return
        self._of_rule.get(case.rule, {}).pop(id, None)
        if self._gathering.get((case.rule, case.key)) == id:
            del self._gathering[case.rule, case.key]
        for listener, join in self._filed.pop(id, ()):
            waiting = self._waiting[listener]
            waiting[join].pop(id, None)
            if not waiting[join]:
                del waiting[join]


def _as_read(one: Notification) -> tuple[object, ...]:
    """By age; of one instant as people would sort the titles, 9 before 10."""
    title = [(not part.isdecimal(), part.zfill(20)) for part in _NUMBERS.split(one.title)]
    return one.created_at, title, one.id
