"""Something in a rule or a mute that is right and yet hardly meant: said as a warning."""

from dataclasses import dataclass

from otpushd.files.yaml_document import Steps


@dataclass(frozen=True, slots=True)
class Doubt:
    """What to say about the value at `path` below the rule or mute, or with `key` about its key."""

    path: Steps
    text: str
    key: bool = True
