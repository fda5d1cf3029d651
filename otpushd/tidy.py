"""Loop 4: what is over and older than the retention is forgotten, and what was counted in datasets that are no more.

A thousand rows at a time, so that other work gets in between.
"""

import asyncio
from concurrent.futures import Executor
from datetime import datetime, timedelta

import structlog

from otpushd.store.cases import prune_cases
from otpushd.store.heard import prune_heard
from otpushd.store.ledger import prune_ledger
from otpushd.store.opening import Database
from otpushd.store.prune import BATCH, prune
from otpushd.store.queue import prune_queues

log = structlog.get_logger()


async def tidy(database: Database, writer: Executor, retention: timedelta, now: datetime) -> int:
    """Forget what is older than `retention`; returns how many notifications went. Other work gets in between."""
    loop, gone, last = asyncio.get_running_loop(), 0, BATCH
    while last == BATCH:
        last = await loop.run_in_executor(writer, prune, database, now - retention)
        gone += last
    while await loop.run_in_executor(writer, prune_heard, database, now - retention, BATCH):
        pass
    while await loop.run_in_executor(writer, prune_cases, database, now - retention, BATCH) == BATCH:
        pass
    while await loop.run_in_executor(writer, prune_ledger, database, BATCH):
        pass
    while await loop.run_in_executor(writer, prune_queues, database, now - retention, BATCH):
        pass
    if gone:
        log.info("tidied", notifications=gone)
    return gone
