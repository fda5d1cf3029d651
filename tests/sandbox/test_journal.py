"""What was received, kept in memory for the stream."""

import asyncio

from otpushd.sandbox.journal import Journal


def test_news_between_asking_and_waiting_is_not_missed() -> None:
    """A reader of the stream asks, then another request comes in, and only then the reader begins to wait."""

    async def ask_then_wait() -> None:
        journal = Journal(10, None)
        task = asyncio.ensure_future(asyncio.wait_for(journal.news(), 1))
        journal.wake()
        await task

    asyncio.run(ask_then_wait())
