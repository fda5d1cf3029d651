"""What a log line shows, and what it never shows."""

import asyncio
import io
import json
import logging
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from otpushd import log
from otpushd.model.people import Person

CONTENT = "patient Jane Roe, born 1970"
Lines = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Whether somebody reads along."""
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, library = logging.getLogger(), logging.getLogger("apscheduler.scheduler")
    handlers, level, library_level = root.handlers[:], root.level, library.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    library.setLevel(library_level)


@pytest.fixture
def lines() -> Lines:
    """Configures logging for a machine to read; call it for the lines so far, decoded."""
    stream = io.StringIO()
    log.configure({}, stream, ["s3cret/word"])
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def readable(environ: dict[str, str], **fields: Any) -> str:
    """The text that one warning makes on a terminal."""
    stream = Terminal()
    log.configure(environ, stream)
    structlog.get_logger().warning("source_unavailable", **fields)
    return stream.getvalue()


def test_a_line_is_one_json_object_with_its_name_and_fields(lines: Lines) -> None:
    """Time in UTC, level, event name and fields, in this order."""
    structlog.get_logger().info("poll_committed", rows=12, took=timedelta(seconds=2), at=Path("/a"), of=("x", "y"))

    [line] = lines()

    assert list(line) == ["timestamp", "level", "event", "rows", "took", "at", "of"]
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert list(line.values()) == ["info", "poll_committed", 12, "0:00:02", "/a", ["x", "y"]]


def test_a_terminal_gets_one_readable_line() -> None:
    """No JSON for people, and colour around the head of a warning."""
    text = readable({}, source="main", detail="file is missing")

    assert text.startswith("\x1b[33m")
    assert text.endswith('warning source_unavailable\x1b[0m  source=main  detail="file is missing"\n')


def test_no_color_is_obeyed() -> None:
    """With NO_COLOR set, not even a terminal gets an escape sequence."""
    assert "\x1b" not in readable({"NO_COLOR": "1"}, source="main")


def test_a_name_cannot_move_the_cursor_or_forge_a_field() -> None:
    """Values that are not one plain word are quoted."""
    text = readable({"NO_COLOR": "1"}, dataset="\x1b[2J a=b\nc")

    assert text.endswith('dataset="\\u001b[2J a=b\\nc"\n')


def test_an_exception_is_told_without_its_message(lines: Lines) -> None:
    """Type, code and our own frames; the message may hold content."""
    try:
        try:
            sqlite3.connect("file:/nowhere/x.db?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise ValueError(CONTENT) from error
    except ValueError:
        structlog.get_logger().exception("poll_failed")

    [line] = lines()

    assert line["exception"] == "ValueError; after sqlite3.OperationalError (SQLITE_CANTOPEN)"


def test_an_exception_names_our_frames_innermost_first(lines: Lines) -> None:
    """File, line and function of this package, none of a library."""
    try:
        Person.__init__(*[None] * 99)
    except TypeError as error:
        structlog.get_logger().error("broke", exc_info=error)
    try:
        log._plain({_Unprintable(): 1}, ())
    except OSError as error:
        structlog.get_logger().error("broke", exc_info=error)

    without, within = lines()

    assert without["exception"] == "TypeError"
    assert within["exception"].startswith("FileNotFoundError (ENOENT) at log.py:")
    assert within["exception"].endswith(" _plain")


class _Unprintable:
    def __str__(self) -> str:
        raise FileNotFoundError(2, CONTENT)


def test_every_exception_of_a_group_is_told(lines: Lines) -> None:
    """What a task group raises would otherwise hide its causes."""
    structlog.get_logger().error("broke", exc_info=ExceptionGroup(CONTENT, [KeyError(CONTENT), OSError(28, CONTENT)]))

    assert lines()[0]["exception"] == "ExceptionGroup; after KeyError; after OSError (ENOSPC)"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(ValueError(CONTENT), id="exception"),
        pytest.param(CONTENT.encode(), id="bytes"),
        pytest.param(Person("jane", CONTENT), id="one of our values"),
        pytest.param([{"deep": Person("jane", CONTENT)}], id="nested"),
    ],
)
def test_a_value_that_may_hold_content_is_named_not_shown(lines: Lines, value: object) -> None:
    """A field given by mistake shows its type."""
    structlog.get_logger().info("seen", value=value)

    assert "Jane" not in json.dumps(lines())


@pytest.mark.parametrize("spelling", ["s3cret/word", "s3cret%2Fword", "czNjcmV0L3dvcmQ="])
def test_a_known_secret_is_masked_wherever_it_stands(lines: Lines, spelling: str) -> None:
    """The last net: in a text, in a list, in a key; as it is, in a URL, in base64."""
    structlog.get_logger().info("sent", url=f"https://u:{spelling}@h/", tried=[spelling], by={spelling: 1})

    [line] = lines()

    assert spelling not in json.dumps(line)
    assert line["url"] == "https://u:********@h/"


def test_libraries_speak_from_warning_on(lines: Lines) -> None:
    """httpx says each request at INFO, and that line holds the URL."""
    logging.getLogger("httpx").info("HTTP Request: POST https://u:p@h/")
    logging.getLogger("aiohttp.client").warning("unclosed connection to s3cret/word\nwith details")

    [line] = lines()

    assert {name: line[name] for name in ("level", "event", "library", "message")} == {
        "level": "warning",
        "event": "library_message",
        "library": "aiohttp.client",
        "message": "unclosed connection to ********",
    }


def test_an_exception_that_nobody_awaited_is_told_without_its_message(lines: Lines) -> None:
    """asyncio would write the exception's text and a stack trace."""

    async def lose() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "lost", "exception": ValueError(CONTENT)})

    asyncio.run(lose())

    [line] = lines()

    assert (line["library"], line["message"], line["exception"]) == ("asyncio", "lost", "ValueError")


def test_a_warning_of_python_is_a_log_line(lines: Lines) -> None:
    """Nothing but log lines goes to standard error."""
    warnings.warn("old", DeprecationWarning, stacklevel=1)

    assert lines()[0]["library"] == "py.warnings"


def test_a_stream_that_is_gone_does_not_stop_the_caller() -> None:
    """A closed terminal loses the line, not the poll."""
    stream = io.StringIO()
    log.configure({}, stream)
    stream.close()

    structlog.get_logger().info("poll_committed")
    logging.getLogger("aiohttp").error("lost")

    assert stream.closed


def test_secrets_learned_later_are_masked_too(lines: Lines) -> None:
    """A logger that was made before the configuration was read obeys the second call."""
    logger = structlog.get_logger()
    logger.info("starting")
    stream = io.StringIO()
    log.configure({}, stream, ["later"])

    logger.info("sent", header="Bearer later", at=datetime(2026, 1, 1, tzinfo=UTC))

    assert len(lines()) == 1
    assert json.loads(stream.getvalue())["header"] == "Bearer ********"
