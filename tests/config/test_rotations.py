"""Groups of which one person at a time is on call, as they are written."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otpushd.config.people import load_people
from otpushd.files.problem import Problem, Severity
from otpushd.model.people import People
from otpushd.model.rotation import Override, Rotation

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PEOPLE = "people: {ann: {push: a}, cid: {push: c}, dora: {push: d}}\n"
GOOD = "rotation: [cid, dora], handover: Mon 09:00, from: 2026-01-05"
Read = Callable[[str], tuple[People | None, list[Problem]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a people file with the group given, in Zurich's zone."""

    def people(group: str) -> tuple[People | None, list[Problem]]:
        (tmp_path / "p.yaml").write_text(f"{PEOPLE}groups: {{r: {group}}}")
        return load_people(tmp_path / "p.yaml", ["push"], "people.yaml", ZURICH, NOW)

    return people


@pytest.mark.parametrize(
    ("written", "weekday", "minutes"), [("Mon 09:00", 0, 540), ("'9:30'", None, 570), ("sunday 00:00", 6, 0)]
)
def test_a_rotation_is_read(read: Read, written: str, weekday: int | None, minutes: int) -> None:
    """Handed over once a week or once a day."""
    people, problems = read(f"{{rotation: [cid, dora], handover: {written}, from: 2026-01-05}}")

    assert problems == []
    assert people and people.groups["r"] == Rotation(("cid", "dora"), minutes, weekday, date(2026, 1, 5), ZURICH)


def test_overrides_are_read(read: Read) -> None:
    """By anybody; times are those of the configuration's zone unless they say otherwise."""
    overrides = (
        "[{who: ann, from: 2026-12-01, to: 2026-12-02T12:00}, {who: cid, from: 2026-12-03T00:00Z, to: 2026-12-04}]"
    )
    people, problems = read(f"{{{GOOD}, overrides: {overrides}}}")

    assert problems == []
    assert people and isinstance(rotation := people.groups["r"], Rotation)
    assert rotation.overrides == (
        Override("ann", datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 2, 11, tzinfo=UTC)),
        Override("cid", datetime(2026, 12, 3, tzinfo=UTC), datetime(2026, 12, 3, 23, tzinfo=UTC)),
    )


REST = "handover: '09:00', from: 2026-01-05"


@pytest.mark.parametrize(
    ("group", "said"),
    [
        pytest.param(f"{{rotation: «[], {REST}}}", "the rotation names nobody", id="nobody"),
        pytest.param(f"{{rotation: [cid, «dorra], {REST}}}", "`dorra`; did you mean 'dora'?", id="unknown"),
        pytest.param(f"{{rotation: «cid, {REST}}}", "expected a list of texts, got a text", id="no list"),
        pytest.param(f"«{{{REST}}}", "`rotation` is missing", id="no rotation"),
        pytest.param("«{rotation: [cid], from: 2026-01-05}", "`handover` is missing", id="no handover"),
        pytest.param("«{rotation: [cid], handover: '09:00'}", "`from` is missing", id="no beginning"),
        pytest.param(f"{{{GOOD}, «override: []}}", "did you mean 'overrides'?", id="a mistyped key"),
        pytest.param("{rotation: [cid], handover: «noon, from: 2026-01-05}", "no day of the week", id="no time"),
        pytest.param("{rotation: [cid], handover: «Mon, from: 2026-01-05}", "time of day is missing", id="no hour"),
        pytest.param("{rotation: [cid], handover: «Mon 9, from: 2026-01-05}", "not a time of handover", id="no minute"),
        pytest.param("{rotation: [cid], handover: «Moon 09:00, from: 2026-01-05}", "did you mean 'Mon'?", id="weekday"),
        pytest.param("{rotation: [cid], handover: «Mon 24:00, from: 2026-01-05}", "no such time of day", id="24:00"),
        pytest.param("{rotation: [cid], handover: «9, from: 2026-01-05}", "expected a time of handover", id="a number"),
        pytest.param("{rotation: [cid], handover: '09:00', from: «soon}", "expected a date such as", id="no date"),
        pytest.param("{rotation: [cid], handover: '09:00', from: «2026-02-30}", "no such day", id="no such day"),
        pytest.param(
            "{rotation: [cid], handover: '09:00', from: «2026-01-05T09:00}", "write 2026-01-05", id="a time too many"
        ),
        pytest.param(
            f"{{{GOOD}, overrides: [{{who: «an, from: 2026-12-01, to: 2026-12-02}}]}}", "did you mean 'ann'?", id="who"
        ),
        pytest.param(
            f"{{{GOOD}, overrides: [{{who: ann, from: 2026-12-02, to: «2026-12-01}}]}}",
            "the override ends before it begins",
            id="backwards",
        ),
        pytest.param(
            f"{{{GOOD}, overrides: [{{who: ann, from: 2026-12-02, to: «2026-12-02}}]}}",
            "the override ends when it begins",
            id="no time at all",
        ),
        pytest.param(f"{{{GOOD}, overrides: [«{{who: ann, to: 2026-12-02}}]}}", "`from` is missing", id="no start"),
        pytest.param(f"{{{GOOD}, overrides: [«ann]}}", "expected a mapping, got a text", id="no mapping"),
        pytest.param(
            f"{{{GOOD}, overrides: [{{who: ann, from: «now, to: 2026-12-02}}]}}", "not an instant", id="no instant"
        ),
    ],
)
def test_a_wrong_rotation_says_what_is_wrong_and_where(read: Read, marked, group: str, said: str) -> None:
    """One mistake, one error at its character."""
    clean, (_, column) = marked(group)
    people, (problem,) = read(clean)

    assert people is None
    assert (problem.line, problem.column) == (2, column + len("groups: {r: "))
    assert said in problem.text


@pytest.mark.parametrize(
    ("group", "said"),
    [
        pytest.param(
            "{rotation: [cid], handover: Mon 09:00, from: «2026-12-01}",
            "the rotation begins on 2026-12-07; until then cid is on call",
            id="not begun",
        ),
        pytest.param(
            f"{{{GOOD}, overrides: [{{who: ann, from: «2026-10-25T02:30, to: 2026-12-02}}]}}",
            "02:30 comes twice on that day",
            id="a time that comes twice",
        ),
    ],
)
def test_what_may_not_be_meant_is_a_warning(read: Read, marked, group: str, said: str) -> None:
    """It is read all the same."""
    clean, (_, column) = marked(group)
    people, (problem,) = read(clean)

    assert people and isinstance(people.groups["r"], Rotation)
    assert (problem.severity, problem.line, problem.column) == (Severity.WARNING, 2, column + len("groups: {r: "))
    assert said in problem.text
