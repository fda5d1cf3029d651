"""Which tables hold Prodigy 2's structured examples and links: told by their columns, because their names are unknown.

Pure. Nothing that is absent is an error: without these tables there is classic storage alone (prodigy.md, 1.6).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

CLASSIC = ("dataset", "example", "link")
FLAG = "structured"
STAMPS = ("created", "superseded_by", "superseded_by_id")
EXAMPLE_COLUMNS = ("id", "input_hash", "task_hash", "content")

Schema = Mapping[str, Mapping[str, str]]
"""Table to column to declared type."""


@dataclass(frozen=True, slots=True)
class StructuredTables:
    """The two tables by their names, and those columns whose names differ between builds or may be absent (None).

    `finds_links`: an index leads from an example to its links. `finds_older`: one leads to the example it superseded.
    """

    example: str
    link: str
    link_example: str
    link_dataset: str
    session: str | None
    superseded_by: str | None
    finds_links: bool
    finds_older: bool
    flag: bool
    """Whether `dataset` says which datasets are structured."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was found; `tables` is None without structured storage. `notes` are for the operator, without values."""

    tables: StructuredTables | None
    notes: tuple[str, ...] = ()


def recognise(schema: Schema, indexed: Mapping[str, Collection[str]]) -> Recognised:
    """Find the tables among all those of the database; `indexed` are the columns that an index of the table leads with.

    Never fails.
    """
    flag = FLAG in schema.get("dataset", {})
    others = {table: columns for table, columns in schema.items() if table not in CLASSIC}
    examples = _best({table: _example_likeness(table, columns) for table, columns in others.items()})
    links = _best({table: _link_likeness(table, columns) for table, columns in others.items()})
    if not examples or not links:
        return Recognised(None, tuple(_lacking(flag, examples, links)))
    example, link = examples[0], links[0]
    notes = [f"tables {' and '.join(found)} look alike: {found[0]} is read" for found in (examples, links) if found[1:]]
    columns = schema[link]
    superseded_by = _first(schema[example], "superseded_by_id", "superseded_by")
    if superseded_by is None:
        notes.append(f"table {example} lacks superseded_by: its rows are read as never superseded")
    session = _session(columns)
    if session is None:
        notes.append(f"table {link} lacks session_id: who answered is read from session datasets and tasks alone")
    link_example = _first(columns, "example_id", "example") or ""
    finds_links = link_example in indexed.get(link, ())
    if not finds_links:
        notes.append(f"table {link} has no index on {link_example}: corrections are found by the sweep alone")
    tables = StructuredTables(
        example=example,
        link=link,
        link_example=link_example,
        link_dataset=_first(columns, "dataset_id", "dataset") or "",
        session=session,
        superseded_by=superseded_by,
        finds_links=finds_links,
        finds_older=superseded_by is not None and superseded_by in indexed.get(example, ()),
        flag=flag,
    )
    return Recognised(tables, tuple(notes))


def _example_likeness(table: str, columns: Mapping[str, str]) -> int:
    """0 for a table that cannot be it. A copy of the classic table, which a user may have made, is not it."""
    if not all(column in columns for column in EXAMPLE_COLUMNS) or not _whole(columns, "id"):
        return 0
    stamps = sum(column in columns for column in STAMPS)
    return 2 * stamps + _sounds(table) if stamps or _sounds(table) else 0


def _link_likeness(table: str, columns: Mapping[str, str]) -> int:
    example, dataset = _first(columns, "example_id", "example"), _first(columns, "dataset_id", "dataset")
    if example is None or dataset is None or not _whole(columns, "id", example, dataset):
        return 0
    return 2 * (_session(columns) is not None) + _sounds(table)


def _session(columns: Mapping[str, str]) -> str | None:
    """A name, not the number of something."""
    return _first({name: kind for name, kind in columns.items() if "int" not in kind.lower()}, "session_id", "session")


def _sounds(table: str) -> int:
    return int("structured" in table.lower())


def _whole(columns: Mapping[str, str], *names: str) -> bool:
    """Whether they are there and hold integers, whatever the database calls them."""
    return all("int" in columns.get(name, "").lower() for name in names)


def _first(columns: Mapping[str, str], *names: str) -> str | None:
    return next((name for name in names if name in columns), None)


def _best(likeness: Mapping[str, int]) -> list[str]:
    """The tables most like it, those with the shorter names first; empty if none is."""
    most = max(likeness.values(), default=0)
    return sorted([table for table, one in likeness.items() if one == most > 0], key=lambda table: (len(table), table))


def _lacking(flag: bool, examples: list[str], links: list[str]) -> list[str]:
    if examples or links:
        there, lacks = (examples[0], "links") if examples else (links[0], "examples")
        return [f"table {there} looks like structured storage, but no table of structured {lacks} was found: not read"]
    if flag:
        return ["dataset has the column structured, but no structured tables were found: classic rows are read alone"]
    return []
