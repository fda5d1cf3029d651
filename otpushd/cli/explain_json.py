"""What `otpushd explain` has found as JSON for programs. Pure; instants are ISO 8601 in UTC."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from otpushd.cli import silence_text
from otpushd.explaining import Explained
from otpushd.model.case import Case
from otpushd.model.event import CONTENT_FIELDS, Event, cloud_event
from otpushd.model.story import CaseStory, DatasetStory, EventStory, MessageStory, PersonStory

KINDS = {
    **{EventStory: "event", MessageStory: "notification", CaseStory: "case"},
    **{PersonStory: "person", DatasetStory: "dataset"},
}


def document(found: Explained, now: datetime) -> dict[str, Any]:
    """One object: its `kind`, the story, and the `silences` that it names. What is not known is null."""
    assert found.story is not None
    silences = [silence_text.document(one, now) for one in found.silences]
    return {"kind": KINDS[type(found.story)], **_plain(found.story), "silences": silences}


def _plain(value: Any) -> Any:
    if isinstance(value, Case):
        return _case(value)
    if isinstance(value, Event):
        return cloud_event(value, sorted(CONTENT_FIELDS))  # what is there may be shown
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _case(case: Case) -> dict[str, Any]:
    """Of its trigger only the id: the rest is content, or stands with the event."""
    return {
        "gathers": case.gathers,
        "trigger": case.trigger.id,
        "opened_at": _plain(case.opened_at),
        "told_at": _plain(case.told_at),
        "count": case.figures.count,
        "people": list(case.people),
        "due": _plain(case.due),
        "waits_for": sorted(case.waits),
        "over": list(case.over),
    }
