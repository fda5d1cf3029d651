"""The end of a daemon, in order, and the store that has to be where it was before anybody writes into it again."""

import asyncio
from collections.abc import Awaitable

import structlog

from otpushd.app import Parts
from otpushd.guard import Fatal, mend_of
from otpushd.poll import SourcePoll
from otpushd.queueing import Queueing
from otpushd.store.lock import StoreInUse
from otpushd.store.schema import StoreUnusable

log = structlog.get_logger()

STOP_PATIENCE_SECONDS = 8.0
"""How long requests under way may take to finish after SIGTERM, of the 15 s that the whole end may take."""
CLOSE_PATIENCE_SECONDS = 2.0
"""How long each of the last steps may take: a page being committed, connections, the store."""


async def look_for_the_store(parts: Parts) -> None:
    """Put the store's file back if it was removed. Raises Fatal where that cannot be mended."""
    if parts.whereabouts is None:
        return
    try:
        again = await asyncio.get_running_loop().run_in_executor(parts.writer, parts.whereabouts.check)
    except (StoreUnusable, StoreInUse) as error:
        raise Fatal(str(error)) from error
    if again:
        log.error("store_put_back", mend="the store's file was removed; stop otpushd before touching it")


async def end(parts: Parts, *, broken: bool = False) -> None:
    """Stop reading and sending, settle, let go of everything: each step in its time, because any of them may hang.

    A store that is `broken` is not closed, because that would write into it once more.
    """
    loop = asyncio.get_running_loop()
    closing = [asyncio.create_task(_stop(*each)) for each in zip(parts.queueings, parts.polls, strict=True)]
    await _within(STOP_PATIENCE_SECONDS + CLOSE_PATIENCE_SECONDS, parts.dispatch.stop(STOP_PATIENCE_SECONDS))
    await _within(CLOSE_PATIENCE_SECONDS, asyncio.gather(*closing))
    await _within(CLOSE_PATIENCE_SECONDS, asyncio.gather(*(each.aclose() for each in parts.dispatch.senders.values())))
    closed = False
    if not broken and await _within(CLOSE_PATIENCE_SECONDS, look_for_the_store(parts)):
        closed = await _within(CLOSE_PATIENCE_SECONDS, loop.run_in_executor(parts.writer, parts.database.close))
    for thread in (*parts.readers, *(queueing.filer for queueing in parts.queueings), parts.writer):
        thread.shutdown(wait=False, cancel_futures=True)
    if closed and parts.lock is not None:  # else its thread may still write, and the end of the process lets go of it
        parts.lock.release()


async def _stop(queueing: Queueing, poll: SourcePoll) -> None:
    """The source is let go of last: whoever asks it afterwards would open it again."""
    await _within(CLOSE_PATIENCE_SECONDS / 2, queueing.stop())
    await poll.stop()


async def _within(seconds: float, step: Awaitable[object]) -> bool:
    """Whether a step of the end was done in time and without an error."""
    try:
        await asyncio.wait_for(step, seconds)
    except Exception as error:
        log.warning("not_closed", reason=type(error).__name__, **mend_of(error))
        return False
    return True
