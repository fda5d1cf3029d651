"""What is right in a rule and hardly meant: a warning with its reason, and nothing where it may be meant."""

import pytest

BY_BOB = "[{after: 1h, to: bob, until: %s}]"


def warned(loaded) -> list[str]:
    """What was warned of, without places; nothing was an error."""
    assert all(": warning: " in line for line in loaded.said)
    return [line.split(": warning: ", 1)[1] for line in loaded.said]


@pytest.mark.parametrize(
    ("keys", "is_loop"),
    [
        ({}, True),
        ({"channel": "push"}, True),
        ({"match": "{reason: timeout}"}, True),
        ({"match": "{rule: {not: r}}"}, False),
        ({"match": "{rule: other}"}, False),
        ({"match": "{rule: 'r*'}"}, True),
        ({"match": "{channel: sms}", "channel": "push"}, False),
        ({"match": "{channel: push}", "channel": "push"}, True),
        ({"when": 'rule != "r"'}, False),
        ({"on": "[answer.saved, delivery.failed]"}, True),
        ({"on": "answer.saved"}, False),
        ({"to": None, "action": "{queue: {file: x, selection: lowest 5 scores}}"}, False),
    ],
    ids=str,
)
def test_a_rule_on_the_failure_of_its_own_messages_is_a_loop(load_rule, keys, is_loop):
    """Unless it asks for another rule or another channel."""
    said = warned(load_rule(**{"on": "delivery.failed", **keys}))
    assert [text[:44] for text in said] == (["a message of this rule that fails causes `de"] if is_loop else [])


@pytest.mark.parametrize(
    ("on", "until", "warns"),
    [
        ("answer.saved", "delivery.failed", True),
        ("answer.saved", "[delivery.failed, dataset.created]", False),
        ("delivery.failed", "delivery.failed", False),
    ],
)
def test_an_escalation_that_only_its_own_messages_end_is_a_loop(load_rule, on, until, warns):
    """Nothing but their failure would stop it."""
    said = warned(load_rule(on=on, escalate=BY_BOB % until))
    assert any("nothing but this escalation itself" in text for text in said) is warns


@pytest.mark.parametrize(
    ("to", "step", "warns"),
    [
        ("ann", "to: ann", True),
        ("[ann, bob]", "to: bob", True),
        ("'field:annotator'", "to: 'field:annotator'", True),
        ("ann", "to: [ann, bob]", False),
        ("ann", "to: ann, priority: critical", False),
        ("ann", "to: ann, channel: sms", False),
    ],
)
def test_a_step_that_tells_nobody_new_is_doubtful(load_rule, to, step, warns):
    """Unless it goes another way."""
    said = warned(load_rule(to=to, escalate=f"[{{after: 1h, until: answer.saved, {step}}}]"))
    assert [text[:21] for text in said] == (["this tells nobody new"] if warns else [])


@pytest.mark.parametrize(
    ("title", "keys", "fields"),
    [
        ("{{ annotator }}", {}, "`annotator`"),
        ("{{ annotator }} {{ labels }}", {}, "`annotator` and `labels`"),
        ("{{ dataset }}", {}, "`dataset`"),
        ("{% if flagged %}Flagged{% endif %}", {}, "`flagged`"),
        ("{{ annotator or 'somebody' }}", {}, ""),
        ("by {{ annotator }}", {}, ""),
        ("{{ annotator }}", {"match": "{annotator: {not: bob}}"}, ""),
        ("{{ annotator }}", {"when": "annotator != 'bob'"}, ""),
        ("{{ dataset }}", {"datasets": "a*"}, ""),
        ("{{ event_type }}", {}, ""),
        ("{{ answer }}", {}, ""),
        ("{{ meta.doc_id }}", {}, "`meta.doc_id`"),
        ("{{ rule.name }}", {}, ""),
        ("{{ count }}", {"collect": "{wait: 1h}"}, ""),
    ],
    ids=str,
)
def test_a_title_of_nothing_but_what_may_be_null_is_doubtful(load_rule, title, keys, fields):
    """Unless the rule asks for a value."""
    said = warned(load_rule(title=f'"{title}"', **keys))
    assert said == (
        [f"`title` is empty where {fields} has no value, and the message is then called 'r'"] * bool(fields)
    )


def test_titles_of_steps_and_of_the_end_are_looked_at_too(load_rule):
    """Each at its place."""
    steps = '[{after: 1h, to: bob, title: "{{ annotator }}"}]'
    loaded = load_rule(escalate=steps, resolve='{on: dataset.created, title: "{{ created }}"}')
    assert [line.split(" where ")[0] for line in loaded.said] == [
        "rules.yaml:6:44: warning: `title` is empty",
        "rules.yaml:7:43: warning: `title` is empty",
    ]


PAIR = (
    "rules:\n- {name: a, on: answer.saved, to: [ann, bob], title: t%s}\n- {name: b, on: [answer.saved], title: u%s}\n"
)


@pytest.mark.parametrize(
    ("one", "other", "warns"),
    [
        ("", ", to: [bob, ann]", True),
        ("", ", to: ann", False),
        (", when: score > 0.5", ", to: [ann, bob], when: score  >  0.5", True),
        (", when: score > 0.5", ", to: [ann, bob], when: score > 0.6", False),
        (", match: {answer: reject}", ", to: [ann, bob], match: {answer: reject}", True),
        (", match: {answer: reject}", ", to: [ann, bob]", False),
        (", datasets: x", ", to: [ann, bob], datasets: [x]", True),
        (", channel: push", ", to: [ann, bob], channel: sms", False),
        (", channel: push", ", to: [ann, bob], channel: [sms, push]", True),
    ],
)
def test_two_rules_that_tell_the_same_double_each_message(load, one, other, warns):
    """The later one is pointed at, and says where the first stands."""
    said = [line for line in load(PAIR % (one, other)).said if "no address" not in line]
    assert [line[:53] for line in said] == (["rules.yaml:3:10: warning: the rule at rules.yaml:2:10"] if warns else [])


def test_an_empty_group_reaches_nobody(load_rule):
    """Somebody who joins it later is told from then on."""
    loaded = load_rule(to="'group:nobody'")
    assert warned(loaded) == ["nobody is in group 'nobody', so that this reaches nobody"]
    assert len(loaded.rules) == 1
