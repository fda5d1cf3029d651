"""Dataset rows to `dataset.created`, `dataset.dropped` and `session.started`.

A dataset is the same one while id, name and creation time agree: SQLite gives ids out again, people names
(prodigy.md 1.4).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from otpushd.model.event import Event, EventType, Field, Kind, event_id
from otpushd.model.fact import Fact
from otpushd.model.ledger import incarnation
from otpushd.model.memory import KnownDataset, SourceMemory
from otpushd.model.row import DatasetRow
from otpushd.prodigy.session import SessionKind, kind_of, main_in, person_in

_LIFE = {"created": Field(Kind.INSTANT), "answers": Field(Kind.INTEGER)}
CREATED = EventType("dataset.created", _LIFE)
DROPPED = EventType("dataset.dropped", _LIFE)
STARTED = EventType(
    "session.started",
    {
        "session": Field(Kind.STRING),
        "annotator": Field(Kind.STRING),
        "kind": Field(Kind.STRING, tuple(SessionKind)),
    },
)
TYPES = (CREATED, DROPPED, STARTED)


@dataclass(frozen=True, slots=True)
class Census:
    """The datasets there are now, and how that differs from those known: ids `gone`, datasets `changed`, `facts`."""

    known: Mapping[int, KnownDataset]
    gone: tuple[int, ...] = ()
    changed: Mapping[int, KnownDataset] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """What is announced."""
        return tuple([fact.event for fact in self.facts])


def census(
    source: str,
    known: Mapping[int, KnownDataset],
    rows: Iterable[DatasetRow] | None,
    is_news: Callable[[DatasetRow], bool],
    now: datetime,
) -> Census:
    """Compare the datasets known with all `rows` there are (None: the same as before), and tell those that are news."""
    if rows is None:
        return Census(known)
    present = {row.id: row for row in rows}
    missing = [one for number, one in known.items() if number not in present or not same(one.row, present[number])]
    gone = {one.row.id for one in missing}
    new = [row for row in present.values() if row.id in gone or row.id not in known]
    changed = {row.id: KnownDataset(row, past=not is_news(row) or _renamed(row, known)) for row in new}
    mains = {row.name for row in present.values() if not row.session}
    facts = [_fact(source, dropped(source, one, now), one.row, now) for one in missing if not one.row.session]
    by_name = {row.name: row for row in present.values() if not row.session}
    for row in new:
        if is_news(row):
            event = created(source, row, mains, now)
            facts.append(_fact(source, event, by_name.get(event.dataset or "") if row.session else row, now))
    kept = {number: one for number, one in known.items() if number not in gone}
    return Census({**kept, **changed}, tuple(gone), changed, tuple(facts))


def _fact(source: str, event: Event, main: DatasetRow | None, now: datetime) -> Fact:
    return Fact(event, incarnation(source, main) if main else 0, now)


def same(one: DatasetRow, other: DatasetRow) -> bool:
    """Whether both rows are of one dataset."""
    return identity(one) == identity(other)


def _renamed(row: DatasetRow, known: Mapping[int, KnownDataset]) -> bool:
    """Whether it is one that was there at the first look, by another name: its rows stay what they are."""
    before = known.get(row.id)
    return before is not None and before.past and before.row.created == row.created


def identity(row: DatasetRow) -> tuple[int, str, int]:
    """What tells a dataset from every other, before and after it."""
    return row.id, row.name, row.created


def is_news(memory: SourceMemory, dataset: DatasetRow) -> bool:
    """Whether it was made after we began, where the source could not be read at first. Both are whole seconds."""
    return memory.news_since is not None and dataset.created >= memory.news_since


def created(source: str, row: DatasetRow, mains: Collection[str], now: datetime) -> Event:
    """`dataset.created` for a main dataset, `session.started` for a session's."""
    if row.session:
        return Event(
            type=STARTED.name,
            id=event_id(source, STARTED.name, *identity(row)),
            source=source,
            time=now,
            dataset=main_in(row.name, mains),
            data={"session": row.name, "annotator": person_in(row.name, mains), "kind": kind_of(row).value},
        )
    return _main(CREATED.name, source, KnownDataset(row), now)


def dropped(source: str, known: KnownDataset, now: datetime) -> Event:
    """`dataset.dropped`, with the number of people's answers that were counted in it."""
    return _main(DROPPED.name, source, known, now)


def _main(kind: str, source: str, known: KnownDataset, now: datetime) -> Event:
    return Event(
        type=kind,
        id=event_id(source, kind, *identity(known.row)),
        source=source,
        time=now,
        dataset=known.row.name,
        data={"created": instant(known.row.created), "answers": known.answers},
    )


def instant(seconds: int) -> datetime | None:
    """Epoch seconds as an aware instant, None where there is no such."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
