"""Which message answers which expectation: the largest matching there is, so that order never decides. Pure."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from otpushd.rehearse.stage import Sent
from otpushd.routing.rule_test import Expected

Compared = dict[str, str | None]


def differences(expected: Expected, one: Sent) -> dict[str, tuple[str, str | None]]:
    """By name what differs from what was expected, as (wanted, found).

    What the expectation leaves out is not compared.
    """
    found = _found(one)
    return {name: (text, found[name]) for name, text in _wanted(expected).items() if text != found[name]}


def fits(expected: Expected, one: Sent) -> bool:
    """Whether a message is what was expected."""
    return not differences(expected, one)


def pair(expected: Sequence[Expected], produced: Sequence[Sent]) -> dict[int, int]:
    """Expectation to message, by index, as many as can be at once (augmenting paths, breadth first)."""
    found = [_found(one) for one in produced]
    alike: dict[tuple[tuple[str, str], ...], list[int]] = {}
    fitting = []
    for one in expected:
        wanted = _wanted(one)
        key = tuple(wanted.items())
        if key not in alike:
            alike[key] = [n for n, fields in enumerate(found) if all(fields[name] == text for name, text in key)]
        fitting.append(alike[key])
    message: dict[int, int] = {}
    expectation: dict[int, int] = {}
    for number in range(len(expected)):
        came, free = _way(number, fitting, expectation)
        while free is not None:  # everybody on the way moves on to the message found from there
            number, before = came[free], message.get(came[free])
            message[number], expectation[free] = free, number
            free = before
    return message


def _way(
    start: int, fitting: Sequence[Sequence[int]], expectation: dict[int, int]
) -> tuple[dict[int, int], int | None]:
    """The nearest free message, if any, and from which expectation each message on the way there was found."""
    came: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        number = waiting.popleft()
        for message in fitting[number]:
            if message not in came:
                came[message] = number
                if message not in expectation:
                    return came, message
                waiting.append(expectation[message])
    return came, None


def _wanted(expected: Expected) -> dict[str, str]:
    named = {
        "at": None if expected.at is None else instant_text(expected.at),
        "to": expected.to,
        "rule": expected.rule,
        "channel": expected.channel,
        "priority": expected.priority,
        "title": expected.title,
        "body": expected.body,
        "link": expected.link,
    }
    return {name: text for name, text in named.items() if text is not None}


def _found(sent: Sent) -> Compared:
    one = sent.notification
    return {
        "at": instant_text(sent.at),
        "to": one.person,
        "rule": one.rule,
        "channel": one.channels[0],
        "priority": one.priority,
        "title": one.title,
        "body": one.body,
        "link": one.link,
    }


def instant_text(at: datetime) -> str:
    """As `at:` in a rule file names it, in UTC: `2026-03-02T09:00Z`, with seconds and microseconds where it has any."""
    whole = not at.second and not at.microsecond
    return at.astimezone(UTC).isoformat(timespec="minutes" if whole else "auto").replace("+00:00", "Z")
