"""A task in the envelope of structured storage, laid out as the classic row would be. Pure, from what was decoded.

Told by its shape, not by the table it came from (prodigy.md, 1.6: `__class__`, `input`, `server_anns`, `user_anns`,
`answer`, `meta`, `config`, `extras`). In a classic row everything lies side by side.
"""

from collections.abc import Mapping
from typing import Any

_SIGNS = (b'"__class__"', b'"user_anns"', b'"server_anns"')
_SECTIONS = ("input", "server_anns", "user_anns", "config", "extras")
_ANSWERED = ("input", "server_anns", "user_anns")


def may_be_envelope(content: bytes) -> bool:
    """Whether it is worth while to look: a classic task may well speak of these words."""
    return any(sign in content for sign in _SIGNS)


def is_envelope(found: Mapping[str, Any]) -> bool:
    """Whether a decoded object is an envelope."""
    return isinstance(found.get("__class__"), str) or (
        "input" in found and any(isinstance(found.get(name), dict) for name in ("user_anns", "server_anns"))
    )


def laid_out(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """An envelope as the classic row; None if its sections are not what they are known to be.

    What the person left goes before what was served, even an empty list does. Keys that Prodigy does not know, such as
    `score` and `_timestamp`, are in `extras`.
    """
    sections = {name: found.get(name) or {} for name in _SECTIONS}
    if not any(name in found for name in _ANSWERED) or not all(isinstance(one, dict) for one in sections.values()):
        return None
    config, extras = sections["config"], sections["extras"]
    return {
        **extras,
        **sections["server_anns"],
        **{key: value for key, value in sections["user_anns"].items() if value is not None},
        "answer": found.get("answer"),
        "meta": found.get("meta"),
        "_view_id": config.get("view_id") or extras.get("_view_id"),
    }
