"""One monitor of plan.yaml: its shape, and the monitor that comes of it. What can be watched, model/monitor.py says."""

import re
from datetime import timedelta, tzinfo
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from otpushd.config.plan_settings import Count, Globs, Instant, Written, parse_percent
from otpushd.config.settings import Name
from otpushd.files.duration import parse_duration, parse_instant
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.monitor import SHARES, Baseline, By, Definition, Fault, Measure, Monitor, Previous, faults, filled

_ANSWERS = re.compile(r"([0-9]{1,9})\s+answers?")
_FIGURES = ("above", "below", "clear_below", "clear_above")
_FIGURE = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+ *%$"}], "examples": ["20%"]}
_WINDOW = {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d| +answers?)$", "examples": ["200 answers", "24h"]}


def parse_window(value: Any) -> int | timedelta:
    """200 from `200 answers`, else a duration. Raises ValueError with the mend."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"write {value} answers, or a duration such as {value}h")
    if isinstance(value, str) and (match := _ANSWERS.fullmatch(value.strip())):
        return int(match[1])
    try:
        return parse_duration(value)
    except ValueError:
        raise ValueError("expected a number of answers or a duration, such as 200 answers or 24h") from None


def _figure(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected a number or a percentage such as 20%, got {got(value)}")
    if isinstance(value, str) and not value.strip().endswith("%"):
        raise ValueError("expected a number or a percentage such as 20%, got a text")
    if isinstance(value, str):
        parse_percent(value)
    return value


def _against(value: Any) -> Any:
    if value != Previous.WINDOW and not isinstance(value, dict):
        raise ValueError(f"write `{Previous.WINDOW}`, or {{from: 2026-01-01, to: 2026-02-01}}")
    return value


Figure = Annotated[Any, BeforeValidator(_figure), WithJsonSchema(_FIGURE)]
"""A number, or a percentage as it is written: which of them is right, the measure says."""


class RangeSettings(Written):
    """A fixed baseline."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class DriftSettings(Written):
    """What the window is compared with."""

    against: Annotated[Previous | RangeSettings, BeforeValidator(_against)] = Previous.WINDOW


class MonitorSettings(Written):
    """One monitor."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["name", "datasets", "measure"]})

    name: Name | None = None
    datasets: Globs | None = None
    measure: Measure | None = None
    over: Annotated[Any, BeforeValidator(parse_window), WithJsonSchema(_WINDOW)] = None
    at_least: Count | None = None
    above: Figure = None
    below: Figure = None
    clear_below: Figure = None
    clear_above: Figure = None
    drift: DriftSettings | None = None
    by: By | None = None
    low: float | None = None


def read_monitor(document: YamlDocument, path: Steps, zone: tzinfo) -> tuple[Monitor | None, list[Problem]]:
    """The monitor at `path`, None where something is wrong with it, and what that is."""
    keys, problems = read_keys(MonitorSettings, document, path)
    data = document.at(path)
    if not isinstance(data, dict):
        return None, problems
    problems += [
        document.problem(path, f"`{key}` is missing") for key in ("name", "datasets", "measure") if key not in data
    ]
    if keys.name is None or keys.measure is None or problems:
        return None, problems
    wrong: list[Fault] = []
    definition = _definition(keys, keys.name, keys.measure, zone, wrong)
    if not wrong:
        wrong += faults(definition)
    problems = [document.problem((*path, _written(key, data)), text) for key, text in wrong]
    where = (document.file, *document.position((*path, "name")))
    return None if problems else Monitor(where, keys.datasets or (), definition), problems


def _written(key: str, data: dict[str, Any]) -> str:
    """Where to tell what is wrong with a key: a usual value that was not written goes ill with what was."""
    return next(one for one in (key, "over", "measure") if one in data)


def _definition(keys: MonitorSettings, name: str, measure: Measure, zone: tzinfo, wrong: list[Fault]) -> Definition:
    """What is written, with the usual values for the rest; what is no figure of the measure is added to `wrong`."""
    given: dict[str, Any] = {
        key: value for key in ("over", "at_least", "by", "low") if (value := getattr(keys, key)) is not None
    }
    if "low" in given and measure is not Measure.LOW_SCORE_SHARE:
        wrong.append(Fault("low", "`low` is what `low_score_share` calls a low score; here it has no effect"))
    for key in _FIGURES:
        try:
            given[key] = _in_unit(getattr(keys, key), measure)
        except ValueError as error:
            wrong.append(Fault(key, str(error)))
    if keys.drift is not None:
        against = keys.drift.against
        given["drift"] = against if isinstance(against, Previous) else _baseline(against, zone)
    return filled(Definition(name, measure, **given))


def _baseline(written: RangeSettings, zone: tzinfo) -> Baseline:
    return Baseline(parse_instant(written.from_, zone), parse_instant(written.to, zone))


def _in_unit(value: float | str | None, measure: Measure) -> float | None:
    """A figure as the measure gives it: shares are fractions of 1."""
    if value is None:
        return None
    if measure not in SHARES:
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
