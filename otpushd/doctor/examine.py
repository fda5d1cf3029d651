"""Looks at everything that a configuration names: which room finds out what, and who judges it."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from otpushd.config.load import Config, SourceLocation
from otpushd.doctor.channel import judge_channel, judge_reach
from otpushd.doctor.files import FileFacts, judge_files, judge_machine, judge_people, judge_plain, judge_problems
from otpushd.doctor.finding import Finding
from otpushd.doctor.limits import judge_limits
from otpushd.doctor.side_by_side import Check, side_by_side
from otpushd.doctor.sqlite_source import judge_sqlite
from otpushd.doctor.store import judge_shared_store, judge_sqlite_store
from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters
from otpushd.files.problem import Problem
from otpushd.prodigy.sqlite_probe import probe_sqlite
from otpushd.push.channel_facts import ChannelFacts, channel_facts
from otpushd.push.reach import reach
from otpushd.push.target import target
from otpushd.store.probe import probe_sqlite_store

SECONDS = 8.0
ANY_ZONE = "Europe/Zurich"


def examine(
    config: Config, problems: Sequence[Problem], environ: Mapping[str, str], now: datetime, seconds: float = SECONDS
) -> list[Finding]:
    """All findings, area by area, after `seconds` at most. `problems` is what check-rules has to say of the files."""
    checks = [
        Check("configuration", partial(_files, config, problems, environ)),
        Check("this machine", lambda: judge_machine(_zones(), os.geteuid() == 0)),
        *(Check(f"source {one.name}", partial(_source, one, now)) for one in config.sources),
        Check("store", partial(_store, config)),
    ]
    for name, settings in config.channels.items():
        checks.append(Check(f"channel {name}", partial(_channel, name, config, environ)))
        checks.append(Check(f"channel {name}", partial(_gateway, name, settings, environ, now)))
    return side_by_side(checks, seconds)


def _source(location: SourceLocation, now: datetime) -> Iterator[Finding]:
    if not is_postgres(location.url):
        yield from judge_sqlite(location.name, probe_sqlite(sqlite_path(location.url)), now)
        return
    from otpushd.doctor.postgres_source import judge_postgres
    from otpushd.prodigy.postgres_probe import probe_postgres  # its driver costs a user of SQLite 20 MB and 0.3 s

    facts = probe_postgres({**postgres_parameters(location.url), **location.secrets})
    yield from judge_postgres(location.name, facts, location.poll)


def _store(config: Config) -> Iterator[Finding]:
    if not is_postgres(config.store_url):
        yield from judge_sqlite_store(probe_sqlite_store(sqlite_path(config.store_url)))
        return
    from otpushd.store.postgres_probe import probe_shared_store

    parameters = {**postgres_parameters(config.store_url), **config.store_secrets}
    yield from judge_shared_store(probe_shared_store(parameters, f"doctor {os.getpid()}", lambda: datetime.now(UTC)))


def _channel(name: str, config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    facts = _facts(name, config, environ)
    yield from judge_channel(name, facts)
    if not facts.target.loopback:
        yield from judge_limits(name, config.rates.get(name, ()), config.people.people.values())


def _facts(name: str, config: Config, environ: Mapping[str, str]) -> ChannelFacts:
    return channel_facts(config.channels[name], config.folder, environ)


def _gateway(name: str, settings: Any, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    yield from judge_reach(name, reach(target(settings.base_url), environ), now)


def _files(config: Config, problems: Sequence[Problem], environ: Mapping[str, str]) -> Iterator[Finding]:
    yield from judge_problems(problems, config.file)
    facts = {name: _facts(name, config, environ) for name in config.channels}
    keys = [f"channels.{name}.{key}" for name, one in facts.items() for key in one.plain]
    in_urls = {one.name for one in config.settings.sources if one.url is not None}
    urls = [one.name for one in config.sources if one.secrets and one.name in in_urls]
    places = [f"source {name}" for name in urls] + ["the store"] * bool(config.store_secrets)
    yield from judge_plain(keys, places)
    yield from judge_files(list(_on_disk(config, facts, secret=bool(keys or places))))
    yield from judge_people(config.people.people, tuple(config.channels))


def _on_disk(config: Config, channels: Mapping[str, ChannelFacts], secret: bool) -> Iterator[FileFacts]:
    """Everything that decides what is sent to whom. What cannot be looked at is a problem of another finding."""
    named = {config.file: secret, config.file.parent / config.settings.people: False}
    named |= {config.file.parent / config.settings.plan: False} if config.settings.plan else {}
    named |= dict.fromkeys(config.rule_paths, False)
    for one in channels.values():
        named |= {one.document: False, **dict.fromkeys(one.secret_files, True)}
    for path, holds in named.items():
        try:
            status = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield FileFacts(path, status.st_mode & 0o7777, holds)


def _zones() -> bool:
    try:
        return ZoneInfo.no_cache(ANY_ZONE) is not None
    except ZoneInfoNotFoundError:
        return False
