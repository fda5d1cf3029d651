"""The whole configuration from its file and the files it names. All problems of all files are reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import chain
from os.path import realpath
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from otpushd.config.channels import read_channels
from otpushd.config.people import people_named, read_people
from otpushd.config.place import Place, exists, is_folder
from otpushd.config.plan import PlanAround, load_plan
from otpushd.config.rates import read_channel_rates
from otpushd.config.settings import EventField, ExposedPath, Name, Settings
from otpushd.config.sources import SourceLocation, StoreLocation, locate_sources, locate_store
from otpushd.files.duration import parse_zone
from otpushd.files.problem import Problem, Severity, has_errors
from otpushd.files.validate import validate
from otpushd.files.yaml_document import Steps, YamlDocument, read_yaml
from otpushd.model.event import EventType, Field, Kind
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.model.rate import Rate

__all__ = ["Config", "Draft", "SourceLocation", "StoreLocation", "find_store", "load_config", "read_config"]

_NOT_YET = {
    "metrics": "`metrics` is not supported by this version of otpushd; nothing listens there",
}


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without errors. `folder` is absolute; `rule_paths` are files, as problems should show them.

    `channels` holds each channel's settings, made by its kind's model, in the file's order; `rates` how often each may
    be used for one person, of those that have a limit. `declared` are the event types under `events:`; whether one is
    built in is the caller's question. `store_secrets` are what `store_url` lacks.
    """

    file: Path
    folder: Path
    document: YamlDocument
    settings: Settings
    sources: tuple[SourceLocation, ...]
    store_url: str
    store_secrets: Mapping[str, str] = field(repr=False)
    channels: Mapping[str, Any]
    people: People
    plan: Plan
    rule_paths: tuple[Path, ...]
    expose: tuple[str, ...]
    declared: Mapping[str, EventType]
    rates: Mapping[str, tuple[Rate, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration as far as it can be read: `config` is None if it has errors, the rest is what rules may name.

    So rules can be checked against a configuration that is itself wrong. None where that cannot be known; people and
    channels have names although something else is wrong with them. `channels` are the settings that are right.
    """

    config: Config | None
    document: YamlDocument | None = None
    rule_paths: tuple[Path, ...] = ()
    channels: Mapping[str, Any] = field(default_factory=dict)
    channel_names: tuple[str, ...] | None = None
    people: People | None = None
    people_document: YamlDocument | None = None
    plan: Plan = field(default_factory=Plan)
    expose: tuple[str, ...] | None = None
    declared: Mapping[str, EventType] | None = None


def load_config(
    path: Path, environ: Mapping[str, str], channel_kinds: Mapping[str, type[BaseModel]], now: datetime | None = None
) -> tuple[Config | None, list[Problem]]:
    """The configuration in `path`, or None if it has errors, and all problems. See `read_config`."""
    draft, problems = read_config(path, environ, channel_kinds, now)
    return draft.config, problems


def find_store(path: Path, environ: Mapping[str, str]) -> tuple[StoreLocation | None, list[Problem]]:
    """Where the store of a configuration is, whatever else is wrong with that or with the files it names.

    None with the problems that keep this from being known.
    """
    document, problems = read_yaml(path)
    if document is None:
        return None, problems
    place = Place(path, environ)
    sources, _ = locate_sources(document, place)
    store, wrong = locate_store(document, place, sources)
    if store is None and not wrong:  # the model says it better
        wrong = [one for one in validate(Settings, document)[1] if has_errors([one])]
    return store, wrong


def read_config(
    path: Path, environ: Mapping[str, str], channel_kinds: Mapping[str, type[BaseModel]], now: datetime | None = None
) -> tuple[Draft, list[Problem]]:
    """What the configuration in `path` says, and all problems with it: file by file, in the file's order.

    Reads the file, each prodigy.json, the people file and the plan; of rules it gives the paths. Never raises for what
    they hold. `now` is aware UTC: what the plan has due before is a warning, none without it.
    """
    document, problems = read_yaml(path)
    if document is None:
        return Draft(None), problems
    place = Place(path, environ)
    settings, wrong = validate(Settings, document)
    sources, source_problems = locate_sources(document, place)
    store, store_problems = locate_store(document, place, sources)
    channels, channel_problems = read_channels(document, channel_kinds)
    rates, rate_problems = read_channel_rates(document)
    rule_paths, rule_problems = _find_rules(document, place)
    people_document, file_problems = _people_document(document, place)
    people, people_problems = _people(document, people_document, now)
    named = people or (people_named(people_document) if people_document else None)
    if has_errors(file_problems):
        people = None
    plan, plan_problems = _plan(document, place, named, now)
    found = chain(problems, wrong, source_problems, store_problems, channel_problems, rate_problems, rule_problems)
    problems = _in_order(path, [*found, *_not_yet(document), *file_problems, *people_problems, *plan_problems])
    if settings is None or store is None or people is None or has_errors(problems):
        return _draft(document, rule_paths, channels, named, people_document, plan), problems
    config = Config(
        file=path,
        folder=place.folder,
        document=document,
        settings=settings,
        sources=tuple(sources),
        store_url=store.url,
        store_secrets=store.secrets,
        channels=channels,
        people=people,
        plan=plan,
        rule_paths=rule_paths,
        expose=settings.expose,
        declared=_declared(settings.events),
        rates=rates,
    )
    return Draft(
        config,
        document,
        rule_paths,
        channels,
        channel_names=tuple(channels),
        people=people,
        people_document=people_document,
        plan=plan,
        expose=config.expose,
        declared=config.declared,
    ), problems


def _draft(
    document: YamlDocument,
    rule_paths: tuple[Path, ...],
    channels: Mapping[str, Any],
    people: People | None,
    people_document: YamlDocument | None,
    plan: Plan,
) -> Draft:
    """What a configuration with errors says of what rules may name."""
    root = document.data if isinstance(document.data, dict) else {}
    named = root.get("channels")
    exposing, declaring = (
        validate(_Named, document, data={key: root[key]} if key in root else {})[0] for key in ("expose", "events")
    )
    return Draft(
        None,
        document,
        rule_paths,
        channels,
        channel_names=tuple(named) if isinstance(named, dict) else None,
        people=people,
        people_document=people_document,
        plan=plan,
        expose=exposing.expose if exposing else None,
        declared=_declared(declaring.events) if declaring else None,
    )


class _Named(BaseModel):
    """The keys of the configuration that say by themselves what rules may name."""

    expose: tuple[ExposedPath, ...] = ()
    events: dict[Name, dict[EventField, Kind]] = {}


def _find_rules(document: YamlDocument, place: Place) -> tuple[tuple[Path, ...], list[Problem]]:
    """The rule files that `rules` names, none twice: files as given, of a folder its *.yaml and *.yml, not deeper."""
    entries = document.at(("rules",))
    named: list[tuple[Steps, Any]] = [(("rules",), entries)]
    if isinstance(entries, list):
        named = [(("rules", number), entry) for number, entry in enumerate(entries)]
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for path, entry in named:
        if not isinstance(entry, str) or not entry:
            continue
        here = place.path(entry)
        try:
            inside = sorted(one for one in here.iterdir() if _is_rule_file(one)) if is_folder(here) else [here]
        except OSError as error:
            problems.append(document.problem(path, f"the folder {here} cannot be read: {error.strerror}"))
            continue
        if not exists(here):
            problems.append(document.problem(path, f"there is no file or folder {here}"))
            continue
        if not inside:
            text = f"the folder {here} holds no rules, no *.yaml or *.yml"
            problems.append(document.problem(path, text, severity=Severity.WARNING))
        for one in inside:
            files.setdefault(realpath(one), one)
    return tuple(files.values()), problems


def _is_rule_file(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not path.name.startswith(".") and not is_folder(path)


def _people_document(document: YamlDocument, place: Place) -> tuple[YamlDocument | None, list[Problem]]:
    entry = document.at(("people",))
    if not isinstance(entry, str) or not entry:
        return None, []
    file = place.path(entry)
    if not exists(file):
        return None, [document.problem(("people",), f"there is no file {file}")]
    return read_yaml(file)


def _people(
    document: YamlDocument, people: YamlDocument | None, now: datetime | None
) -> tuple[People | None, list[Problem]]:
    if people is None:
        return None, []
    channels = document.at(("channels",))
    known = list(channels) if channels and isinstance(channels, dict) else None
    return read_people(people, known, _zone(document), now)


def _plan(
    document: YamlDocument, place: Place, people: People | None, now: datetime | None
) -> tuple[Plan, list[Problem]]:
    entry = document.at(("plan",))
    if not isinstance(entry, str) or not entry:
        return Plan(), []
    file = place.path(entry)
    if not exists(file):
        return Plan(), [document.problem(("plan",), f"there is no file {file}")]
    return load_plan(file, PlanAround(people, _zone(document), file.parent, now))


def _zone(document: YamlDocument) -> tzinfo:
    """The configuration's zone, UTC where that cannot be read: another problem says so."""
    try:
        return parse_zone(document.at(("timezone",)))
    except ValueError:
        return UTC


def _not_yet(document: YamlDocument) -> list[Problem]:
    root = document.data if isinstance(document.data, dict) else {}
    warnings = ((key, text) for key, text in _NOT_YET.items() if key in root)
    return [document.problem((key,), text, key=True, severity=Severity.WARNING) for key, text in warnings]


def _declared(events: Mapping[str, Mapping[str, Kind]]) -> dict[str, EventType]:
    return {
        name: EventType(name, {one: Field(kind) for one, kind in fields.items()}) for name, fields in events.items()
    }


def _in_order(first: Path, problems: list[Problem]) -> list[Problem]:
    """The configuration's own problems first; none twice."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file != str(first), problem))
