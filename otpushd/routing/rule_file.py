"""The shape of a rule file, as people write it. Each key is optional here, so that one bad key hides no other."""

from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from otpushd.files.duration import Duration
from otpushd.files.problem import Severity
from otpushd.files.wording import got, mend
from otpushd.model.delivery import Priority

LATER_FILE_KEYS = MappingProxyType({"mute": Severity.ERROR})
LATER_RULE_KEYS = MappingProxyType(
    dict.fromkeys(
        ("collect", "repeat", "key", "remind_every", "escalate", "resolve", "confirm", "mute"), Severity.ERROR
    )
)
LATER_TYPES = frozenset(
    {
        "task.assigned", "input.disagreement", "input.settled", "progress.milestone", "dataset.completed",
        "monitor.triggered", "monitor.recovered", "annotator.idle", "dataset.stalled", "batch.incomplete",
        "integrity.problem", "import.failed", "deadline.approaching", "deadline.missed", "deadline.met", "review.due",
        "review.overdue", "delivery.failed", "relabel.completed", "model.drift", "model.errors",
        "model.low_confidence",
    }
)  # fmt: skip
"""Types of product.md, section 6, that no detector makes yet; a catalogue that has them anyway goes first."""


def _one_or_many(value: Any) -> Any:
    if not isinstance(value, str | list):
        wanted = "a text or a list of texts"
        raise ValueError(f"expected {wanted}, got {got(value)}{mend(wanted, value)}")
    return value if isinstance(value, list) else [value]


def _fields(value: Any) -> Any:
    if not isinstance(value, dict):
        mending = "; an expression belongs into `when`" if isinstance(value, str) else ""
        raise ValueError(f"expected fields and values, such as {{answer: reject}}, got {got(value)}{mending}")
    return value


def _expression(value: Any) -> Any:
    if isinstance(value, dict):
        raise ValueError("expected an expression, got a mapping; fields and values belong into `match`")
    return value


_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many), WithJsonSchema(_NAMES)]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileKeys(_Written):
    """Top level."""

    rules: list[Any] | None = None
    fixtures: dict[str, Any] | None = None
    tests: list[Any] | None = None


class QueueKeys(_Written):
    """Into which file, and which examples where the event names none."""

    file: str
    selection: str | None = None


class ActionKeys(_Written):
    """What is done beside telling people."""

    queue: QueueKeys


class RuleKeys(_Written):
    """One rule."""

    name: str | None = None
    on: Names | None = None
    datasets: Names | None = None
    match: Annotated[dict[str, Any], BeforeValidator(_fields)] | None = None
    when: Annotated[str, BeforeValidator(_expression)] | None = None
    to: Names | None = None
    channel: Names | None = None
    priority: Priority | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None
    expires: Duration | None = None
    action: ActionKeys | None = None


class FixtureKeys(_Written):
    """The people of a file's tests."""

    people: dict[str, dict[str, Any]] | None = None
    groups: dict[str, Any] | None = None


class RuleTestKeys(_Written):
    """One test."""

    name: str | None = None
    given: list[Any] | None = None
    expect: list[Any] | None = None
    until: str | None = None


class GivenKeys(_Written):
    """One event of a test, without the fields of its type."""

    at: str | None = None
    on: str | None = None
    dataset: str | None = None
    times: int | None = None


class ExpectKeys(_Written):
    """One message that a test expects."""

    at: str | None = None
    to: str | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None
    priority: Priority | None = None
    rule: str | None = None
    channel: str | None = None
