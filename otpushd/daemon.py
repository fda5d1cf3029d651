"""The running daemon: APScheduler's fixed jobs, signals, readiness and watchdog. It holds no logic of any stage.

A job that fails is logged once for each kind of failure and runs again at its next turn; nothing stops the others.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from otpushd import sd_notify
from otpushd.app import Parts, utc_now
from otpushd.detect.step import GRACE
from otpushd.ending import end, look_for_the_store
from otpushd.guard import Fatal, Guard
from otpushd.heartbeat import Heartbeat
from otpushd.poll import SourcePoll
from otpushd.reload import Reload
from otpushd.tidy import tidy

T = TypeVar("T")
Broken = asyncio.Future[None]
Turn = Callable[[], Awaitable[bool | None]]
log = structlog.get_logger()

THREAD_PATIENCE_SECONDS = 10.0
REST_SECONDS = 1.0
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


async def serve(parts: Parts, environ: Mapping[str, str], hung_up: Callable[[], bool] = lambda: False) -> None:
    """Run until SIGTERM or SIGINT, then end in order: claim nothing more, settle what is under way, let go.

    SIGHUP loads rules, people and plan anew, also one that came before: `hung_up` says so. Raises Fatal, after the same
    end, where the store is beyond mending.
    """
    scheduler = AsyncIOScheduler(job_defaults=JOB_DEFAULTS, timezone="UTC")
    turns: dict[str, Turn] = {}
    reload = Reload(parts, environ, lambda: _look_at_once(scheduler, turns))
    stop = asyncio.create_task(_asked_to_stop(reload.asked.set).wait())
    if hung_up():
        reload.asked.set()
    broken: Broken = asyncio.get_running_loop().create_future()
    scheduler.start()
    _add_fixed_jobs(parts, scheduler, environ, broken)
    heartbeat = _guarded(Guard("heartbeat"), Heartbeat(parts, reload, utc_now()).run, broken)
    scheduler.add_job(heartbeat, "interval", seconds=REST_SECONDS, id="heartbeat", next_run_time=utc_now())
    starting = _start_polls(parts, scheduler, environ, broken, turns, reload)
    loops = [
        asyncio.create_task(_or_break(each, broken))
        for each in (_send(parts), starting, _follow_the_clock(scheduler), reload.run())
    ]
    ends: set[asyncio.Future[Any]] = {stop, broken}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    sd_notify.notify(environ, sd_notify.STOPPING)
    scheduler.pause()
    await end(parts, broken=broken.done())
    for task in loops:
        task.cancel()
    scheduler.shutdown(wait=False)
    stop.cancel()
    log.info("stopped")
    if broken.done():
        broken.result()


async def _or_break(work: Awaitable[T], broken: Broken) -> T | None:
    """Let the daemon end where a guard lets that through."""
    try:
        return await work
    except Fatal as error:
        if not broken.done():
            broken.set_exception(error)
        return None


async def run_once(parts: Parts) -> None:
    """One poll of every source, until no row in it waits for its person any more; then dispatch until nothing is due.

    SIGTERM and SIGINT end it early, in order. Raises what the store does.
    """
    ignored = lambda: log.warning("reload_ignored", reason="--once reads its files once")  # noqa: E731
    stop = asyncio.create_task(_asked_to_stop(ignored).wait())
    work = asyncio.create_task(_poll_and_send(parts))
    await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
    asked = stop.done()
    await end(parts)
    stop.cancel()
    work.cancel()
    if not asked:
        work.result()


async def _poll_and_send(parts: Parts) -> None:
    missing = await parts.reclaim.run()
    await asyncio.gather(*(_poll_once(poll) for poll in parts.polls))
    await asyncio.gather(*(queueing.run() for queueing in parts.queueings))
    await parts.holding.run()
    while missing:  # a few seconds: it may be a daemon whose connection was cut, and that comes back
        await asyncio.sleep(REST_SECONDS / 2)
        missing = await parts.reclaim.run()
    await parts.dispatch.drain()


async def _poll_once(poll: SourcePoll) -> None:
    readable = await poll.run()
    # Only those of the first look: where people work without pause there is always somebody's row waiting.
    waiting = set(poll.waiting)
    while readable and waiting.intersection(poll.waiting):
        await asyncio.sleep(GRACE.total_seconds() / 10)
        readable = await poll.run()


async def _send(parts: Parts) -> None:
    """The dispatch loop, once the claims of daemons known as dead are taken back."""
    await _until_done(Guard("take back claims"), parts.reclaim.run)
    await parts.dispatch.run()


async def _start_polls(
    parts: Parts,
    scheduler: AsyncIOScheduler,
    environ: Mapping[str, str],
    broken: Broken,
    turns: dict[str, Turn],
    reload: Reload,
) -> None:
    async def start(poll: SourcePoll, interval: timedelta) -> None:
        guard = Guard(f"poll {poll.name}")
        ring = partial(arm, scheduler, poll, guard, broken)
        turn = turns[poll.name] = _guarded(guard, lambda: look(poll, ring), broken)
        await _until_done(guard, poll.run)  # while the store fails there is no baseline
        scheduler.add_job(turn, "interval", seconds=interval.total_seconds(), id=f"poll {poll.name}")
        ring()

    for poll in parts.polls:
        poll.progress = lambda line: _progress(environ, line)
    intervals = [source.poll for source in parts.config.sources]
    await asyncio.gather(*(start(poll, each) for poll, each in zip(parts.polls, intervals, strict=True)))
    if any(poll.stopping for poll in parts.polls):
        return
    held = _guarded(Guard("held"), parts.holding.run, broken)  # only now: what resolves it may have been found
    scheduler.add_job(held, "interval", seconds=REST_SECONDS, id="held", next_run_time=utc_now())
    reload.ready = True
    sd_notify.notify(environ, sd_notify.READY, sd_notify.status(f"watching {len(parts.polls)} source(s)"))
    log.info("ready", sources=[poll.name for poll in parts.polls], channels=sorted(parts.dispatch.senders))


def _look_at_once(scheduler: AsyncIOScheduler, turns: Mapping[str, Turn]) -> None:
    """One look beside those of the interval: of one job the scheduler would skip a turn while another is under way."""
    for turn in turns.values():
        scheduler.add_job(turn)


async def look(poll: SourcePoll, then: Callable[[], object]) -> None:
    """A source that cannot be read is left alone for a moment: each look may be a login that is refused, and logged."""
    readable = await poll.run()
    then()
    if not readable:
        await asyncio.sleep(REST_SECONDS)


def arm(scheduler: AsyncIOScheduler, poll: SourcePoll, guard: Guard, broken: Broken) -> None:
    """Let the source be polled when its next timer is to ring, so that it does on time however long an interval is.

    The timers themselves are the store's: the scheduler forgets a job when it starts it.
    """
    name, at = f"timer of {poll.name}", poll.wake_at
    armed = scheduler.get_job(name)
    if armed is not None and armed.next_run_time != at:
        armed.remove()
    elif armed is not None or at is None:
        return
    if at is not None:  # while one runs that was late, the next may be due
        turn = _guarded(guard, lambda: _turn(poll, partial(arm, scheduler, poll, guard, broken)), broken)
        scheduler.add_job(turn, "date", run_date=at, id=name, max_instances=2)


async def _turn(poll: SourcePoll, then: Callable[[], object]) -> None:
    await poll.run()
    then()


def _add_fixed_jobs(parts: Parts, scheduler: AsyncIOScheduler, environ: Mapping[str, str], broken: Broken) -> None:
    async def forget() -> None:
        await tidy(parts.database, parts.writer, parts.config.settings.retention, utc_now())

    for poll, queueing in zip(parts.polls, parts.queueings, strict=True):
        for name, turn in (("hear", poll.hear), ("queue", queueing.run)):
            job = _guarded(Guard(f"{name} {poll.name}"), turn, broken)
            scheduler.add_job(job, "interval", seconds=REST_SECONDS, id=f"{name} {poll.name}")
    soon = utc_now() + timedelta(minutes=1)  # a daemon that is started anew every half hour has to tidy as well
    scheduler.add_job(_guarded(Guard("tidy"), forget, broken), "interval", hours=1, id="tidy", next_run_time=soon)
    reclaim = _guarded(Guard("reclaim"), parts.reclaim.run, broken)
    scheduler.add_job(reclaim, "interval", seconds=REST_SECONDS, id="reclaim")
    if parts.whereabouts is not None:
        look = _guarded(Guard("store"), lambda: look_for_the_store(parts), broken)
        scheduler.add_job(look, "interval", seconds=REST_SECONDS, id="store", next_run_time=utc_now())
    every = sd_notify.watchdog_interval(environ, os.getpid())
    if every is not None:
        alive = _guarded(Guard("watchdog"), lambda: _tell_watchdog(parts, environ), broken)
        scheduler.add_job(alive, "interval", seconds=every.total_seconds(), id="watchdog")


async def _tell_watchdog(parts: Parts, environ: Mapping[str, str]) -> None:
    """Only if the store's thread still takes work.

    A source that hangs is told by `source.unavailable` instead: starting again would not mend it, and would take the
    other sources down with it.
    """
    answer = asyncio.get_running_loop().run_in_executor(parts.writer, int)
    await asyncio.wait_for(answer, THREAD_PATIENCE_SECONDS)
    sd_notify.notify(environ, sd_notify.WATCHDOG)


async def _follow_the_clock(scheduler: AsyncIOScheduler) -> None:
    while True:
        await asyncio.sleep(REST_SECONDS)
        bring_forward(scheduler, utc_now())


def bring_forward(scheduler: AsyncIOScheduler, now: datetime) -> None:
    """Let jobs run at `now` that wait for longer than their interval: the clock was set back under them.

    APScheduler waits for an instant of the wall clock; set back by an hour, it would not poll for an hour.
    """
    for job in scheduler.get_jobs():
        if isinstance(job.trigger, DateTrigger):  # that instant of the wall clock is meant
            continue
        if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval + timedelta(seconds=1):
            log.warning("clock_set_back", job=job.id, seconds=round((job.next_run_time - now).total_seconds()))
            job.modify(next_run_time=now)


def _guarded(guard: Guard, job: Callable[[], Awaitable[object]], broken: Broken) -> Turn:
    async def run() -> bool | None:
        return await _or_break(guard.run(job), broken)

    return run


async def _until_done(guard: Guard, job: Callable[[], Awaitable[object]]) -> None:
    done = await guard.run(job)
    while not done:
        await asyncio.sleep(REST_SECONDS)
        done = await guard.run(job)


def _progress(environ: Mapping[str, str], line: str) -> None:
    sd_notify.notify(environ, sd_notify.status(line), sd_notify.extend_timeout(timedelta(minutes=1)))


def _asked_to_stop(hung_up: Callable[[], object]) -> asyncio.Event:
    """Set by SIGTERM and SIGINT; `hung_up` is called at SIGHUP, whose default would end the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, hung_up)
    return stop
