"""Cases as rows of their table: what is never looked for is JSON, in which instants are kept as such."""

import json
from datetime import datetime
from typing import Any

from otpushd.model.case import Case
from otpushd.model.event import Event
from otpushd.model.figures import Figures
from otpushd.model.instants import from_micros, to_micros

COLUMNS = "id, rule, key, source, gathers, next_at, what, document, content, opened_at"
_INSTANT = "\u0001at"


def written(case: Case) -> tuple[object, ...]:
    """The values of COLUMNS."""
    trigger = case.trigger
    what = {
        "trigger": [trigger.type, trigger.id, to_micros(trigger.time), trigger.dataset, dict(trigger.data)],
        "told": to_micros(case.told_at),
        "figures": [case.figures.count, case.figures.numbers, case.figures.values],
        "people": case.people,
        "due": {name: to_micros(at) for name, at in case.due.items()},
        "waits": case.waits,
        "rest": case.rest,
        "over": case.over,
        "reminded": case.reminded,
    }
    text = json.dumps(what, separators=(",", ":"), default=_written)
    first = (case.id, case.rule, case.key, trigger.source, case.gathers, to_micros(case.next_at))
    return *first, text, case.document, trigger.content, to_micros(case.opened_at)


def read(row: tuple[Any, ...]) -> Case:
    """The case of a row with COLUMNS."""
    id, rule, key, source, _, _, text, document, content, opened = row
    what = json.loads(text, object_hook=_read)
    kind, number, at, dataset, data = what["trigger"]
    content = None if content is None else bytes(content)
    return Case(
        id=id,
        rule=rule,
        key=key,
        trigger=Event(kind, number, source, from_micros(at), dataset, data, content),
        document=bytes(document),
        opened_at=from_micros(opened),
        figures=Figures(*what["figures"]),
        people=what["people"],
        told_at=from_micros(what["told"]),
        due={name: from_micros(due) for name, due in what["due"].items()},
        waits=what["waits"],
        rest=what["rest"],
        over=what["over"],
        reminded=what["reminded"],
    )


def _written(value: object) -> object:
    return {_INSTANT: to_micros(value)} if isinstance(value, datetime) else str(value)


def _read(value: dict[str, Any]) -> Any:
    return from_micros(value[_INSTANT]) if len(value) == 1 and _INSTANT in value else value
