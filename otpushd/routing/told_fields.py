"""What the texts and conditions of a rule may name beyond its event: counts, numbers and lists, and the trigger.

Pacing gives templates an event whose data holds these under the same names. Where a field of the event has such a name
too, the one here is meant.
"""

from otpushd.model.event import CONTENT_FIELDS, Kind
from otpushd.routing.fields import EVENT_TYPE, Fields, Known

COUNT = "count"
SUPPRESSED = "suppressed"
TRIGGER = "trigger"
NUMBERS = ("min", "max", "mean")
LIST = "list"
_NUMERIC = (Kind.NUMBER, Kind.INTEGER)
_LISTED = {Kind.STRING: Kind.STRINGS, Kind.STRINGS: Kind.STRINGS, Kind.INTEGER: Kind.INTEGERS}
_WITHOUT_LIST = (Kind.OBJECT, Kind.INTEGERS)


def collected(fields: Fields) -> dict[str, Known]:
    """What a group has beside the fields of its first event: `count`, and of each field FIELD_min and the like.

    FIELD_list holds the first ten distinct values. A field of several kinds has none of them, nor has content.
    """
    made = {COUNT: Known(Kind.INTEGER)}
    for name, field in fields.items():
        if name in CONTENT_FIELDS or name == EVENT_TYPE or field.kind is None:
            continue
        if field.kind in _NUMERIC:
            made |= {f"{name}_min": Known(field.kind), f"{name}_max": Known(field.kind)}
            made[f"{name}_mean"] = Known(Kind.NUMBER)
        if field.kind not in _WITHOUT_LIST:
            made[f"{name}_{LIST}"] = Known(_LISTED.get(field.kind))
    return made


def of_rule(fields: Fields, *, collects: bool, repeats: bool) -> dict[str, Known]:
    """What the rule's own texts and those of its escalation may name, and what `trigger` has elsewhere."""
    made = dict(fields)
    if collects:
        made |= collected(fields)
    if repeats:
        made[SUPPRESSED] = Known(Kind.INTEGER)
    return made


def of_resolve(event: Fields, trigger: Fields) -> dict[str, Known]:
    """What a closing message may name: the counterpart's fields, else the trigger's, and `trigger.NAME`.

    A bare `task` is the counterpart's alone, because it is no part of an event's data.
    """
    bare = {name: field for name, field in trigger.items() if name != "task"}
    return {**bare, **event, TRIGGER: Known(Kind.OBJECT, parts=trigger)}
