"""`until`, `escalate` and `resolve`: what is inherited from where, and what later texts may name."""

from datetime import timedelta

import pytest

from otpushd.model.delivery import Priority
from otpushd.model.event import Event

HOUR = timedelta(hours=1)
STEPS = """
      - {after: 1h, to: bob}
      - {after: 2h, to: bob, until: {on: answer.saved, when: event.example == trigger.example}, priority: critical}
      - {after: 3h, to: "group:reviewers", channel: sms, title: "{{ dataset }} waits", body: b, link: l, expires: 1h}"""


def test_a_step_has_what_it_says_and_the_rest_from_the_rule(load_rule):
    """Channel, priority, title, body, link and expires."""
    (rule,) = load_rule(until="dataset.created", escalate=STEPS, body="own", channel="push", priority="high").rules
    first, second, third = (step.wording for step in rule.escalate)
    assert first == rule.wording
    assert (second.priority, second.title, second.channels) == (Priority.CRITICAL, rule.title, ("push",))
    assert (third.channels, third.priority, third.expires) == (("sms",), Priority.HIGH, HOUR)
    assert third.title is not rule.title and third.body is not rule.body and third.link is not None
    assert [step.after for step in rule.escalate] == [HOUR, 2 * HOUR, 3 * HOUR]


def test_a_step_ends_at_its_own_until_or_that_before_or_the_rules(load_rule):
    """The second step's goes on to the third."""
    (rule,) = load_rule(until="dataset.created", escalate=STEPS).rules
    first, second, third = (step.until for step in rule.escalate)
    assert first == rule.until
    assert second is third
    assert second.on == {"answer.saved"}
    assert second.joins == ((("example",), ("example",)),)


def test_a_step_without_any_until_ends_at_the_recovery(load_rule):
    """And `until` of the rule goes before that."""
    resolve = "{on: dataset.created, title: over}"
    (rule,) = load_rule(escalate="[{after: 1h, to: bob}]", resolve=resolve).rules
    (other,) = load_rule(escalate="[{after: 1h, to: bob}]", resolve=resolve, until="answer.saved").rules
    assert rule.escalate[0].until == rule.resolve.counterpart
    assert other.escalate[0].until == other.until != other.resolve.counterpart


@pytest.mark.parametrize("until", ["answer.saved", "[answer.saved]", "{on: answer.saved}"])
def test_until_is_a_type_or_several_or_a_mapping(load_rule, until):
    """Without a condition it is the same source and dataset."""
    (rule,) = load_rule(until=until).rules
    assert rule.until.on == {"answer.saved"}
    assert rule.until.joins == ((("source",), ("source",)), (("dataset",), ("dataset",)))


def test_a_closing_message_inherits_only_the_way_it_goes(load_rule):
    """What was to be done is no longer to be done."""
    loaded = load_rule(
        body="do it", link="https://x", expires="1h", channel="push", priority="high",
        resolve='{on: dataset.created, title: "over"}',
    )  # fmt: skip
    wording = loaded.rules[0].resolve.wording
    assert (wording.channels, wording.priority) == (("push",), Priority.HIGH)
    assert (wording.body, wording.link, wording.expires) == (None, None, None)


def test_a_closing_message_reads_both_events(load_rule, event):
    """A bare name is the later event's where that type has it."""
    (rule,) = load_rule(
        resolve='{on: dataset.created, title: "{{ annotator }} {{ answers }} {{ trigger.meta.doc_id }}"}'
    ).rules
    trigger = event()
    data = {**trigger.data, "answers": 7, "trigger": trigger.data}
    merged = Event("dataset.created", "e2", "main", trigger.time, "contracts-a", data)
    assert rule.resolve.wording.title.render(merged, {}, {}).text == "ann-m 7 d-1"


