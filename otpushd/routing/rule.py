"""A rule ready for use: what a rule file said, checked and compiled. It holds no state."""

from dataclasses import dataclass
from datetime import timedelta

from otpushd.model.delivery import Priority
from otpushd.routing.condition import Condition
from otpushd.routing.match import Matcher
from otpushd.routing.queue_action import QueueAction
from otpushd.routing.recipients import Target
from otpushd.routing.template import MessageTemplate


@dataclass(frozen=True, slots=True)
class Rule:
    """`on` are whole type names. `datasets` are globs, empty for any. `channels` are tried in order, empty for all.
    A rule has `targets`, and then a `title`, or a `queue`, or both.

    `place` is `file:line:column` of the rule's name.
    """

    name: str
    place: str
    on: frozenset[str]
    datasets: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    condition: Condition | None
    targets: tuple[Target, ...]
    channels: tuple[str, ...]
    priority: Priority
    title: MessageTemplate | None
    body: MessageTemplate | None
    link: MessageTemplate | None
    expires: timedelta | None
    queue: QueueAction | None = None
