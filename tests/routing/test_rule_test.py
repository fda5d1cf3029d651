"""`tests:` and `fixtures:` as data."""

from datetime import UTC, datetime

import pytest

from otpushd.model.people import Person

RULES = """rules: [{name: r, on: answer.saved, to: eve, title: t}]
fixtures:
  people: {eve: {name: Eve, push: e, sessions: [eve-1]}, bob: {sms: b}}
  groups: {all: [eve, bob]}
"""
GIVEN = (
    RULES + "tests:\n  - name: t\n    given:\n      - {at: 2026-03-02T09:00Z, on: answer.saved, %s}\n    expect: []\n"
)
EXPECT = RULES + "tests:\n  - name: t\n    given: [{at: 2026-03-02, on: answer.saved}]\n    expect:\n      - {%s}\n"


def test_fixtures_are_people_groups_and_channels(load):
    """Addresses are every key but `name` and `sessions`."""
    (file,) = load(RULES, configured=False).files
    assert file.fixtures.people.people["eve"] == Person("eve", "Eve", ("eve-1",), {"push": "e"})
    assert file.fixtures.people.groups == {"all": ("eve", "bob")}
    assert file.fixtures.channels == ("push", "sms")


@pytest.mark.parametrize(
    ("fixtures", "said"),
    [
        ("{plan: 3}", "what the reader of plans says of it"),
        ("{people: {eve: {quiet: {}}}}", "warning: `quiet` is not supported by this version of otpushd"),
        ("{people: {eve: {push: 3}}}", "expected a text, got a number; put it in quotes"),
        ("{groups: {all: [eve]}}", "no person 'eve' in these fixtures"),
        ("{groups: {all: {rotation: []}}}", "`rotation` is not supported by this version of otpushd"),
        ("{people: [eve]}", "expected a mapping, got a list"),
    ],
)
def test_wrong_fixtures_are_reported(load, fixtures, said):
    """What changes nothing of who gets what is a warning."""
    loaded = load(f"rules: []\nfixtures: {fixtures}\n")
    assert [line.split(": ", 1)[1] for line in loaded.said] == [said]


def test_a_test_is_read_with_its_places(load):
    """Instants are UTC, task and meta are objects, and an `at` alone moves time."""
    text = GIVEN % "dataset: d, score: 0.9, labels: [A], decided_at: 2026-03-02T10:00+01:00, task: {a: 1}, times: 3"
    text = text.replace("expect: []", "until: 2026-03-03\n    expect: [{to: eve, priority: high, title: x}]")
    loaded = load(text, configured=False)
    assert not loaded.said
    ((test,),) = [file.tests for file in loaded.files]
    (given,), (expected,) = test.given, test.expect
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (given.at, given.on, given.dataset, given.times) == (nine, "answer.saved", "d", 3)
    assert given.fields == {"score": 0.9, "labels": ["A"], "decided_at": nine, "task": {"a": 1}}
    assert (expected.to, expected.priority, expected.title, expected.body) == ("eve", "high", "x", None)
    assert test.until == datetime(2026, 3, 3, tzinfo=UTC)
    assert loaded.files[0].document.position(expected.path) == (10, 14)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("answer: rejct", "8:59: `answer` is never 'rejct'; did you mean 'reject'?"),
        ("answr: x", "8:51: unknown field `answr`; did you mean 'answer'?"),
        ("score: high", "8:58: `score` is a number, got a text"),
        ("score: true", "8:58: `score` is a number, got true or false"),
        ("labels: [1]", "8:59: `labels` is a list of texts; put its entries in quotes"),
        ("decided_at: soon", "8:63: not an instant"),
        ("time: 2026-03-02", "8:51: the event's time is written `at`"),
        ("times: 0", "8:58: `times` must be between 1 and 100000"),
        ("dataset: 3", "8:60: expected a text, got a number"),
    ],
)
def test_a_wrong_given_event_is_reported(load, keys, said):
    """Against the fields of its type."""
    loaded = load(GIVEN % keys, configured=False)
    assert len(loaded.said) == 1
    assert loaded.said[0].startswith(f"rules.yaml:{said}")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("to: evee", "9:14: no person 'evee'; did you mean 'eve'?"),
        ("rule: rr", "9:16: no rule 'rr' here"),
        ("titel: x", "9:10: unknown key `titel`; did you mean 'title'?"),
        ("at: never", "9:14: not an instant"),
    ],
)
def test_a_wrong_expectation_is_reported(load, keys, said):
    """It could never be met."""
    loaded = load(EXPECT % keys, configured=False)
    assert len(loaded.said) == 1
    assert loaded.said[0].startswith(f"rules.yaml:{said}")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{on: answer.saved}", "`at` is missing, the time of the event"),
        ("{at: 2026-03-02, score: 1}", "`score` needs `on`, the event's type; without it only time moves"),
        ("{at: 2026-03-02, on: answer.savd}", "no event type `answer.savd`; did you mean 'answer.saved'?"),
        ("x", "expected a mapping, got a text"),
    ],
)
def test_an_event_without_time_or_type_is_reported(load, given, said):
    """An `at` without `on` only moves time."""
    loaded = load(f"{RULES}tests: [{{name: t, given: [{given}], expect: []}}]\n", configured=False)
    assert [line.split(": ", 1)[1] for line in loaded.said] == [said]


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            "given: [{at: 2026-03-02}]",
            "7:5: warning: `expect` is missing; where nothing should be sent write `expect: []`",
        ),
        ("given: []\n    expect: []", "8:12: warning: `given` is empty: a test needs at least one event"),
        ("expect: []", "7:5: `given` is missing: a test needs at least one event"),
        (
            "given: [{at: 2026-03-02}]\n    expect: [{to: 'group:all'}]",
            "9:19: `to` of an expected message is one person",
        ),
    ],
)
def test_a_test_that_says_too_little_is_reported(load, test, said):
    """What it does not say might be meant, or forgotten."""
    loaded = load(RULES + f"tests:\n  -\n    name: t\n    {test}\n", configured=False)
    (line,) = loaded.said
    assert line.startswith(f"rules.yaml:{said}")


@pytest.mark.parametrize(("examples", "right"), [("[1, 2]", True), ("[1, x]", False), ("[true]", False), ("1", False)])
def test_a_list_of_whole_numbers_is_given_as_one(load, examples, right):
    """The examples behind a monitor."""
    text = (GIVEN % f"examples: {examples}").replace("answer.saved, examples", "monitor.triggered, examples")
    loaded = load(text, configured=False)
    assert loaded.said == [] if right else "`examples` is a list of whole numbers" in loaded.said[0]
