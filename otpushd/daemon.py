"""The running daemon: APScheduler's fixed jobs, signals, readiness and watchdog. It holds no logic of any stage.

A job that fails is logged once for each kind of failure and runs again at its next turn; nothing stops the others.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from otpushd import sd_notify
from otpushd.app import Parts, utc_now
from otpushd.detect.step import GRACE
from otpushd.poll import SourcePoll
from otpushd.store.outbox import release
from otpushd.tidy import tidy

log = structlog.get_logger()

STOP_PATIENCE_SECONDS = 8.0
"""How long requests under way may take to finish after SIGTERM, of the 15 s that the whole end may take."""
THREAD_PATIENCE_SECONDS = 10.0
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


async def serve(parts: Parts, environ: Mapping[str, str]) -> None:
    """Run until SIGTERM or SIGINT, then end in order: claim nothing more, settle what is under way, let go."""
    stop = asyncio.Event()
    _on_signals(stop)
    await _take_back_claims(parts)
    scheduler = AsyncIOScheduler(job_defaults=JOB_DEFAULTS, timezone="UTC")
    scheduler.start()
    sending = asyncio.create_task(parts.dispatch.run())
    starting = asyncio.create_task(_start_polls(parts, scheduler, environ))
    _add_fixed_jobs(parts, scheduler, environ)
    await stop.wait()
    log.info("stopping")
    sd_notify.notify(environ, sd_notify.STOPPING)
    for poll in parts.polls:
        poll.stopping = True
    scheduler.shutdown(wait=False)
    starting.cancel()
    await parts.dispatch.stop(STOP_PATIENCE_SECONDS)
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
    await _close(parts)
    log.info("stopped")


async def run_once(parts: Parts) -> None:
    """One poll of every source, until nothing waits for its person any more; then dispatch until nothing is due."""
    await _take_back_claims(parts)
    for poll in parts.polls:
        readable = await poll.run()
        while readable and poll.waiting:
            await asyncio.sleep(GRACE.total_seconds() / 10)
            readable = await poll.run()
    await parts.dispatch.drain()
    await _close(parts)


async def _take_back_claims(parts: Parts) -> None:
    """The lock on the store says that nobody else is using it, so every claim in it is a dead daemon's."""
    taken = await asyncio.get_running_loop().run_in_executor(parts.writer, release, parts.database)
    if taken:
        log.info("claims_taken_back", count=taken)


async def _start_polls(parts: Parts, scheduler: AsyncIOScheduler, environ: Mapping[str, str]) -> None:
    async def start(poll: SourcePoll, interval: timedelta) -> None:
        job = _guarded(f"poll {poll.name}", poll.run)
        await job()
        scheduler.add_job(job, "interval", seconds=interval.total_seconds(), id=f"poll {poll.name}")

    for poll in parts.polls:
        poll.progress = lambda line: _progress(environ, line)
    intervals = [source.poll for source in parts.config.sources]
    await asyncio.gather(*(start(poll, each) for poll, each in zip(parts.polls, intervals, strict=True)))
    sd_notify.notify(environ, sd_notify.READY, sd_notify.status(f"watching {len(parts.polls)} source(s)"))
    log.info("ready", sources=[poll.name for poll in parts.polls], channels=sorted(parts.dispatch.senders))


def _add_fixed_jobs(parts: Parts, scheduler: AsyncIOScheduler, environ: Mapping[str, str]) -> None:
    async def forget() -> None:
        await tidy(parts.database, parts.writer, parts.config.settings.retention, utc_now())

    scheduler.add_job(_guarded("tidy", forget), "interval", hours=1, id="tidy")
    every = sd_notify.watchdog_interval(environ, os.getpid())
    if every is not None:
        alive = _guarded("watchdog", lambda: _tell_watchdog(parts, environ))
        scheduler.add_job(alive, "interval", seconds=every.total_seconds(), id="watchdog")


async def _tell_watchdog(parts: Parts, environ: Mapping[str, str]) -> None:
    """Only if every thread still takes work: one that hangs in a dead network mount would otherwise go unseen."""
    loop = asyncio.get_running_loop()
    threads: list[Executor] = [parts.writer, *parts.readers]
    answers = asyncio.gather(*(loop.run_in_executor(thread, int) for thread in threads))
    await asyncio.wait_for(answers, THREAD_PATIENCE_SECONDS)
    sd_notify.notify(environ, sd_notify.WATCHDOG)


def _guarded(name: str, job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """The loop guard: what a job raises is logged when it changes, and counted; the job's next turn comes all the same."""
    failures: list[str] = []

    async def run() -> None:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            kind = type(error).__name__
            if not failures or failures[-1] != kind:
                log.exception("job_failed", job=name)
            failures.append(kind)
        else:
            if failures:
                log.info("job_works_again", job=name, failures=len(failures))
            failures.clear()

    return run


def _progress(environ: Mapping[str, str], line: str) -> None:
    sd_notify.notify(environ, sd_notify.status(line), sd_notify.extend_timeout(timedelta(minutes=1)))


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Its default would end the process; loading files anew is not part of this version.
    loop.add_signal_handler(signal.SIGHUP, lambda: log.warning("reload_not_supported", mend="restart the daemon"))


async def _close(parts: Parts) -> None:
    loop = asyncio.get_running_loop()
    for sender in parts.dispatch.senders.values():
        await sender.aclose()
    for poll, reader in zip(parts.polls, parts.readers, strict=True):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(loop.run_in_executor(reader, poll.source.close), 2)
        reader.shutdown(wait=False, cancel_futures=True)
    await loop.run_in_executor(parts.writer, parts.database.close)
    parts.writer.shutdown(wait=False)
    parts.lock.release()
