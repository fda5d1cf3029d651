"""Judges what was found out about otpushd's own store. Pure; one judge for each kind of store."""

from collections.abc import Iterator
from datetime import timedelta

from otpushd.doctor.finding import Area, Finding, clocks, split
from otpushd.store.facts import SharedFacts, StoreFacts

LEAST_BYTES = 1_000_000_000
LEAST_SHARE = 0.05
GB = 1_000_000_000
CLOCKS = timedelta(seconds=30)
"""Claims are leased by each daemon's own clock for five minutes, and daemons that share a store have to agree on it."""


def judge_sqlite_store(facts: StoreFacts) -> Iterator[Finding]:
    """Findings about a store in SQLite, which may not be there yet."""
    area = Area("store")
    if facts.trouble is not None:
        what, mend = split(facts.trouble)
        yield area.problem(f"{facts.path}: {what}", mend or "see that its folder is there and may be read")
    elif not facts.exists:
        yield from _to_be_made(area, facts)
    else:
        yield from _there(area, facts)
    if facts.size:
        yield _room(area, facts)
    if facts.network is not None:
        yield area.problem(
            f"it is on a network file system ({facts.network}), where SQLite in WAL mode does not work",
            "put the store on a local disk of this machine (store: url)",
        )
    if facts.exists and facts.mode & 0o077:
        readers = "everybody" if facts.mode & 0o007 else "its group"
        what = f"{readers} may open the store (mode {facts.mode:04o}); it holds addresses and texts of messages"
        yield area.warning(what, f"chmod 600 {facts.path}")
    if facts.folder_mode & 0o002 and not facts.folder_mode & 0o1000:
        what = f"everybody may put files into {facts.folder} and take them away, the store too"
        yield area.warning(what, f"chmod o-w {facts.folder}")


def _to_be_made(area: Area, facts: StoreFacts) -> Iterator[Finding]:
    if facts.writable:
        yield area.ok(f"{facts.path} is not there yet; the first start makes it")
    else:
        yield area.problem(
            f"{facts.path} is not there, and cannot be made: {facts.folder} may not be written",
            f"make its folder, and give it to otpushd's user: install -d -m 700 -o USER {facts.path.parent}",
        )


def _there(area: Area, facts: StoreFacts) -> Iterator[Finding]:
    if not facts.writable:
        yield area.problem(
            f"{facts.path} or its folder may not be written (the file is {facts.owner}'s, mode {facts.mode:04o})",
            "give otpushd's user write rights on the file and its folder",
        )
    if facts.newer:
        yield area.problem(
            f"the store was written by a newer otpushd (it has {', '.join(facts.newer)})",
            "install that version again; this one refuses to open it",
        )
    elif facts.older:
        yield area.ok(f"{facts.path}: of an older otpushd; the next start brings it up to date")
    elif facts.older is not None:
        yield area.ok(f"{facts.path}: of this version")
    else:
        yield area.note(
            "its version could not be looked at without writing: one of its -wal and -shm files is missing",
            "start otpushd, which mends that",
        )
    if facts.holder is not None:
        yield area.ok(f"otpushd runs on it (process {facts.holder})")


def _room(area: Area, facts: StoreFacts) -> Finding:
    free = f"{facts.free / GB:,.1f} GB ({facts.free / facts.size:.0%}) free on the disk of {facts.folder}"
    if facts.free >= LEAST_BYTES and facts.free / facts.size >= LEAST_SHARE:
        return area.ok(free)
    return area.warning(
        f"only {free}; on a full disk nothing is announced until there is room again",
        "make room, put the store elsewhere, or shorten `retention`",
    )


def judge_shared_store(facts: SharedFacts) -> Iterator[Finding]:
    """Findings about a store on PostgreSQL, in which there need not be any tables yet."""
    area = Area("store")
    if facts.trouble is not None:
        what, mend = split(facts.trouble)
        yield area.problem(f"{facts.shown}: {what}", mend or "see the server's log")
        return
    if facts.behind and not facts.may_make:
        yield area.problem(
            f"{facts.shown}: tables have to be made, and the role may not make any",
            "make it the owner of the database, or GRANT CREATE ON SCHEMA",
        )
    elif not facts.exists:
        yield area.ok(f"{facts.shown}: no tables yet; the first start makes them")
    elif facts.behind:
        yield area.ok(f"{facts.shown}: of an older otpushd; the next start brings it up to date")
    else:
        yield area.ok(f"{facts.shown}: of this version")
    if facts.daemons:
        yield area.ok(f"daemons that use it now: {facts.daemons}")
    if facts.ahead is not None:
        yield clocks(area, "the server's", facts.ahead, CLOCKS)
