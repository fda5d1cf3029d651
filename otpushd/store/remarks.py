"""What went wrong with single events, and why things were said or not, each in the commit of what it is about."""

from collections.abc import Iterable

import peewee

from otpushd.model.delivery import Fault, Remark
from otpushd.model.instants import to_micros
from otpushd.store.sql import many

FAULT = "INSERT INTO fault (event_id, rule, person, what, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
REMARK = "INSERT INTO remark (subject, rule, person, what, at) VALUES (?, ?, ?, ?, ?)"


def add_faults(database: peewee.Database, faults: Iterable[Fault]) -> None:
    """Write faults down; those that are there already stay as they are."""
    many(database, FAULT, [(one.event_id, *_rest(one)) for one in faults])


def add_remarks(database: peewee.Database, remarks: Iterable[Remark]) -> None:
    """Write remarks down."""
    many(database, REMARK, [(one.subject, *_rest(one)) for one in remarks])


def _rest(one: Fault | Remark) -> tuple[object, ...]:
    return one.rule or "", one.person or "", one.what, to_micros(one.at)
