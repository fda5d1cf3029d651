"""plan.yaml, and `plan:` in the fixtures of a rule file, to a Plan. What is wrong with it is told, all at once.

What is right is read even where something else is wrong, so that rules can be checked against it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from pydantic import Field

from otpushd.config.calendars import read_calendars
from otpushd.config.monitors import MonitorSettings, read_monitor
from otpushd.config.plan_checks import doubts, repeated_names, shadowed
from otpushd.config.plan_settings import (
    CalendarSettings,
    DatasetSettings,
    InputTargetSettings,
    MilestoneSettings,
    PlanKeys,
    Written,
)
from otpushd.config.settings import Name, PathText
from otpushd.files.duration import local_doubt, parse_instant
from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import Steps, YamlDocument, read_yaml
from otpushd.model.calendar import PlainTime, WorkingTime
from otpushd.model.people import People
from otpushd.model.plan import (
    AnswerTarget,
    ExpectedImport,
    Idle,
    InputTarget,
    Plan,
    PlanEntry,
    ProjectMilestone,
    Review,
    Target,
)
from otpushd.model.rotation import Rotation
from otpushd.model.task_schema import TaskSchema

_UNREMINDED = "; nobody is reminded of it any more"


class PlanSettings(Written):
    """plan.yaml as it is written, for editors; it is read entry by entry."""

    datasets: dict[PathText, DatasetSettings] = Field(default_factory=dict)
    milestones: tuple[MilestoneSettings, ...] = ()
    calendars: dict[Name, CalendarSettings] = Field(default_factory=dict)
    monitors: tuple[MonitorSettings, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanAround:
    """What a plan leans on: who there is (None where that is unknown), the zone of times that name none, the folder
    its paths are relative to, and now, aware UTC, or None where nothing in it can be too late.
    """

    people: People | None
    zone: tzinfo
    folder: Path
    now: datetime | None = None


def load_plan(path: Path, around: PlanAround, shown: str | None = None) -> tuple[Plan, list[Problem]]:
    """The plan in a file as far as it is right, and every problem with it. `shown` is its name in problems."""
    document, problems = read_yaml(path, shown)
    if document is None:
        return Plan(), problems
    plan, wrong = read_plan(document, (), around)
    return plan, sorted({*problems, *wrong})


def read_plan(document: YamlDocument, path: Steps, around: PlanAround) -> tuple[Plan, list[Problem]]:
    """The plan at `path` of a document as far as it is right, and every problem with it."""
    keys, problems = read_keys(PlanKeys, document, path)
    calendars, wrong = read_calendars(document, (*path, "calendars"), around.zone)
    reading = _Reading(document, around, calendars, [*problems, *wrong])
    entries = [reading.entry((*path, "datasets", name), name) for name in keys.datasets]
    milestones = [reading.milestone((*path, "milestones", number)) for number in range(len(keys.milestones))]
    monitors = []
    for number in range(len(keys.monitors)):
        monitor, wrong = read_monitor(document, (*path, "monitors", number), around.zone)
        reading.problems += wrong
        monitors += [monitor] if monitor else []
    for listed, count in (("milestones", len(keys.milestones)), ("monitors", len(keys.monitors))):
        reading.problems += repeated_names(document, (*path, listed), count)
    known_as = {one.id: one.sessions for one in around.people.people.values()} if around.people else {}
    plan = Plan(tuple(entries), tuple(one for one in milestones if one), tuple(monitors), calendars, known_as)
    reading.problems += shadowed(plan)
    return plan, sorted(set(reading.problems))


@dataclass(slots=True)
class _Reading:
    document: YamlDocument
    around: PlanAround
    calendars: Mapping[str, WorkingTime]
    problems: list[Problem]
    schemas: dict[str, TaskSchema | None] = field(default_factory=dict)

    def add(self, path: Steps, text: str, *, key: bool = False, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(self.document.problem(path, text, key=key, severity=severity))

    def entry(self, path: Steps, pattern: str) -> PlanEntry:
        """One entry under `datasets`."""
        keys, wrong = read_keys(DatasetSettings, self.document, path)
        self.problems += [*wrong, *doubts(self.document, path, keys, pattern)]
        imported = keys.expect_import
        by = self.instant((*path, "expect_import", "by"), imported.by if imported else None, "")
        return PlanEntry(
            pattern=pattern,
            where=(self.document.file, *self.document.position(path, key=True)),
            owners=self.people((*path, "owners"), keys.owners),
            annotators=self.people((*path, "annotators"), keys.annotators),
            target=_target(keys.target),
            total=keys.total,
            milestones=tuple(sorted(set(keys.milestones))),
            deadline=self.instant((*path, "deadline"), keys.deadline),
            remind=_descending(keys.remind),
            review=self.review((*path, "review"), keys),
            assigned_to=keys.assigned_to,
            schema=self.schema((*path, "schema"), keys.schema_) if keys.schema_ is not None else None,
            expect_import=ExpectedImport(imported.rows, by) if imported and by else None,
            idle=self.idle((*path, "idle"), keys),
        )

    def milestone(self, path: Steps) -> ProjectMilestone | None:
        """One entry under `milestones`, None where something is missing."""
        keys, wrong = read_keys(MilestoneSettings, self.document, path)
        self.problems += wrong
        data = self.document.at(path)
        for key in ("name", "at", "datasets"):
            if isinstance(data, dict) and key not in data:
                self.add(path, f"`{key}` is missing")
        owners = self.people((*path, "owners"), keys.owners)
        at = self.instant((*path, "at"), keys.at)
        if keys.name is None or at is None or keys.datasets is None:
            return None
        where = (self.document.file, *self.document.position((*path, "name")))
        return ProjectMilestone(keys.name, where, at, keys.datasets, owners, _descending(keys.remind))

    def people(self, path: Steps, names: tuple[str, ...]) -> tuple[str, ...]:
        """The people named, groups replaced by their members, nobody twice."""
        known = self.around.people
        if known is None:
            return names
        found: list[str] = []
        is_list = isinstance(self.document.at(path), list)
        for number, name in enumerate(names):
            group = name.removeprefix("group:")
            if name in known.people:
                found.append(name)
            elif isinstance(known.groups.get(group), Rotation):
                text = f"`{group}` is a rotation, and a plan names people for good; write `to: group:{group}` in a rule"
                self.add((*path, number) if is_list else path, text)
            elif group in known.groups:
                found += [one for one in known.ever(group) if one in known.people]
            else:
                nearest = did_you_mean(group, [*known.people, *known.groups] if group == name else known.groups)
                what = "no person or group" if group == name else "no group"
                self.add((*path, number) if is_list else path, f"there is {what} `{group}`{nearest}")
        return tuple(dict.fromkeys(found))

    def instant(self, path: Steps, text: str | None, consequence: str = _UNREMINDED) -> datetime | None:
        """The instant in UTC; one that has passed is warned of, and so is a local time that is none or comes twice."""
        if text is None:
            return None
        instant = parse_instant(text, self.around.zone)
        if doubt := local_doubt(text, self.around.zone):
            self.add(path, doubt, severity=Severity.WARNING)
        elif self.around.now is not None and instant < self.around.now:
            self.add(path, f"this instant has passed already{consequence}", severity=Severity.WARNING)
        return instant

    def hours(self, path: Steps, name: str | None) -> WorkingTime:
        """The calendar of that name, plain time without."""
        if name is not None and name not in self.calendars:
            nearest = did_you_mean(name, self.calendars)
            known = nearest or (f"; there is {', '.join(self.calendars)}" if self.calendars else "")
            self.add(path, f"there is no calendar `{name}` under `calendars`{known}")
        return self.calendars.get(name or "", PlainTime())

    def review(self, path: Steps, keys: DatasetSettings) -> Review | None:
        """How answers are reviewed."""
        written = keys.review
        if written is None:
            return None
        hours = self.hours((*path, "hours"), written.hours)
        return Review(written.in_, written.within, _descending(written.remind), hours)

    def idle(self, path: Steps, keys: DatasetSettings) -> Idle | None:
        """What is too long."""
        written = keys.idle
        if written is None:
            return None
        return Idle(written.annotators, written.dataset, self.hours((*path, "hours"), written.hours))

    def schema(self, path: Steps, name: str) -> TaskSchema | None:
        """The JSON Schema in a file, each read once; None where it is none."""
        if name in self.schemas:
            return self.schemas[name]
        file = self.around.folder / name
        found = None
        try:
            found = TaskSchema.of(name, json.loads(file.read_bytes()))
        except OSError as error:
            self.add(path, f"the schema {file} cannot be read: {error.strerror}")
        except json.JSONDecodeError as error:
            self.add(path, f"{file} is not JSON, at line {error.lineno}: {error.msg}")
        except (ValueError, RecursionError) as error:
            self.add(path, f"{file} is no JSON Schema: {error}")
        self.schemas[name] = found
        return found


def _target(written: int | InputTargetSettings | None) -> Target | None:
    if isinstance(written, InputTargetSettings):
        return InputTarget(written.annotations_per_input, written.inputs)
    return AnswerTarget(written) if written is not None else None


def _descending(lengths: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    return tuple(sorted(set(lengths), reverse=True))
