"""People are found by their id and by the names under which Prodigy knows them."""

from datetime import UTC, datetime, timedelta

from otpushd.model.people import People, Person
from otpushd.model.rotation import Rotation

ANN = Person("ann", "Ann Meyer", ("ann-session", "a.meyer"))
BOB = Person("bob", "Bob", ("ann",))
PEOPLE = People({"ann": ANN, "bob": BOB})
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_an_id_goes_before_a_session_name() -> None:
    assert PEOPLE.named("ann") is ANN


def test_a_session_name_or_annotator_id_finds_the_person() -> None:
    assert PEOPLE.named("a.meyer") is ANN


def test_an_unknown_name_finds_nobody() -> None:
    assert PEOPLE.named("zoe") is None


def test_a_group_has_its_members_at_any_time() -> None:
    """One that is none has not even nobody."""
    people = People({}, {"reviewers": ("ann", "bob")})

    assert (people.members("reviewers", NOON), people.ever("reviewers")) == (("ann", "bob"), ("ann", "bob"))
    assert (people.members("nobody", NOON), people.ever("nobody")) == (None, ())


def test_of_a_rotation_one_is_meant_at_a_time() -> None:
    """Whoever is on call."""
    people = People({}, {"oncall": Rotation(("ann", "bob"), 0, None, NOON.date(), UTC)})

    assert people.members("oncall", NOON) == ("ann",)
    assert people.members("oncall", NOON + timedelta(days=1)) == ("bob",)
    assert people.ever("oncall") == ("ann", "bob")
