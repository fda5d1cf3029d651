"""A reader of the stream is told everything once, whenever it comes and comes back."""

import pytest

from otpushd.sandbox.journal import Line
from otpushd.sandbox.stream import catch_up, greeting, resume

LINES = [Line(number, f'{{"number":{number}}}') for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("last", "number"),
    [("", 0), ("run-2", 2), ("other-2", 0), ("run-", 0), ("run-x", 0), ("run-²", 0), ("2", 0), ("run-" + "9" * 400, 0)],
)
def test_a_reader_resumes_after_what_it_was_given_by_this_run(last: str, number: int) -> None:
    """Numbers of another run mean nothing here, and nonsense is the beginning."""
    assert resume(last, "run", 0).number == number


def test_a_reader_is_brought_up_to_date_once() -> None:
    """The second look finds nothing new."""
    text, position = catch_up(resume("", "run", 0), 0, ["503:1"], LINES)
    assert text.count("event: received\n") == 3
    assert 'id: run-3\nevent: received\ndata: {"number":3}\n\n' in text
    assert 'event: faults\ndata: ["503:1"]\n\n' in text
    assert catch_up(position, 0, ["503:1"], []) == ("", position)


def test_a_reader_learns_that_the_memory_was_cleared() -> None:
    """Before the records that came after it."""
    text, _ = catch_up(resume("run-1", "run", 0), 1, [], LINES[2:])
    assert text.index("event: cleared") < text.index("event: received")


def test_the_greeting_names_the_run() -> None:
    """So that a page notices that the sandbox was started anew."""
    assert greeting(resume("", "run", 4)) == 'retry: 1000\nevent: hello\ndata: {"run": "run", "cleared": 4}\n\n'
