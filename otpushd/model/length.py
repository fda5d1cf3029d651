"""Lengths of time as people read them."""

from datetime import timedelta

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))
_TWO = 2


def exactly(length: timedelta) -> str:
    """As it is written in files, in the largest unit in which it is a whole number: `2d` for 48 hours, `90m`."""
    for name, unit in _UNITS:
        if length and not length % unit:
            return f"{length // unit}{name}"
    return f"{length // timedelta(milliseconds=1)}ms"


def roughly(length: timedelta) -> str:
    """Rounded down, in the largest unit of which there are at least two: `26h`, `3d`, `90m`."""
    for name, unit in _UNITS:
        if length >= _TWO * unit:
            return f"{length // unit}{name}"
    return f"{max(length, timedelta()) // timedelta(seconds=1)}s"
