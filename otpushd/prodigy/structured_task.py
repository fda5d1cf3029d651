"""A task in the envelope of structured storage, decoded to the same few fields as a classic one. It never raises."""

from collections.abc import Mapping
from typing import Any

import msgspec

from otpushd.model.envelope import is_envelope, laid_out, may_be_envelope
from otpushd.model.task_json import read_json
from otpushd.prodigy.task import Task, decode, task_of

UNKNOWN_SHAPE = "a structured task of unknown shape"
MIGRATED_FROM = "_migrated_from"
"""Where a migrated copy keeps the id of its classic row."""


def decode_any(content: bytes | None, size: int = 0) -> Task:
    """The task stored as `content`, classic or in an envelope; `size` as in `decode`."""
    if content is None or not may_be_envelope(content):
        return decode(content, size)
    try:
        found = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        try:
            found = read_json(content)
        except ValueError:
            return Task(problem="not JSON")
    if not isinstance(found, dict) or not is_envelope(found):
        return decode(content, size)
    return _decode_envelope(found)


def flat(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """A task out of an envelope as a classic one that can be served again; None where the shape is unknown."""
    if not is_envelope(found):
        return dict(found)
    task = laid_out(found)
    return None if task is None else {**(found.get("input") or {}), **task}


def _decode_envelope(found: Mapping[str, Any]) -> Task:
    task = laid_out(found)
    if task is None:
        return Task(problem=UNKNOWN_SHAPE)
    migrated = MIGRATED_FROM in (found.get("extras") or {})
    return msgspec.structs.replace(task_of(task), migrated=True) if migrated else task_of(task)
