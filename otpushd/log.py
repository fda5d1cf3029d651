"""Log lines: one event name in snake_case and its fields, JSON for machines, one readable line on a terminal.

Annotators' content and secrets stay out: an exception is told by its type, code and place, never by its message or
variables, which may hold either; known secrets are masked in whatever is left.
"""

import errno
import json
import logging
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import Processor

from otpushd.lines import Lines

MASK = "********"
SHORTEST_MASKED = 4
LONGEST_LIBRARY_MESSAGE = 200
FRAMES = 6
OURS = Path(__file__).parent
COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "31;1"}

Fields = MutableMapping[str, Any]


def configure(environ: Mapping[str, str], stream: TextIO | None = None, secrets: Iterable[str] = ()) -> None:
    """Send all log lines of the process, the libraries' too, to `stream` (standard error unless given).

    Call it again once the secrets are known. Lines of libraries come from WARNING on, ours from INFO on.
    """
    target = Lines(sys.stderr if stream is None else stream)
    chain = processors(target.terminal, target.terminal and not environ.get("NO_COLOR"), secrets)
    target.lost = lambda count: _lost(count, chain)
    structlog.configure(
        processors=[structlog.processors.add_log_level, *chain],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: target,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.processors.add_log_level],
            processors=[library_message, *chain],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    # A poll that takes longer than its interval is ordinary (a first baseline); apscheduler warns at every tick of it.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def _lost(count: int, chain: Sequence[Processor]) -> str:
    """The line that says how many could not be written, because nobody read them."""
    fields: Any = {"level": "warning", "event": "log_lines_lost", "count": count}
    for each in chain:
        fields = each(None, "warning", fields)
    return str(fields)


def processors(readable: bool, coloured: bool, secrets: Iterable[str] = ()) -> list[Processor]:
    """What a line goes through after its level is set, in order; the last one makes the text."""
    hidden = _variants(secrets)

    def plain(_logger: Any, _method: str, fields: Fields) -> Fields:
        return {_masked(name, hidden): _plain(value, hidden) for name, value in fields.items()}

    def text(_logger: Any, _method: str, fields: Fields) -> str:
        return _readable(fields, coloured) if readable else json.dumps(fields)

    return [_timestamp, where_it_broke, plain, text]


def library_message(_logger: Any, _method: str, fields: Fields) -> Fields:
    """A library's record as one of our lines. The first line only: asyncio puts an exception's text in the second."""
    record: logging.LogRecord = fields["_record"]
    first = str(fields["event"]).strip().partition("\n")[0]
    kept = {name: fields[name] for name in ("level", "exc_info") if name in fields}
    return {"event": "library_message", "library": record.name, "message": first[:LONGEST_LIBRARY_MESSAGE], **kept}


def where_it_broke(_logger: Any, _method: str, fields: Fields) -> Fields:
    """`exc_info` becomes `exception`: each exception of the chain by type, code and our own frames, innermost first."""
    info = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        fields["exception"] = "; after ".join(_told(each) for each in _chain(error))
    return fields


def _chain(error: BaseException) -> Iterator[BaseException]:
    told: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in told:
        told.append(following)
        yield following
        if isinstance(following, BaseExceptionGroup):
            for part in following.exceptions:
                yield from _chain(part)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _told(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    # sqlite3 names its result codes from Python 3.11 on, PostgreSQL has five characters; all are closed sets of names,
    # so they cannot hold content.
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    if isinstance(error, OSError) and error.errno is not None:
        code = errno.errorcode.get(error.errno)
    return name + (f" ({code})" if code else "") + _place(error.__traceback__)


def _place(trace: TracebackType | None) -> str:
    frames: list[tuple[Path, str]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((Path(code.co_filename), f":{trace.tb_lineno} {code.co_name}"))
        trace = trace.tb_next
    ours = [f"{path.relative_to(OURS)}{rest}" for path, rest in frames if path.is_relative_to(OURS)]
    return " at " + " < ".join(ours[: -FRAMES - 1 : -1]) if ours else ""


def _plain(value: Any, hidden: Sequence[str]) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _masked(value, hidden)
        case datetime():
            return value.isoformat()
        case BaseException():
            return _told(value)
        case Mapping():
            return {_masked(str(name), hidden): _plain(each, hidden) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each, hidden) for each in value]
        case bytes():
            return f"{len(value)} bytes"
        case PurePath() | timedelta():
            return _masked(str(value), hidden)
        case _:
            # The text of any other value may be its fields, content among them.
            return f"<{type(value).__name__}>"


def _masked(text: str, hidden: Sequence[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, MASK)
    return text


def _variants(secrets: Iterable[str]) -> list[str]:
    """Each secret as it is, as it stands in a URL, and in base64; the longest first, so that none is cut in two."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST_MASKED}
    spelled = known | {quote(each, safe="") for each in known} | {b64encode(each.encode()).decode() for each in known}
    return sorted(spelled, key=len, reverse=True)


def _timestamp(_logger: Any, _method: str, fields: Fields) -> Fields:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"timestamp": now, "level": fields.pop("level"), "event": fields.pop("event"), **fields}


def _readable(fields: Fields, coloured: bool) -> str:
    when, level, event, *rest = fields
    values = [str(fields[name]) for name in (when, level, event)]
    paint = COLOURS.get(values[1]) if coloured else None
    head = f"{values[0][11:19]} {values[1]:<8}{values[2]}"
    line = f"\x1b[{paint}m{head}\x1b[0m" if paint else head
    return "  ".join([line, *(f"{name}={_word(fields[name])}" for name in rest)])


def _word(value: Any) -> str:
    # A dataset may be named by anybody who may annotate: quoted, it cannot move the cursor or pretend to be a field.
    if isinstance(value, str) and value and value.isprintable() and not set(' "=').intersection(value):
        return value
    return json.dumps(value)
