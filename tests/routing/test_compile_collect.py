"""`key`, `collect`, `repeat` and `remind_every`: what a rule file says, as a Rule has it."""

from datetime import timedelta

import pytest

from otpushd.model.intervals import Intervals
from otpushd.routing.rule import Collect

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "collect", "key"),
    [
        ("{wait: 1m}", Collect(MINUTE, 10 * MINUTE, 1), ()),
        ("{by: [], wait: 1m}", Collect(MINUTE, 10 * MINUTE, 1), ()),
        ("{by: dataset, wait: 1m, max_wait: 1m}", Collect(MINUTE, MINUTE, 1), (("dataset",),)),
        (
            "{by: [dataset, meta.doc_id, dataset], wait: 1m, max_wait: 1h, at_least: 5}",
            Collect(MINUTE, HOUR, 5),
            (("dataset",), ("meta", "doc_id")),
        ),
    ],
    ids=str,
)
def test_events_are_collected_by_the_fields_named_and_none_make_one_group(load_rule, written, collect, key):
    """`max_wait` is ten times `wait` unless given."""
    (rule,) = load_rule(collect=written).rules
    assert (rule.collect, rule.key) == (collect, key)


def test_a_key_without_collect_tells_messages_apart(load_rule):
    """Without one each event is its own, and nothing is collected either way."""
    (keyed,) = load_rule(key="[dataset, annotator]", repeat="1h").rules
    (plain,) = load_rule(repeat="1h").rules
    assert (keyed.collect, keyed.key) == (None, (("dataset",), ("annotator",)))
    assert (plain.collect, plain.key) == (None, ())


@pytest.mark.parametrize(
    ("written", "intervals"),
    [
        ("1h", Intervals(HOUR)),
        ("{first: 1h}", Intervals(HOUR, 2.0)),
        ("{first: 1h, factor: 1.5, max: 2h}", Intervals(HOUR, 1.5, 2 * HOUR)),
        ("{first: 1h, factor: 1}", Intervals(HOUR, 1.0)),
    ],
    ids=str,
)
def test_pauses_are_all_alike_or_grow(load_rule, written, intervals):
    """Twofold unless said."""
    (rule,) = load_rule(repeat=written, remind_every=written, until="answer.saved").rules
    assert rule.repeat == rule.remind_every == intervals


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"repeat": "0s"}, "`repeat` must be more than nothing"),
        ({"repeat": "{first: 0s}"}, "`first` must be more than nothing"),
        ({"remind_every": "1h"}, "`remind_every` never ends: write `until`"),
        ({"collect": "{wait: 1h, by: [score.x]}"}, "`score` has no parts; write `score` alone"),
        ({"collect": "{wait: 1h}", "to": None, "action": "{queue: {file: x}}"}, "`collect` is about messages, and"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(load_rule, keys, said):
    """One mistake is one problem."""
    loaded = load_rule(**keys)
    assert [line.split(": ", 1)[1].startswith(said) for line in loaded.said] == [True]
    assert not loaded.rules


def test_a_field_that_is_hidden_by_one_of_a_group_is_a_warning(load_rule):
    """A declared type may have any names."""
    loaded = load_rule(on="contract.signed", collect="{wait: 1h}")
    hidden = load_rule(on="group.closed", collect="{wait: 1h}")
    assert loaded.said == []
    assert [line.split(": ", 1)[1][:50] for line in hidden.said] == [
        "warning: the events have a field `count`, which is"
    ]
