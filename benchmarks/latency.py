"""The time from Prodigy's third commit to the gateway's acceptance, through the real daemon at `poll: 50ms`."""

import asyncio
import base64
import json
import tempfile
import time
from pathlib import Path

from benchmarks import made_up
from benchmarks.daemon import daemon
from benchmarks.gateway import Gateway, gateway
from benchmarks.measure import percentile, tell
from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.push.client import Limits, client, post
from otpushd.push.opentext_push import envelope, headers
from otpushd.push.target import OURS


def run(quick: bool) -> None:
    """Measure and print. Saves of one answer come 60 to 160 ms apart, so that they meet the poll at every phase."""
    saves = 10 if quick else 300
    with tempfile.TemporaryDirectory() as name, gateway(0) as bare_gateway:
        folder = Path(name)
        made_up.rules(folder)
        made_up.fill(folder / "prodigy.db", 1000, matching_one_in=1)
        with gateway(0) as far, daemon(folder, far.url, "50ms"):
            committed = _save(folder / "prodigy.db", saves)
            waits = _waits(committed, far)
        posts = asyncio.run(_posts(bare_gateway, saves))
    tell(
        f"latency: {saves} saves of one answer, `poll: 50ms` (aim 50 ms median, 250 ms at the 99th percentile)",
        ["ms", "median", "p99", "longest"],
        [
            [case, *(f"{one * 1000:.1f}" for one in (percentile(of, 0.5), percentile(of, 0.99), max(of)))]
            for case, of in (("third commit to acceptance", waits), ("bare: one POST", posts))
        ],
    )


def _save(path: Path, saves: int) -> dict[str, float]:
    """When each save's third commit was done, by the name of its document."""
    database = ProdigyDatabase(path)
    done = {}
    for number in range(saves):
        marker = f"saved-{number}"
        task = {**made_up.task(number, matching=True), "_annotator_id": marker, "_session_id": marker}
        database.save(made_up.dataset(number), [task], f"{made_up.dataset(number)}-{marker}")
        done[marker] = time.monotonic()
        time.sleep(0.06 + number * 37 % 100 / 1000)
    time.sleep(1)
    database.close()
    return done


def _waits(committed: dict[str, float], far: Gateway) -> list[float]:
    answered = {}
    for instant, body in far.end():
        document = json.loads(base64.b64decode(json.loads(body)["data"]))
        answered[document["notification"]["title"].split()[0]] = instant
    if missing := committed.keys() - answered.keys():
        raise SystemExit(f"latency: {len(missing)} of {len(committed)} saves were never announced")
    return [answered[marker] - instant for marker, instant in committed.items()]


async def _posts(far: Gateway, count: int) -> list[float]:
    """Seconds that one POST after the other takes over one connection."""
    limits, took = Limits(), []
    body, lines = envelope("otpushd-0", b'{"id":"otpushd-0"}' * 20, "MR"), headers("otpushd-0", "Basic eDp5")
    async with client(None, None, limits, 1) as http:
        for _ in range(count):
            begun = time.perf_counter()
            await post(http, far.url + OURS, lines, body, limits)
            took.append(time.perf_counter() - begun)
            await asyncio.sleep(0.005)
    return took
