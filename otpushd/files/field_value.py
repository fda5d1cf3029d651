"""A value that a person or a script wrote for an event's field, as events hold it, or what is wrong with it."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from otpushd.files.duration import parse_instant
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got

_KINDS: Mapping[str, tuple[str, Any]] = {
    "string": ("a text", str),
    "number": ("a number", (int, float)),
    "integer": ("a whole number", int),
    "boolean": ("true or false", bool),
    "instant": ("an instant", str),
    "strings": ("a list of texts", list),
    "integers": ("a list of whole numbers", list),
    "object": ("a mapping", dict),
}


def field_value(name: str, value: Any, kind: str, values: tuple[str, ...], zone: tzinfo) -> tuple[Any, str]:
    """The value of a field of this kind (model/event.py), one of `values` unless those are empty; else the problem.

    A local time is read in `zone`.
    """
    words, types = _KINDS[kind]
    is_wrong_flag = isinstance(value, bool) and kind != "boolean"
    if is_wrong_flag or not isinstance(value, types):
        return None, f"`{name}` is {words}, got {got(value)}"
    if kind == "strings" and not all(isinstance(one, str) for one in value):
        return None, f"`{name}` is a list of texts; put its entries in quotes"
    if kind == "integers" and not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        return None, f"`{name}` is a list of whole numbers"
    if kind == "instant":
        try:
            return parse_instant(value, zone), ""
        except ValueError as error:
            return None, str(error)
    if values and value not in values:
        nearest = did_you_mean(value, values) or "; it is one of " + ", ".join(values)
        return None, f"`{name}` is never {value!r}{nearest}"
    return value, ""
