"""Random rules, people, events and time against a slow oracle; and what must hold whatever the oracle thinks."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from otpushd.model.cases import FOR_EVER
from otpushd.model.delivery import Priority, State
from tests.pacing.stories.following import told
from tests.pacing.stories.making import Story, instant, random_story, shrunk
from tests.pacing.stories.oracle import Oracle, Said, people_of
from tests.pacing.world import Told


def wrong(story: Story, folder: Path) -> list[str]:
    """What is not as it should be."""
    try:
        found = told(story, folder)
    except Exception as error:
        return [f"raised {error!r}"]
    notes = [(one.at, one.notification) for one in found.sent]
    said = [_in_any_order((at, one.person, one.title, one.body.strip())) for at, one in notes]
    must = [_in_any_order(one) for one in Oracle(story).follow(story)]
    lines = [f"not said: {_line(one)}" for one in must if one not in said]
    lines += [f"said: {_line(one)}" for one in said if one not in must]
    if not lines and sorted(must) != sorted(said):
        lines.append("not as often as it should")
    return [*lines, *broken(story, found)]


def _in_any_order(said: Said) -> Said:
    """What was decided at one instant has no order of its own, and of more than ten titles only ten are named."""
    *rest, body = said
    lines = ["many"] if "\nand " in body else sorted(body.split("\n"))
    return *rest, "\n".join(lines)  # type: ignore[return-value]


def _line(one: Said) -> str:
    return f"{int((one[0] - instant(0)).total_seconds())} {one[1]} {one[2]!r} {one[3]!r}"


def broken(story: Story, found: Told) -> list[str]:
    """Which promises are."""
    apart = (*_twice(found), *_stuck(found), *_closed_for_nothing(found))
    return [*apart, *_at_night(story, found), *_too_many(story, found), *_silenced(story, found)]


def _twice(found: Told) -> list[str]:
    ids = [one.notification.id for one in found.sent]
    return [f"sent twice: {id}" for id in set(ids) if ids.count(id) > 1]


def _at_night(story: Story, found: Told) -> list[str]:
    known = people_of(story)
    return [
        f"in quiet hours: {one.at} {one.notification.title}"
        for one in found.sent
        if (quiet := known[one.notification.person].quiet) is not None
        and quiet.ends(one.at) is not None
        and not (quiet.passes and one.notification.priority is Priority.CRITICAL)
    ]


def _too_many(story: Story, found: Told) -> list[str]:
    lines = []
    for name, person in people_of(story).items():
        times = [one.at for one in found.sent if one.notification.person == name]
        for rate in (*person.rates, *story.rates):
            lines += [f"{name}: above {rate} at {at}" for at in times
                      if sum(at - rate.per < other <= at for other in times) > rate.count]  # fmt: skip
    return lines


def _silenced(story: Story, found: Told) -> list[str]:
    return [
        f"silenced: {sent.at} {one.title}"
        for sent in found.sent
        for silence in story.silences
        if (one := sent.notification).rule != "digest"
        and silence.silences(one.rule, one.dataset, one.person, one.event_type, one.priority, sent.at)
    ]


def _stuck(found: Told) -> list[str]:
    return [
        f"held for ever: {one}"
        for one in found.cases.letters.values()
        if (one.held is not None and one.due_at <= found.now)
        or (one.due_at == FOR_EVER and not found.cases.is_open(str(one.held)))
        or (one.state is State.HELD and one.held is None and one.digest is None)
    ]


def _closed_for_nothing(found: Told) -> list[str]:
    lines = []
    for number, one in enumerate(found.sent):
        for rule in re.findall(r"^(r\dx?) over", f"{one.notification.title}\n{one.notification.body}", re.MULTILINE):
            before = [each.notification for each in found.sent[: number + 1]]
            texts = [f"{each.title}\n{each.body}" for each in before if each.person == one.notification.person]
            if not any(re.search(rf"^{rule}($| (?!over|step))", text, re.MULTILINE) for text in texts):
                lines.append(f"closed for nothing: {one.notification.person} {rule}")
    return lines


@pytest.mark.parametrize("reloads", [False, True], ids=["the same rules", "other rules on the way"])
def test_as_the_oracle_has_it(tmp_path: Path, seeds: Callable[[int], range], reloads: bool) -> None:
    for seed in seeds(80):
        story = random_story(seed, reloads=reloads)
        if wrong(story, tmp_path):
            least = shrunk(story, lambda one: bool(wrong(one, tmp_path)))
            pytest.fail("\n".join([*wrong(least, tmp_path), least.shown()]))


def test_many_things_at_once_break_no_promise(tmp_path: Path, seeds: Callable[[int], range]) -> None:
    for seed in seeds(80):
        story = random_story(seed, coarse=True)
        if broken(story, told(story, tmp_path)):
            least = shrunk(story, lambda one: bool(broken(one, told(one, tmp_path))))
            pytest.fail("\n".join([*broken(least, told(least, tmp_path)), least.shown()]))
