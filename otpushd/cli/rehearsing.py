"""The rehearsal on the team's own history for `otpushd check-rules`: reads source after source, says what it finds."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from otpushd.files.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from otpushd.check import Checked
    from otpushd.config.load import Config, SourceLocation
    from otpushd.model.event import Event
    from otpushd.rehearse.history import Rehearsal
    from otpushd.rehearse.outcome import Outcome, Past
    from otpushd.rehearse.tally_limits import Beyond

LONG_REPLAY = 10_000
"""Link ids; from here on a replay shows how far it is."""
PUSH_KINDS = frozenset({"opentext-push"})
"""Channels behind which there is a push service with limits of its own."""

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """With what is rehearsed, and to whom it is said. `other` has the rules that were in force before."""

    checked: Checked
    config: Config
    width: int
    bars: str
    say: Say
    now: datetime
    other: Checked | None = None


def rehearse_all(outcome: Outcome, around: Rehearsing) -> Outcome:
    """Say who would have got which message, source by source; one that cannot be read is named and passed over.

    The outcome then has all of it, and the warnings that only a history can give: at the channels, which limits of
    push services would have been met, and where all could be read, what the plan says of datasets that there are not.
    """
    from otpushd.config.plan_checks import plan_warnings
    from otpushd.rehearse.report import totals
    from otpushd.rehearse.tally_limits import beyond

    config, names = around.config, set[str]()
    pasts = [_past(location, outcome, around, names) for location in config.sources]
    read = [past.found for past in pasts if past.found is not None]
    if len(read) > 1:
        _say(around.say, totals([found.lines for found in read], outcome.zone, around.width))
    met = tuple(beyond(_pushed(config, read)))
    problems = [*_met(config, met), *(plan_warnings(config.plan, names) if len(read) == len(pasts) else ())]
    _say(around.say, map(str, problems))
    return replace(outcome, problems=(*outcome.problems, *problems), pasts=tuple(pasts), beyond=met)


def _past(location: SourceLocation, outcome: Outcome, around: Rehearsing, names: set[str]) -> Past:
    from otpushd.app import source_for
    from otpushd.check import router_for
    from otpushd.prodigy.unavailable import SourceUnavailable
    from otpushd.rehearse.history import rehearse
    from otpushd.rehearse.outcome import Past
    from otpushd.rehearse.replay import replay
    from otpushd.rehearse.report import report
    from otpushd.rehearse.report_changes import report_changes

    config, files = around.config, around.checked.rule_files
    rules = [rule for file in files for rule in file.rules]
    before = router_for(config, around.other.rule_files) if around.other else None
    source, unread, span, zone = source_for(location), list[str](), outcome.span, outcome.zone
    try:
        told, alone = _Progress(location), len(config.sources) == 1
        past = replay(location.name, source, config.plan, around.now, told, unread.append, alone=alone)
        router = router_for(config, files)
        found = rehearse(_noted(past, names), router, span, around.now, rules, zone, before)
    except SourceUnavailable as error:
        why = re.sub("; (waiting for it|trying again)$", "", error.mend)
        around.say(f"history of {location.name}: not rehearsed, for it cannot be read: {why}")
        return Past(location.name, unread=why)
    finally:
        source.close()
        _clear()
    found.unreadable.update(unread)
    _say(around.say, report(location.name, span, found, outcome.cast, around.width, around.bars))
    if found.compared is not None:
        _say(around.say, report_changes(str(outcome.against), found.compared, zone, around.width))
    return Past(location.name, found)


def _say(say: Say, lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _pushed(config: Config, read: Iterable[Rehearsal]) -> dict[tuple[str, str], array[int]]:
    """By channel and person when messages left, on channels behind which there is a push service, over all sources."""
    times: dict[tuple[str, str], array[int]] = {}
    for found in read:
        for way, each in found.times.items():
            if config.channels[way[0]].kind in PUSH_KINDS:
                times.setdefault(way, array("q")).extend(each)
    return times


def _met(config: Config, met: Iterable[Beyond]) -> Iterator[Problem]:
    """A warning for each limit of a push service that somebody would have met, at the channel."""
    from otpushd.rehearse.tally_limits import told

    for channel, text in told(met):
        yield config.document.problem(("channels", channel), text, key=True, severity=Severity.WARNING)


def _noted(events: Iterable[Event], names: set[str]) -> Iterator[Event]:
    """The events, whose datasets' names are put among `names`: a replay begins with every dataset that there is."""
    for event in events:
        if event.dataset is not None:
            names.add(event.dataset)
        yield event


class _Progress:
    """Shows how far a long replay is, where there is a terminal."""

    def __init__(self, location: SourceLocation) -> None:
        self._name = location.name

    def __call__(self, read: int, of: int) -> None:
        if sys.stderr.isatty() and of > LONG_REPLAY:
            click.echo(f"\r  reading the history of {self._name}: {read * 100 // of} %", nl=False, err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
