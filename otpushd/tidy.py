"""Loop 4: what is over and older than the retention is forgotten, a thousand rows at a time."""

import asyncio
from concurrent.futures import Executor
from datetime import datetime, timedelta

import structlog

from otpushd.store.opening import Database
from otpushd.store.prune import BATCH, prune

log = structlog.get_logger()


async def tidy(database: Database, writer: Executor, retention: timedelta, now: datetime) -> int:
    """Forget what is older than `retention`; returns how many notifications went. Other work gets in between."""
    gone, last = 0, BATCH
    while last == BATCH:
        last = await asyncio.get_running_loop().run_in_executor(writer, prune, database, now - retention)
        gone += last
    if gone:
        log.info("tidied", notifications=gone)
    return gone
