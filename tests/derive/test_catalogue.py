"""What rules may name is complete and cannot be changed."""

from otpushd.derive.catalogue import CATALOGUE
from otpushd.model.event import COMMON_FIELDS
from otpushd.routing.event_type import known_type


def test_the_types_of_this_version_are_there_under_their_names() -> None:
    assert sorted(CATALOGUE) == [
        "annotator.idle",
        "answer.saved",
        "batch.incomplete",
        "dataset.completed",
        "dataset.created",
        "dataset.dropped",
        "dataset.stalled",
        "deadline.approaching",
        "deadline.met",
        "deadline.missed",
        "example.added",
        "import.failed",
        "input.disagreement",
        "input.settled",
        "integrity.problem",
        "model.drift",
        "model.errors",
        "model.low_confidence",
        "monitor.recovered",
        "monitor.triggered",
        "progress.milestone",
        "relabel.completed",
        "review.due",
        "review.overdue",
        "session.started",
        "source.recovered",
        "source.unavailable",
        "task.assigned",
    ]
    assert all(name == kind.name for name, kind in CATALOGUE.items())


def test_no_type_repeats_a_common_field() -> None:
    assert not [name for kind in CATALOGUE.values() for name in kind.fields if name in COMMON_FIELDS]


def test_a_type_that_nothing_makes_yet_is_refused_as_such() -> None:
    """Not as a name that is spelled wrong."""
    said = "the event type `delivery.failed` is not supported by this version of otpushd"
    assert known_type("delivery.failed", CATALOGUE) == (None, said)
