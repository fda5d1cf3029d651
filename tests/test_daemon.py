"""The daemon's own few decisions. That it runs, stops and tells systemd is shown by the real command in tests/e2e."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from otpushd.daemon import JOB_DEFAULTS, bring_forward


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
