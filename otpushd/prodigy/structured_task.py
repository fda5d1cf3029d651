"""A task in the envelope of structured storage, decoded to the same few fields as a classic one. It never raises.

Told by its shape, not by the table it came from (prodigy.md, 1.6: `__class__`, `input`, `server_anns`, `user_anns`,
`answer`, `meta`, `config`, `extras`). In a classic row everything lies side by side: so it is laid out here too.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from otpushd.model.task_json import read_json
from otpushd.prodigy.task import Task, decode, task_of

UNKNOWN_SHAPE = "a structured task of unknown shape"
MIGRATED_FROM = "_migrated_from"
"""Where a migrated copy keeps the id of its classic row."""

_SIGNS = (b'"__class__"', b'"user_anns"', b'"server_anns"')
_SECTIONS = ("input", "server_anns", "user_anns", "config", "extras")
_ANSWERED = ("input", "server_anns", "user_anns")


def decode_any(content: bytes | None, size: int = 0) -> Task:
    """The task stored as `content`, classic or in an envelope; `size` as in `decode`."""
    if content is None or not any(sign in content for sign in _SIGNS):
        return decode(content, size)
    try:
        found = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        try:
            found = read_json(content)
        except ValueError:
            return Task(problem="not JSON")
    if not isinstance(found, dict) or not _is_envelope(found):
        return decode(content, size)
    return _decode_envelope(found)


def _is_envelope(found: Mapping[str, Any]) -> bool:
    return isinstance(found.get("__class__"), str) or (
        "input" in found and any(isinstance(found.get(name), dict) for name in ("user_anns", "server_anns"))
    )


def _decode_envelope(found: Mapping[str, Any]) -> Task:
    sections = {name: found.get(name) or {} for name in _SECTIONS}
    if not any(name in found for name in _ANSWERED) or not all(isinstance(one, dict) for one in sections.values()):
        return Task(problem=UNKNOWN_SHAPE)
    task = task_of(_laid_out(found, sections))
    return msgspec.structs.replace(task, migrated=True) if MIGRATED_FROM in sections["extras"] else task


def _laid_out(found: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """As the classic row would be. What the person left goes before what was served, even an empty list does.

    Keys that Prodigy does not know, such as `score` and `_timestamp`, are in `extras`.
    """
    config, extras = sections["config"], sections["extras"]
    return {
        **extras,
        **sections["server_anns"],
        **{key: value for key, value in sections["user_anns"].items() if value is not None},
        "answer": found.get("answer"),
        "meta": found.get("meta"),
        "_view_id": config.get("view_id") or extras.get("_view_id"),
    }
