"""One monitor of plan.yaml: its shape, what its keys must be to each other, and the monitor that comes of it."""

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from otpushd.config.plan_settings import Count, Globs, Instant, Written, parse_percent
from otpushd.config.settings import Name
from otpushd.files.duration import parse_duration, parse_instant
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.monitor import (
    USUAL_ANSWERS,
    USUAL_BOUNDS,
    USUAL_LEAST,
    Above,
    Below,
    By,
    Drift,
    LastAnswers,
    LastTime,
    Measure,
    Monitor,
    Trigger,
    Window,
)

_ANSWERS = re.compile(r"([0-9]{1,9})\s+answers?")
_PREVIOUS = "previous window"
_FIGURE = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+ *%$"}], "examples": ["20%"]}


def parse_window(value: Any) -> Window:
    """`200 answers` or a duration. Raises ValueError with the mend."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"write {value} answers, or a duration such as {value}h")
    if isinstance(value, str) and (match := _ANSWERS.fullmatch(value.strip())):
        if not int(match[1]):
            raise ValueError("must be at least one answer")
        return LastAnswers(int(match[1]))
    try:
        length = parse_duration(value)
    except ValueError:
        raise ValueError("expected a number of answers or a duration, such as 200 answers or 24h") from None
    if not length:
        raise ValueError("must be longer than nothing")
    return LastTime(length)


def _figure(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number or a percentage such as 20%, got {got(value)}")
    if isinstance(value, str):
        parse_percent(value)
    return value


def _against(value: Any) -> Any:
    if value != _PREVIOUS and not isinstance(value, dict):
        raise ValueError(f"write `{_PREVIOUS}`, or {{from: 2026-01-01, to: 2026-02-01}}")
    return value


Figure = Annotated[Any, BeforeValidator(_figure), WithJsonSchema(_FIGURE)]
"""A number, or a percentage as it is written: which of them is right, the measure says."""


class RangeSettings(Written):
    """A fixed baseline."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class DriftSettings(Written):
    """What the window is compared with."""

    against: Annotated[str | RangeSettings, BeforeValidator(_against)] = _PREVIOUS


class MonitorSettings(Written):
    """One monitor."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["name", "datasets", "measure"]})

    name: Name | None = None
    datasets: Globs | None = None
    measure: Measure | None = None
    over: Annotated[
        Any, BeforeValidator(parse_window), WithJsonSchema({"type": "string", "examples": ["200 answers", "24h"]})
    ] = LastAnswers(USUAL_ANSWERS)
    at_least: Count = USUAL_LEAST
    above: Figure = None
    below: Figure = None
    clear_below: Figure = None
    clear_above: Figure = None
    drift: DriftSettings | None = None
    by: By | None = None


def read_monitor(document: YamlDocument, path: Steps, zone: tzinfo) -> tuple[Monitor | None, list[Problem]]:
    """The monitor at `path`, None where something is wrong with it, and what that is."""
    keys, problems = read_keys(MonitorSettings, document, path)
    data = document.at(path)
    if not isinstance(data, dict):
        return None, problems
    missing = [key for key in ("name", "datasets", "measure") if key not in data]
    problems += [document.problem(path, f"`{key}` is missing") for key in missing]
    problems += [document.problem((*path, key), text, key=False) for key, text in _misfits(keys, data)]
    trigger: Trigger | None = None
    if keys.measure is not None:
        trigger, wrong = _trigger(document, path, keys, keys.measure, zone)
        problems += wrong
    if problems or trigger is None or keys.measure is None:
        return None, problems
    where = (document.file, *document.position((*path, "name")))
    return Monitor(
        name=keys.name or "",
        where=where,
        datasets=keys.datasets or (),
        measure=keys.measure,
        over=keys.over,
        at_least=keys.at_least,
        trigger=trigger,
        by=keys.by,
    ), problems


def _misfits(keys: MonitorSettings, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What of the keys does not go together, whatever their values."""
    measure, window = keys.measure, keys.over
    if "above" in data and "below" in data:
        yield "below", "a monitor has one bound: `above` or `below`"
    if "clear_above" in data and "below" not in data:
        yield "clear_above", "`clear_above` goes with `below`; with `above` write `clear_below`"
    if "clear_below" in data and "above" not in data and (measure not in USUAL_BOUNDS or "below" in data):
        yield "clear_below", "`clear_below` goes with `above`; with `below` write `clear_above`"
    if isinstance(window, LastAnswers) and keys.at_least > window.count:
        said = "`at_least` is" if "at_least" in data else f"`at_least`, {USUAL_LEAST} unless given, is"
        key = "at_least" if "at_least" in data else "over"
        yield key, f"{said} more than the {window.count} answers of the window, so that it never triggers"
    if measure is None:
        return
    if measure.is_drift and "below" in data:
        yield "below", f"`{measure}` says how far two windows are apart; it takes `above`, or no bound"
    if not measure.is_drift and "drift" in data and ("above" in data or "below" in data):
        yield "drift", "a monitor has a bound or `drift`, not both"
    if measure is Measure.LABEL_DRIFT and keys.by is By.LABEL:
        yield "by", "`label_drift` looks at all labels together; leave `by: label` out"
    if not measure.is_drift and measure not in USUAL_BOUNDS and not {"above", "below", "drift"} & data.keys():
        yield "measure", f"`{measure}` has no usual bound; add `above`, `below` or `drift`"


