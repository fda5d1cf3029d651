"""What a daemon tells of itself goes into the store and comes back, also from another version."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from otpushd.model.daemon_state import DaemonState, HeldChannel, Reloaded, SourceState, from_json, to_json

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAIN = DaemonState(7, "host", "0.1.0", NINE)
FULL = replace(
    PLAIN,
    rules=3,
    sources=(SourceState("main", NINE, None), SourceState("other", None, "no_such_file")),
    held=(HeldChannel("push", NINE, "401"),),
    reload=Reloaded(NINE, 2, ("a:1:1: x", "b:2:2: y"), ("sources",)),
)


@pytest.mark.parametrize("state", [pytest.param(PLAIN, id="plain"), pytest.param(FULL, id="full")])
def test_it_comes_back_as_it_was(state: DaemonState) -> None:
    assert from_json(to_json(state)) == state


def test_what_another_version_adds_is_left_out_and_what_it_lacks_has_its_default() -> None:
    text = json.dumps({**json.loads(to_json(PLAIN)), "more": 1})
    lacking = {name: one for name, one in json.loads(text).items() if name in ("pid", "host", "version", "started")}
    assert from_json(text) == from_json(json.dumps(lacking)) == PLAIN


def test_a_poll_alone_is_no_change_and_a_trouble_is() -> None:
    later = replace(FULL, sources=(SourceState("main", NINE.replace(hour=10)), FULL.sources[1]))
    assert later != FULL and later.steady == FULL.steady
    assert replace(FULL, sources=(SourceState("main"), FULL.sources[1])).steady != FULL.steady
    assert replace(FULL, sources=(SourceState("main", NINE, "locked"), FULL.sources[1])).steady != FULL.steady
