"""People are found by their id and by the names under which Prodigy knows them."""

from otpushd.model.people import People, Person

ANN = Person("ann", "Ann Meyer", ("ann-session", "a.meyer"))
BOB = Person("bob", "Bob", ("ann",))
PEOPLE = People({"ann": ANN, "bob": BOB})


def test_an_id_goes_before_a_session_name() -> None:
    assert PEOPLE.named("ann") is ANN


def test_a_session_name_or_annotator_id_finds_the_person() -> None:
    assert PEOPLE.named("a.meyer") is ANN


def test_an_unknown_name_finds_nobody() -> None:
    assert PEOPLE.named("zoe") is None
