"""Whatever writers do between any two steps of a read: every committed id is reported once, and none below the mark."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.prodigy.writer_barrier import UNBOUNDED, Barrier, Closing, untaken


@dataclass
class Backend:
    """A session: what pg_locks calls its transaction, whether that holds the table's lock, its ids not committed.

    `kept` says how many ids there were at the savepoint that is open, and whether the lock was.
    """

    session: str
    name: str = ""
    locked: bool = False
    ids: list[int] = field(default_factory=list)
    kept: tuple[int, bool] | None = None
    cache: list[int] = field(default_factory=list)


@dataclass
class Server:
    """PostgreSQL as far as the barrier goes. A commit is visible before its lock is gone; its name is none by then."""

    cached: int
    next_id: int = 1
    names: int = 0
    backends: dict[int, Backend] = field(default_factory=dict)
    prepared: list[Backend] = field(default_factory=list)
    visible: set[int] = field(default_factory=set)

    def act(self, what: str, slot: int) -> None:
        """One thing that a backend does. One that is about to let go of its lock does so first."""
        backend = self.backends.setdefault(slot, Backend(self.new("session ")))
        if backend.locked and not backend.name:
            self.backends[slot] = backend = Backend(backend.session, cache=backend.cache)
        getattr(self, what)(slot, backend)

    def lock(self, _slot: int, backend: Backend) -> None:
        backend.name, backend.locked = backend.name or self.new("3/"), True

    def insert(self, slot: int, backend: Backend) -> None:
        """The lock is taken before the id."""
        self.lock(slot, backend)
        if not backend.cache:
            backend.cache = list(range(self.next_id, self.next_id + self.cached))
            self.next_id += self.cached
        backend.ids.append(backend.cache.pop(0))

    def savepoint(self, _slot: int, backend: Backend) -> None:
        backend.name = backend.name or self.new("3/")
        backend.kept = backend.kept or (len(backend.ids), backend.locked)

    def rollback_to_savepoint(self, _slot: int, backend: Backend) -> None:
        """A lock taken after the savepoint goes with it."""
        if backend.kept is not None:
            del backend.ids[backend.kept[0] :]
            backend.locked, backend.kept = backend.kept[1], None

    def begin_commit(self, slot: int, backend: Backend) -> None:
        """The first half of a commit; the second is done by `act`."""
        self.visible.update(backend.ids)
        backend.ids, backend.kept, backend.name = [], None, ""

    def commit(self, slot: int, backend: Backend) -> None:
        self.visible.update(backend.ids)
        self.rollback(slot, backend)

    def rollback(self, slot: int, backend: Backend) -> None:
        self.backends[slot] = Backend(backend.session, cache=backend.cache)

    def disconnect(self, slot: int, _backend: Backend) -> None:
        self.backends[slot] = Backend(self.new("session "))

    def prepare(self, slot: int, backend: Backend) -> None:
        """Its lock goes over to the prepared transaction in one step, under another name."""
        if backend.locked:
            self.prepared.append(Backend("", self.new("-1/"), True, backend.ids))
        self.rollback(slot, backend)

    def commit_prepared(self, _slot: int, _backend: Backend) -> None:
        if self.prepared:
            self.visible.update(self.prepared.pop(0).ids)

    def new(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def present(self) -> list[str]:
        """Who could still bring an id: the lock's holders, or every session where sessions keep ids for later."""
        prepared = [each.name for each in self.prepared]
        if self.cached > 1:
            return [each.session for each in self.backends.values()] + prepared
        return [each.name or f"{slot}/0" for slot, each in self.backends.items() if each.locked] + prepared


