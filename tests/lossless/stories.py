"""Random stories: lists of steps that fit any world, made from a seed, cut down when one fails.

A step is a name and two numbers, and means something whatever was before it, so that any part of a story is a story.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zlib import crc32

from tests.lossless.backups import How
from tests.lossless.daemon import Fault
from tests.lossless.gateway import ANSWERS
from tests.lossless.world import World

Step = tuple[str, int, int]
Story = tuple[Step, ...]

MAINS = ("news", "news-eu", "tags")
SESSIONS = ("news-ann", "news-bob-x", "2026-03-02_09-00-00", None)
LONGEST = 60


def _tasks(world: World, kind: int, count: int) -> list[dict[str, Any]]:
    """So many tasks: all different, or all alike, also to those of other saves; with the time of the answer, or not."""
    number = len(world.oracle.ever)
    texts = ["same" if kind % 3 == 0 else f"{number} {each}" for each in range(count)]
    decided = {"_timestamp": int(world.now.timestamp())} if kind % 2 else {}
    hashes = [crc32(text.encode()) for text in texts]
    return [
        {"text": text, "answer": "accept", "_input_hash": number, "_task_hash": number, **decided}
        for text, number in zip(texts, hashes, strict=True)
    ]


def _save(world: World, a: int, b: int) -> None:
    _begin(world, a, b)
    save = world.prodigy.saves[-1] if world.prodigy.saves else None
    while save in world.prodigy.saves:
        world.prodigy.advance(save)


def _begin(world: World, a: int, b: int) -> None:
    prodigy = world.prodigy
    tasks = _tasks(world, b // 4, 1 + a % 4)
    prodigy.advance(prodigy.begin(MAINS[a % 3], SESSIONS[b % 4], tasks, a % len(prodigy.writers)))


def _advance(world: World, a: int, b: int) -> None:
    saves = world.prodigy.saves
    if saves:
        world.prodigy.advance(saves[a % len(saves)])


def _crash(world: World, a: int, b: int) -> None:
    saves = world.prodigy.saves
    if saves:
        world.prodigy.crash(saves[a % len(saves)])


def _hurry(world: World, a: int, b: int) -> None:
    world.prodigy.hurry = not world.prodigy.hurry


def _import(world: World, a: int, b: int) -> None:
    count = 300 if b % 20 == 7 else 1 + b % 5
    world.prodigy.save(MAINS[a % 3], f"2026-03-02_10-00-{b % 60:02}", _tasks(world, b, count), imported=True)


def _drop(world: World, a: int, b: int) -> None:
    world.prodigy.drop(MAINS[a % 3], examples=bool(b % 2))


def _drop_session(world: World, a: int, b: int) -> None:
    sessions = world.prodigy.sessions()
    if sessions:
        world.prodigy.drop(sessions[a % len(sessions)], examples=bool(b % 2))


def _delete(world: World, a: int, b: int) -> None:
    count = 1 + b % 3
    world.prodigy.delete(MAINS[a % 3], -count if a % 2 else b % 5, count)


def _refill(world: World, a: int, b: int) -> None:
    """Take away what is on top, and save beyond where it was, before anybody looks."""
    (_delete if b % 2 else _drop)(world, a, b)
    for number in range(1 + a % 2):
        _save(world, 3 + 3 * number + a % 3, b)


def _overtaken(world: World, a: int, b: int) -> None:
    """A transaction with lower ids than what is seen before it ends, which may be more than a page."""
    world.prodigy.open_transaction(a % 3)
    _save(world, a % 3, b)
    _save(world, 3, b // 2)
    if b % 6 == 5:
        world.prodigy.save(MAINS[a % 3], "2026-03-02_11-00-00", _tasks(world, b, 300), writer=3, imported=True)
    world.poll()


def _rest(world: World, a: int, b: int) -> None:
    """Long enough for every row to have its person."""
    world.wait(3)
    world.poll()


def _restart_prodigy(world: World, a: int, b: int) -> None:
    if world.prodigy.writers:
        world.prodigy.stop()
    else:
        world.let_go()
        world.prodigy.start(4)


def _turn(world: World, a: int, b: int) -> None:
    world.turn(1 + a % 6, b % 2, Fault.BEFORE if b % 5 == 0 else None)


def _break(world: World, a: int, b: int) -> None:
    """The store fails in the middle of one of the next calls. Most of them are short."""
    world.break_store(1 + a % 6, a * b * 5)


def _clock(steps: Iterable[float]) -> Callable[[World, int, int], None]:
    some = tuple(steps)

    def move(world: World, a: int, b: int) -> None:
        world.wait(some[a % len(some)])

    return move


def _back_up(world: World, a: int, b: int) -> None:
    if world.prodigy.path is None or world.prodigy.path.exists():
        world.back_up()


def _restore(world: World, a: int, b: int) -> None:
    if world.backups:
        world.restore(world.backups[a % len(world.backups)], How(b % 3))


def _redo(world: World, a: int, b: int) -> None:
    """A backup is brought back over what was seen since, and work goes on."""
    backup = world.back_up()
    _save(world, a, b)
    world.poll()
    world.restore(backup, How(b % 3))
    _save(world, a // 2, b // 4)


def _told(world: World, a: int, b: int) -> None:
    world.gateway.told += [a % len(ANSWERS)] * (1 + b % 3)


def _store_fails(world: World, a: int, b: int) -> None:
    world.alive().failing = 1 + a % 3


def _down(world: World, a: int, b: int) -> None:
    source = world.alive().source
    source.down = not source.down


GROUPS: Mapping[str, Mapping[str, tuple[int, Callable[[World, int, int], None]]]] = {
    "saves": {
        "save": (8, _save),
        "begin": (4, _begin),
        "advance": (10, _advance),
        "crash": (1, _crash),
        "hurry": (1, _hurry),
        "import": (2, _import),
    },
    "polls": {
        "poll": (12, lambda world, a, b: world.poll() and None),
        "rest": (4, _rest),
        "turn": (8, _turn),
        "kill": (2, lambda world, a, b: world.kill()),
        "down": (1, _down),
        "store fails": (2, _store_fails),
        "store breaks": (6, _break),
        "hang": (1, lambda world, a, b: world.hang()),
    },
    "lost replies": {"no reply": (4, lambda world, a, b: world.turn(1 + a % 6, b % 2, Fault.AFTER))},
    "sending": {
        "send": (2, lambda world, a, b: world.send()),
        "told": (2, _told),
        "tidy": (1, lambda world, a, b: world.tidy()),
    },
    "time": {"wait": (4, _clock((0.1, 0.9, 1.1, 3)))},
    "jumps": {"jump": (1, _clock((-0.5, -3600, 3600, 86400 * 40, -86400)))},
    "drops": {"drop": (2, _drop), "drop session": (2, _drop_session), "delete": (2, _delete), "refill": (2, _refill)},
    "edits": {
        "edit": (2, lambda world, a, b: world.prodigy.edit(MAINS[a % 3], b, f"edited {len(world.oracle.ever)} {a} {b}"))
    },
    "backups": {
        "back up": (2, _back_up),
        "restore": (2, _restore),
        "redo": (2, _redo),
    },
    "transactions": {
        "overtaken": (3, _overtaken),
        "open": (4, lambda world, a, b: world.prodigy.open_transaction(a % 3)),
        "commit": (3, lambda world, a, b: world.prodigy.end_transaction(a % 3, commit=True)),
        "roll back": (1, lambda world, a, b: world.prodigy.end_transaction(a % 3, commit=False)),
        "savepoint": (
            2,
            lambda world, a, b: world.prodigy.savepoint(
                a % 3, ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")[b % 3]
            ),
        ),
    },
    "low ids": {"low": (2, lambda world, a, b: world.prodigy.insert_low(MAINS[a % 3], _tasks(world, b, 1)[0]))},
    "outages": {"stop or start": (1, _restart_prodigy)},
}
"""What may happen, by groups that a test may leave out: how often, beside the others, and what it does."""

STEPS = {name: step for group in GROUPS.values() for name, (_, step) in group.items()}
WRITING = ("saves", "drops", "edits", "transactions", "low ids")
PRODIGYS = {"redo", *(name for group in WRITING for name in GROUPS[group])}
"""What happens only while Prodigy has its database open."""


def random_story(seed: int, groups: Iterable[str]) -> Story:
    """The story of a seed. Some kinds of steps are left out of each: rare meetings come about where others are few."""
    chance = random.Random(seed)
    weights = {name: weight for group in groups for name, (weight, _) in GROUPS[group].items()}
    kept = {name: weight * chance.choice((0, 0, 1, 3)) for name, weight in weights.items()}
    kept |= {name: weights[name] for name in ("save", "poll")}
    names = chance.choices(list(kept), list(kept.values()), k=chance.randint(3, LONGEST))
    return tuple((name, chance.randrange(24), chance.randrange(24)) for name in names)


def play(world: World, story: Iterable[Step]) -> list[str]:
    """Let it all happen, and settle; what is wrong then."""
    for name, a, b in story:
        if world.prodigy.writers or name not in PRODIGYS:
            STEPS[name](world, a, b)
    return world.check()


def shrunk(story: Story, fails: Callable[[Story], bool]) -> Story:
    """A story that fails as well, of which no step and no piece can be left out."""
    size = len(story)
    while size:
        start = 0
        while start < len(story):
            shorter = story[:start] + story[start + size :]
            if shorter and fails(shorter):
                story = shorter
            else:
                start += size
        size //= 2
    for place, (name, a, b) in enumerate(story):
        for smaller in ((name, 0, 0), (name, a, 0), (name, 0, b), (name, a % 12, b % 12)):
            simpler = (*story[:place], smaller, *story[place + 1 :])
            if smaller != (name, a, b) and fails(simpler):
                story = simpler
                break
    return story
