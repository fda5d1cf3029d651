"""When memory is needed, and what has to be loaded of it."""

from typing import Any

import pytest

from otpushd.model.people import Person
from otpushd.model.rate import Rate
from otpushd.pacing.pacing import Pacing
from otpushd.pacing.telling import key_of
from tests.pacing.world import MINUTE, NIGHT, Tell, event, person

MUTE = """mute: [{name: m, rules: r, while: {on: outage.started, datasets: o-*,
    match: {thing: a}, until: outage.ended}}]
rules: [{name: r, on: thing.opened, to: ann, title: t}]
"""


@pytest.mark.parametrize(
    ("others", "keys", "kind", "needed"),
    [
        pytest.param([], {}, "thing.opened", False, id="a plain message"),
        pytest.param([], {"repeat": "1h"}, "thing.opened", True, id="a rule that remembers"),
        pytest.param([], {"until": "thing.closed"}, "thing.closed", True, id="an event that is waited for"),
        pytest.param([person("ann", NIGHT)], {}, "thing.opened", True, id="quiet hours"),
        pytest.param([person("bob", rates=[Rate(1, MINUTE)])], {}, "thing.opened", True, id="a rate"),
        pytest.param([person("ann", NIGHT)], {}, "thing.closed", False, id="nothing is said"),
        pytest.param([], {"text": MUTE}, "outage.started", True, id="what mutes"),
        pytest.param([], {"text": MUTE}, "outage.ended", True, id="what ends that"),
        pytest.param([], {"text": MUTE}, "thing.opened", True, id="what may be muted"),
    ],
)
def test_when_memory_is_needed(tell: Tell, others: list[Person], keys: dict[str, str], kind: str, needed: bool) -> None:
    router = tell(*others, **keys).router
    one = event("1", kind=kind)

    assert Pacing(router.book).concerns(one, router.route(one)) is needed


def test_what_is_wanted_is_what_may_be_touched(tell: Tell) -> None:
    router = tell(collect="{by: [thing], wait: 1m}", until="thing.closed").router
    pacing, some = Pacing(router.book), [event("1"), event("2", kind="thing.closed")]

    wanted = pacing.wanted([(one, router.route(one)) for one in some])

    assert wanted.keys == {("r", key_of(router.book.rules["r"], some[0]))}
    [listener] = pacing.listeners["thing.closed"]
    assert wanted.waits == {(listener.name, listener.heard_under(some[1]))}


@pytest.mark.parametrize(
    ("began", "opens"),
    [
        pytest.param({"dataset": "o-1"}, True, id="about it"),
        pytest.param({"dataset": "d"}, False, id="another dataset"),
        pytest.param({"dataset": None}, False, id="no dataset"),
        pytest.param({"dataset": "o-1", "thing": "b"}, False, id="other values"),
    ],
)
def test_what_opens_a_mute(tell: Tell, began: dict[str, Any], opens: bool) -> None:
    told = tell(text=MUTE).play(event("1", kind="outage.started", **began), until=1)

    assert told.cases.is_open("mute m") is opens


@pytest.mark.parametrize(
    ("keys", "same"),
    [
        pytest.param({"repeat": "1h"}, False, id="each event is its own"),
        pytest.param({"repeat": "1h", "key": "[dataset]"}, True, id="the same key"),
        pytest.param({"repeat": "1h", "key": "[dataset, thing]"}, False, id="another"),
        pytest.param({"collect": "{wait: 1h}"}, True, id="collected without a key"),
    ],
)
def test_what_makes_messages_the_same(tell: Tell, keys: dict[str, str], same: bool) -> None:
    rule = tell(**keys).router.book.rules["r"]

    assert (key_of(rule, event("1")) == key_of(rule, event("2", thing="b"))) is same
