"""`action: {queue: …}` of a rule: into which file, and which examples, for one event. Pure; the file is not looked at.

The file stays on this machine, so that `expose` does not apply to what is put into it.
"""

from dataclasses import dataclass

from otpushd.model.delivery import Fault
from otpushd.model.event import Event
from otpushd.model.ledger import input_of
from otpushd.model.queue import Order, order_id, parse_example, parse_selection
from otpushd.routing.template import MessageTemplate, Values

NAMING = ("example", "examples", "selection")
"""Fields that say which examples an event is about."""
LONGEST_REASON = 300
_TOLD = ("monitor", "model", "metric", "measure", "value", "bound")


@dataclass(frozen=True, slots=True)
class QueueAction:
    """`file` makes the queue's name, `selection` says which examples where the event itself names none."""

    file: MessageTemplate
    selection: str | None = None


def order_for(rule: str, action: QueueAction, event: Event, own: Values, title: str) -> Order | Fault:
    """What is to be queued, or why nothing can be. `title` is the rule's for this event, empty if it has none.

    The source of an answer's id is its own row, so its input is known; another row may have got that id since.
    """
    name, error = action.file.render(event, own, {})
    if error is not None or not name:
        return Fault(event.id, rule, None, f"queue: {error or 'the file has no name'}", event.time)
    try:
        examples, selection = _named(event)
    except ValueError as wrong:
        return Fault(event.id, rule, None, f"queue: {wrong}", event.time)
    own_row = event.value("example")
    content = event.content if own_row is None else None
    if not examples and content is None and selection is None:
        selection = action.selection
    if not examples and content is None and selection is None:
        return Fault(event.id, rule, None, "queue: the event names no examples", event.time)
    input_hash = event.value("input_hash")
    return Order(
        id=order_id(rule, event.id),
        rule=rule,
        event_id=event.id,
        source=event.source,
        queue=name,
        dataset=event.dataset,
        reason=f"{rule}: {title or _described(event)}"[:LONGEST_REASON],
        at=event.time,
        examples=examples,
        input=input_of(input_hash, own_row) if own_row is not None else input_hash if content else None,
        selection=selection,
        content=content,
    )


def _named(event: Event) -> tuple[tuple[int, ...], str | None]:
    """The examples that an event names, and its selection. Raises ValueError for what is neither."""
    found = [event.value("example")] if event.value("example") is not None else event.value("examples") or []
    selection = event.value("selection")
    if selection is not None:
        parse_selection(str(selection))
    return tuple([parse_example(one) for one in found]), selection


def _described(event: Event) -> str:
    """The event in a few words: no content, because a title may hold some only where `expose` names it."""
    told = [f"{name} {event.value(name)}" for name in _TOLD if event.value(name) is not None]
    return ", ".join([event.type, *told])
