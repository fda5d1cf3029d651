"""Runs the `tests:` of rule files with the routing code of the daemon. A message that nobody expected fails a test."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otpushd.files.problem import Problem
from otpushd.files.yaml_document import YamlDocument
from otpushd.model.delivery import Notification
from otpushd.model.event import Event, event_id
from otpushd.model.people import People
from otpushd.rehearse.matching import pair
from otpushd.routing.load import RuleFile
from otpushd.routing.route import Router
from otpushd.routing.rule_test import Given, RuleTest

MOST_SHOWN = 20
COUNTED = ("example", "input_hash", "task_hash")


@dataclass(frozen=True, slots=True)
class Ran:
    """How many tests ran, how many passed, and every reason why one did not, at its place in the file."""

    count: int
    passed: int
    failures: tuple[Problem, ...]


def run_tests(
    files: Sequence[RuleFile], people: People | None = None, channels: Sequence[str] = (), expose: Sequence[str] = ()
) -> Ran:
    """Run every test of every file, each against the rules of its own file and the people in its fixtures.

    Without fixtures the configuration's `people` are meant.
    """
    failures: list[Problem] = []
    count = passed = 0
    for file in files:
        known = file.fixtures.people if file.fixtures else people or People()
        names = dict.fromkeys((*channels, *(file.fixtures.channels if file.fixtures else ())))
        router = Router(file.rules, known, tuple(names), expose)
        for test in file.tests:
            found = list(_run(file.document, test, router))
            count, passed = count + 1, passed + (not found)
            failures += found
    return Ran(count, passed, tuple(failures))


def events_of(test: RuleTest) -> Iterator[Event]:
    """The events that a test gives. Of `times: N`, each has the next number as example and hashes unless they are given."""
    running = 0
    for number, given in enumerate(test.given):
        for turn in range(given.times if given.on else 0):
            running += 1
            yield _event(test, given, running, (number, turn))


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


def _run(document: YamlDocument, test: RuleTest, router: Router) -> Iterator[Problem]:
    produced: list[Notification] = []
    faults: list[str] = []
    for event in events_of(test):
        routed = router.route(event)
        produced += routed.notifications
        faults += [f"{fault.rule}: {fault.what}" for fault in routed.faults]
    pairs = pair(test.expect, produced)
    why = f" ({'; '.join(dict.fromkeys(faults))})" if faults else ""
    for number, expected in enumerate(test.expect):
        if number not in pairs:
            yield document.problem(expected.path, f"test '{test.name}': this message was not sent{why}")
    surplus = [one for number, one in enumerate(produced) if number not in pairs.values()]
    for one in surplus[:MOST_SHOWN]:
        text = f"test '{test.name}': a message that nobody expected; if it is right, add to `expect`:\n  {as_expected(one)}"
        yield document.problem((*test.path, "expect"), text)
    if len(surplus) > MOST_SHOWN:
        yield document.problem(
            test.path, f"test '{test.name}': and {len(surplus) - MOST_SHOWN} more that nobody expected"
        )


def as_expected(one: Notification) -> str:
    """A message as a line of `expect:`, ready to paste."""
    texts = {"to": one.person, "rule": one.rule, "title": one.title, "body": one.body, "link": one.link}
    fields = [f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items() if text]
    return f"- {{{', '.join([*fields, f'priority: {one.priority.value}'])}}}"
