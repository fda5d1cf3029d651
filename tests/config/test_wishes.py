"""What people wish: quiet hours, rates, rules they do not want; each mistake at its place."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otpushd.config.people import load_people
from otpushd.files.problem import Problem
from otpushd.model.calendar import Span
from otpushd.model.people import Person
from otpushd.model.quiet import Quiet
from otpushd.model.rate import Rate

ZURICH, TOKYO = ZoneInfo("Europe/Zurich"), ZoneInfo("Asia/Tokyo")
NIGHT, NOON = Span(1200, 1890), Span(720, 780)
Read = Callable[[str], tuple[Person | None, list[Problem]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads one person's further keys in a people file, in Zurich's zone."""

    def ann(keys: str) -> tuple[Person | None, list[Problem]]:
        (tmp_path / "p.yaml").write_text(f"people: {{ann: {{push: a, {keys}}}}}")
        people, problems = load_people(tmp_path / "p.yaml", ["push"], "people.yaml", ZURICH)
        return people and people.people["ann"], problems

    return ann


@pytest.mark.parametrize(
    ("written", "quiet"),
    [
        ('{daily: "20:00-07:30"}', Quiet((NIGHT,), frozenset(), False, ZURICH)),
        ("{daily: 20:00-07:30, days: Sat-Sun, critical: pass}", Quiet((NIGHT,), frozenset({5, 6}), True, ZURICH)),
        ("{daily: [20:00-07:30, 12:00-13:00]}", Quiet((NOON, NIGHT), frozenset(), False, ZURICH)),
        ("{days: 'Sat,Sun'}", Quiet((), frozenset({5, 6}), False, ZURICH)),
        ("{days: [Sat, Sun], critical: hold}", Quiet((), frozenset({5, 6}), False, ZURICH)),
        ("{days: [Fri-Sun, Mon]}", Quiet((), frozenset({0, 4, 5, 6}), False, ZURICH)),
        ("{days: saturday}", Quiet((), frozenset({5}), False, ZURICH)),
        ("{days: Sat\N{EN DASH}Sun}", Quiet((), frozenset({5, 6}), False, ZURICH)),
    ],
)
def test_quiet_hours_are_read(read: Read, written: str, quiet: Quiet) -> None:
    """Spans and days alone or as lists; what is critical is held unless said."""
    person, problems = read(f"quiet: {written}")

    assert problems == []
    assert person and person.quiet == quiet


def test_clocks_are_the_persons_own(read: Read) -> None:
    """Else the configuration's."""
    ann, _ = read("quiet: {days: Sat}")
    aki, _ = read("quiet: {days: Sat}, timezone: Asia/Tokyo")

    assert ann and aki and ann.quiet and aki.quiet
    assert (ann.zone, ann.quiet.zone, aki.zone, aki.quiet.zone) == (ZURICH, ZURICH, TOKYO, TOKYO)


@pytest.mark.parametrize(
    ("written", "rates"),
    [
        ("[5 per 10m, 20 per 1h]", ((5, 600), (20, 3600))),
        ("20 per 1d", ((20, 86400),)),
        ("[]", ()),
    ],
)
def test_rates_are_read(read: Read, written: str, rates: tuple[tuple[int, int], ...]) -> None:
    """One or several tiers."""
    person, problems = read(f"rates: {written}")

    assert problems == []
    assert person and person.rates == tuple(Rate(count, timedelta(seconds=per)) for count, per in rates)


