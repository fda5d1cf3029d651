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
        ("{{ annotator }}", {}, "`annotator` has"),
        ("{{ annotator }} {{ labels }}", {}, "`annotator` and `labels` have"),
        ("{{ dataset }}", {}, "`dataset` has"),
        ("{% if flagged %}Flagged{% endif %}", {}, "`flagged` has"),
        ("{{ annotator or 'somebody' }}", {}, ""),
        ("by {{ annotator }}", {}, ""),
        ("{{ annotator }}", {"match": "{annotator: {not: bob}}"}, ""),
        ("{{ annotator }}", {"when": "annotator != 'bob'"}, ""),
        ("{{ dataset }}", {"datasets": "a*"}, ""),
        ("{{ event_type }}", {}, ""),
        ("{{ answer }}", {}, ""),
        ("{{ meta.doc_id }}", {}, "`meta.doc_id` has"),
        ("{{ rule.name }}", {}, ""),
        ("{{ count }}", {"collect": "{wait: 1h}"}, ""),
    ],
    ids=str,
)
def test_a_title_of_nothing_but_what_may_be_null_is_doubtful(load_rule, title, keys, fields):
    """Unless the rule asks for a value."""
    said = warned(load_rule(title=f'"{title}"', **keys))
    assert said == ([f"`title` is empty where {fields} no value, and the message is then called 'r'"] * bool(fields))


def test_titles_of_steps_and_of_the_end_are_looked_at_too(load_rule):
    """Each at its place."""
    steps = '[{after: 1h, to: bob, title: "{{ annotator }}"}]'
    loaded = load_rule(escalate=steps, resolve='{on: dataset.created, title: "{{ created }}"}')
    assert [line.split(" where ")[0] for line in loaded.said] == [
        "rules.yaml:6:44: warning: `title` is empty",
        "rules.yaml:7:43: warning: `title` is empty",
    ]


def test_an_empty_group_reaches_nobody(load_rule):
    """Somebody who joins it later is told from then on."""
    loaded = load_rule(to="'group:nobody'")
    assert warned(loaded) == ["nobody is in group 'nobody', so that this reaches nobody"]
    assert len(loaded.rules) == 1


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("true", "`when` is true whatever the event holds: leave it out"),
        ("score > 0.5 || 1 < 2", "`when` is true whatever the event holds: leave it out"),
        ("present(score) || true", "`when` is true whatever the event holds: leave it out"),
        ("false", "`when` is never true, whatever the event holds, so that this rule never matches"),
        (
            "answer == 'accept' && answer == 'reject' && 1 > 2",
            "`when` is never true, whatever the event holds, so that",
        ),
        ("present(score)", ""),
        ("score > 0.5 || score <= 0.5", ""),
    ],
)
def test_a_condition_that_no_event_changes_is_doubtful(load_rule, when, said):
    """A score may be null, and then neither bound holds."""
    assert [text[: len(said)] for text in warned(load_rule(when=f'"{when}"'))] == [said] * bool(said)


@pytest.mark.parametrize(
    ("keys", "warns"),
    [
        ({"repeat": "1h"}, True),
        ({"repeat": "1h", "key": "[dataset]"}, False),
        ({"repeat": "1h", "collect": "{wait: 1m}"}, False),
        ({"repeat": "1h", "key": "[dataset, id]"}, True),
        ({"remind_every": "1h", "until": "dataset.created"}, False),
    ],
    ids=str,
)
def test_what_is_never_the_same_message_is_never_repeated(load_rule, keys, warns):
    """Each event is its own without a key, and with its id in it."""
    assert bool(warned(load_rule(**keys))) is warns


@pytest.mark.parametrize(
    ("collect", "warns"),
    [
        ("{by: time, wait: 1m}", True),
        ("{by: [dataset, example], wait: 1m, at_least: 2}", True),
        ("{by: [dataset, example], wait: 1m}", False),
        ("{by: example, wait: 1m, at_least: 2}", False),
        ("{by: decided_at, wait: 1m}", False),
    ],
)
def test_to_collect_by_what_each_event_has_of_its_own_collects_nothing(load_rule, collect, warns):
    """An example may be in two datasets, and once in each."""
    assert bool(warned(load_rule(collect=collect))) is warns


@pytest.mark.parametrize(
    ("name", "to", "said"),
    [
        ("loud", "cid", "cid has"),
        ("loud", "[cid, cid]", "cid has"),
        ("loud", "'group:hermits'", "cid, dan have all"),
        ("loud", "[cid, ann]", ""),
        ("loud", "[cid, 'field:annotator']", ""),
        ("quiet", "cid", ""),
    ],
)
def test_a_rule_of_which_all_whom_it_tells_have_opted_out_reaches_nobody(load_rule, name, to, said):
    """Whom a field names is not known before the event."""
    assert warned(load_rule(name=name, to=to)) == [f"this reaches nobody: {said} opted out of this rule"] * bool(said)


def test_a_step_that_reaches_nobody_is_pointed_at(load_rule):
    """The rule itself reaches somebody."""
    (line,) = load_rule(name="loud", escalate="[{after: 1h, until: dataset.created, to: cid}]").said
    assert line.startswith("rules.yaml:6:56: warning: this reaches nobody: cid has opted out")
