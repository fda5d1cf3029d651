"""What findings are made of: lengths of time, clocks, and texts taken apart."""

from datetime import timedelta

import pytest

from otpushd.doctor.finding import Area, Severity, clocks, lasting, split

AREA = Area("store")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0026, "2.6 ms"),
        (0.2, "200 ms"),
        (-1.25, "1.2 s"),
        (30, "30 s"),
        (300, "5 min"),
        (9000, "2 h"),
        (300_000, "3 d"),
    ],
)
def test_a_length_of_time_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("ahead", "severity", "words"),
    [
        (timedelta(seconds=4), Severity.OK, "agrees"),
        (timedelta(minutes=5), Severity.WARNING, "5 min ahead of"),
        (timedelta(minutes=-5), Severity.WARNING, "5 min behind"),
    ],
)
def test_clocks_may_differ_a_little(ahead: timedelta, severity: Severity, words: str) -> None:
    found = clocks(AREA, "the server's", ahead, timedelta(seconds=5))

    assert found.severity is severity
    assert words in found.what
    assert bool(found.mend) is (severity is Severity.WARNING)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("it is shut; open it", ("it is shut", "open it"), id="a mend"),
        pytest.param("no right; run: GRANT SELECT", ("no right", "GRANT SELECT"), id="a statement"),
        pytest.param("it is away; waiting for it", ("it is away", ""), id="what the daemon does by itself"),
        pytest.param("it is away", ("it is away", ""), id="none"),
    ],
)
def test_a_text_is_taken_apart_into_what_is_wrong_and_its_mend(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts
