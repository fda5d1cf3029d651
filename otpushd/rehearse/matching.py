"""Which message answers which expectation: the largest matching there is, so that order never decides. Pure."""

from collections.abc import Sequence

from otpushd.model.delivery import Notification
from otpushd.routing.rule_test import Expected


def differences(expected: Expected, one: Notification) -> dict[str, tuple[str, str | None]]:
    """By name what differs from what was expected, as (wanted, found).

    What the expectation leaves out, and its instant, is not compared.
    """
    pairs = {
        "to": (expected.to, one.person),
        "rule": (expected.rule, one.rule),
        "channel": (expected.channel, one.channels[0]),
        "priority": (expected.priority, one.priority),
        "title": (expected.title, one.title),
        "body": (expected.body, one.body),
        "link": (expected.link, one.link),
    }
    return {name: (wanted, found) for name, (wanted, found) in pairs.items() if wanted not in (None, found)}


def fits(expected: Expected, one: Notification) -> bool:
    """Whether a message is what was expected."""
    return not differences(expected, one)


def pair(expected: Sequence[Expected], produced: Sequence[Notification]) -> dict[int, int]:
    """Expectation to message, by index, as many as can be at once (Kuhn's augmenting paths)."""
    fitting = [[number for number, one in enumerate(produced) if fits(wanted, one)] for wanted in expected]
    taken: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for number in fitting[wanted]:
            if number not in tried:
                tried.add(number)
                if number not in taken or place(taken[number], tried):
                    taken[number] = wanted
                    return True
        return False

    for wanted in range(len(expected)):
        place(wanted, set())
    return {wanted: number for number, wanted in taken.items()}
