"""From what the configuration says about databases to where they are: the sources, and a store that is none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from otpushd.config.place import Place, exists, is_folder
from otpushd.config.prodigy_json import read_prodigy_json
from otpushd.config.settings import SourceSettings, StoreSettings
from otpushd.files.database_url import is_postgres, parse_database_url, sqlite_path
from otpushd.files.postgres_url import postgres_parameters, without_secrets
from otpushd.files.problem import Problem, Severity
from otpushd.files.validate import validate
from otpushd.files.yaml_document import Steps, YamlDocument


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """Where the store is: `url` and `secrets` as a source's."""

    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A Prodigy database to poll. `url` is in the normal form of files/database_url.py and fit to be shown.

    `secrets` are the connection parameters that the URL lacks for that, the password above all.
    """

    name: str
    url: str
    poll: timedelta
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def locate_sources(document: YamlDocument, place: Place) -> tuple[list[SourceLocation], list[Problem]]:
    """Every source that can be located, in order, and what is wrong with the others.

    A source whose settings do not validate is left out in silence: the model of the whole file reports it.
    """
    found: list[SourceLocation] = []
    problems: list[Problem] = []
    entries = document.at(("sources",))
    for number in range(len(entries) if isinstance(entries, list) else 0):
        path: Steps = ("sources", number)
        settings, _ = validate(SourceSettings, document, path)
        if settings is None:
            continue
        if any(settings.name == other.name for other in found):
            problems.append(document.problem((*path, "name"), f"another source is called `{settings.name}` already"))
        url, wrong = _source_url(settings, document, path, place)
        problems += wrong
        if url is None:
            continue
        url, secrets = without_secrets(url) if is_postgres(url) else (url, {})
        if twin := next((other for other in found if _same(url, other.url)), None):
            text = f"this is the database of source `{twin.name}` too: everything is announced twice"
            key = "url" if settings.url is not None else "prodigy"
            problems.append(document.problem((*path, key), text, severity=Severity.WARNING))
        found.append(SourceLocation(settings.name, url, settings.poll, secrets))
    return found, problems


def locate_store(
    document: YamlDocument, place: Place, sources: Sequence[SourceLocation]
) -> tuple[StoreLocation | None, list[Problem]]:
    """Where the store is; it is never a database of Prodigy's, under whatever name."""
    settings, _ = validate(StoreSettings, document, ("store",))
    if settings is None:
        return None, []
    try:
        url = parse_database_url(settings.url, place.folder)
    except ValueError as error:
        return None, [document.problem(("store", "url"), str(error))]
    url, secrets = without_secrets(url) if is_postgres(url) else (url, {})
    for source in sources:
        if _same(url, source.url):
            own = "database" if is_postgres(url) else "file"
            text = (
                f"this is the database of source `{source.name}`, which is never written; give the store its own {own}"
            )
            return None, [document.problem(("store", "url"), text)]
    return StoreLocation(url, secrets), []


def _source_url(
    settings: SourceSettings, document: YamlDocument, path: Steps, place: Place
) -> tuple[str | None, list[Problem]]:
    if settings.url is not None:
        try:
            return parse_database_url(settings.url, place.folder), []
        except ValueError as error:
            return None, [document.problem((*path, "url"), str(error))]
    path = (*path, "prodigy")
    name = place.home(settings.prodigy or "")
    if name is None:
        return None, [document.problem(path, "the meaning of `~` is not known here; write the whole path")]
    file = place.path(name) / "prodigy.json" if is_folder(place.path(name)) else place.path(name)
    if not exists(file):
        return None, [document.problem(path, f"there is no file {file}")]
    return read_prodigy_json(file.absolute(), str(file), place)


def _same(one: str, other: str) -> bool:
    """Whether two URLs are the same database: the same file, also by symbolic or hard links, or the same server's."""
    if is_postgres(one) or is_postgres(other):
        return is_postgres(one) and is_postgres(other) and _server(one) == _server(other)
    first, second = sqlite_path(one), sqlite_path(other)
    try:
        return first.resolve() == second.resolve() or (first.exists() and second.exists() and first.samefile(second))
    except (OSError, ValueError, RuntimeError):
        return first == second


def _server(url: str) -> tuple[str, str, str]:
    parameters = postgres_parameters(url)
    return parameters.get("host", ""), parameters.get("port", "5432"), parameters.get("dbname", "")
