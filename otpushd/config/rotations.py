"""Rotations as people write them: `{rotation: [cid, dora], handover: "Mon 09:00", from: 2026-01-05}`."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from otpushd.config.hours import parse_day
from otpushd.config.plan_settings import Instant, Written, parse_date
from otpushd.files.duration import local_doubt, parse_instant
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.wording import got
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.rotation import Override, Rotation

_HANDOVER = re.compile(r"(?:([^\d\W]+)\s+)?([0-9]{1,2}):([0-5][0-9])")
_DAY_ALONE = re.compile(r"[^\d\W]+")
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ].*")
_HOW = 'write "Mon 09:00" for once a week, "09:00" for once a day'


def parse_handover(value: Any) -> tuple[int | None, int]:
    """The day of the week (0 is Monday, None for every day) and the minutes from midnight of `Mon 09:00` or `09:00`.

    Raises ValueError with the mend.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected a time of handover, got {got(value)}; {_HOW}")
    match = _HANDOVER.fullmatch(value.strip())
    if match is None:
        if _DAY_ALONE.fullmatch(value.strip()):
            parse_day(value.strip())
            raise ValueError(f"the time of day is missing; {_HOW}")
        raise ValueError(f"not a time of handover; {_HOW}")
    weekday = parse_day(match[1]) if match[1] else None
    if int(match[2]) > 23:
        raise ValueError(f"there is no such time of day as {match[2]}:{match[3]}; the last is 23:59")
    return weekday, int(match[2]) * 60 + int(match[3])


def _since(value: Any) -> date:
    if isinstance(value, str) and _WITH_TIME.fullmatch(value):
        raise ValueError(f"expected a date without a time, which `handover` says: write {value[:10]}")
    return parse_date(value)


class OverrideKeys(Written):
    """Somebody who stands in."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["who", "from", "to"]})

    who: str | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None


class RotationKeys(Written):
    """Who takes turns, and when."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"required": ["rotation", "handover", "from"]})

    rotation: tuple[str, ...] | None = None
    handover: Annotated[
        tuple[int | None, int] | None,
        BeforeValidator(parse_handover),
        WithJsonSchema({"type": "string", "examples": ["Mon 09:00", "09:00"]}),
    ] = None
    from_: Annotated[
        date | None,
        BeforeValidator(_since),
        WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-05"]}),
        Field(alias="from"),
    ] = None
    overrides: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Reading:
    document: YamlDocument
    people: Collection[str]
    zone: tzinfo
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Steps, text: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(self.document.problem(path, text, severity=severity))

    def missing(self, path: Steps, names: Collection[str]) -> None:
        """Says which keys are not there, of a mapping; of anything else that has been said."""
        data = self.document.at(path)
        for key in names if isinstance(data, dict) else ():
            if key not in data:
                self.add(path, f"`{key}` is missing")

    def person(self, path: Steps, id: str | None) -> bool:
        """Whether somebody has that id."""
        if id is not None and id not in self.people:
            self.add(path, f"nobody has the id `{id}`{did_you_mean(id, self.people)}")
        return id in self.people

    def instant(self, path: Steps, text: str | None) -> datetime | None:
        """The instant in UTC; a local time that is none or comes twice is warned of."""
        if text is not None and (doubt := local_doubt(text, self.zone)):
            self.add(path, doubt, Severity.WARNING)
        return None if text is None else parse_instant(text, self.zone)

    def override(self, path: Steps) -> Override | None:
        """One entry under `overrides`, None where it is wrong."""
        keys, wrong = read_keys(OverrideKeys, self.document, path)
        self.problems += wrong
        self.missing(path, ("who", "from", "to"))
        is_known = self.person((*path, "who"), keys.who)
        start, end = self.instant((*path, "from"), keys.from_), self.instant((*path, "to"), keys.to)
        if start is None or end is None:
            return None
        if end <= start:
            self.add((*path, "to"), f"the override ends {'when' if end == start else 'before'} it begins")
        return Override(keys.who, start, end) if keys.who is not None and is_known else None


def read_rotation(
    document: YamlDocument, path: Steps, people: Collection[str], zone: tzinfo, now: datetime | None = None
) -> tuple[Rotation | tuple[str, ...], list[Problem]]:
    """The rotation at `path`, or those of its people that there are where it is wrong, and what is wrong with it.

    `people` are the ids there are; times are those of `zone`. One that has not begun at `now`, aware UTC, is warned of.
    """
    reading = _Reading(document, people, zone)
    keys, reading.problems = read_keys(RotationKeys, document, path)
    reading.missing(path, ("rotation", "handover", "from"))
    if keys.rotation is not None and not keys.rotation:
        reading.add((*path, "rotation"), "the rotation names nobody; list the people who take turns")
    names = keys.rotation or ()
    known = tuple(id for number, id in enumerate(names) if reading.person((*path, "rotation", number), id))
    overrides = [reading.override((*path, "overrides", number)) for number in range(len(keys.overrides))]
    if not known or keys.handover is None or keys.from_ is None:
        return known, reading.problems
    weekday, minutes = keys.handover
    rotation = Rotation(known, minutes, weekday, keys.from_, zone, tuple(one for one in overrides if one))
    if now is not None and now < rotation.begins:
        text = f"the rotation begins on {rotation.begins.astimezone(zone):%Y-%m-%d}; until then {known[0]} is on call"
        reading.add((*path, "from"), text, Severity.WARNING)
    return rotation, reading.problems