def test_the_task_of_the_trigger_is_named_as_such_in_a_closing_message(load_rule):
    """The later event has none."""
    wrong = load_rule(configured=False, resolve='{on: dataset.created, title: "x {{ task.text }}"}')
    right = load_rule(configured=False, resolve='{on: dataset.created, title: "x {{ trigger.task.text }}"}')
    assert wrong.said[-1].endswith("unknown field `task`") and not wrong.rules
    assert right.rules[0].keeps_task


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (
            {"collect": "{by: dataset, wait: 1h}"},
            "{{ count }} {{ score_min }} {{ score_mean }} {{ example_max }} {{ annotator_list }}",
        ),
        (
            {"collect": "{by: dataset, wait: 1h}"},
            "{{ labels_list }} {{ labels_list[0] }} {{ flagged_list }} {{ annotator }}",
        ),
        ({"key": "dataset", "repeat": "1h"}, "{{ suppressed }}"),
    ],
    ids=str,
)
def test_texts_may_name_the_numbers_of_a_group_and_what_was_held_back(load_rule, keys, text):
    """In the rule's own texts, its steps', and its closing message, there behind `trigger.` too."""
    step, end = f'[{{after: 1h, to: bob, body: "{text}"}}]', f'{{on: dataset.created, title: over, body: "{text}"}}'
    further = text.replace("{{ ", "{{ trigger.")
    loaded = load_rule(**keys, body=f'"{text}"', escalate=step, resolve=end)
    other = load_rule(**keys, resolve=f'{{on: dataset.created, title: over, body: "{further}"}}')
    assert loaded.said == other.said == []


def test_a_condition_may_ask_for_the_numbers_of_the_trigger(load_rule):
    """Not for those of the event that ends it: it comes alone."""
    good = load_rule(collect="{wait: 1h}", until="{on: dataset.created, when: event.answers > trigger.count}")
    wrong = load_rule(collect="{wait: 1h}", until="{on: dataset.created, when: event.count > trigger.count}")
    assert good.said == []
    assert len(wrong.said) == 1 and "unknown field `event.count`" in wrong.said[0]


@pytest.mark.parametrize(
    ("keys", "keeps"),
    [
        ({"body": '"{{ task.text }}"'}, False),
        ({"body": '"{{ task.text }}"', "repeat": "1h"}, False),
        ({"body": '"{{ task.text }}"', "collect": "{wait: 1h}"}, True),
        ({"body": '"{{ task.text }}"', "remind_every": "1h", "until": "answer.saved"}, True),
        ({"body": '"{{ task.text }}"', "until": "answer.saved"}, False),
        ({"body": '"{{ task.text }}"', "until": "answer.saved", "escalate": "[{after: 1h, to: bob}]"}, True),
        ({"until": "answer.saved", "escalate": "[{after: 1h, to: bob}]"}, False),
        ({"until": "answer.saved", "escalate": "[{after: 1h, to: 'field:task.boss'}]"}, True),
        ({"resolve": "{on: answer.saved, title: '{{ trigger.task.text }} x'}"}, True),
        ({"until": "{on: answer.saved, when: 'event.task.text == trigger.task.text'}"}, True),
        ({"until": "{on: answer.saved, when: 'event.task.text == trigger.annotator'}"}, False),
    ],
    ids=str,
)
def test_the_task_is_kept_where_something_later_reads_it(load_rule, keys, keeps):
    """It may be large, and is content: not otherwise."""
    loaded = load_rule(configured=False, **keys)
    (rule,) = loaded.rules
    assert rule.keeps_task is keeps


def test_nothing_that_stops_a_step_is_a_warning(load_rule):
    """It may be meant all the same."""
    loaded = load_rule(escalate="[{after: 1h, to: bob}]")
    assert [line.split(": ", 1)[1][:33] for line in loaded.said] == ["warning: nothing stops this step:"]
    assert loaded.rules[0].escalate[0].until is None


def test_all_mistakes_of_all_steps_are_said_at_once(load_rule):
    """One bad step hides no other."""
    steps = "[{after: 1, to: bobb}, {after: 1h, too: bob}, 3]"
    said = load_rule(escalate=steps, until="answer.savd").said
    assert [line.split(": ", 1)[1][:15] for line in said] == [
        "the duration ha", "no person 'bobb", "`to` is missing", "unknown key `to", "expected a mapp", "no event type `"
    ]  # fmt: skip


def test_an_until_that_is_wrong_is_not_called_missing(load_rule):
    """One mistake is one problem."""
    for keys in ({"until": "{on: nothing.like}"}, {"resolve": "{on: nothing.like, title: over}"}):
        assert len(load_rule(escalate="[{after: 1h, to: bob}]", **keys).said) == 1
    assert len(load_rule(escalate="[{after: 1h, to: bob, until: nothing.like}, {after: 2h, to: bob}]").said) == 1
