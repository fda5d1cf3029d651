"""Findings as text for people, and as JSON for programs. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from otpushd.doctor.finding import Finding, Severity

ORDER = (Severity.PROBLEM, Severity.WARNING, Severity.NOTE, Severity.OK)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Area by area in the order of their first finding, the worst first in each, every mend below what it mends."""
    for area in dict.fromkeys(one.area for one in findings):
        yield area
        for one in sorted((one for one in findings if one.area == area), key=lambda one: ORDER.index(one.severity)):
            yield f"  {one.severity:<8} {_one_line(one.what)}"
            if one.mend:
                yield f"           mend: {_one_line(one.mend)}"
    yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """How many of each kind, in one line."""
    counts = Counter(one.severity for one in findings)
    told = [f"{counts[kind]} {kind}{'s' * (counts[kind] != 1)}" for kind in ORDER[:3] if counts[kind]]
    return f"{', '.join(told) or 'nothing to mend'}; {counts[Severity.OK]} ok"


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """One object: `findings` in their order, and how many `problems`, `warnings` and `notes` are among them."""
    counts = Counter(one.severity for one in findings)
    return {f"{kind}s": counts[kind] for kind in ORDER[:3]} | {"findings": [asdict(one) for one in findings]}


def _one_line(text: str) -> str:
    return " ".join(text.split())
