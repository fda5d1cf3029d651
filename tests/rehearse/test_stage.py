"""What would be sent, as one stream for tests and histories."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from otpushd.model.delivery import Fault
from otpushd.model.event import Event
from otpushd.model.queue import Order
from otpushd.rehearse.stage import Happened, Sent, stage
from otpushd.routing.route import Router

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = """rules:
  - {name: told, on: answer.saved, to: [ann, lea], title: x}
  - {name: again, on: answer.saved, action: {queue: {file: q.jsonl}}}
"""


def test_each_event_is_told_before_what_it_leads_to(router: Callable[[str], Router]) -> None:
    """A moment without an event leads to nothing by itself."""
    event = Event("answer.saved", "e", "main", AT, "d", {"example": 1})
    other = Event("dataset.created", "f", "main", AT, "d")

    found = list(stage([(AT, event), (AT, None), (AT + timedelta(days=1), other)], router(RULES)))

    assert [type(one) for one in found] == [Happened, Order, Fault, Sent, Happened]
    assert (found[0], found[-1]) == (Happened(event), Happened(other))


def test_a_message_leaves_when_its_event_happened(router: Callable[[str], Router]) -> None:
    """Nothing holds it up."""
    event = Event("answer.saved", "e", "main", AT, "d", {"example": 1})

    (sent,) = [one for one in stage([(AT, event)], router(RULES)) if isinstance(one, Sent)]

    assert (sent.notification.person, sent.at) == ("ann", AT)
