"""The shape of plan.yaml. Every key is optional here, so that one bad key hides no other; plan.py knows which are not.

Names in it (people, calendars), and how its entries lie to each other, are looked at elsewhere.
"""

import re
from datetime import UTC, date, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from otpushd.config.hours import Week, parse_hours
from otpushd.config.settings import Name, PathText
from otpushd.files.duration import Duration, parse_instant
from otpushd.files.wording import got

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CONTENT = re.compile(r"(meta|task)(\.[^.\s]+)+")
_YEARS = range(1900, 2901)
_LONGEST_WAIT = timedelta(days=3650)


def one_or_many(value: Any) -> Any:
    """A list of what may stand alone."""
    return [value] if isinstance(value, str) else value


def parse_percent(value: Any) -> float:
    """25.0 from `25%`. Raises ValueError for what is no percentage, with the mend."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"a percentage has a sign: write {value * 100 if 0 < value < 1 else value:g}%")
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a percentage such as 25%")
    return float(match[1])


def _milestone(value: Any) -> float:
    percent = parse_percent(value)
    if not 0 < percent <= 100:
        raise ValueError("a milestone is more than 0% and at most 100% of the target")
    return percent


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {got(value)}")
    if value < 1:
        raise ValueError("must be at least 1")
    return value


def _target(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(
            f"expected a number of answers, or {{annotations_per_input: 2, inputs: 2500}}, got {got(value)}"
        )
    if value == 0:
        raise ValueError("a target of 0 is reached before anybody begins; leave `target` out where there is none")
    return _count(value)


def _instant(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected an instant such as 2026-12-01T17:00, got {got(value)}")
    if parse_instant(value, UTC).year not in _YEARS:
        raise ValueError(f"the year is not between {_YEARS[0]} and {_YEARS[-1]}; is it right?")
    return value


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("must be longer than nothing")
    return value


def _wait(value: timedelta) -> timedelta:
    if value > _LONGEST_WAIT:
        raise ValueError(f"must be at most {_LONGEST_WAIT.days}d")
    return value


def _exact(value: str) -> str:
    if any(character in value for character in "*?["):
        raise ValueError("name one dataset here, to the letter; its reviews could not be told apart otherwise")
    return value


def _content_path(value: str) -> str:
    if not _CONTENT.fullmatch(value):
        raise ValueError("name a field below `meta` or `task`, such as meta.assigned_to")
    return value


def _holidays(value: Any) -> Any:
    if isinstance(value, str) and _DATE.fullmatch(value):
        raise ValueError(f"dates are a list: write [{value}]")
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise ValueError(f"expected a region such as CH-ZH or a list of dates, got {got(value)}")
    return value


def parse_date(value: Any) -> date:
    """The day that a text such as 2026-12-25 names. Raises ValueError with the mend."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("expected a date such as 2026-12-25")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"no such day: {error}") from None


_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_DURATION = {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}
Texts = Annotated[tuple[PathText, ...], BeforeValidator(one_or_many), WithJsonSchema(_TEXTS)]
Globs = Annotated[
    tuple[PathText, ...], BeforeValidator(one_or_many), Field(min_length=1), WithJsonSchema({**_TEXTS, "minItems": 1})
]
Positive = Annotated[Duration, AfterValidator(_positive)]
Wait = Annotated[Duration, AfterValidator(_positive), AfterValidator(_wait)]
Reminders = Annotated[
    tuple[Positive, ...],
    BeforeValidator(one_or_many),
    WithJsonSchema({"anyOf": [_DURATION, {"type": "array", "items": _DURATION}], "examples": [["7d", "4h"]]}),
]
Instant = Annotated[
    str, BeforeValidator(_instant), WithJsonSchema({"type": "string", "examples": ["2026-12-01T17:00"]})
]
"""A text that is an instant once a zone is known."""
Percent = Annotated[float, BeforeValidator(_milestone), WithJsonSchema({"type": "string", "examples": ["25%"]})]
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 1})]


class Written(BaseModel):
    """What people write."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class InputTargetSettings(Written):
    """So many inputs, each answered by so many people."""

    annotations_per_input: Count
    inputs: Count


class ReviewSettings(Written):
    """How answers are reviewed."""

    in_: Annotated[PathText, AfterValidator(_exact), Field(alias="in")]
    within: Wait
    remind: Reminders = ()
    hours: str | None = None


class ExpectedImportSettings(Written):
    """How many rows are to come."""

    rows: Count
    by: Instant


class IdleSettings(Written):
    """How long is too long."""

    annotators: Wait | None = None
    dataset: Wait | None = None
    hours: str | None = None


class DatasetSettings(Written):
    """One entry under `datasets`."""

    owners: Texts = ()
    annotators: Texts = ()
    target: Annotated[int, BeforeValidator(_target), WithJsonSchema({"type": "integer", "minimum": 1})] | (
        InputTargetSettings | None
    ) = None
    total: bool = False
    milestones: Annotated[tuple[Percent, ...], BeforeValidator(one_or_many)] = ()
    deadline: Instant | None = None
    remind: Reminders = ()
    review: ReviewSettings | None = None
    assigned_to: Annotated[str, AfterValidator(_content_path)] | None = None
    schema_: Annotated[PathText | None, Field(alias="schema")] = None
    expect_import: ExpectedImportSettings | None = None
    idle: IdleSettings | None = None


class MilestoneSettings(Written):
    """One date of the wider project."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["name", "at", "datasets"]})

    name: Name | None = None
    at: Instant | None = None
    datasets: Globs | None = None
    owners: Texts = ()
    remind: Reminders = ()


class CalendarSettings(Written):
    """When a calendar is open."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["hours"]})

    hours: Annotated[
        Week | None,
        BeforeValidator(parse_hours),
        WithJsonSchema({"type": "string", "examples": ["Mon-Fri 08:00-18:00"]}),
    ] = None
    holidays: Annotated[
        str | tuple[Annotated[date, BeforeValidator(parse_date)], ...] | None, BeforeValidator(_holidays)
    ] = None


class PlanKeys(Written):
    """Top level, its entries unread."""

    datasets: dict[PathText, Any] = {}
    milestones: tuple[Any, ...] = ()
    calendars: dict[Name, Any] = {}
    monitors: tuple[Any, ...] = ()
