"""`mute`: rules that are held back while something is open."""

import pytest

RULE = "rules: [{name: r, on: answer.saved, to: ann, title: t}]\n"
WHILE = "while: {on: answer.saved, datasets: contracts-*, match: {answer: reject}, when: score > 0.5, until: %s}"


def mute(entry: str, until: str = "dataset.created") -> str:
    return f"{RULE}mute: [{{{entry}, {WHILE % until}}}]\n"


@pytest.mark.parametrize(
    "until", ["dataset.created", "[dataset.created]", "{on: dataset.created, when: event.dataset == trigger.dataset}"]
)
def test_a_mute_has_what_opens_it_what_ends_it_and_what_it_holds(load, event, until):
    """All that a rule may ask of an event."""
    ((held,),) = [file.mutes for file in load(mute("name: low, rules: r", until)).files]
    assert (held.name, held.rules, held.on, held.datasets) == ("low", ("r",), {"answer.saved"}, ("contracts-*",))
    assert held.matchers[0].holds(event()) and not held.condition.holds(event(score=0.1)).holds
    assert held.until.on == {"dataset.created"}
    assert (("dataset",), ("dataset",)) in held.until.joins


def test_a_mute_without_a_name_has_one_of_its_own(load):
    """`explain` has to call it something, and the store finds it again by it."""
    plain, named = WHILE % "dataset.created", WHILE % "answer.saved"
    text = f"mute: [{{rules: r, {plain}}}, {{name: other-mute-1, rules: r, {named}}}]\n"
    files = load(RULE + text, other="rules: []\n" + text.replace("other-mute-1", "own")).files
    assert [mute.name for file in files for mute in file.mutes] == [
        "other-mute-1-2",
        "own",
        "rules-mute-1",
        "other-mute-1",
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("name: x", "`rules` is missing"),
        ("rules: []", "`rules` names none"),
        ("rules: [rr]", "warning: no rule is called 'rr'"),
        ("rules: r, name: ' '", "`name` is empty"),
        ("rule: r, rules: r", "unknown key `rule`; did you mean 'rules'?"),
    ],
)
def test_what_is_wrong_with_a_mute_is_said(load, entry, said):
    """At its place."""
    loaded = load(mute(entry))
    assert [line.split(": ", 1)[1].startswith(said) for line in loaded.said] == [True]
    assert all(line.startswith("rules.yaml:2:") for line in loaded.said)


def test_a_mute_may_name_rules_of_other_files(load):
    """All files are one set of rules."""
    text = f"rules: []\nmute: [{{rules: [r], {WHILE % 'dataset.created'}}}]\n"
    assert load(RULE, other=text).said == []


def test_a_mutes_name_stands_for_one_mute_in_all_files(load):
    """As a rule's does."""
    loaded = load(mute("name: low, rules: r"), other="rules: []\n" + mute("name: low, rules: r").split("\n", 1)[1])
    assert loaded.said == ["rules.yaml:2:15: the mute name 'low' is taken at other.yaml:2:15"]
