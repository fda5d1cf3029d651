"""What a silence holds back, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otpushd.model.delivery import Priority
from otpushd.model.silence import Phase, Scope, Silence

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
SILENCE = Silence("3fa90c", Scope(), NINE, NINE + HOUR, "ann", "why", NINE - HOUR)
LIFTED = replace(SILENCE, ends=NINE + HOUR / 2, lifted_at=NINE + HOUR / 2, lifted_by="bob")


def held(scope: Scope, dataset: str | None = "contracts-a") -> bool:
    """Whether a message of the rule `late`, to ann, from `deadline.missed`, of high priority is held back."""
    silence = replace(SILENCE, scope=scope)
    return silence.silences("late", dataset, "ann", "deadline.missed", Priority.HIGH, NINE)


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({}, id="everything"),
        pytest.param({"rule": "late"}, id="rule"),
        pytest.param({"rule": "l*"}, id="rules by glob"),
        pytest.param({"dataset": "contracts-?"}, id="datasets"),
        pytest.param({"person": "ann"}, id="person"),
        pytest.param({"type": "deadline.*"}, id="types"),
        pytest.param({"priorities": frozenset({Priority.LOW, Priority.HIGH})}, id="one of the priorities"),
        pytest.param({"rule": "late", "dataset": "contracts-a", "person": "ann", "type": "*"}, id="all of it"),
    ],
)
def test_what_is_named_is_held_back(named: dict[str, Any]) -> None:
    assert held(Scope(**named))


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"rule": "later"}, id="rule"),
        pytest.param({"rule": "Late"}, id="letter case"),
        pytest.param({"dataset": "contracts"}, id="dataset"),
        pytest.param({"person": "an*"}, id="a person is no glob"),
        pytest.param({"type": "deadline"}, id="type"),
        pytest.param({"priorities": frozenset({Priority.CRITICAL})}, id="priority"),
        pytest.param({"rule": "late", "person": "bob"}, id="only part of it"),
    ],
)
def test_all_that_is_named_has_to_hold(named: dict[str, Any]) -> None:
    assert not held(Scope(**named))


def test_a_glob_of_datasets_is_about_messages_with_a_dataset() -> None:
    assert held(Scope(), dataset=None)
    assert not held(Scope(dataset="*"), dataset=None)


def test_a_name_that_is_its_own_pattern_is_meant_too() -> None:
    assert held(Scope(dataset="a[1]"), dataset="a[1]")
    assert held(Scope(dataset="a[1]"), dataset="a1")


@pytest.mark.parametrize(
    ("silence", "now", "phase"),
    [
        pytest.param(SILENCE, NINE - INSTANT, Phase.TO_COME, id="before"),
        pytest.param(SILENCE, NINE, Phase.IN_FORCE, id="from its start on"),
        pytest.param(SILENCE, NINE + HOUR - INSTANT, Phase.IN_FORCE, id="until just before its end"),
        pytest.param(SILENCE, NINE + HOUR, Phase.ENDED, id="not at its end"),
        pytest.param(LIFTED, NINE + HOUR / 2 - INSTANT, Phase.IN_FORCE, id="until it was lifted"),
        pytest.param(LIFTED, NINE + HOUR / 2, Phase.LIFTED, id="lifted"),
        pytest.param(replace(LIFTED, ends=NINE - HOUR, lifted_at=NINE - HOUR), NINE, Phase.LIFTED, id="lifted before"),
    ],
)
def test_it_holds_back_only_while_it_is_in_force(silence: Silence, now: datetime, phase: Phase) -> None:
    assert silence.phase(now) is phase
    holds = silence.silences("r", None, "p", "t", Priority.LOW, now)
    assert holds == (phase is Phase.IN_FORCE)