@dataclass
class Reader:
    """Reads as PostgresSource does, cut into its steps. Marks and taken ids are in the store, the barrier is not."""

    server: Server
    closing: Closing = field(default_factory=Closing)
    mark: int = 0
    taken: frozenset[int] = frozenset()
    reported: list[int] = field(default_factory=list)
    reading: Iterator[None] = field(default_factory=lambda: iter(()))

    def step(self) -> None:
        if next(self.reading, self) is self:
            self.reading = self.read()
            next(self.reading)

    def lose_connection(self) -> None:
        """Before the page under way is taken."""
        self.closing, self.reading = Closing(), iter(())

    def read(self) -> Iterator[None]:
        """At each yield the others act."""
        if self.closing.waits:
            self.closing.before(self.server.present())
        yield
        snapshot = sorted(self.server.visible)
        yield
        highest = max(snapshot, default=0)
        found = [number for number in snapshot if number > self.mark and number not in self.taken]
        page = found[:3]
        closed = self.closing.after(self.mark, highest)
        if self.closing.asks(highest):
            self.closing.ask(highest, self.server.present())
        yield
        self.mark = closed if page == found else min(closed, page[-1])
        self.reported += page
        self.taken = frozenset(number for number in self.taken.union(page) if number > self.mark)
        assert len(self.reported) == len(set(self.reported)), "reported twice"
        assert {number for number in self.server.visible if number <= self.mark} <= set(self.reported), "lost"


USUAL = ["insert"] * 3 + ["commit"] * 2
WRITES = [*USUAL, *USUAL, "lock", "begin_commit", "savepoint", "rollback_to_savepoint", "rollback", "prepare"]
RARE = [("commit_prepared", 0), ("disconnect", 0), ("disconnect", 1), ("lose_connection", 0)]
# A whole read is four steps, and closing takes two reads.
READS = [("step", count) for count in (1, 2, 3, 4, 9)] * 4
stories = st.lists(
    st.sampled_from([*[(what, slot) for what in WRITES for slot in range(3)], *READS, *RARE]), min_size=15, max_size=60
)


@settings(max_examples=600, deadline=None)
@given(stories, st.sampled_from([1, 1, 5]))
def test_nothing_is_lost_or_repeated_whatever_happens_between_the_steps_of_a_read(
    story: list[tuple[str, int]], cached: int
) -> None:
    """With ids handed out one by one, and with a cache of them in every session."""
    server = Server(cached)
    reader = Reader(server)
    for what, value in story:
        if what == "step":
            for _ in range(value):
                reader.step()
        elif what == "lose_connection":
            reader.lose_connection()
        else:
            server.act(what, value)
    for ending in (("commit",), ("disconnect",), ("commit_prepared",) * len(server.prepared)):
        for what in ending:
            for slot in list(server.backends):
                server.act(what, slot)
        for _ in range(4 * (len(server.visible) + 4)):
            reader.step()
    assert set(reader.reported) == server.visible
    if cached == 1:  # else there are sessions again, which may keep ids
        assert (reader.mark, reader.taken) == (max(server.visible, default=0), frozenset())


@pytest.mark.parametrize(
    ("before", "present", "after"),
    [
        pytest.param({"3/7", "4/9"}, {"4/9", "3/8"}, {"4/9"}, id="who came later does not count"),
        pytest.param({"3/7"}, {"3/0"}, set(), id="a transaction that has ended but holds its lock still"),
        pytest.param({"3/7"}, {"-1/700"}, {"-1/700"}, id="a transaction that was prepared"),
        pytest.param({"-1/700"}, set(), set(), id="a prepared transaction that has ended"),
        pytest.param(set(), {"-1/700"}, set(), id="nobody was waited for"),
    ],
)
def test_a_barrier_waits_for_those_who_were_there(before: set[str], present: set[str], after: set[str]) -> None:
    assert Barrier(9, frozenset(before)).narrowed(present) == Barrier(9, frozenset(after))


def test_the_closed_mark_falls_with_the_ids() -> None:
    closing = Closing()
    assert (closing.after(10, 12), closing.after(10, 4), closing.after(4, 6)) == (10, 4, 4)


@given(st.integers(0, 20), st.sets(st.integers(0, 40)))
def test_the_untaken_ranges_hold_just_what_is_above_the_mark_and_not_taken(mark: int, taken: set[int]) -> None:
    ranges = list(untaken(mark, frozenset(taken)))
    found = {number for low, high in ranges for number in range(low, min(high, 50) + 1)}
    assert found == set(range(mark + 1, 51)) - taken
    assert ranges == sorted(ranges)
    assert ranges[-1][1] == UNBOUNDED
