"""Where Prodigy keeps its database, from its own prodigy.json. Only `db` and `db_settings` are looked at or shown:
the rest of that file may hold passwords. The Prodigy home is the folder of the file; PRODIGY_HOME is not consulted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otpushd.config.place import Place
from otpushd.files.database_url import sqlite_url
from otpushd.files.postgres_url import PARAMETERS, postgres_url, problem_of
from otpushd.files.problem import Problem, Severity
from otpushd.files.yaml_document import Steps, YamlDocument, parse_yaml

_OVERRIDES = "PRODIGY_CONFIG_OVERRIDES"
_SQLITE: Steps = ("db_settings", "sqlite")
_POSTGRES: Steps = ("db_settings", "postgresql")
_OURS = frozenset({"client_encoding", "autorollback", "autoconnect", "register_hstore", "isolation_level"})
"""Said of the database to psycopg2 or peewee, which has no meaning for a reader."""


@dataclass(frozen=True, slots=True)
class _Prodigy:
    """Prodigy's settings. `document` tells positions, if the JSON can be read as YAML, which it nearly always can."""

    file: str
    settings: Mapping[str, Any]
    document: YamlDocument | None
    overridden: frozenset[str]

    def at(self, path: Steps) -> Any:
        value: Any = self.settings
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def problem(self, path: Steps, text: str, severity: Severity = Severity.ERROR) -> Problem:
        where = f"`{'.'.join(map(str, path))}`"
        if path[0] in self.overridden:
            return Problem(self.file, 1, 1, f"{where} (from {_OVERRIDES}) {text}", severity)
        if self.document is None:
            return Problem(self.file, 1, 1, f"{where} {text}", severity)
        return self.document.problem(path, f"{where} {text}", severity=severity)


def read_prodigy_json(path: Path, shown: str, place: Place) -> tuple[str | None, list[Problem]]:
    """The database's URL in its normal form, from the absolute path of a prodigy.json, and what is wrong with it.

    The database itself need not exist yet. The environment in `place` gives HOME and PRODIGY_CONFIG_OVERRIDES.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return None, [Problem(shown, 1, 1, f"the file cannot be read: {error.strerror}")]
    except UnicodeDecodeError:
        return None, [Problem(shown, 1, 1, "the file is not UTF-8")]
    return locate(text, shown, path.parent, place)


def locate(text: str, shown: str, folder: Path, place: Place) -> tuple[str | None, list[Problem]]:
    """As `read_prodigy_json`, from the file's text; `folder` is its absolute folder, `shown` its name in problems."""
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        return None, [Problem(shown, error.lineno, error.colno, f"this is not JSON: {error.msg}")]
    except (ValueError, RecursionError):
        return None, [Problem(shown, 1, 1, "this is not JSON that can be read")]
    if not isinstance(settings, dict):
        return None, [Problem(shown, 1, 1, "expected a JSON object, as Prodigy writes it")]
    overrides = _overrides(place.environ)
    if overrides is None:
        return None, [Problem(shown, 1, 1, f"the environment variable {_OVERRIDES} is not a JSON object")]
    document, _ = parse_yaml(text, shown)
    # INFERRED: Prodigy lays the overrides over its settings key by key, not deeper.
    return _database(_Prodigy(shown, settings | overrides, document, frozenset(overrides)), folder, place)


def _overrides(environ: Mapping[str, str]) -> dict[str, Any] | None:
    try:
        overrides = json.loads(environ.get(_OVERRIDES) or "{}")
    except (ValueError, RecursionError):
        return None
    return overrides if isinstance(overrides, dict) else None


def _database(prodigy: _Prodigy, folder: Path, place: Place) -> tuple[str | None, list[Problem]]:
    if prodigy.at(("db",)) == "postgresql":
        return _postgres(prodigy)
    problems = _wrong_kinds(prodigy)
    if problems:
        return None, problems
    database = prodigy.at(("db",))
    if database not in (None, "sqlite"):
        what = f"is {database!r}; otpushd can watch Prodigy's sqlite and postgresql databases only"
        return None, [prodigy.problem(("db",), what)]
    name, path = prodigy.at((*_SQLITE, "name")) or "prodigy.db", prodigy.at((*_SQLITE, "path"))
    if name == ":memory:":
        return None, [prodigy.problem((*_SQLITE, "name"), "is in memory, where no other process can see it")]
    if not path:
        return sqlite_url(folder / name), []
    path = place.home(path)
    if path is None:
        what = "begins with `~`, whose meaning is not known here; write the whole path"
        return None, [prodigy.problem((*_SQLITE, "path"), what)]
    if not Path(path).is_absolute():
        what = "is relative; it is taken from the folder of this file, but Prodigy takes it from where it was started"
        problems.append(prodigy.problem((*_SQLITE, "path"), what, Severity.WARNING))
    return sqlite_url(folder / path / name), problems


def _wrong_kinds(prodigy: _Prodigy) -> list[Problem]:
    """Keys on the way to the database that are not of the kind they must be, or that nobody has filled in yet."""
    for path in (("db_settings",), _SQLITE):
        if not isinstance(prodigy.at(path), Mapping | None):
            return [prodigy.problem(path, "must be an object")]
    problems = []
    for path in (("db",), (*_SQLITE, "name"), (*_SQLITE, "path")):
        value = prodigy.at(path)
        if not isinstance(value, str | None) or not (value or "").isprintable():
            problems.append(prodigy.problem(path, "must be a text without control characters"))
        elif "${" in (value or ""):
            what = "still holds a placeholder `${…}`; fill it in, or give the source a `url` in its place"
            problems.append(prodigy.problem(path, what))
    return problems


def _postgres(prodigy: _Prodigy) -> tuple[str | None, list[Problem]]:
    """psycopg2's keywords, which are libpq's. What is not said, libpq takes from its PG… environment."""
    problems, found = [], dict[str, str]()
    for path in (("db_settings",), _POSTGRES):
        if not isinstance(prodigy.at(path), Mapping | None):
            return None, [prodigy.problem(path, "must be an object")]
    for key, value in (prodigy.at(_POSTGRES) or {}).items():
        path, name = (*_POSTGRES, key), "dbname" if key == "database" else key
        if value is None or name in _OURS:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            problems.append(prodigy.problem(path, "must be a text or a number"))
        elif "${" in str(value):
            what = "still holds a placeholder `${…}`; fill it in, or give the source a `url` in its place"
            problems.append(prodigy.problem(path, what))
        elif wrong := problem_of(name, str(value)):
            severity = Severity.ERROR if name in PARAMETERS or name == "dsn" else Severity.WARNING
            problems.append(prodigy.problem(path, f"cannot be used: {wrong}", severity))
        else:
            found[name] = str(value)
    return None if any(each.severity is Severity.ERROR for each in problems) else postgres_url(found), problems
