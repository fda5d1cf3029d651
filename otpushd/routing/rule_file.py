"""The shape of a rule file, as people write it. Each key is optional here, so that one bad key hides no other."""

from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from otpushd.files.duration import Duration, parse_duration
from otpushd.files.problem import Severity
from otpushd.files.wording import got, mend
from otpushd.model.delivery import Priority

LATER_RULE_KEYS = MappingProxyType({"confirm": Severity.ERROR})
LATER_TYPES = frozenset({"delivery.failed"})
"""Types of product.md, section 6, that nothing makes yet; a catalogue that has them anyway goes first."""


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


def _until(value: Any) -> Any:
    if not isinstance(value, str | list | dict):
        raise ValueError(f"expected event types, or {{on: …, when: …}}, got {got(value)}")
    return value


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"expected a mapping, got {got(value)}")
    return value


def _collecting(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"expected a mapping, such as {{by: [dataset], wait: 30s}}, got {got(value)}")
    return value


def _pauses(value: Any) -> Any:
    return value if isinstance(value, dict) else parse_duration(value)


_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many), WithJsonSchema(_NAMES)]
Expression = Annotated[str, BeforeValidator(_expression)]
Inner = Annotated[Any, BeforeValidator(_mapping)]
"""A mapping that is read key by key where it is used."""
Matching = Annotated[dict[str, Any], BeforeValidator(_fields)]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Worded(_Written):
    """What a message says, and how it goes."""

    channel: Names | None = None
    priority: Priority | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None
    expires: Duration | None = None


class FileKeys(_Written):
    """Top level."""

    rules: list[Any] | None = None
    mute: list[Any] | None = None
    fixtures: dict[str, Any] | None = None
    tests: list[Any] | None = None


class QueueKeys(_Written):
    """Into which file, and which examples where the event names none."""

    file: str
    selection: str | None = None


class ActionKeys(_Written):
    """What is done beside telling people."""

    queue: QueueKeys


class CollectKeys(_Written):
    """Many events, one message."""

    by: Names | None = Field(None, description="One group for each value of these fields; without it one in all.")
    wait: Duration | None = Field(None, description="The message goes so long after the last event.")
    max_wait: Duration | None = Field(None, description="At most so long after the first; 10 times `wait` if absent.")
    at_least: int | None = Field(None, description="A group of fewer events sends nothing.")


class IntervalKeys(_Written):
    """Pauses that grow."""

    first: Duration | None = Field(None, description="The first pause.")
    factor: float | None = Field(None, description="Each pause is so many times the one before; 2 if absent.")
    max: Duration | None = Field(None, description="No pause is longer.")


class CounterpartKeys(_Written):
    """The later event that ends something."""

    on: Names | None = Field(None, description="Types of the event that ends it.")
    when: Expression | None = Field(None, description="A condition over `event.…`, that event, and `trigger.…`.")


class EscalationKeys(_Worded):
    """One step; what it leaves out is the rule's."""

    after: Duration | None = Field(None, description="So long after the rule's own message was first due.")
    until: Annotated[Any, BeforeValidator(_until)] | None = Field(
        None, description="What stops this step; if absent, what stops the step before, or ends the rule's cause."
    )
    to: Names | None = None


class ResolveKeys(_Worded):
    """The closing message, to those who got the first."""

    on: Names | None = Field(None, description="Types of the event that ends the cause.")
    when: Expression | None = Field(None, description="A condition over `event.…`, that event, and `trigger.…`.")


class WhileKeys(_Written):
    """What opens a mute, and what ends it."""

    on: Names | None = None
    datasets: Names | None = None
    match: Matching | None = None
    when: Expression | None = None
    until: Annotated[Any, BeforeValidator(_until)] | None = Field(None, description="What ends it.")


class MuteKeys(_Written):
    """Holds rules back while something is open."""

    name: str | None = Field(None, description="As `otpushd explain` calls it.")
    rules: Names | None = Field(None, description="Names of the rules held back, or globs.")
    during: Inner | None = Field(None, alias="while", description="While this is open.")


class RuleKeys(_Worded):
    """One rule."""

    name: str | None = None
    on: Names | None = None
    datasets: Names | None = None
    match: Matching | None = None
    when: Expression | None = None
    key: Names | None = Field(None, description="Fields that make two messages the same; `collect.by` if collected.")
    collect: Annotated[Any, BeforeValidator(_collecting)] | None = Field(None, description="Many events, one message.")
    repeat: Annotated[Any, BeforeValidator(_pauses)] | None = Field(
        None, description="The same message (rule, key, person) not again within."
    )
    remind_every: Annotated[Any, BeforeValidator(_pauses)] | None = Field(
        None, description="Sent again while the cause is open; needs `resolve` or `until`."
    )
    until: Annotated[Any, BeforeValidator(_until)] | None = Field(
        None, description="The event that ends the cause, without a message."
    )
    escalate: list[Any] | None = Field(None, description="Steps to further people while nothing ends it.")
    resolve: Inner | None = Field(None, description="One closing message when the cause ends.")
    to: Names | None = None
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
