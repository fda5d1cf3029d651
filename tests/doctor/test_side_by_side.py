"""Checks run beside each other; one that hangs or fails hides none of the others."""

import threading
import time
from collections.abc import Iterator

from otpushd.doctor.finding import Area, Finding, Severity
from otpushd.doctor.side_by_side import Check, side_by_side

PATIENCE = 0.3


def good(area: str, seconds: float = 0) -> Check:
    def run() -> Iterator[Finding]:
        time.sleep(seconds)
        yield Area(area).ok("good")

    return Check(area, run)


def fails() -> Iterator[Finding]:
    raise RuntimeError("s3cret")


def test_findings_come_in_the_order_of_the_checks() -> None:
    found = side_by_side([good("slow", 0.05), good("quick")], 5)

    assert [one.area for one in found] == ["slow", "quick"]


def test_one_that_hangs_is_given_up_and_named() -> None:
    never = threading.Event()

    def hangs() -> list[Finding]:
        never.wait(60)
        return []

    begun = time.monotonic()
    found = side_by_side([Check("dead", hangs), good("quick")], PATIENCE)
    never.set()

    assert time.monotonic() - begun < 10 * PATIENCE
    assert [(one.area, one.severity) for one in found] == [("dead", Severity.PROBLEM), ("quick", Severity.OK)]
    assert "300 ms" in found[0].what


def test_one_that_fails_is_told_without_what_its_error_says() -> None:
    bad, other = side_by_side([Check("store", fails), good("quick")], 5)

    assert (bad.severity, other.severity) == (Severity.WARNING, Severity.OK)
    assert "RuntimeError" in bad.what and "s3cret" not in bad.what
