"""A story as the rehearsal follows it, with other rules on the way as after a reload."""

from datetime import datetime
from pathlib import Path

from otpushd.pacing.pacing import Pacing
from otpushd.rehearse.stage import Sent, stage
from otpushd.thinking import ring_all
from tests.pacing.stories.making import Story, instant
from tests.pacing.world import Told, people, router


def told(story: Story, folder: Path) -> Told:
    """What the rules say, and what is left of it at the end."""
    team = people(*story.people)
    one = Told(router(folder, story.rules.written(), team, story.rates))
    one.cases.silences = story.silences
    for number, happens in enumerate(story.happens):
        at = instant(happens.at)
        if happens.rules is None:
            moment = (at, happens.event(number))
            one.sent += [each for each in stage([moment], one.router, one.cases) if isinstance(each, Sent)]
            continue
        _pass(one, at)
        one.router = router(folder, happens.rules.written(), team, story.rates)
        pacing = Pacing(one.router.book)
        pacing.renew(list(one.cases.cases.values()), one.cases, at)
        ring_all(pacing, at, one.cases)
        _pass(one, at)
    _pass(one, story.end)
    return one


def _pass(one: Told, at: datetime) -> None:
    one.sent += [each for each in stage([(at, None)], one.router, one.cases) if isinstance(each, Sent)]
