"""What people wish, as they write it: their zone, quiet hours, rates and the rules they do not want."""

from datetime import tzinfo
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from otpushd.config.hours import parse_days, parse_span
from otpushd.config.plan_settings import Texts, Written
from otpushd.config.rates import Rates, listed
from otpushd.files.duration import Zone
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.calendar import Span
from otpushd.model.people import Person
from otpushd.model.quiet import Quiet

_HOW_DAILY = 'write a span such as "20:00-07:30", several as a list; whole days stand under `days`'
_HOW_DAYS = "write days such as Sat-Sun"
_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _daily(value: Any) -> Span:
    if not isinstance(value, str):
        raise ValueError(f"expected a span of time, got {got(value)}; {_HOW_DAILY}")
    return parse_span(value.replace("\N{EN DASH}", "-"), _HOW_DAILY, "whole days under `days`")


def _days(value: Any) -> frozenset[int]:
    if not isinstance(value, str):
        raise ValueError(f"expected days of the week, got {got(value)}; {_HOW_DAYS}")
    parts = [part.strip() for part in value.replace("\N{EN DASH}", "-").split(",")]
    if not all(parts):
        raise ValueError(f"there is no day before or behind a comma; {_HOW_DAYS}")
    return frozenset(day for part in parts for day in parse_days(part))


def _quiet(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f'expected quiet hours such as {{daily: "20:00-07:30", days: Sat-Sun}}, got {got(value)}')
    return value


class QuietKeys(Written):
    """When nothing is to arrive."""

    daily: Annotated[
        tuple[Annotated[Span, BeforeValidator(_daily)], ...],
        BeforeValidator(listed),
        WithJsonSchema({**_TEXTS, "examples": ["20:00-07:30"]}),
    ] = ()
    days: Annotated[
        tuple[Annotated[frozenset[int], BeforeValidator(_days)], ...],
        BeforeValidator(listed),
        WithJsonSchema({**_TEXTS, "examples": ["Sat-Sun"]}),
    ] = ()
    critical: Literal["hold", "pass"] = "hold"


class WishKeys(Written):
    """What one person wishes."""

    timezone: Zone | None = None
    quiet: Annotated[QuietKeys | None, BeforeValidator(_quiet)] = None
    rates: Rates = ()
    opt_out: Texts = ()


WISHES = frozenset(WishKeys.model_fields)


def read_wishes(document: YamlDocument, path: Steps, id: str, zone: tzinfo) -> tuple[Person, list[Problem]]:
    """The person at `path` with nothing but wishes, as far as they are right, and what is wrong with them.

    `zone` holds for who names none. A person that is no mapping is said elsewhere.
    """
    written = document.at(path)
    if not isinstance(written, dict):
        return Person(id, id, zone=zone), []
    keys, problems = read_keys(WishKeys, document, path, elsewhere=written.keys() - WISHES)
    zone = keys.timezone or zone
    quiet = None
    if keys.quiet is not None:
        try:
            quiet = _read_quiet(keys.quiet, zone)
        except ValueError as error:
            problems.append(document.problem((*path, "quiet"), str(error)))
    return Person(id, id, zone=zone, quiet=quiet, rates=keys.rates, opt_out=frozenset(keys.opt_out)), problems


def _read_quiet(keys: QuietKeys, zone: tzinfo) -> Quiet:
    daily = tuple(sorted(set(keys.daily)))
    return Quiet(daily, frozenset().union(*keys.days), keys.critical == "pass", zone)
