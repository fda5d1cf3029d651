"""The composition root: files in, wired parts out. It decides nothing and runs nothing."""

import os
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from otpushd.check import router_for
from otpushd.config.load import Config, SourceLocation
from otpushd.dispatch import Dispatch
from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters
from otpushd.poll import SourcePoll
from otpushd.prodigy.source import Source
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.push import opentext_push
from otpushd.routing.load import RuleFile
from otpushd.store.lock import StoreLock
from otpushd.store.opening import Database, open_store


@dataclass(frozen=True, slots=True)
class Parts:
    """A daemon's parts, wired, nothing running. The database is open, in the `writer` thread."""

    config: Config
    database: Database
    lock: StoreLock
    writer: ThreadPoolExecutor
    readers: tuple[ThreadPoolExecutor, ...]
    polls: tuple[SourcePoll, ...]
    dispatch: Dispatch


def known_secrets(config: Config, environ: Mapping[str, str]) -> list[str]:
    """Every secret of every channel that can be read, and of every source, for the log to mask."""
    channels = config.channels.values()
    found = [secret for each in channels for secret in opentext_push.secrets(each, config.folder, environ)]
    return found + [secret for source in config.sources for secret in source.secrets.values()]


def source_for(location: SourceLocation) -> Source:
    """The reader for a configured source. The kind of database stands in its URL."""
    if is_postgres(location.url):
        from otpushd.prodigy.postgres_source import PostgresSource  # its driver costs a user of SQLite 20 MB and 0.3 s

        return PostgresSource({**postgres_parameters(location.url), **location.secrets})
    return SqliteSource(sqlite_path(location.url))


def assemble(config: Config, rule_files: Sequence[RuleFile], environ: Mapping[str, str]) -> Parts:
    """Open the store and wire a daemon's parts. Raises StoreUnusable, StoreInUse and OSError for the store."""
    store = sqlite_path(config.store_url)
    store.parent.mkdir(parents=True, exist_ok=True)
    lock = StoreLock(store)
    lock.take()
    writer = ThreadPoolExecutor(1, "store")
    database = writer.submit(open_store, store).result()
    router = router_for(config, rule_files)
    dispatch = Dispatch(
        database=database,
        writer=writer,
        senders={
            name: opentext_push.connect(settings, config.folder, environ) for name, settings in config.channels.items()
        },
        people=config.people,
        holder=f"{os.uname().nodename}:{os.getpid()}",
        clock=utc_now,
        chance=random.random,
    )
    readers = tuple(ThreadPoolExecutor(1, f"source-{source.name}") for source in config.sources)
    polls = tuple(
        SourcePoll(
            name=source.name,
            source=source_for(source),
            router=router,
            database=database,
            reader=reader,
            writer=writer,
            clock=utc_now,
            wake=dispatch.wake,
        )
        for source, reader in zip(config.sources, readers, strict=True)
    )
    return Parts(config, database, lock, writer, readers, polls, dispatch)


def utc_now() -> datetime:
    """The clock that everything below is given."""
    return datetime.now(UTC)
