"""What was heard in a dataset as lines for people, so that an event's id is found. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo

from otpushd.cli.explain_message import local, plain
from otpushd.model.story import DatasetStory, Kept

SHORT = 12
"""So much of an id is shown, if no other in the list begins so."""


def dataset(story: DatasetStory, zone: tzinfo) -> Iterator[str]:
    """A line for each event: when it happened, the beginning of its id, its type, its example, what rules said."""
    count = len(story.heard)
    events = f"{count} event{'s' if count != 1 else ''} on which a rule was tried"
    shown = f"the newest {events}; there are more, narrow it" if story.more else events
    yield f"dataset {plain(story.name)}, since {local(story.since, zone)}: {shown}"
    begun = Counter(one.event.id[:SHORT] for one in story.heard)
    several = len({one.event.source for one in story.heard}) > 1
    for one in story.heard:
        id = one.event.id if begun[one.event.id[:SHORT]] > 1 else one.event.id[:SHORT]
        yield "  ".join([local(one.event.time, zone), plain(id), *_about(one, several), _said(one)])


def _about(one: Kept, several: bool) -> Iterator[str]:
    yield plain(one.event.type)
    if several:
        yield f"source {plain(one.event.source)}"
    example = one.event.data.get("example")
    if isinstance(example, int):
        yield f"example {example}"


def _said(one: Kept) -> str:
    parts = [("matched", one.met), ("did not match", one.missed)]
    return plain("; ".join(f"{result}: {', '.join(rules)}" for result, rules in parts if rules))
