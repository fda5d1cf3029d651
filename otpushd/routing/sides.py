"""The fields of two events in one expression: `event.NAME` is the later one's, `trigger.NAME` that of what it may end.

Here such a field's name holds its side; everything else about expressions treats it as any field's name.
"""

from otpushd.files.suggest import nearest
from otpushd.routing.fields import EVENT_TYPE, Fields, unknown_field

EVENT, TRIGGER = "event", "trigger"
SIDES = (EVENT, TRIGGER)


def of_both(event_fields: Fields, trigger_fields: Fields) -> Fields:
    """The fields of the two events under names such as `event.score`."""
    sides = ((EVENT, event_fields), (TRIGGER, trigger_fields))
    return {f"{side}.{name}": field for side, fields in sides for name, field in fields.items()}


def is_of_both(fields: Fields) -> bool:
    """Whether these are names that `of_both` made."""
    return bool(fields) and all(name.startswith((f"{EVENT}.", f"{TRIGGER}.")) for name in fields)


def bare(name: str) -> str:
    """`score` for `event.score`, and for `score`."""
    return name.partition(".")[2] or name


def unknown_name(name: str, fields: Fields) -> str:
    """What to say about a name that is no field, and what was probably meant, for one event's fields or for two's."""
    if not is_of_both(fields):
        return unknown_field(name, fields)
    if name in SIDES:
        return f"`{name}` alone is no value; write one of its fields, such as `{name}.dataset`"
    side, _, field = name.partition(".")
    if not field:
        return _without_side(name, fields)
    if field == "type":
        return f"unknown field `{name}`; the event's type is `{side}.{EVENT_TYPE}`"
    other = f"{TRIGGER if side == EVENT else EVENT}.{field}"
    if other in fields:
        return f"unknown field `{name}`; did you mean '{other}'?"
    # Compared without the side, which is like itself in every name and would make anything look near.
    near = nearest(field, [bare(one) for one in fields if one.startswith(f"{side}.")])
    return f"unknown field `{name}`" + ("" if near is None else f"; did you mean '{side}.{near}'?")


def _without_side(name: str, fields: Fields) -> str:
    choices = [f"`{side}.{name}`" for side in SIDES if f"{side}.{name}" in fields]
    if choices:
        return f"`{name}` of which event? Write {' or '.join(choices)}"
    if name == "type":
        return f"unknown field `type`; the event's type is `{EVENT}.{EVENT_TYPE}`"
    near = nearest(name, map(bare, fields))
    if near is None:
        return f"unknown field `{name}`; fields are written `{EVENT}.NAME` or `{TRIGGER}.NAME`"
    return f"unknown field `{name}`; did you mean '{next(one for one in fields if bare(one) == near)}'?"
