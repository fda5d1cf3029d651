"""Pushes a second on one core through claim, document, POST and settle, beside a bare loop over the same client."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import made_up
from benchmarks.gateway import gateway
from benchmarks.measure import Case, on_core, take_turns, tell_rates
from otpushd.app import utc_now
from otpushd.dispatch import Dispatch
from otpushd.model.delivery import Notification, Priority, notification_id
from otpushd.push.client import Limits, client, post
from otpushd.push.opentext_push import OpentextPushSettings, connect, envelope, headers
from otpushd.push.target import OURS
from otpushd.store.opening import open_store
from otpushd.store.outbox import add
from otpushd.store.sql import rows

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENT = (
    b'{"specversion":"1.0","id":"%d","source":"main","type":"answer.saved","time":"2026-03-02T09:00:00Z","data":{"answer":'
    b'"reject","annotator":"ann","session":"contracts-00-ann","example":1,"input_hash":-1335075934,"task_hash":-2066755458,'
    b'"view":"choice","labels":["LABEL0"],"score":0.25,"priority":null,"flagged":false,"decided_at":"2025-10-09T08:53:20Z",'
    b'"changed_mind":false},"subject":"contracts-00"}'
)
IN_FLIGHT = (1, 16, 64, 256)


def run(quick: bool) -> None:
    """Measure and print, for a gateway that answers at once and for one that takes 50 ms."""
    for delay in (0, 50):
        with gateway(delay, core=1) as far, on_core(0):
            cases: dict[str, Case] = {}
            for width in IN_FLIGHT[: 2 if quick else None]:
                count = _count(width, delay, quick)
                cases[f"{width} in flight"] = _case(dispatched, far.url, count, width)
                cases[f"{width} in flight, bare"] = _case(bare, far.url, count, width)
            figures = take_turns(cases, 1 if quick else 3)
        tell_rates(
            f"pushes: a gateway on another core that takes {delay} ms, one core (aim 1,000 pushes/s)",
            "pushes/s",
            figures,
            lambda name: name if name.endswith("bare") else f"{name}, bare",
        )


def dispatched(url: str, count: int, width: int) -> float:
    """Pushes a second from a full outbox to an outbox where all is accepted."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as writer:
        folder = Path(name)
        database = writer.submit(open_store, folder / "store.db").result()
        writer.submit(add, database, [notification(number) for number in range(count)]).result()
        account = {"basic": {"user": "user", "password": "password"}}
        settings = {"kind": "opentext-push", "base_url": url, "auth": account, "concurrency": width}
        sender = connect(OpentextPushSettings.model_validate(settings), folder, {})
        dispatch = Dispatch(
            database, writer, {made_up.CHANNEL: sender}, made_up.PEOPLE, "benchmark", utc_now, lambda: 0.5
        )
        took = asyncio.run(_until_all_is_sent(dispatch))
        states = writer.submit(rows, database, "SELECT state, count(*) FROM notification GROUP BY state").result()
        writer.submit(database.close).result()
    if states != [("accepted", count)]:
        raise SystemExit(f"pushes: {states} after {count} messages")
    return count / took


def bare(url: str, count: int, width: int) -> float:
    """Pushes a second of `width` loops that post one finished request again and again with the same client."""
    return count / asyncio.run(_posts(url, count, width))


def notification(number: int) -> Notification:
    """A message of ordinary size, due long since."""
    return Notification(
        id=notification_id("rule-0", str(number), "lea"),
        rule="rule-0",
        event_id=str(number),
        event_type="answer.saved",
        dataset="contracts-00",
        person="lea",
        channels=(made_up.CHANNEL,),
        title="ann said reject in contracts-00",
        body=f"Example {number}, labels LABEL0, score 0.25. Please have a look.",
        link="https://prodigy.example.org/contracts-00?session=lea",
        priority=Priority.NORMAL,
        created_at=START,
        expires_at=None,
        event=EVENT % number,
    )


def _count(width: int, delay: int, quick: bool) -> int:
    """So many that a case takes about two seconds."""
    if quick:
        return 2 * width
    ideal = width / delay * 1000 if delay else 1500
    return max(40, round(2 * min(1500, ideal)))


def _case(measured: Callable[[str, int, int], float], url: str, count: int, width: int) -> Case:
    return lambda: measured(url, count, width)


async def _until_all_is_sent(dispatch: Dispatch) -> float:
    begun = time.perf_counter()
    sending = asyncio.create_task(dispatch.run())
    while not dispatch.flights:
        await asyncio.sleep(0.001)
    while dispatch.flights or dispatch.due:
        await asyncio.sleep(0.005)
    took = time.perf_counter() - begun
    await dispatch.stop(1)
    await sending
    for sender in dispatch.senders.values():
        await sender.aclose()
    return took


async def _posts(url: str, count: int, width: int) -> float:
    limits = Limits()
    document = b'{"id":"otpushd-8fdaff0944ea2440655ef5166ef6eed716f7f7e8","notification":{"body":"Example 1"}}' * 4
    body, lines = envelope("otpushd-0", document, "MR"), headers("otpushd-0", "Basic dXNlcjpwYXNzd29yZA==")
    left = iter(range(count))
    async with client(None, None, limits, width) as http:

        async def work() -> None:
            for _ in left:
                await post(http, url + OURS, lines, body, limits)

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(width)))
        return time.perf_counter() - begun
