"""What is right in a rule and yet hardly meant: it never matches, says nothing, goes round in circles, comes twice.

Pure over compiled rules and what was written; each doubt is a warning with its reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from otpushd.files.yaml_document import Steps
from otpushd.routing.fields import Fields
from otpushd.routing.rule import Rule
from otpushd.routing.rule_file import RuleKeys


@dataclass(frozen=True, slots=True)
class Doubt:
    """What to say about the value at `path` below the rule, or with `key` about its key."""

    path: Steps
    text: str
    key: bool = True


def doubts(rule: Rule, keys: RuleKeys, fields: Fields, channels: tuple[str, ...] | None) -> Iterator[Doubt]:
    """Everything doubtful about one rule. `channels` are the configuration's, None without one."""
    yield from ()
