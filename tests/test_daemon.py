"""The daemon's own few decisions. That it runs, stops and tells systemd is shown by the real command in tests/e2e."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from otpushd.daemon import JOB_DEFAULTS, arm, bring_forward, look
from otpushd.guard import Guard


async def ran(ahead: timedelta) -> bool:
    """Whether a job of every 10 s, next due `ahead` from now, runs at once when the clock is looked at."""
    done = asyncio.Event()

    async def job() -> None:
        done.set()

    now = datetime.now(UTC)
    scheduler = AsyncIOScheduler(job_defaults=JOB_DEFAULTS, timezone="UTC")
    scheduler.start()
    scheduler.add_job(job, "interval", seconds=10, next_run_time=now + ahead)
    bring_forward(scheduler, now)
    try:
        await asyncio.wait_for(done.wait(), 0.3)
    except TimeoutError:
        return False
    finally:
        scheduler.shutdown(wait=False)
    return True


@pytest.mark.parametrize(
    ("ahead", "runs"),
    [
        pytest.param(timedelta(hours=1), True, id="the clock was set back by an hour"),
        pytest.param(timedelta(seconds=12), True, id="the clock was set back by seconds"),
        pytest.param(timedelta(seconds=9), False, id="an ordinary wait"),
        pytest.param(timedelta(seconds=-3600), True, id="the clock was set forward"),
    ],
)
def test_a_clock_that_is_set_stops_no_job(ahead: timedelta, runs: bool) -> None:
    assert asyncio.run(ran(ahead)) is runs


@dataclass
class Poll:
    """Stands for a source's poll: `turns` counts them, each sets the next of the timers given."""

    left: list[datetime | None]
    name: str = "main"
    turns: int = 0
    wake_at: datetime | None = None

    @property
    def bell(self) -> "Poll":
        return self

    async def run(self) -> bool:
        self.turns += 1
        self.wake_at = self.left.pop(0) if self.left else None
        return True


async def turns(*left: timedelta | None, seconds: float = 0.4) -> tuple[int, int]:
    """How many polls there are besides the first, and how many jobs at the end, if timers ring so far from now."""
    now = datetime.now(UTC)
    poll = Poll([None if each is None else now + each for each in left])
    scheduler = AsyncIOScheduler(job_defaults=JOB_DEFAULTS, timezone="UTC")
    scheduler.start()
    await look(poll, partial(arm, scheduler, poll, Guard("poll"), asyncio.get_running_loop().create_future()))  # type: ignore[arg-type]
    await asyncio.sleep(seconds)
    jobs = len(scheduler.get_jobs())
    scheduler.shutdown(wait=False)
    return poll.turns - 1, jobs


@pytest.mark.parametrize(
    ("left", "found"),
    [
        pytest.param([None], (0, 0), id="no timer, no job"),
        pytest.param([timedelta(seconds=0.1)], (1, 0), id="a turn at its time"),
        pytest.param([timedelta(seconds=0.1), timedelta(seconds=0.2)], (2, 0), id="then one for the next"),
        pytest.param([timedelta(seconds=-9), timedelta(seconds=-8)], (2, 0), id="at once what is late"),
        pytest.param([timedelta(hours=1)], (0, 1), id="an hour is waited for"),
    ],
)
def test_a_source_is_polled_when_its_next_timer_rings(left: list[timedelta | None], found: tuple[int, int]) -> None:
    assert asyncio.run(turns(*left)) == found


def test_a_clock_that_is_set_back_leaves_the_instants_of_timers_alone() -> None:
    scheduler = AsyncIOScheduler(timezone="UTC")
    job = scheduler.add_job(print, "date", run_date=datetime.now(UTC) + timedelta(hours=1))
    bring_forward(scheduler, datetime.now(UTC))
    assert scheduler.get_jobs() == [job]
