"""What of a page of structured storage is news, and what was there before us."""

from datetime import UTC, datetime

import pytest

from otpushd.detect.structured import Taken, take
from otpushd.model.memory import KnownDataset, SourceMemory
from otpushd.model.row import DatasetRow, LinkRow, Structured
from otpushd.model.structured import Seen, StructuredMemory, StructuredPage

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NEWS = DatasetRow(1, "news", 100, False, False)
LINK = LinkRow(9, 9, 1, 10, 20, b"{}", 2, Structured("news-ann", superseded=False, corrects=False))
RESUMED = SourceMemory(history_to=0, structured=StructuredMemory(Seen(5), Seen(5), history_to=10, history_examples=10))
"""In the middle of the baseline."""


def taken(known: KnownDataset, **more: object) -> Taken:
    """What the row leads to in a dataset that is known like this."""
    page = StructuredPage(Seen(10), Seen(10), 10, 10, (LINK,), **more)  # type: ignore[arg-type]
    return take("main", page, RESUMED, {1: known}, {"news"}, {}, NOW, from_beginning=False, as_it_was=False)


@pytest.mark.parametrize("past", [True, False], ids=["there at the first look", "new since"])
def test_history_is_only_in_datasets_that_were_there_at_the_first_look(past: bool) -> None:
    found = taken(KnownDataset(NEWS, past=past))
    assert ([row.link for row in found.history], [row.link for row in found.rows]) == (
        ([LINK], []) if past else ([], [LINK])
    )


def test_what_the_first_look_cannot_have_seen_is_no_history() -> None:
    found = taken(KnownDataset(NEWS, past=True), news=frozenset({9}))
    assert ([row.link for row in found.rows], found.history) == ([LINK], ())
