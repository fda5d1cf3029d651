"""A stored task as a line of a JSONL file that Prodigy serves again.

What says how it was answered goes, and every underscore field but `_input_hash`: Prodigy keeps the hashes that it finds
in a file, and leaves a task out whose `_task_hash` the dataset has already (prodigy.md, section 2). The input's hash
stays, because by it the new answer is recognised, and because it differs where an image was replaced by its path.
What people marked (spans, label, accept) stays as a suggestion to be corrected.
"""

import json
from typing import Any

from otpushd.model.task_json import read_json
from otpushd.prodigy.structured_task import flat

MARK = "queued"
INPUT_HASH = "_input_hash"
ANSWERED = frozenset({"answer", "flagged", MARK})


def requeued(content: bytes, input_hash: int | None, reason: str, mark: str) -> bytes | None:
    """The line, its line break included, or None for what is no task. `mark` is the first field, to find it by.

    The reason goes into `meta`, which Prodigy shows beside the task.
    """
    try:
        found = read_json(content)
    except ValueError:
        return None
    task = flat(found) if isinstance(found, dict) else None
    if not task:
        return None
    kept: dict[str, Any] = {MARK: mark}
    kept |= {name: value for name, value in task.items() if name[:1] != "_" and name not in ANSWERED}
    kept["meta"] = _meta(task.get("meta"), reason, ours=MARK in task)
    known = input_hash if input_hash is not None else task.get(INPUT_HASH)
    if known is not None:
        kept[INPUT_HASH] = known
    return json.dumps(kept, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n"


def hash_in(content: bytes, name: str) -> int | None:
    """A hash that a task itself holds, `_input_hash` or `_task_hash`; None if it holds none."""
    try:
        found = read_json(content)
    except ValueError:
        return None
    value = found.get(name) if isinstance(found, dict) else None
    return value if type(value) is int and -(2**62) < value < 2**62 else None


def _meta(found: Any, reason: str, *, ours: bool) -> dict[str, Any]:
    """Meta should be an object, and is a text in some exports. A `reason` of the team's own stays."""
    meta = dict(found) if isinstance(found, dict) else {} if found is None else {"meta": found}
    return {**meta, "reason" if ours or "reason" not in meta else "relabel_reason": reason}
