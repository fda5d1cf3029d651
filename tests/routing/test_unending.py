"""What is to end a rule or a mute and hardly does as meant is a warning; what may be meant is none."""

import pytest

NEVER = "this never comes: "
BOTH = "each `answer.saved` both "


def warned(loaded) -> list[str]:
    """What was warned of, without places; nothing was an error."""
    assert all(": warning: " in line for line in loaded.said)
    return [line.split(": warning: ", 1)[1] for line in loaded.said]


@pytest.mark.parametrize(
    ("keys", "when", "warns"),
    [
        ({"datasets": "contracts-*"}, "event.dataset == trigger.dataset && event.dataset == 'letters'", True),
        ({"datasets": "contracts-*"}, "'letters' == trigger.dataset", True),
        ({"datasets": "contracts-*"}, "trigger.dataset == 'contracts-a'", False),
        ({"datasets": "contracts-*"}, "event.dataset == 'letters'", False),
        ({"datasets": "contracts-*"}, "event.dataset == 'letters' || event.dataset == trigger.dataset", False),
        ({}, "trigger.dataset == 'letters'", False),
        ({"match": "{answer: reject}"}, "trigger.answer == 'accept'", True),
        ({"match": "{answer: reject}"}, "trigger.answer == 'reject'", False),
        ({"match": "{annotator: {not: bob}}"}, "trigger.annotator == 'bob'", True),
        ({}, "trigger.event_type == 'answer.saved'", False),
        ({}, "1 > 2", True),
        ({}, "event.dataset == trigger.dataset && 1 > 2", True),
        ({}, "1 < 2", False),
    ],
    ids=str,
)
@pytest.mark.parametrize("place", ["until", "resolve", "escalate"])
def test_an_end_that_no_event_of_the_rule_can_have_never_comes(load_rule, keys, when, warns, place):
    """What ends it may be in another dataset than what began it. Without a condition it would be in the same."""
    end = f'on: dataset.created, when: "{when}"'
    written = {"until": f"{{{end}}}", "resolve": f"{{{end}, title: x}}"}
    written["escalate"] = f"[{{after: 1h, to: bob, until: {{{end}}}}}, {{after: 2h, to: 'group:reviewers'}}]"
    said = warned(load_rule(**keys, **{place: written[place]}))
    assert [text.startswith(NEVER) for text in said] == [True] * warns


@pytest.mark.parametrize(
    ("resolve", "warns"),
    [
        ("{on: answer.saved, title: x}", True),
        ("{on: [dataset.created, answer.saved], title: x}", True),
        ("{on: answer.saved, when: event.example == trigger.example, title: x}", True),
        ("{on: answer.saved, when: event.answer != trigger.answer, title: x}", False),
        ("{on: answer.saved, when: event.example == trigger.example && event.answer == 'accept', title: x}", False),
        ("{on: dataset.created, title: x}", False),
    ],
)
def test_what_both_opens_and_closes_a_cause_is_doubtful(load_rule, resolve, warns):
    """A condition on more than equal fields may tell the two apart."""
    assert [text.startswith(BOTH) for text in warned(load_rule(resolve=resolve))] == [True] * warns


@pytest.mark.parametrize(
    ("collect", "keys", "when", "loose"),
    [
        ("{by: dataset, wait: 1m}", {}, "event.dataset == trigger.dataset", ""),
        ("{wait: 1m}", {}, "event.dataset == trigger.dataset", "trigger.dataset"),
        ("{wait: 1m}", {"datasets": "[a]"}, "event.dataset == trigger.dataset", ""),
        ("{by: dataset, wait: 1m}", {}, "present(trigger.annotator)", "trigger.annotator"),
        ("{by: dataset, wait: 1m}", {"match": "{annotator: bob}"}, "trigger.annotator != event.dataset", ""),
        ("{by: meta.doc_id, wait: 1m}", {}, "trigger.meta.doc_id == event.dataset", "trigger.meta"),
        ("{by: dataset, wait: 1m}", {}, "trigger.example > 3 && trigger.count == 1", ""),
        ("{by: dataset, wait: 1m}", {}, "trigger.score_max > event.answers", ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("place", ["until", "resolve"])
def test_an_end_of_the_first_event_alone_is_doubtful_for_a_group(load_rule, collect, keys, when, loose, place):
    """Unless all of the group have the same, or it asks how many they are."""
    end = f"{{on: dataset.created, when: '{when}'" + (", title: x}" if place == "resolve" else "}")
    said = warned(load_rule(collect=collect, **keys, **{place: end}))
    assert [text.split(", which may differ in a group")[0] for text in said] == [f"`{place}` looks at {loose}"] * bool(
        loose
    )


def test_the_mend_is_a_key_with_what_differs(load_rule):
    """Behind what it has already."""
    end = "{on: dataset.created, when: event.dataset == trigger.dataset && trigger.annotator != trigger.answer}"
    (said,) = warned(load_rule(collect="{by: dataset, wait: 1m}", until=end))
    assert said.endswith("as that of all; write `by: [dataset, annotator, answer]`")


@pytest.mark.parametrize(
    ("during", "said"),
    [
        ("on: answer.saved, until: answer.saved", BOTH + "ends this mute"),
        ("on: answer.saved, when: 1 < 2, until: {on: answer.saved, when: event.dataset == trigger.dataset}", BOTH),
        ("on: answer.saved, until: {on: answer.saved, when: event.flagged}", ""),
        ("on: answer.saved, match: {answer: ignore}, until: answer.saved", ""),
        ("on: answer.saved, datasets: a*, until: {on: dataset.created, when: trigger.dataset == 'b'}", NEVER),
        ("on: answer.saved, until: {on: dataset.created, when: 1 > 2}", NEVER),
        ("on: answer.saved, when: 1 > 2, until: dataset.created", "`when` is never true, whatever the event holds"),
        ("on: answer.saved, match: {score: {above: 2, below: 1}}, until: dataset.created", "no `score` is above 2 and"),
        ("on: answer.saved, until: dataset.created", ""),
    ],
)
def test_a_mute_that_never_ends_never_begins_or_ends_as_it_begins_is_doubtful(load, during, said):
    """Where something tells what ends it from what begins it, that may be meant."""
    rule = "rules: [{name: r, on: answer.saved, to: ann, title: t}]\n"
    found = warned(load(f'{rule}mute: [{{rules: "*", while: {{{during}}}}}]\n'))
    assert [text[: len(said)] for text in found] == [said] * bool(said)
