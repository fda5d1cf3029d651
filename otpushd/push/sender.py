"""The seam between dispatch and a channel: a message goes in, what happened on the wire comes out."""

from typing import Protocol

from otpushd.model.delivery import Message
from otpushd.push.answer import Answer


class Sender(Protocol):
    """A channel that is ready to send. `send` may be called from up to `concurrency` tasks at a time.

    `repeat_after_timeout` is for `retry.decide`: whether one repeat may follow a request without an answer.
    """

    @property
    def concurrency(self) -> int: ...

    @property
    def repeat_after_timeout(self) -> bool: ...

    async def send(self, message: Message) -> Answer:
        """Try once. Whatever the wire does is a value; only cancellation and bugs are raised."""
        ...

    async def aclose(self) -> None:
        """Give back the connections. The sender is of no use afterwards; closing twice is harmless."""
        ...
