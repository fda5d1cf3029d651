"""What random stories found, each told by what it is about."""

from pathlib import Path

import pytest

from tests.pacing.stories.following import told
from tests.pacing.stories.making import End, Happens, MuteSpec, Rules, RuleSpec, Story
from tests.pacing.world import person

OPENED = {"kind": "thing.opened", "dataset": "x", "thing": "a"}
DAYS = tuple(Happens(at, **OPENED) for at in (100, 200, 300))  # type: ignore[arg-type]


def story(*happens: Happens, rules: tuple[RuleSpec, ...], mutes: tuple[MuteSpec, ...] = ()) -> Story:
    return Story(0, Rules(rules, mutes), (person("ann"), person("bob"), person("cal")), (), (), happens)


def test_a_renamed_rules_message_stays_muted_while_what_mutes_it_is_open(tmp_path: Path) -> None:
    """It went at the reload, though the mute that names the old rule was still open."""
    mute, rule = MuteSpec("m", ("r0",), End("outage.ended")), RuleSpec("r0")
    renamed = Happens(400, rules=Rules((RuleSpec("r1"),), (mute,)))
    began = Happens(50, "outage.started", "x", "a")

    assert told(story(began, DAYS[0], renamed, rules=(rule,), mutes=(mute,)), tmp_path).sent == []


@pytest.mark.parametrize("again", [0, 1], ids=["once", "with the same rules anew on the way"])
def test_what_is_over_while_it_is_muted_is_counted_when_that_ends(tmp_path: Path, again: int) -> None:
    """A start brought what is muted up to date, and forgot what was over already."""
    mute, rule = MuteSpec("m", ("r*",), End("outage.ended")), RuleSpec("r0", until=End("thing.closed"))
    rules = Rules((rule,), (mute,))
    over = (Happens(150, "thing.closed", "x", "a"), *DAYS[1:])
    ended = Happens(500, "outage.ended", "x", "a")
    way = (Happens(400, rules=rules),) * again

    found = told(
        story(Happens(50, "outage.started", "x", "a"), DAYS[0], *over, *way, ended, rules=(rule,), mutes=(mute,)),
        tmp_path,
    )

    assert [one.notification.body for one in found.sent] == ["r0 a (2 times)\nMeanwhile 1 was resolved."]


def test_what_is_missing_is_counted_in_the_same_order_always(tmp_path: Path) -> None:
    """What was over first came first, which of two at the same instant depended on their ids."""
    mute = MuteSpec("m", ("r*",), End("outage.ended"))
    rules = (RuleSpec("r0", until=End("thing.closed")), RuleSpec("r1", expires=60), RuleSpec("r2"), RuleSpec("r3"))
    events = (DAYS[0], Happens(150, "thing.closed", "x", "a"), Happens(500, "outage.ended", "x", "a"))

    found = told(story(Happens(50, "outage.started", "x", "a"), *events, rules=rules, mutes=(mute,)), tmp_path)

    assert found.sent[0].notification.body.endswith("\nMeanwhile 1 expired and 1 was resolved.")
