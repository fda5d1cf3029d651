"""When the browser says that a row was decided: the one thing in it that no tool has a reason to change. Never raises.

As a number, of the task itself: tools write JSON anew with keys in another order, and 1700000100.0 as 1700000100; a
review carries the moments of what it reviewed as well.
"""

from typing import Any

import msgspec

from otpushd.model.envelope import is_envelope, laid_out, may_be_envelope
from otpushd.model.task_json import read_json
from otpushd.prodigy.task import number_in

KEY = "_timestamp"


class _Stamped(msgspec.Struct, gc=False):
    timestamp: Any = msgspec.field(default=None, name=KEY)


_decoder = msgspec.json.Decoder(_Stamped)
_SIGN = f'"{KEY}"'.encode()


def moment_of(content: bytes | None) -> float | None:
    """The number under `_timestamp`, None where there is none; two microseconds for a task of the usual size."""
    if content is None or _SIGN not in content:
        return None
    try:
        found = _decoder.decode(content).timestamp
        if found is not None or not may_be_envelope(content):
            return number_in(found)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        found = read_json(content)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    task = laid_out(found) if is_envelope(found) else found
    return None if task is None else number_in(task.get(KEY))
