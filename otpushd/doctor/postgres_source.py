"""Judges what was found out about a Prodigy database in PostgreSQL. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from otpushd.doctor.finding import Area, Finding, clocks, lasting, number, split
from otpushd.doctor.sqlite_source import structured
from otpushd.prodigy.facts import PostgresFacts, Rights, Writer

CLOCK = timedelta(seconds=5)
LONG = timedelta(minutes=5)
VERIFYING = ("verify-ca", "verify-full")
MENDS = {
    "standby": "name the primary in the source's `url`",
    "empty": "start Prodigy once; until then otpushd waits",
    "not_prodigy": "name the database and schema that Prodigy uses, in `url`",
    "too_old": "upgrade the server",
    "unreachable": "check that the server runs and that this machine may reach it; until then otpushd waits",
    "refused": "look into the server's log",
    "locked": "look who holds the lock: SELECT * FROM pg_locks WHERE mode = 'AccessExclusiveLock'",
    "timeout": "look what the server is busy with: SELECT * FROM pg_stat_activity",
}


def judge_postgres(name: str, facts: PostgresFacts, poll: timedelta) -> Iterator[Finding]:
    """Findings about the source called `name`, which is looked at every `poll`."""
    area = Area(f"source {name}")
    if facts.version:
        took = f", answers in {lasting(facts.round_trip)}" if facts.round_trip else ""
        yield area.ok(f"{facts.shown}: PostgreSQL {facts.version}{took}")
        yield from _encryption(area, facts)
    if facts.trouble is not None:
        yield _trouble(area, facts)
    elif facts.in_order:
        yield area.ok("it is a primary, tables and columns are Prodigy's, and ids are handed out in order (CACHE 1)")
    for text in facts.notes:
        yield _noted(area, text)
    yield from _rights(area, facts)
    if facts.ahead is not None:
        yield clocks(area, "the server's", facts.ahead, CLOCK)
    for writer in facts.writers:
        yield _writing(area, writer)
    if facts.idle_limit is not None and facts.idle_limit <= poll:
        yield area.note(
            f"the server ends connections that are idle for {lasting(facts.idle_limit)}: otpushd connects anew for "
            f"every look (poll: {lasting(poll)})",
            f"ALTER ROLE {facts.role} SET idle_session_timeout = 0",
        )
    if facts.structured:
        yield structured(area, facts.structured)


def _encryption(area: Area, facts: PostgresFacts) -> Iterator[Finding]:
    if facts.local:
        return
    if not facts.encrypted:
        yield area.warning(
            "the connection is not encrypted: whoever is on the way can read annotations, and the password unless "
            "it is SCRAM",
            "switch TLS on at the server (ssl = on), and add ?sslmode=verify-full&sslrootcert=FILE to the `url`",
        )
    elif facts.sslmode not in VERIFYING:
        yield area.note(
            f"the connection is encrypted, but nobody checks with whom (sslmode={facts.sslmode or 'prefer'})",
            "add ?sslmode=verify-full&sslrootcert=FILE to the `url`, FILE being the certificate of the server's CA",
        )
    else:
        yield area.ok(f"the connection is encrypted, and the server's certificate is checked ({facts.sslmode})")


def _trouble(area: Area, facts: PostgresFacts) -> Finding:
    assert facts.trouble is not None
    what, mend = split(facts.trouble.text)
    if facts.trouble.code == "permission_denied" and (grants := _grants(facts)):
        tables = [one.table for one in facts.rights if not (one.usage and one.select)]
        return area.problem(f"{facts.role} may not read {', '.join(tables)}", grants)
    return area.problem(what, mend or MENDS.get(facts.trouble.code, "look into the server's log"))


def _grants(facts: PostgresFacts) -> str:
    """All that the role lacks, in one line to be pasted, instead of one after each start."""
    schemas = dict.fromkeys(one.schema for one in facts.rights if not one.usage)
    tables = [one.table for one in facts.rights if not one.select]
    lines = [f"GRANT USAGE ON SCHEMA {', '.join(schemas)} TO {facts.role}"] if schemas else []
    lines += [f"GRANT SELECT ON {', '.join(tables)} TO {facts.role}"] if tables else []
    return "; ".join(lines)


def _noted(area: Area, text: str) -> Finding:
    """A standing remark of the reader's; its mend stands in brackets, if it names one."""
    found = re.search(r" \(mend: (.*?)\)", text)
    if found is None:
        what, mend = split(text)
        hidden = "ALTER ROLE … BYPASSRLS, or a policy that lets otpushd's role read every row"
        return area.warning(what, mend or (hidden if "row level security" in what else "ask its administrator"))
    return area.warning(text.replace(found[0], ""), found[1])


def _rights(area: Area, facts: PostgresFacts) -> Iterator[Finding]:
    if facts.superuser:
        schemas = ", ".join(_distinct(one.schema for one in facts.rights)) or "public"
        grants = f"GRANT USAGE ON SCHEMA {schemas} TO otpushd_ro; GRANT SELECT ON {_names(facts.rights)} TO otpushd_ro"
        what = f"{facts.role} is a superuser, and otpushd has to read {number(len(facts.rights), 'table')} only"
        yield area.warning(what, f"use a role that may just do that: CREATE ROLE otpushd_ro LOGIN; {grants}")
        return
    if more := [one for one in facts.rights if one.more]:
        rights, tables = ", ".join(_distinct(right for one in more for right in one.more)), _names(more)
        yield area.warning(
            f"{facts.role} may also {rights} on {tables}; otpushd never does, whoever gets its password could",
            f"REVOKE {rights} ON {tables} FROM {facts.role}; if the tables are its own, use another role",
        )
    elif facts.trouble is None and facts.rights:
        yield area.ok(f"{facts.role} may read {_names(facts.rights)}, and nothing else in them")


def _writing(area: Area, writer: Writer) -> Finding:
    if writer.prepared is not None:
        literal = "'" + writer.prepared.replace("'", "''") + "'"
        return area.warning(
            f"a prepared transaction of {writer.who} has held the table link for {lasting(writer.age)}: until it ends, "
            "ids are not closed and otpushd remembers every one",
            f"COMMIT PREPARED {literal} or ROLLBACK PREPARED {literal}",
        )
    what = f"a transaction of {writer.who or 'somebody'} has been writing to link for {lasting(writer.age)} or more"
    if writer.age < LONG:
        return area.note(f"{what}; rows are announced all the same", "nothing, if it is an import that ends soon")
    return area.warning(
        f"{what}: until it ends, ids are not closed and otpushd remembers every one",
        "look whose it is, and end it: SELECT pid, usename, state FROM pg_stat_activity ORDER BY xact_start",
    )


def _names(rights: Sequence[Rights]) -> str:
    return ", ".join(one.table for one in rights)


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
