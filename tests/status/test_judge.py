"""When a daemon is well, when it is not, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from otpushd.model.daemon_state import DaemonState, HeldChannel, Reloaded, SourceState
from otpushd.status.judge import Health, health
from otpushd.status.look import Seen
from otpushd.status.report import as_json, lines
from otpushd.store.daemon_state import Told
from otpushd.store.overview import Heap, Marked, Open, Overview, Ringing

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STATE = DaemonState(7, "host", "0.1.0", NINE - timedelta(hours=5), 3, (SourceState("main", NINE - 2 * SECOND),))
MAIN = Marked("main", 12, True, 0, None)
WELL = Seen(NINE, Overview(sources=(MAIN,)), (Told("h", NINE - SECOND, STATE),))
REFUSED = Reloaded(NINE - SECOND, 7, tuple(f"rules.yaml:{line}:1: wrong" for line in range(7)))


def with_state(**changes: object) -> Seen:
    return replace(WELL, running=(Told("h", NINE - SECOND, replace(STATE, **changes)),))  # type: ignore[arg-type]


def with_overview(**changes: object) -> Seen:
    return replace(WELL, overview=replace(WELL.overview, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "state", "reason"),
    [
        pytest.param(WELL, Health.HEALTHY, "", id="well"),
        pytest.param(Seen(NINE), Health.NOT_RUNNING, "no daemon runs", id="nobody"),
        pytest.param(Seen(NINE, trouble="s: damaged"), Health.NOT_RUNNING, "s: damaged", id="no store"),
        pytest.param(Seen(NINE, pid=7), Health.HEALTHY, "", id="starting"),
        pytest.param(Seen(NINE, pid=7, trouble="s: locked"), Health.DEGRADED, "s: locked", id="store unreadable"),
        pytest.param(with_state(reload=REFUSED), Health.DEGRADED, "refused for 7 problem(s)", id="refused"),
        pytest.param(with_state(reload=Reloaded(NINE)), Health.HEALTHY, "", id="reloaded"),
        pytest.param(
            with_state(held=(HeldChannel("push", NINE, "401"),)), Health.DEGRADED, "channel push is held", id="held"
        ),
        pytest.param(
            with_overview(sources=(replace(MAIN, down_since=NINE - timedelta(minutes=61)),)),
            *(Health.DEGRADED, "source main cannot be read for 1 h 1 min"),
            id="down",
        ),
        pytest.param(
            with_overview(heaps=(Heap("push", "dead", 2, NINE),)), Health.DEGRADED, "2 dead letter(s)", id="dead"
        ),
        pytest.param(with_overview(heaps=(Heap("push", "held", 2, NINE),)), Health.HEALTHY, "", id="quiet hours"),
        pytest.param(
            replace(WELL, running=(Told("h", NINE - timedelta(seconds=45), STATE),)),
            *(Health.DEGRADED, "process 7 has not reported for 45 s"),
            id="hangs",
        ),
    ],
)
def test_health(seen: Seen, state: Health, reason: str) -> None:
    """Messages held back in quiet hours are as they should be; a channel that is held is not."""
    found, reasons = health(seen)
    assert found is state and (reason in " ".join(reasons) if reason else not reasons)


def test_one_screen_says_it_in_words() -> None:
    date = (NINE + timedelta(days=2)).isoformat()
    seen = replace(
        with_state(reload=REFUSED, held=(HeldChannel("sms", NINE + 60 * SECOND, "401"),)),
        overview=Overview(
            sources=(replace(MAIN, waiting=2, history=False),),
            heaps=(Heap("push", "dead", 1, NINE), Heap("push", "pending", 4, NINE - 90 * SECOND)),
            timers=(Ringing("main", "deadline", f"{date} 5", NINE + timedelta(hours=1), "news"),),
            next_at=NINE,
            cases=(Open("rule", 2, NINE + SECOND),),
        ),
    )
    text = "\n".join(lines(seen, *health(seen)))
    assert "otpushd: degraded\n" in text and "    and 2 more, in the log" in text
    assert "  main: read 2 s ago, up to row 12, its history is being read, 2 rows wait for their person" in text
    assert "  push: 4 pending, 1 dead, the oldest 1 min 30 s ago" in text
    assert "  sms: nothing pending, nothing is sent before 2026-03-02T09:01:00+00:00 (401)" in text
    assert "in 1 h 0 min: reminder of the deadline of news, which is in 2 d 0 h" in text
    assert "  2 open of rule rule, the next step in 1 s" in text


def test_a_store_that_cannot_be_read_shows_no_empty_tables() -> None:
    seen = Seen(NINE, trouble="s: damaged")
    assert list(lines(seen, *health(seen))) == [
        "otpushd: not running",
        "  ! s: damaged",
        "  ! no daemon runs on this store",
    ]


def test_json_has_every_key_whatever_there_is() -> None:
    full, empty = as_json(WELL, *health(WELL)), as_json(Seen(NINE), *health(Seen(NINE)))
    assert full.keys() == empty.keys()
    assert full["sources"][0]["lag_seconds"] == 2.0 and empty["state"] == "not running"


def test_the_daemon_that_reads_a_source_knows_how_far_it_is() -> None:
    other = Told("other", NINE, replace(STATE, pid=8, sources=(SourceState("main"),)))
    seen = replace(WELL, running=(other, *WELL.running))
    assert as_json(seen, *health(seen))["sources"][0]["lag_seconds"] == 2.0
