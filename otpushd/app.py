"""The composition root: files in, wired parts out. It decides nothing and runs nothing."""

import os
import random
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from otpushd.check import router_for
from otpushd.config.load import Config, SourceLocation
from otpushd.dispatch import Dispatch
from otpushd.files.database_url import is_postgres, sqlite_path
from otpushd.files.postgres_url import postgres_parameters
from otpushd.holding import Holding
from otpushd.poll import SourcePoll
from otpushd.prodigy.source import Source
from otpushd.prodigy.sqlite_source import SqliteSource
from otpushd.push import opentext_push
from otpushd.queueing import Queueing
from otpushd.reclaim import Reclaim
from otpushd.routing.load import RuleFile
from otpushd.store.lock import StoreLock
from otpushd.store.opening import Database, open_store
from otpushd.store.postgres_opening import open_shared
from otpushd.store.whereabouts import Whereabouts
from otpushd.tenure import Tenure
from otpushd.thinking import Thinking

LOOK = timedelta(seconds=1)
"""How often a daemon looks for what others have put into a store that they share."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A daemon's parts, wired, nothing running. The database is open, in the `writer` thread.

    `lock` and `whereabouts` are a store's that only one daemon may use. `rules` is how many there are at the start.
    """

    config: Config
    database: Database
    lock: StoreLock | None
    whereabouts: Whereabouts | None
    writer: ThreadPoolExecutor
    readers: tuple[Executor, ...]
    polls: tuple[SourcePoll, ...]
    dispatch: Dispatch
    reclaim: Reclaim
    holding: Holding
    queueings: tuple[Queueing, ...] = ()
    rules: int = 0


def known_secrets(config: Config, environ: Mapping[str, str]) -> list[str]:
    """Every secret of every channel that can be read, of every source and of the store, for the log to mask."""
    channels = config.channels.values()
    found = [secret for each in channels for secret in opentext_push.secrets(each, config.folder, environ)]
    databases = [*(source.secrets for source in config.sources), config.store_secrets]
    return found + [secret for each in databases for secret in each.values()]


def source_for(location: SourceLocation) -> Source:
    """The reader for a configured source. The kind of database stands in its URL."""
    if is_postgres(location.url):
        from otpushd.prodigy.postgres_source import PostgresSource  # its driver costs a user of SQLite 20 MB and 0.3 s

        return PostgresSource({**postgres_parameters(location.url), **location.secrets})
    return SqliteSource(sqlite_path(location.url))


def assemble(config: Config, rule_files: Sequence[RuleFile], environ: Mapping[str, str]) -> Parts:
    """Open the store and wire a daemon's parts. Raises StoreUnusable, StoreInUse and OSError for the store."""
    writer = ThreadPoolExecutor(1, "store")
    holder = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"  # a container's daemon is always process 1
    database, lock = _open(config, writer, holder)
    thoughts = thinkings(config, rule_files, [source.name for source in config.sources])
    dispatch = Dispatch(
        database=database,
        writer=writer,
        senders={
            name: opentext_push.connect(settings, config.folder, environ) for name, settings in config.channels.items()
        },
        people=config.people,
        holder=holder,
        clock=utc_now,
        chance=random.random,
        longest_pause=LOOK if lock is None else None,
    )
    polls = tuple(_poll(source, thoughts[source.name], dispatch) for source in config.sources)
    whereabouts = None if lock is None else Whereabouts(sqlite_path(config.store_url), database, lock)
    return Parts(
        config=config,
        database=database,
        lock=lock,
        whereabouts=whereabouts,
        writer=writer,
        readers=tuple(poll.reader for poll in polls),
        polls=polls,
        dispatch=dispatch,
        reclaim=Reclaim(database, writer, holder, dispatch.wake),
        holding=Holding(polls[0].thinking.pacing, database, writer, utc_now, dispatch.wake),
        queueings=tuple(_queueing(config, poll) for poll in polls),
        rules=sum(len(file.rules) for file in rule_files),
    )


def _poll(source: SourceLocation, thinking: Thinking, dispatch: Dispatch) -> SourcePoll:
    """The polling side of one source, with a thread of its own to read; what it finds to say wakes the dispatch."""
    return SourcePoll(
        name=source.name,
        source=source_for(source),
        thinking=thinking,
        database=dispatch.database,
        reader=ThreadPoolExecutor(1, f"source-{source.name}"),
        writer=dispatch.writer,
        clock=utc_now,
        wake=dispatch.wake,
        tenure=Tenure(source.name, dispatch.holder, dispatch.database, dispatch.writer),
    )


def thinkings(config: Config, rule_files: Sequence[RuleFile], sources: Sequence[str]) -> dict[str, Thinking]:
    """What the polls of all `sources` think with, by name: the same rules and the same plan."""
    router = router_for(config, rule_files)
    return {name: Thinking(name, config.plan, router, alone=len(sources) == 1) for name in sources}


def _queueing(config: Config, poll: SourcePoll) -> Queueing:
    """The loop that fills queues with what its poll has found: it reads with the same reader."""
    return Queueing(
        name=poll.name,
        source=poll.source,
        database=poll.database,
        reader=poll.reader,
        writer=poll.writer,
        filer=ThreadPoolExecutor(1, f"queues-{poll.name}"),
        clock=utc_now,
        folder=config.folder,
        tenure=poll.tenure,
    )


def _open(config: Config, writer: Executor, holder: str) -> tuple[Database, StoreLock | None]:
    """The store, and the lock on it that keeps other daemons out, where they have to be."""
    if is_postgres(config.store_url):
        parameters = {**postgres_parameters(config.store_url), **config.store_secrets}
        return writer.submit(open_shared, parameters, holder).result(), None
    store = sqlite_path(config.store_url)
    store.parent.mkdir(parents=True, exist_ok=True)
    lock = StoreLock(store)
    lock.take()
    return writer.submit(open_store, store).result(), lock


def utc_now() -> datetime:
    """The clock that everything below is given."""
    return datetime.now(UTC)
