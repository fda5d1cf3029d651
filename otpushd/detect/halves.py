"""Half saves and orphans: examples that are not linked as a save leaves them, although it ended long ago. Pure.

A save is three commits (prodigy.md, 1.3): the examples, their links to the dataset, their links to the session. A
process that died in between left one of three states: no links at all; or the dataset's alone. A script leaves the
dataset's alone by right, so of those only what names a session counts, or what bears the mark of the app among others
of its batch that have one. Links to a session alone are what a drop of the dataset leaves: they count while the dataset
is there. Whatever was dropped or migrated meanwhile explains what is missing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from otpushd.model.examples import ExampleRow
from otpushd.model.integrity import HALF_SAVE, ORPHANED_EXAMPLE
from otpushd.model.row import DatasetRow
from otpushd.prodigy.session import main_in
from otpushd.prodigy.structured_task import decode_any

NO_LINK, NO_SESSION, NO_DATASET = (
    "linked to no dataset",
    "linked to the dataset and to no session",
    "linked to a session and not to the dataset",
)


@dataclass(frozen=True, slots=True)
class Half:
    """Examples that lack something, in one dataset; None where no dataset is known of."""

    problem: str
    dataset: str | None
    what: str
    examples: tuple[int, ...]

    @property
    def detail(self) -> str:
        """In words and numbers."""
        first, last = self.examples[0], self.examples[-1]
        which = f"id {first}" if first == last else f"ids {first} to {last}"
        return f"examples {self.what}: {len(self.examples)} ({which})"


def halves(
    rows: Sequence[ExampleRow], above: int, datasets: Mapping[int, DatasetRow], *, explained: bool
) -> list[Half]:
    """What is wrong with those above an id; the others are there because of their batches.

    `datasets` are all there are. `explained`: a dataset was dropped or migrated since these examples were saved.
    """
    mains = {row.name: row for row in datasets.values() if not row.session}
    sessions = {row.name: row for row in datasets.values() if row.session}
    found: dict[tuple[str, str | None, str], list[int]] = {}
    for batch in _batches(rows, datasets):
        for row in (one for one in batch.rows if one.id > above):
            mine, spoken = _split(row, datasets)
            if len(mine) + len(spoken) < len(row.datasets):  # linked to a dataset that is gone, or newer than our list
                continue
            if mine and not spoken and (dataset := _unspoken(row, mine, batch, sessions, mains)):
                found.setdefault((HALF_SAVE, dataset.name, NO_SESSION), []).append(row.id)
            elif spoken and not mine and not explained and (dataset := _of_sessions(spoken, batch, mains)):
                found.setdefault((HALF_SAVE, dataset.name, NO_DATASET), []).append(row.id)
            elif not row.datasets and not explained:
                found.setdefault((ORPHANED_EXAMPLE, None, NO_LINK), []).append(row.id)
    return [Half(*key, tuple(ids)) for key, ids in found.items()]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Examples whose ids follow one another, and of each main dataset the sessions that some of them are linked to."""

    rows: list[ExampleRow]
    speaking: dict[int, set[int]]


def _batches(rows: Iterable[ExampleRow], datasets: Mapping[int, DatasetRow]) -> list[_Batch]:
    batches: list[_Batch] = []
    last: int | None = None
    for row in rows:
        if last is None or row.id != last + 1:
            batches.append(_Batch([], {}))
        batches[-1].rows.append(row)
        mine, spoken = _split(row, datasets)
        for one in mine if spoken else ():
            batches[-1].speaking.setdefault(one.id, set()).update(each.id for each in spoken)
        last = row.id
    return batches


def _split(row: ExampleRow, datasets: Mapping[int, DatasetRow]) -> tuple[list[DatasetRow], list[DatasetRow]]:
    """Its main datasets and its sessions, of those that are known."""
    known = [datasets[number] for number in row.datasets if number in datasets]
    return [one for one in known if not one.session], [one for one in known if one.session]


def _unspoken(
    row: ExampleRow,
    mine: Sequence[DatasetRow],
    batch: _Batch,
    sessions: Mapping[str, DatasetRow],
    mains: Collection[str],
) -> DatasetRow | None:
    """The dataset in which its session is missing. What was copied from elsewhere brings its old session's name."""
    if row.content is None:
        return None
    task = decode_any(row.content)
    for dataset in mine:
        speaking = batch.speaking.get(dataset.id, set())
        if task.session_id is None:
            if speaking and (task.timed or task.annotator_id is not None):
                return dataset
            continue
        session = sessions.get(task.session_id)
        if session is not None and (session.id in speaking or main_in(session.name, mains) == dataset.name):
            return dataset
    return None


def _of_sessions(spoken: Sequence[DatasetRow], batch: _Batch, mains: Mapping[str, DatasetRow]) -> DatasetRow | None:
    """The dataset that it should be in, if that is there: the sessions' names tell, or their others in the batch."""
    for session in spoken:
        if (name := main_in(session.name, mains)) is not None:
            return mains[name]
        for dataset in mains.values():
            if session.id in batch.speaking.get(dataset.id, ()):
                return dataset
    return None
