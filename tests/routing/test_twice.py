"""Two rules that push the same event twice: the later or the narrower one is pointed at, and nothing where in doubt."""

import pytest

PAIR = (
    "rules:\n- {name: a, on: answer.saved, to: [ann, bob], title: t%s}\n- {name: b, on: [answer.saved], title: u%s}\n"
)
EQUAL = "rules.yaml:3:10: warning: the rule at rules.yaml:2:10 tells the same people of the same events"
SECOND = "rules.yaml:3:10: warning: every event of this rule is one of the rule at rules.yaml:2:10 as well"
FIRST = "rules.yaml:2:10: warning: every event of this rule is one of the rule at rules.yaml:3:10 as well"
BOTH = ", to: [bob, ann]"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("", BOTH, EQUAL),
        (", when: score > 0.5", BOTH + ", when: score  >  0.5", EQUAL),
        (", match: {answer: reject}", BOTH + ", match: {answer: [reject]}", EQUAL),
        (", datasets: x", BOTH + ", datasets: [x]", EQUAL),
        (", channel: push", BOTH + ", channel: [sms, push]", EQUAL),
        (", channel: push", BOTH + ", channel: sms", ""),
        ("", ", to: ann", SECOND),
        ("", ", to: 'group:reviewers'", SECOND),
        ("", ", to: cid", ""),
        ("", ", to: 'field:annotator'", ""),
        ("", ", to: ann, when: score > 0.5", SECOND),
        (", when: score > 0.5", ", to: ann", FIRST),
        (", when: score > 0.5", ", to: ann, when: score > 0.6", ""),
        (", match: {answer: reject}", BOTH, FIRST),
        (", match: {answer: reject}", ", to: ann, match: {answer: reject, flagged: true}", SECOND),
        (", match: {answer: reject}", ", to: ann, match: {answer: accept, flagged: true}", ""),
        (", datasets: 'x*'", ", to: ann, datasets: [xy, 'x-*']", SECOND),
        (", datasets: 'x*'", ", to: ann, datasets: [xy, z]", ""),
        (", datasets: '*'", ", to: ann", FIRST),
        ("", ", to: ann, collect: {wait: 1m}", ""),
        (", collect: {wait: 1h}", ", to: ann, match: {answer: reject}, collect: {wait: 1m}", SECOND),
        (", collect: {wait: 1h, at_least: 9}", ", to: ann, match: {answer: reject}, collect: {wait: 1m}", ""),
        (", key: dataset, repeat: 1h", ", to: ann, match: {answer: reject}", ""),
    ],
)
def test_a_rule_that_tells_what_another_tells_is_pointed_at(load, one, other, said):
    """What is collected or not repeated on one side alone may be meant: at once, and again in a summary."""
    found = [line for line in load(PAIR % (one, other)).said if "no address" not in line]
    assert [line[: len(said)] for line in found] == [said] * bool(said)


def test_it_is_said_who_gets_two_messages(load):
    """A group is those who are in it."""
    said = load(PAIR % ("", ", match: {flagged: true}, to: ['group:reviewers', dataset.owners]")).said
    assert [line.rsplit(" and ", 1)[1] for line in said if "as well" in line] == [
        "both tell ann, bob: two messages of each"
    ]


def test_who_has_opted_out_of_one_of_them_gets_one(load):
    """The other rule is not meant."""
    text = "rules:\n- {name: loud, on: answer.saved, to: [cid, ann], title: t}\n"
    text += "- {name: calm, on: answer.saved, to: [cid, bob], title: t}\n"
    assert [line for line in load(text).said if "both tell" in line] == []


def test_rules_of_different_files_are_compared_too(load):
    """All files are one set of rules, with or without a configuration."""
    rule = "rules: [{name: %s, on: answer.saved, to: ann, title: t%s}]\n"
    loaded = load(rule % ("b", ", match: {flagged: true}"), other=rule % ("a", ""), configured=False)
    assert [line.split(" as well")[0] for line in loaded.said if "as well" in line] == [
        "rules.yaml:1:16: warning: every event of this rule is one of the rule at other.yaml:1:16"
    ]