def test_opt_outs_are_read(read: Read) -> None:
    """One or several; whether there are such rules is known elsewhere."""
    one, _ = read("opt_out: milestones")
    two, _ = read("opt_out: [milestones, 'review-*']")

    assert one and two
    assert (one.opt_out, two.opt_out) == ({"milestones"}, {"milestones", "review-*"})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param("timezone: «Mars", "no such time zone", id="zone"),
        pytest.param("quiet: «20:00-07:30", "expected quiet hours such as {daily: ", id="a text"),
        pytest.param("quiet: «{}", "there is no quiet time in it; write `daily`, `days` or both", id="nothing"),
        pytest.param("«quiet: ", "`quiet` has no value", id="no value"),
        pytest.param(
            "quiet: {«dayly: x, days: Sat}", "unknown key `dayly`; did you mean 'daily'?", id="a mistyped key"
        ),
        pytest.param("quiet: {daily: «20:00}", "not a span of time: 20:00; write a span such as", id="no span"),
        pytest.param("quiet: {daily: «20-7}", "write the minutes too: 20:00-07:00", id="no minutes"),
        pytest.param("quiet: {daily: «20:00-20:00}", "is no time at all; for the whole day write", id="no length"),
        pytest.param("quiet: {daily: «20:00-25:00}", "there is no such time of day in 20:00-25:00", id="no such time"),
        pytest.param("quiet: {daily: [12:00-13:00, «5]}", "expected a span of time, got a number", id="a number"),
        pytest.param("quiet: {daily: «Mon 20:00-07:00}", "whole days stand under `days`", id="a day in a span"),
        pytest.param("quiet: {days: «Sat-Sum}", "no day of the week is called 'Sum'; did you mean", id="no day"),
        pytest.param("quiet: {days: «Mon-Wed-Fri}", "no day of the week is called 'Wed-Fri'", id="two dashes"),
        pytest.param("quiet: {days: «'Sat,'}", "there is no day before or behind a comma", id="a comma too many"),
        pytest.param("quiet: {days: [«6]}", "expected days of the week, got a number", id="a number for a day"),
        pytest.param("quiet: «{days: Mon-Sun}", "this quiet time never ends", id="all days"),
        pytest.param("quiet: «{daily: 00:00-24:00}", "this quiet time never ends", id="all hours"),
        pytest.param("quiet: {days: Sat, critical: «passes}", "must be one of hold, pass", id="critical"),
        pytest.param("rates: «0 per 10m", "a rate of 0 lets nothing through, ever", id="none at all"),
        pytest.param("rates: [5 per 10m, «20 per hour]", "write 1h", id="a word for a time"),
        pytest.param("rates: «5 per 10", "the duration has no unit; write 10s for seconds, or 10m", id="no unit"),
        pytest.param("rates: «5 per 10M", "not a duration; write 10m", id="a doubtful unit"),
        pytest.param("rates: «5 per 10 minutes", "not a duration; write 10m", id="a long unit"),
        pytest.param("rates: «5 per 10ms", "`ms` a thousandth of a second", id="thousandths"),
        pytest.param("rates: «5 per 10mo", "not a duration", id="an unknown unit"),
        pytest.param("rates: «5 per 0s", "longer than nothing", id="no time"),
        pytest.param("rates: «5 per 90d", "30d at most", id="too long"),
        pytest.param("rates: «20000 per 1d", "the most is 10000", id="too many"),
        pytest.param("rates: «5/10m", "not a rate; write 5 per 10m", id="a slash"),
        pytest.param("rates: «5 an hour", "not a rate; write 5 per 1h", id="an hour"),
        pytest.param("quiet: {days: «6}", "expected days of the week, got a number", id="a number for days"),
        pytest.param("quiet: {daily: «{from: x}}", "expected a span of time, got a mapping", id="a mapping"),
        pytest.param("rates: «5", "expected a rate, got a number; write a count and a time", id="a count"),
        pytest.param("rates: [«often]", "not a rate; write a count and a time, such as 5 per 10m", id="a word"),
        pytest.param("opt_out: [«3]", "expected a text, got a number; put it in quotes", id="a number for a rule"),
    ],
)
def test_a_wrong_wish_says_what_is_wrong_and_where(read: Read, marked, keys: str, said: str) -> None:
    """One mistake, one error at its character."""
    clean, (line, column) = marked(keys)
    person, (problem,) = read(clean)

    assert person is None
    assert (problem.line, problem.column) == (line, column + len("people: {ann: {push: a, "))
    assert said in problem.text


def test_all_that_is_wrong_comes_at_once(read: Read) -> None:
    """Whatever else is."""
    _, problems = read("name: 3, quiet: {daily: x, days: y}, rates: [0 per 1m, z], opt_out: [5], timezone: Mars")

    assert len(problems) == 7
