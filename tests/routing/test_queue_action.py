"""`action: {queue: …}`: how it is written, which file it means, and which examples of an event."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from otpushd.model.event import Event
from otpushd.model.people import People
from otpushd.model.queue import Order
from otpushd.routing.route import Routed, Router
from otpushd.routing.show import in_file

LoadRule = Callable[..., SimpleNamespace]
ACTION = '{queue: {file: "relabel/{{ dataset }}.jsonl"}}'


@pytest.fixture
def route(load_rule: LoadRule, people: People) -> Callable[..., Routed]:
    """What one rule with an action makes of an event; its keys may be changed."""

    def run(event: Event, **keys: str | None) -> Routed:
        loaded = load_rule(**{"to": None, "title": None, "action": ACTION, **keys})
        assert loaded.said == []
        return Router(loaded.rules, people, ["push"], []).route(event)

    return run


def order(routed: Routed) -> Order:
    assert routed.faults == ()
    (found,) = routed.orders
    return found


def test_a_rule_may_queue_without_telling_anybody(route: Callable[..., Routed], event: Callable[..., Event]) -> None:
    routed = route(event(input_hash=-5))
    found = order(routed)
    assert routed.notifications == ()
    assert (found.queue, found.dataset, found.examples, found.input) == (
        "relabel/contracts-a.jsonl",
        "contracts-a",
        (12,),
        -5,
    )
    assert (found.reason, found.content, found.selection) == ("r: answer.saved", None, None)


def test_a_rule_may_tell_and_queue_and_its_title_is_the_reason(
    route: Callable[..., Routed], event: Callable[..., Event]
) -> None:
    routed = route(event(), to="ann", title='"{{ annotator }} rejected"')
    assert [one.person for one in routed.notifications] == ["ann"]
    assert order(routed).reason == "r: ann-m rejected"


def test_a_title_that_differs_from_person_to_person_is_no_reason(
    route: Callable[..., Routed], event: Callable[..., Event]
) -> None:
    assert order(route(event(), to="ann", title='"{{ recipient.name }}"')).reason == "r: answer.saved"


def test_a_task_that_is_in_no_database_is_queued_as_it_is(
    route: Callable[..., Routed], event: Callable[..., Event]
) -> None:
    found = order(route(event(example=None, input_hash=9, task=b'{"text": 1}')))
    assert (found.content, found.input, found.examples) == (b'{"text": 1}', 9, ())


def test_where_the_event_names_none_the_rules_selection_is_meant(
    route: Callable[..., Routed], event: Callable[..., Event]
) -> None:
    action = "{queue: {file: q.jsonl, selection: lowest 5 scores}}"
    assert order(route(event(example=None, task=None), action=action)).selection == "lowest 5 scores"
    assert order(route(event(), action=action)).selection is None
    assert [fault.what for fault in route(event(example=None, task=None)).faults] == [
        "queue: the event names no examples"
    ]


def test_the_same_event_gives_the_same_order(route: Callable[..., Routed], event: Callable[..., Event]) -> None:
    assert order(route(event())) == order(route(event()))


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("{}", "queue"),
        ("{queue: {}}", "file"),
        ("{queue: news.jsonl}", "expected a mapping"),
        ("{webhook: x}", "webhook"),
        ("{queue: {file: a.jsonl, format: csv}}", "format"),
        ('{queue: {file: "a/"}}', "names no file"),
        ('{queue: {file: ""}}', "names no file"),
        ('{queue: {file: "{{ datset }}.jsonl"}}', "did you mean 'dataset'"),
        ('{queue: {file: "{{ recipient.id }}.jsonl"}}', "the same for everybody"),
        ('{queue: {file: "{{ task.text }}.jsonl"}}', "is content"),
        ("{queue: {file: a.jsonl, selection: the worst}}", "not a selection"),
    ],
)
def test_what_is_wrong_with_an_action_is_said(load_rule: LoadRule, action: str, said: str) -> None:
    loaded = load_rule(action=action)
    assert said in " ".join(loaded.said)
    assert loaded.rules == []


def test_events_that_name_no_examples_need_a_selection(load_rule: LoadRule) -> None:
    loaded = load_rule(on="dataset.created", action=ACTION)
    assert "these events name no examples" in loaded.said[0]
    assert load_rule(on="dataset.created", action="{queue: {file: q, selection: last 9 answers}}").said == []


def test_a_rule_does_something(load_rule: LoadRule) -> None:
    assert "`to` is missing, or an `action`" in load_rule(to=None).said[0]
    assert "`title` is missing" in load_rule(title=None).said[0]
    assert load_rule(title=None, to=None, action=ACTION).said == []


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("contracts-a", "contracts-a"),
        ("Übung 3 (neu)", "Übung 3 (neu)"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("a\x00\nb\\c", "a%00%0Ab%5Cc"),
        ("", "_"),
        (None, "_"),
    ],
)
def test_a_value_is_one_part_of_a_files_name_and_never_leads_elsewhere(value: Any, part: str) -> None:
    assert in_file(value) == part


def test_long_names_are_cut_and_stay_different() -> None:
    one, other = in_file("ä" * 500 + "1"), in_file("ä" * 500 + "2")
    assert one != other
    assert max(len(one.encode()), len(other.encode())) <= 200


def test_a_name_in_a_folders_place_stays_below_it(route: Callable[..., Routed], event: Callable[..., Event]) -> None:
    action = json.dumps({"queue": {"file": "q/{{ dataset }}/{{ annotator }}.jsonl"}})
    assert order(route(event(dataset="..", annotator=None), action=action)).queue == "q/%2E./_.jsonl"
