"""Findings as a list for people and as one object for programs."""

import json

from otpushd.doctor.finding import Area
from otpushd.doctor.report import as_json, lines

STORE, SOURCE = Area("store"), Area("source main")
FOUND = [
    STORE.ok("there"),
    SOURCE.warning("it is\nslow", "wait"),
    STORE.problem("full", "make room"),
    SOURCE.ok("good"),
]


def test_each_area_once_the_worst_first_and_every_mend_below() -> None:
    assert list(lines(FOUND)) == [
        "store",
        "  problem  full",
        "           mend: make room",
        "  ok       there",
        "source main",
        "  warning  it is slow",
        "           mend: wait",
        "  ok       good",
        "",
        "1 problem, 1 warning; 2 ok",
    ]


def test_nothing_to_mend_is_said() -> None:
    assert list(lines([STORE.ok("there")]))[-1] == "nothing to mend; 1 ok"


def test_the_object_holds_every_finding_and_how_many_there_are() -> None:
    found = json.loads(json.dumps(as_json(FOUND)))

    assert (found["problems"], found["warnings"], found["notes"]) == (1, 1, 0)
    assert found["findings"][1] == {"area": "source main", "severity": "warning", "what": "it is\nslow", "mend": "wait"}
