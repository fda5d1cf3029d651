"""The daemon and the rehearsal say the same: one history to both, and every message compared byte for byte."""

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from pathlib import Path

import peewee
import pytest

from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, Notification
from otpushd.model.instants import from_micros
from otpushd.rehearse.stage import Sent, stage
from otpushd.routing.route import Router
from otpushd.store.opening import open_store
from otpushd.store.postgres_opening import open_shared
from otpushd.store.sql import rows
from tests.pacing.stories.daemon import Daemon, run
from tests.pacing.stories.following import told
from tests.pacing.stories.making import Rules, Story, instant, random_story, shrunk
from tests.pacing.world import people, router
from tests.postgres import Cluster

Said = list[tuple[datetime, Notification]]
Faults = set[tuple[str, str, str, str, datetime]]


def in_order(said: Said) -> Said:
    return sorted(said, key=lambda one: (one[0], one[1].id))


def rehearsed(story: Story, rules: Router) -> tuple[Said, Faults]:
    """What a rehearsal says would be sent, and what is wrong."""
    moments = [*((one.time, one) for one in story.events()), (story.end, None)]
    said, faults = Said(), Faults()
    for one in stage(moments, rules, Cases(silences=story.silences)):
        if isinstance(one, Sent):
            said.append((one.at, one.notification))
        elif isinstance(one, Fault):
            faults.add((one.event_id, one.rule or "", one.person or "", one.what, one.at))
    return in_order(said), faults


def sent(story: Story, rules: Router, open: Callable[[], peewee.Database], restarts: bool) -> tuple[Said, Faults]:
    """What a daemon sends, and what it wrote down as wrong."""
    daemon = Daemon(open, rules)
    daemon.silence(story.silences)

    async def live() -> None:
        for at, events in groupby(story.events(), key=lambda one: one.time):
            await daemon.until(at)
            if restarts:
                daemon.restart()
            await daemon.hear(list(events))
            if restarts:
                daemon.restart()
            await daemon.turn()
        await daemon.until(story.end)

    try:
        run(live())
        found = rows(daemon.database, "SELECT event_id, rule, person, what, at FROM fault")
        return in_order(daemon.sent), {(*row[:4], from_micros(row[4])) for row in found}
    finally:
        daemon.database.close()


def differing(story: Story, folder: Path, open: Callable[[], peewee.Database], restarts: bool) -> str:
    """How they differ; empty where they do not."""
    rules = router(folder, story.rules.written(), people(*story.people), story.rates)
    (would, foreseen), (did, noted) = rehearsed(story, rules), sent(story, rules, open, restarts)
    if (would, foreseen) == (did, noted):
        return ""
    lines = [f"only in the rehearsal: {at} {one}" for at, one in would if (at, one) not in did]
    lines += [f"only in the daemon:    {at} {one}" for at, one in did if (at, one) not in would]
    return "\n".join([*lines, f"faults: {foreseen ^ noted}"])


def hastily(database: peewee.Database) -> peewee.Database:
    """Nobody pulls the plug here."""
    database.execute_sql("PRAGMA synchronous = OFF")
    return database


def play_all(
    folder: Path, opening: Callable[[], Callable[[], peewee.Database]], stories: list[Story], restarts: bool
) -> None:
    for story in stories:
        if differing(story, folder, opening(), restarts):
            least = shrunk(story, lambda one: bool(differing(one, folder, opening(), restarts)))
            pytest.fail(f"{differing(least, folder, opening(), restarts)}\n{least.shown()}")


@pytest.mark.parametrize("restarts", [False, True], ids=["reloaded", "restarted with other rules"])
def test_other_rules_on_the_way_find_what_the_store_holds(
    tmp_path: Path, seeds: Callable[[int], range], restarts: bool
) -> None:
    for seed in seeds(5):
        story = random_story(seed, reloads=True)
        daemon = Daemon(lambda: hastily(open_store(tmp_path / f"{seed}.db")), rules_of(story, story.rules, tmp_path))  # noqa: B023
        daemon.silence(story.silences)
        run(_live_under_other_rules(daemon, story, tmp_path, restarts))
        daemon.database.close()

        assert in_order(daemon.sent) == in_order([(one.at, one.notification) for one in told(story, tmp_path).sent])


def rules_of(story: Story, rules: Rules, folder: Path) -> Router:
    return router(folder, rules.written(), people(*story.people), story.rates)


async def _live_under_other_rules(daemon: Daemon, story: Story, folder: Path, restarts: bool) -> None:
    for number, one in enumerate(story.happens):
        await daemon.until(instant(one.at))
        if one.rules is None:
            await daemon.hear([one.event(number)])
        else:
            daemon.reload(rules_of(story, one.rules, folder))
            if restarts:
                daemon.restart()
        await daemon.turn()
    await daemon.until(story.end)


@pytest.mark.parametrize("restarts", [False, True], ids=["running on", "restarted between any two steps"])
@pytest.mark.parametrize("coarse", [False, True], ids=["one by one", "many at once"])
def test_on_sqlite(tmp_path: Path, seeds: Callable[[int], range], coarse: bool, restarts: bool) -> None:
    numbers = iter(range(10**6))

    def opening() -> Callable[[], peewee.Database]:
        path = tmp_path / f"{next(numbers)}.db"
        return lambda: hastily(open_store(path))

    play_all(tmp_path, opening, [random_story(seed, coarse=coarse) for seed in seeds(5 if restarts else 10)], restarts)


@pytest.mark.parametrize("restarts", [False, True], ids=["running on", "restarted between any two steps"])
def test_on_postgres(
    tmp_path: Path, seeds: Callable[[int], range], cluster: Cluster, restarts: bool, store_on_postgres: str
) -> None:
    numbers = iter(range(10**6))

    def opening() -> Callable[[], peewee.Database]:
        schema = f"story{next(numbers)}"
        with cluster.connect(store_on_postgres) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        place = {**cluster.parameters(store_on_postgres), "options": f"-csearch_path={schema}"}
        return lambda: open_shared(place, "the story")

    play_all(tmp_path, opening, [random_story(seed, coarse=True) for seed in seeds(2)], restarts)
