"""A stored task's JSON, read with patience: what any writer ever left there, as values that JSON can say again.

Prodigy's rows come from browsers, scripts and imports of many years: byte order marks, stray bytes, NaN, integers of
any size and halves of surrogate pairs occur, and none of them may stop a row or make a message unsendable.
"""

import json
import math
import re
from typing import Any

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)


def read_json(content: bytes) -> Any:
    """The value in `content`, of dict, list, str, int, float, bool and None only.

    Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD; NaN, infinities and integers of more digits
    than Python reads become None. Raises ValueError for what is no JSON, or is nested too deeply.
    """
    text = content.decode("utf-8-sig", errors="replace")
    if _SURROGATE.search(text):
        text = _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of more digits than Python reads
        return _PATIENT.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _integer(digits: str) -> int | None:
    try:
        return int(digits)
    except ValueError:
        return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _nothing(_: str) -> None:
    return None


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_nothing)
_PATIENT = json.JSONDecoder(parse_int=_integer, parse_float=_finite, parse_constant=_nothing)
"""A call for each integer costs more than all the rest."""
