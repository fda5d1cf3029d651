"""Deciding inside of a commit: one at a time, also where several daemons share the store."""

import peewee

from otpushd.model.delivery import State
from otpushd.model.posting import Posted, Posting
from otpushd.store.cases import load_cases, save_cases
from otpushd.store.deciding import decide_alone
from otpushd.store.outbox import add
from otpushd.store.silence import active


def post(database: peewee.Database, posting: Posting) -> Posted:
    """Decide, and write down what was decided. Opens no transaction: it belongs into the one of what led to it."""
    decide_alone(database)
    silences = tuple(active(database, posting.now))
    if posting.plainly and not silences:
        add(database, posting.notifications)
        return Posted(len(posting.notifications))
    cases = load_cases(database, posting.wanted)
    cases.silences = silences
    posting.decide(cases)
    save_cases(database, cases)
    sent = sum(cases.letters[id].state is State.PENDING for id in cases.written)
    return Posted(sent, tuple(cases.faults))


def commit_posting(database: peewee.Database, posting: Posting) -> Posted:
    """The same in a transaction of its own."""
    with database.atomic():
        return post(database, posting)
