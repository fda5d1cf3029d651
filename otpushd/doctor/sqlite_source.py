"""Judges what was found out about a Prodigy database in SQLite. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from otpushd.doctor.finding import Area, Finding, lasting, number, split
from otpushd.prodigy.facts import SqliteFacts
from otpushd.prodigy.sqlite_beside import Beside

LONGEST_PAGE = timedelta(milliseconds=100)
"""Prodigy waits 5 s for a lock; so long a page is a sign of a slow disk long before it is a danger."""
CLOCK = timedelta(seconds=60)
MENDS = {
    "missing": "correct the path, or start Prodigy once; until then otpushd waits",
    "empty": "start Prodigy once; until then otpushd waits",
    "not_prodigy": "point the source at Prodigy's prodigy.db; its settings are in ~/.prodigy/prodigy.json",
    "locked": "look who has it open (fuser -v FILE); a save takes milliseconds",
    "unreadable": "give otpushd's user read rights on the file and its folder: add it to the file's group",
    "io_error": "look into the system's log (dmesg), and whether the mount is there",
}


def judge_sqlite(name: str, facts: SqliteFacts, now: datetime) -> Iterator[Finding]:
    """Findings about the source called `name`."""
    area = Area(f"source {name}")
    if facts.trouble is not None:
        what, mend = split(facts.trouble.text)
        yield area.problem(what, mend or MENDS.get(facts.trouble.code, "see README.md, Operate it"))
    else:
        owner = f"of {facts.owner}, mode {facts.mode:04o}"
        content = f"{number(facts.highest, 'link')} in {number(facts.datasets, 'dataset')}"
        yield area.ok(f"{facts.path} is Prodigy's: {content}; {owner}")
        yield from _journal(area, facts)
        yield from _page(area, facts)
        yield from _content(area, facts, now)
    yield from _file(area, facts)


def _journal(area: Area, facts: SqliteFacts) -> Iterator[Finding]:
    if facts.beside is Beside.ROLLBACK:
        yield area.ok("rollback journal: a read and a save wait for each other, for milliseconds")
        return
    open_now = "somebody has it open" if facts.beside is Beside.OPEN else "nobody has it open now"
    yield area.ok(f"write-ahead log (WAL), {open_now}: reads and saves do not wait for each other")
    if facts.folder_ours:
        yield area.note(
            f"otpushd may write in {facts.path.parent}; it makes no file there, but whatever else runs as its user and "
            "opens the database could, and then Prodigy cannot save",
            f"take that right away: chmod g-w {facts.path.parent}, or ReadOnlyPaths= in the systemd unit",
        )


def _page(area: Area, facts: SqliteFacts) -> Iterator[Finding]:
    if facts.page is None:
        return
    if facts.page <= LONGEST_PAGE:
        yield area.ok(f"a read holds its lock for {lasting(facts.page)}; Prodigy's save waits up to 5 s")
    else:
        yield area.warning(
            f"a read holds its lock for {lasting(facts.page)}, which Prodigy's saves have to wait for",
            "put the database on a local, quicker disk; or look for very large tasks (images inside the JSON)",
        )


def _content(area: Area, facts: SqliteFacts, now: datetime) -> Iterator[Finding]:
    if facts.newest is not None and facts.newest - now > CLOCK:
        yield area.warning(
            f"the newest dataset was made {lasting(facts.newest - now)} in the future",
            "set this machine's clock, or that of the one where Prodigy runs (timedatectl set-ntp true)",
        )
    if facts.structured:
        yield structured(area, facts.structured)
    for text in facts.notes:
        yield area.warning(*_or_else(split(text)))


def _file(area: Area, facts: SqliteFacts) -> Iterator[Finding]:
    if facts.network is not None:
        yield area.warning(
            f"the database is on a network file system ({facts.network}), where SQLite's locks cannot be relied on",
            "run otpushd where the disk is, on the same machine as Prodigy; or move Prodigy to PostgreSQL",
        )
    if facts.mode & 0o002:
        mend = f"chmod o-w {facts.path}"
        yield area.warning("everybody on this machine may change Prodigy's database", mend)
    if facts.strangers:
        yield area.warning(
            f"{', '.join(facts.strangers)} beside it is another user's than the database: Prodigy may fail to save",
            f"stop all that have it open, start Prodigy first, and let no other user write in {facts.path.parent}",
        )


def structured(area: Area, tables: Iterable[str]) -> Finding:
    """Storage of Prodigy v2. What the reader cannot make of it, it says in its notes."""
    return area.ok(f"structured (v2) storage is there, and read too: {', '.join(tables)}")


def _or_else(finding: tuple[str, str]) -> tuple[str, str]:
    what, mend = finding
    return what, mend or "see README.md, Operate it"