def _trigger(
    document: YamlDocument, path: Steps, keys: MonitorSettings, measure: Measure, zone: tzinfo
) -> tuple[Trigger | None, list[Problem]]:
    """The bound in the measure's own unit, or the baseline; None where there is a problem."""
    problems: list[Problem] = []

    def value(key: str, usual: float | None = None) -> float | None:
        written = getattr(keys, key)
        if written is None:
            return usual
        try:
            return _in_unit(written, measure)
        except ValueError as error:
            problems.append(document.problem((*path, key), str(error)))
            return usual

    def checked(kind: type[Above | Below], bound: float, key: str) -> Above | Below:
        clear = value(key, bound)
        assert clear is not None
        if (clear > bound) if kind is Above else (clear < bound):
            what = "more than `above`" if kind is Above else "less than `below`"
            problems.append(document.problem((*path, key), f"`{key}` is {what}: it would recover before it triggers"))
        return kind(bound, clear)

    above, below = value("above", None), value("below", None)
    found: Trigger | None = None
    if keys.drift is not None or measure.is_drift:
        limit = checked(Above, above, "clear_below") if above is not None else None
        found, wrong = _drift(document, (*path, "drift", "against"), keys.drift, limit, zone)
        problems += wrong
    elif below is not None:
        found = checked(Below, below, "clear_above")
    elif (usual := above if above is not None else USUAL_BOUNDS.get(measure)) is not None:
        found = checked(Above, usual, "clear_below")
    return (None if problems else found), problems


def _drift(
    document: YamlDocument, path: Steps, keys: DriftSettings | None, limit: Above | Below | None, zone: tzinfo
) -> tuple[Drift | None, list[Problem]]:
    above = limit if isinstance(limit, Above) else None
    if keys is None or isinstance(keys.against, str):
        return Drift(above=above), []
    start, end = parse_instant(keys.against.from_, zone), parse_instant(keys.against.to, zone)
    if start >= end:
        return None, [document.problem((*path, "to"), "the baseline ends before it begins")]
    return Drift(start, end, above), []


def _in_unit(value: float | str, measure: Measure) -> float:
    """A figure as the measure gives it: shares are fractions of 1."""
    if not measure.is_share:
        if isinstance(value, str):
            raise ValueError(f"`{measure}` is no share of something: write a number")
        return float(value)
    if isinstance(value, str):
        value = parse_percent(value) / 100
    elif value > 1:
        raise ValueError(f"`{measure}` is a share: write {value:g}%")
    if not 0 <= value <= 1:
        raise ValueError(f"`{measure}` is a share: write a percentage from 0% to 100%")
    return float(value)
