"""What reads the log lines may hang, be slow or be gone: nothing waits for it."""

import os
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from otpushd.lines import Lines

WORD = "x" * 100


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe: the end to read from, and a stream that writes into it."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        yield reading, stream
        os.close(reading)


def waiting(reading: int) -> list[str]:
    """The lines that are there to be read."""
    os.set_blocking(reading, False)
    return os.read(reading, 1 << 20).decode().splitlines()


def test_a_pipe_that_nobody_reads_holds_nobody_up_and_what_was_lost_is_told(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    lines = Lines(stream)
    lines.lost = lambda count: f"{count} lost"
    begun = time.monotonic()
    for number in range(2000):
        lines.line(f"{number} {WORD}")
    assert time.monotonic() - begun < 2
    first = waiting(reading)
    lines.line("again")
    assert waiting(reading)[-2:] == [f"{2000 - len(first)} lost", "again"]


def test_a_line_that_was_cut_short_stays_on_its_own(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    lines = Lines(stream)
    lines.line(WORD * 2000)
    (cut,) = waiting(reading)
    lines.line("next")
    assert (set(cut), len(cut) < 200_000, waiting(reading)) == ({"x"}, True, ["", "1 lines lost", "next"])


def test_a_reader_that_is_merely_slow_is_waited_for_now_and_then(pipe: tuple[int, TextIO]) -> None:
    lines = Lines(pipe[1], clock=iter([20.0, 25.0, 31.0]).__next__)
    lines.line(WORD * 2000)
    took = []
    for _ in range(2):
        begun = time.monotonic()
        lines.line("one")
        took.append(time.monotonic() - begun >= 0.09)
    assert took == [False, True]


def test_a_reader_that_is_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        Lines(stream).line("to nobody")
