"""However the three commits of many saves fall between the looks, and wherever pages are cut: one event a main link."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from otpushd.detect.answers import Who
from otpushd.detect.step import settle, step
from otpushd.model.event import Event
from otpushd.model.memory import SourceMemory
from otpushd.model.row import DatasetRow, LinkRow, Page

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TIME = "2026-03-02_09-00-00"
WHO = {
    "ann": ("answer.saved", "ann"),
    "bob-x": ("answer.saved", "bob-x"),
    TIME: ("answer.saved", None),
    "import": ("example.added", None),
    "script": ("example.added", None),
}


@dataclass
class Tables:
    """Prodigy's tables in memory, with SQLite's habit of giving out the highest id again."""

    datasets: dict[int, DatasetRow] = field(default_factory=dict)
    links: dict[int, LinkRow] = field(default_factory=dict)
    examples: int = 0
    clock: int = 0

    def dataset(self, name: str, *, session: bool = False) -> int:
        for row in self.datasets.values():
            if row.name == name:
                return row.id
        number, self.clock = max(self.datasets, default=0) + 1, self.clock + 1
        shown, bare = (f"{TIME}-1", True) if name == "import" else (name, False)
        self.datasets[number] = DatasetRow(number, shown, self.clock, session, bare)
        return number

    def link(self, dataset: int, examples: Collection[int]) -> None:
        for example in examples:
            number = max(self.links, default=0) + 1
            session = self.datasets[dataset].session
            content = None if session else b'{"answer": "accept"}'
            self.links[number] = LinkRow(number, example, dataset, example % 3, 0, content, len(content or b""))

    def drop_all(self) -> None:
        self.datasets, self.links = {}, {}

    def read(self, above: int, awaited: Collection[int], size: int) -> Page:
        found = [link for number, link in sorted(self.links.items()) if number > above][:size]
        asked = {link.example_id for link in found} | set(awaited)
        sessions: dict[int, tuple[int, ...]] = {}
        for _, link in sorted(self.links.items()):
            if link.example_id in asked and self.datasets[link.dataset_id].session:
                sessions[link.example_id] = (*sessions.get(link.example_id, ()), link.dataset_id)
        highest = max(self.links, default=0)
        last = not found or found[-1].id >= highest
        mark = min(found[-1].id if found else above, highest)
        return Page(tuple(found), tuple(self.datasets.values()), (0,), sessions, highest, last, mark=mark)


@dataclass
class Reader:
    """The reading side with its memory."""

    from_beginning: bool = False
    grace: timedelta = DAY
    now: datetime = NINE
    memory: SourceMemory = field(default_factory=SourceMemory)
    answered: set[Who] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    def look(self, tables: Tables, size: int = 1000, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        last = False
        while not last:
            awaited = [one.link.example_id for one in self.memory.waiting.values()]
            page = tables.read(self.memory.mark, awaited, size)
            half = settle("main", page, self.memory, self.now, grace=self.grace, from_beginning=self.from_beginning)
            done = step("main", half, half.keys() & self.answered, self.now)
            self.memory, last = done.memory, page.last
            self.answered |= half.keys()
            self.events += done.events

    def rows(self) -> list[Event]:
        return [event for event in self.events if event.type in ("answer.saved", "example.added")]


@dataclass
class Save:
    """One save under way: its commits still to come."""

    tables: Tables
    main: str
    who: str
    count: int
    examples: list[int] = field(default_factory=list)
    done: int = 0

    def commit(self) -> bool:
        """The next of the three commits; whether there was one."""
        self.done += 1
        if self.done == 1:
            first = self.tables.examples + 1
            self.tables.examples += self.count
            self.examples = list(range(first, first + self.count))
        elif self.done == 2:
            self.tables.link(self.tables.dataset(self.main), self.examples)
        elif self.done == 3 and self.who != "script":
            session = self.who if self.who in (TIME, "import") else f"{self.main}-{self.who}"
            self.tables.link(self.tables.dataset(session, session=True), self.examples)
        return self.done <= 3


begin = st.tuples(
    st.just("save"), st.sampled_from(["news", "news-eu"]), st.sampled_from(sorted(WHO)), st.integers(1, 4)
)
commit = st.tuples(st.just("commit"), st.integers(0, 5))
look = st.tuples(st.just("look"), st.integers(1, 5), st.sampled_from([0.0, 0.1, 1.0, 3.0]))
stories = st.lists(begin | commit | look, max_size=40)


def play(story: list[tuple], tables: Tables, reader: Reader) -> list[Save]:
    """Let it happen, then let every save finish, and look until nothing waits any more."""
    saves: list[Save] = []
    for what, *values in story:
        if what == "save":
            saves.append(Save(tables, *values))
        elif what == "commit" and values[0] < len(saves):
            saves[values[0]].commit()
        elif what == "look":
            reader.look(tables, *values)
    for save in saves:
        deque(iter(save.commit, False), 0)
    reader.look(tables, 3)
    reader.look(tables, 3, DAY.total_seconds())
    return saves


@given(stories)
def test_every_main_link_leads_to_one_event_that_says_who(story: list[tuple]) -> None:
    tables, reader = Tables(), Reader(from_beginning=True)
    saves = play(story, tables, reader)
    expected = {example: WHO[save.who] for save in saves for example in save.examples}
    found = {event.value("example"): (event.type, event.value("annotator")) for event in reader.rows()}
    assert found == expected
    assert len({event.id for event in reader.events}) == len(reader.events)
    assert len(reader.rows()) == len(expected)


@given(stories, st.integers(1, 7))
def test_a_replay_with_other_page_boundaries_says_the_same(story: list[tuple], size: int) -> None:
    tables, first, again = Tables(), Reader(from_beginning=True), Reader(from_beginning=True)
    play(story, tables, first)
    again.look(tables, size)
    again.look(tables, size, DAY.total_seconds())
    assert {event.id: event.type for event in again.events} == {event.id: event.type for event in first.events}
    assert again.answered == first.answered


@given(stories, st.sampled_from([0.0, 0.05, 2.0]))
def test_with_any_grace_and_first_look_each_link_is_told_or_history_and_never_both(
    story: list[tuple], grace: float
) -> None:
    tables, reader = Tables(), Reader(grace=timedelta(seconds=grace))
    play([("look", 1, 0.0), *story] if len(story) % 2 else story, tables, reader)
    history = reader.memory.history_to or 0
    mains = {number: link for number, link in tables.links.items() if not tables.datasets[link.dataset_id].session}
    told = [event.value("example") for event in reader.rows()]
    assert sorted(told) == sorted(link.example_id for number, link in mains.items() if number > history)
    assert len({event.id for event in reader.events}) == len(reader.events)
    assert not reader.memory.waiting


@given(stories)
def test_people_are_counted_whether_told_or_history(story: list[tuple]) -> None:
    told, silent = Reader(from_beginning=True), Reader()
    tables = Tables()
    play(story, tables, told)
    silent.look(tables)
    counts = [{one.row: one.answers for one in each.memory.datasets.values()} for each in (told, silent)]
    assert counts[0] == counts[1]
    assert (silent.events, silent.answered) == ([], told.answered)


@settings(max_examples=50)
@given(st.lists(stories, min_size=2, max_size=4), st.integers(1, 5))
def test_datasets_that_are_dropped_and_made_again_lose_and_repeat_nothing_that_was_seen(
    chapters: list[list[tuple]], size: int
) -> None:
    """Between the chapters everything is dropped, and a look sees the ids fall."""
    tables, reader = Tables(), Reader(from_beginning=True)
    for story in chapters:
        play(story, tables, reader)
        tables.drop_all()
        reader.look(tables, size)
    assert sorted(one.value("example") for one in reader.rows()) == list(range(1, tables.examples + 1))
    assert len({event.id for event in reader.events}) == len(reader.events)
