"""Events and rules to notifications and faults."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from otpushd.model.delivery import Priority, notification_id
from otpushd.routing.route import Routed, Router


@pytest.fixture
def route(load_rule, people, event):
    """Routes an `answer.saved` through one rule."""

    def run(*, expose: tuple[str, ...] = (), changed: dict | None = None, **keys: str) -> Routed:
        loaded = load_rule(**keys)
        assert loaded.rules, loaded.said
        return Router(loaded.rules, people, ["push", "sms"], expose).route(event(**(changed or {})))

    return run


def test_a_matching_rule_makes_a_notification(route, event):
    """With everything that the store and the channel need."""
    routed = route(
        title='"{{ annotator }}: {{ answer }}"', body='"{{ recipient.name }}"', priority="high", expires="4h",
        link='"https://x/?s={{ recipient.session }}"',
    )  # fmt: skip
    (message,) = routed.notifications
    assert (message.title, message.body, message.link) == ("ann-m: reject", "Ann Meyer", "https://x/?s=ann-m")
    assert (message.rule, message.person, message.channels) == ("r", "ann", ("push", "sms"))
    assert (message.priority, message.dataset, message.event_type) == (Priority.HIGH, "contracts-a", "answer.saved")
    assert message.created_at == event().time
    assert message.expires_at == event().time + timedelta(hours=4)
    assert message.id == notification_id("r", "e1", "ann")
    assert not routed.faults


@pytest.mark.parametrize(
    "keys",
    [
        {"on": "dataset.created"},
        {"datasets": "[other-*, contracts-b]"},
        {"match": "{answer: accept}"},
        {"when": "score > 1"},
        {"when": "decided_at > time"},
        {"match": "{answer: reject}", "when": "flagged == false"},
    ],
    ids=str,
)
def test_an_event_that_does_not_match_leads_to_nothing(route, keys):
    """Neither message nor fault: a condition that cannot be decided does not match."""
    assert replace(route(**keys), missed=()) == Routed()


def test_rules_that_were_tried_are_told_from_those_that_cannot_match(route):
    """With whom those mean that match; what is about other types is not tried."""
    assert [rule.name for rule in route(when="score > 1").missed] == ["r"]
    assert route(on="dataset.created") == Routed()
    routed = route(to='[ann, "group:reviewers"]')
    assert (routed.met, routed.missed) == ((("r", ("ann", "bob")),), ())


def test_whoever_is_reached_twice_by_one_rule_gets_one_message(route):
    """As a person, in a group, and through a field."""
    routed = route(to='[ann, "group:reviewers", "field:annotator"]')
    assert [message.person for message in routed.notifications] == ["ann", "bob"]


def test_all_matching_rules_fire(load, people, event):
    """Each with its own message to the same person."""
    one = "{{name: {}, on: answer.saved, to: ann, title: t}}"
    loaded = load("rules:\n" + "".join(f"  - {one.format(name)}\n" for name in "ab"))
    routed = Router(loaded.rules, people, ["push"], []).route(event())
    assert [message.rule for message in routed.notifications] == ["a", "b"]


@pytest.mark.parametrize(
    ("channel", "person", "channels"),
    [(None, "bob", ("sms",)), ("[sms, push]", "ann", ("sms", "push")), ("push", "ann", ("push",))],
    ids=str,
)
def test_channels_are_those_with_an_address_in_the_rules_order(route, channel, person, channels):
    """Without `channel`, the configuration's order."""
    (message,) = route(to=person, **({"channel": channel} if channel else {})).notifications
    assert message.channels == channels


def test_a_person_without_address_is_a_fault_and_the_others_get_theirs(route, event):
    """Visible on that event alone."""
    routed = route(to="[ann, bob]", channel="push")
    assert [message.person for message in routed.notifications] == ["ann"]
    (fault,) = routed.faults
    assert (fault.person, fault.rule, fault.what) == ("bob", "r", "no address for push")
    assert (fault.event_id, fault.at) == ("e1", event().time)


def test_a_template_that_fails_is_a_fault_for_that_person(route):
    """Never an exception."""
    routed = route(title='"{{ decided_at + 1 }}"', to="[ann, bob]")
    assert not routed.notifications
    assert [fault.person for fault in routed.faults] == ["ann", "bob"]


def test_a_title_that_comes_out_empty_is_the_rules_name(route):
    """A phone shows something."""
    assert route(title='"{{ decided_at }}"').notifications[0].title == "r"


def test_only_exposed_content_leaves_with_the_event(route):
    """The CloudEvents form without `meta` and `task`, but for what `expose` names."""
    document = json.loads(route(expose=("meta.doc_id",)).notifications[0].event)
    assert document["data"]["meta"] == {"doc_id": "d-1"}
    assert "task" not in document["data"]
    assert (document["type"], document["subject"]) == ("answer.saved", "contracts-a")


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "\ud800", 2**200, {"a": object()}, [[[float("nan")]]], b"x", {1: "\udfff"}],
    ids=repr,
)
def test_odd_values_in_an_event_still_make_json(route, value):
    """NaN is null, lone surrogates are replaced: strict readers take it."""
    (message,) = route(changed={"odd": value}).notifications
    json.loads(message.event.decode(), parse_constant=lambda name: pytest.fail(name))


def test_routing_again_gives_the_same_messages(load_rule, people, event):
    """Replaying is harmless because the ids are the same."""
    router = Router(load_rule().rules, people, ["push"], [])
    assert router.route(event()) == router.route(event())
    assert router.route(event()) != router.route(replace(event(), id="e2"))
