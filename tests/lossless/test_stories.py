"""Random stories of Prodigy's writes and the daemon's polls and deaths: every row leads to its event exactly once."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from tests.lossless.making import postgres_world, sqlite_world
from tests.lossless.stories import GROUPS, Story, play, random_story, shrunk
from tests.lossless.world import World
from tests.postgres import Cluster

ALL = tuple(group for group in GROUPS if group != "transactions")
ON_POSTGRES = tuple(GROUPS)
Seeds = Callable[[int], range]
Open = Callable[[Path], AbstractContextManager[World]]


def play_all(open_world: Open, folder: Path, groups: tuple[str, ...], seeds: range) -> None:
    """Play a story a seed. The first that fails is cut down and shown."""
    names = count()

    def wrong(story: Story) -> list[str]:
        place = folder / f"world-{next(names)}"
        try:
            with open_world(place) as world:
                return play(world, story)
        except Exception as error:
            return [f"raised {error!r}"]
        finally:
            shutil.rmtree(place, ignore_errors=True)

    for seed in seeds:
        story = random_story(seed, groups)
        if wrong(story):
            least = shrunk(story, lambda one: bool(wrong(one)))
            found = "\n".join(wrong(least))
            pytest.fail(f"{found}\n{len(least)} steps of {len(story)}; again with --seeds {seed}-{seed}\n{least!r}")


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_on_sqlite(tmp_path: Path, seeds: Seeds, wal: bool) -> None:
    play_all(lambda place: sqlite_world(place, wal=wal), tmp_path, ALL, seeds(80))


def test_on_a_file_that_is_not_there_at_first(tmp_path: Path, seeds: Seeds) -> None:
    play_all(lambda place: sqlite_world(place, started=False), tmp_path, ALL, seeds(20))


def test_on_postgres(tmp_path: Path, cluster: Cluster, postgres_database: str, seeds: Seeds) -> None:
    play_all(lambda place: postgres_world(place, cluster, postgres_database), tmp_path, ON_POSTGRES, seeds(30))


def test_on_postgres_with_a_sequence_cache(
    tmp_path: Path, cluster: Cluster, postgres_database: str, seeds: Seeds
) -> None:
    play_all(
        lambda place: postgres_world(place, cluster, postgres_database, cached=True), tmp_path, ON_POSTGRES, seeds(15)
    )


def test_with_the_store_on_postgres(
    tmp_path: Path, cluster: Cluster, postgres_database: str, store_on_postgres: str, seeds: Seeds
) -> None:
    play_all(
        lambda place: postgres_world(place, cluster, postgres_database, store_on_postgres),
        *(tmp_path, ON_POSTGRES, seeds(8)),
    )
