"""Runs the `tests:` of rule files with the daemon's routing. A message that nobody expected fails a test."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from otpushd.files.problem import Problem
from otpushd.model.delivery import Fault
from otpushd.model.event import Event, event_id
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.rehearse.doubt import MOST_EVENTS, doubts_of, told
from otpushd.rehearse.matching import differences, instant_text, pair
from otpushd.rehearse.stage import Moment, Sent, fault_text, stage
from otpushd.rehearse.virtual import play
from otpushd.routing.load import RuleFile
from otpushd.routing.route import Router
from otpushd.routing.rule_test import Expected, Given, RuleTest

MOST_SHOWN = 20
COUNTED = ("example", "input_hash", "task_hash")
_UNPASTABLE = re.compile("[\ufeff\ufffe\uffff]")
"""JSON may hold them, YAML may not."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How many tests ran, how many passed, how many were not run, and why those failed that did, at their places."""

    count: int
    passed: int
    skipped: int
    failures: tuple[Problem, ...]


def run_tests(
    files: Sequence[RuleFile],
    people: People | None = None,
    channels: Sequence[str] = (),
    expose: Sequence[str] = (),
    plan: Plan | None = None,
) -> Ran:
    """Run every test of every file, each against the rules of its own file and the people in its fixtures.

    Without fixtures the configuration's `people` and `plan` are meant. The tests of a file with errors are not run:
    they would fail for rules that could not be read.
    """
    failures: list[Problem] = []
    count = passed = 0
    for file in (file for file in files if file.good):
        known = file.fixtures.people if file.fixtures else people or People()
        names = dict.fromkeys((*channels, *(file.fixtures.channels if file.fixtures else ())))
        known_plan = file.fixtures.plan if file.fixtures else plan
        router = Router(file.rules, known, tuple(names), expose, known_plan, file.mutes)
        for test in file.tests:
            found = list(_run(file, test, router, (file.fixtures.plan if file.fixtures else plan) or Plan()))
            count, passed = count + 1, passed + (not found)
            failures += found
    return Ran(count, passed, sum(len(file.tests) for file in files) - count, tuple(failures))


def events_of(test: RuleTest) -> Iterator[Event]:
    """The events that a test gives."""
    return (event for _, event in moments(test) if event is not None)


def moments(test: RuleTest) -> Iterator[Moment]:
    """When the events come that a test gives; None where only time moves, as at its end: `until`, else its last `at`.

    Those of `times: N` have running numbers as example and hashes unless given.
    """
    running = 0
    for number, given in enumerate(test.given):
        if not given.on:
            yield given.at, None
        for turn in range(given.times if given.on else 0):
            running += 1
            yield given.at, _event(test, given, running, (number, turn))
    ats = [*(one.at for one in test.given), *(one.at for one in test.expect if one.at is not None)]
    if test.until is not None or ats:
        yield test.until or max(ats), None


def _event(test: RuleTest, given: Given, running: int, place: tuple[int, int]) -> Event:
    fields = dict(given.fields)
    if given.times > 1:
        fields = {**dict.fromkeys(COUNTED, running), **fields}
    task = fields.pop("task", None)
    return Event(
        type=given.on or "",
        id=str(fields.pop("id", None) or event_id("test", test.name, *place)),
        source=str(fields.pop("source", None) or "test"),
        time=given.at,
        dataset=given.dataset,
        data=fields,
        content=None if task is None else json.dumps(task).encode(),
    )


def _run(file: RuleFile, test: RuleTest, router: Router, plan: Plan) -> Iterator[Problem]:
    document = file.document
    produced: list[Sent] = []
    faults: dict[str, None] = {}
    for one in stage(play(moments(test), plan), router):
        match one:
            case Sent():
                produced.append(one)
            case Fault():
                faults[fault_text(one)] = None
    pairs = pair(test.expect, produced)
    answered = set(pairs.values())
    surplus = [one for number, one in enumerate(produced) if number not in answered]
    for number, expected in enumerate(test.expect):
        if number not in pairs:
            faults = faults or dict.fromkeys(_undecided(file, test))
            why = _nearest(expected, surplus) or (f" ({'; '.join(faults)})" if faults else "")
            yield document.problem(expected.path, f"test '{test.name}': this message was not sent{why}")
    for sent in surplus[:MOST_SHOWN]:
        text = f"test '{test.name}': nobody expected this message; if it is right, add it: {as_expected(sent)}"
        yield document.problem((*test.path, "expect"), text)
    if len(surplus) > MOST_SHOWN:
        text = f"test '{test.name}': and {len(surplus) - MOST_SHOWN} more that nobody expected"
        yield document.problem((*test.path, "expect"), text)


def _undecided(file: RuleFile, test: RuleTest) -> Iterator[str]:
    """What kept rules from being decided, where nothing else explains a silence."""
    doubts = doubts_of(file.rules)
    for event in islice(events_of(test), MOST_EVENTS):
        for doubt in doubts.values():
            doubt.look(event)
    yield from told(doubts.values())


def _nearest(expected: Expected, surplus: Sequence[Sent]) -> str:
    """How the most similar message to the same person by the same rule differs, if there is one."""
    found = [differences(expected, one) for one in surplus]
    near = min((one for one in found if not one.keys() & {"to", "rule"}), key=len, default=None)
    if not near:
        return ""
    return "; one was whose " + ", ".join(f"{name} is {_quoted(is_)}" for name, (_, is_) in near.items())


def as_expected(sent: Sent) -> str:
    """A message as an entry of `expect:`, ready to paste."""
    one = sent.notification
    texts = {"to": one.person, "rule": one.rule, "title": one.title, "body": one.body, "link": one.link}
    fields = [f"at: {instant_text(sent.at)}", *(f"{name}: {_quoted(text)}" for name, text in texts.items() if text)]
    return f"- {{{', '.join([*fields, f'priority: {one.priority.value}'])}}}"


def _quoted(text: str | None) -> str:
    """As a text in double quotes that JSON and YAML read alike."""
    return _UNPASTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
