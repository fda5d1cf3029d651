"""What may be handed in, and how a refusal reads."""

import pytest

from otpushd.derive.catalogue import CATALOGUE
from otpushd.derive.signals import ALLOWED, known_signal, read_signal
from otpushd.model.event import EventType, Field, Kind

SIGNED = EventType("contract.signed", {"customer": Field(Kind.STRING), "at": Field(Kind.INSTANT)})
DECLARED = {"contract.signed": SIGNED, "answer.saved": EventType("answer.saved", {})}


@pytest.mark.parametrize("name", [*ALLOWED, "contract.signed"])
def test_signals_and_declared_types_may_be_handed_in(name: str) -> None:
    assert known_signal(name, CATALOGUE, DECLARED).name == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("answer.saved", "reserved"),
        ("relabel.completed", "reserved"),
        ("model.drit", "did you mean 'model.drift'"),
        ("contract.sined", "did you mean 'contract.signed'"),
        ("x", "`events:`"),
    ],
)
def test_nothing_else_may(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        known_signal(name, CATALOGUE, DECLARED)


def test_fields_come_as_events_hold_them() -> None:
    data, wrong = read_signal(CATALOGUE["model.errors"], '{"value": 1, "examples": [12, "-5"], "model": null}')
    assert (data, wrong) == ({"value": 1, "examples": ["12", "-5"], "model": None}, [])
    data, wrong = read_signal(SIGNED, '{"customer": "Ä", "at": "2026-03-02T10:00+01:00"}')
    assert (data["at"].isoformat(), wrong) == ("2026-03-02T09:00:00+00:00", [])


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("{value: 1}", ["no JSON: expecting property name enclosed in double quotes at line 1, column 2"]),
        ("", ["no JSON"]),
        ("[1]", ["JSON object"]),
        ('{"value": NaN}', ["NaN is no JSON"]),
        ('{"value": 1e999}', ["1e999 is larger than any number"]),
        ("[" * 100_000, ["no JSON"]),
        ('{"valu": 1, "value": "1", "bound": true}', ["did you mean 'value'", "`value` is a number", "`bound` is a"]),
        ('{"selection": "the worst"}', ["not a selection; write `lowest 50 scores`"]),
        ('{"selection": 50}', ["`selection` is a text"]),
        ('{"examples": ["a"]}', ["`examples`: an example is named by its id"]),
    ],
)
def test_everything_wrong_is_said_at_once(text: str, reasons: list[str]) -> None:
    _, wrong = read_signal(CATALOGUE["model.drift"], text)
    assert len(wrong) == len(reasons)
    assert all(reason in one for reason, one in zip(reasons, wrong, strict=True)), wrong
