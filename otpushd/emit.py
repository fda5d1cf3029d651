"""Events from outside: read, checked whole, and put into the store's inbox, all of them or none."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from otpushd.config.load import Config
from otpushd.derive.catalogue import CATALOGUE
from otpushd.derive.signals import EXAMPLE_ADDED, known_signal, read_signal
from otpushd.files.suggest import did_you_mean
from otpushd.model.event import Event, EventType, event_id
from otpushd.prodigy.origin import IMPORT
from otpushd.prodigy.requeued import hash_in
from otpushd.prodigy.structured_task import decode_any
from otpushd.store.command import open_for
from otpushd.store.inbox import put, sources_of
from otpushd.store.opening import Database

MOST_TOLD = 20
LONGEST_ID = 200


class Refused(Exception):
    """Nothing was stored; `reasons` says why, a line each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for. `data` is the text of one event, `file` has a line for each; `id` is their own."""

    type: str
    dataset: str | None = None
    source: str | None = None
    data: str | None = None
    file: Path | None = None
    id: str | None = None


def hand_in(config: Config, request: Request, now: datetime, token: str) -> list[Event]:
    """Store what is asked for, durably, and return it. `token` makes ids where the request has none.

    Raises Refused, and StoreUnusable where the store cannot take it.
    """
    try:
        kind = known_signal(request.type, CATALOGUE, config.declared)
    except ValueError as error:
        raise Refused(str(error)) from None
    names = [source.name for source in config.sources]
    if request.source is not None and request.source not in names:
        nearest = did_you_mean(request.source, names) or f"; there is {', '.join(names)}"
        raise Refused(f"no source '{request.source}'{nearest}")
    if kind.name == EXAMPLE_ADDED and not request.dataset:
        raise Refused("`--dataset` is missing: which dataset is the batch for?")
    if request.dataset is not None and not (request.dataset.strip() and request.dataset.isprintable()):
        raise Refused("`--dataset` is a name, of printable characters")
    if request.id is not None and not (request.id.isprintable() and 0 < len(request.id) <= LONGEST_ID):
        raise Refused(f"an id is of 1 to {LONGEST_ID} printable characters")
    read = _read(kind, request)
    database = open_for(config.store_url, config.store_secrets, "emit", token[:8])
    try:
        source = request.source or _source_of(database, request.dataset, names)
        many = request.file is not None
        events = [
            Event(kind.name, _id(request, token, number, many), source, now, request.dataset, data, content)
            for number, (data, content) in enumerate(read, 1)
        ]
        put(database, events)
    finally:
        database.close()
    return events


def _read(kind: EventType, request: Request) -> list[tuple[dict[str, Any], bytes | None]]:
    """The data and content of each event. Raises Refused with everything that is wrong."""
    found: list[tuple[dict[str, Any], bytes | None]] = []
    wrong: list[str] = []
    for place, text in _texts(request):
        if kind.name == EXAMPLE_ADDED and request.file is not None:
            data, problems = _task(text)
            content: bytes | None = text
        else:
            data, problems = read_signal(kind, text)
            content = None
        if kind.name == EXAMPLE_ADDED and request.file is None and not problems:
            data, content = _with_task(data)
        wrong += [f"{place}{problem}" for problem in problems]
        found.append((data, content))
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} more"] if len(wrong) > MOST_TOLD else []
        raise Refused(*wrong[:MOST_TOLD], *more)
    if not found:
        raise Refused(f"{request.file} holds nothing")
    return found


def _texts(request: Request) -> Iterator[tuple[str, bytes]]:
    if request.file is None:
        yield "", (request.data if request.data is not None else "{}").encode(errors="replace")
        return
    try:
        with request.file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if text := line.strip(b" \t\r\n\xef\xbb\xbf"):
                    yield f"{request.file}:{number}: ", text
    except OSError as error:
        raise Refused(f"{request.file}: {error.strerror}") from None


def _task(text: bytes) -> tuple[dict[str, Any], list[str]]:
    """The fields of an `example.added` for a task, as for one that is in a database."""
    task = decode_any(text, len(text))
    if task.problem:
        return {}, [f"this is no task: {task.problem}"]
    fields: dict[str, Any] = {
        "origin": IMPORT,
        "answer": task.answer,
        "input_hash": hash_in(text, "_input_hash"),
        "task_hash": hash_in(text, "_task_hash"),
        "view": task.view,
        "labels": list(task.labels),
        "score": task.score,
        "priority": task.priority,
        "flagged": task.flagged,
        "decided_at": task.decided_at,
        "changed_mind": False,
        "meta": task.meta,
    }
    return fields, []


def _with_task(data: Mapping[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """Fields that were given go before what the task says."""
    fields = {name: value for name, value in data.items() if name != "task"}
    if data.get("task") is None:
        return {"origin": IMPORT, **fields}, None
    content = json.dumps(data["task"]).encode()
    return {**_task(content)[0], **fields}, content


def _source_of(database: Database, dataset: str | None, names: list[str]) -> str:
    """The source that has a dataset of that name, else the first."""
    known = sources_of(database, dataset) if dataset is not None and len(names) > 1 else []
    return next((name for name in names if name in known), names[0])


def _id(request: Request, token: str, number: int, many: bool) -> str:
    if request.id is not None:
        return f"{request.id}/{number}" if many else request.id
    return event_id("emit", request.type, token, number)
