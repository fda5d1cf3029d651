"""A stand-in for the push service: it answers as it is told, and remembers what it was given and what it took."""

from collections import Counter
from dataclasses import dataclass, field

from otpushd.model.delivery import Message
from otpushd.push.answer import Answer, Answered, NotSent, Unanswered

ANSWERS: tuple[tuple[Answer, bool], ...] = (
    (Answered(503), False),
    (Answered(429, "30"), False),
    (Answered(500), False),
    (NotSent("refused"), False),
    (Unanswered("cut before it was taken"), False),
    (Unanswered("cut after it was taken"), True),
)
"""What may go wrong, and whether the message was taken all the same."""


@dataclass
class Gateway:
    """A Sender. `told` are the next answers, by their number in ANSWERS; afterwards all is well."""

    told: list[int] = field(default_factory=list)
    given: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    concurrency: int = 4
    repeat_after_timeout: bool = True

    async def send(self, message: Message) -> Answer:
        """See Sender.send."""
        answer, took = ANSWERS[self.told.pop(0) % len(ANSWERS)] if self.told else (Answered(200), True)
        self.given[message.id] += 1
        self.taken[message.id] += took
        self.unanswered[message.id] += took and isinstance(answer, Unanswered)
        return answer

    async def aclose(self) -> None:
        """See Sender.aclose."""
