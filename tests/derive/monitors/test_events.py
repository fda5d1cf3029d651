"""What rules hear of a monitor: the fields that product.md names, and ids that only the cause decides."""

from datetime import UTC, datetime

import pytest

from otpushd.derive.catalogue import CATALOGUE
from otpushd.derive.monitors.events import event_of
from otpushd.derive.monitors.watch import Change, Turn
from otpushd.model.event import Kind
from otpushd.model.monitor import By, Definition, Measure

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATASET = 77
REJECTS = Definition("reject-rate", Measure.REJECT_RATE)
UP = Change(Turn.TRIGGERED, 0.3 + 1e-12, 0.2, None, (9, 8), 77, 1)


def told(change: Change = UP, definition: Definition = REJECTS, key: str = "", dataset: int = DATASET):
    return event_of("main", "contracts-a", dataset, definition, key, change, NINE)


def test_a_trigger_is_told_with_all_its_fields():
    """Shares as fractions, numbers as people write them."""
    event = told()

    assert (event.type, event.source, event.time, event.dataset) == ("monitor.triggered", "main", NINE, "contracts-a")
    assert event.data == {
        "monitor": "reject-rate",
        "measure": "reject_rate",
        "value": 0.3,
        "bound": 0.2,
        "baseline": None,
        "examples": [9, 8],
        "annotator": None,
        "label": None,
    }


def test_a_recovery_is_an_event_of_its_own():
    """Of the same trigger, with another id."""
    event = told(UP._replace(turn=Turn.RECOVERED, value=None, examples=()))

    assert (event.type, event.value("value"), event.value("examples")) == ("monitor.recovered", None, [])
    assert event.id != told().id


@pytest.mark.parametrize("kind", ["monitor.triggered", "monitor.recovered"])
def test_rules_may_name_every_field_that_is_told(kind):
    """The catalogue has them, with their kinds."""
    fields = CATALOGUE[kind].fields

    assert set(told().data) == set(fields)
    assert fields["examples"].kind is Kind.INTEGERS and fields["measure"].values == tuple(Measure)


@pytest.mark.parametrize(("by", "who"), [(By.ANNOTATOR, ("ann", None)), (By.LABEL, (None, "ann"))], ids=str)
def test_whose_figure_it_is_is_told(by, who):
    """So that a rule can reach that person."""
    event = told(definition=Definition("m", Measure.REJECT_RATE, by=by), key="ann")

    assert (event.value("annotator"), event.value("label")) == who


def test_the_id_tells_apart_what_is_not_the_same():
    """The monitor, the key, the dataset and its incarnation, the answer behind it, and which time it was."""
    events = [
        told(),
        told(definition=Definition("other", Measure.REJECT_RATE)),
        told(key="ann"),
        told(dataset=78),
        told(UP._replace(serial=78)),
        told(UP._replace(revision=2)),
    ]

    assert len({event.id for event in events}) == len(events)


def test_the_id_does_not_hang_on_when_it_was_seen():
    """After a crash the same answers are read again, later."""
    later = event_of("main", "contracts-a", DATASET, REJECTS, "", UP, NINE.replace(hour=10))

    assert later.id == told().id
