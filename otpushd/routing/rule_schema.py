"""The JSON Schema of a rule file, for editors. Made of the models that read one."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from otpushd.files.duration import Duration
from otpushd.routing.rule_file import (
    CollectKeys,
    CounterpartKeys,
    EscalationKeys,
    ExpectKeys,
    FixtureKeys,
    GivenKeys,
    IntervalKeys,
    MuteKeys,
    Names,
    ResolveKeys,
    RuleKeys,
    RuleTestKeys,
    WhileKeys,
)


def _needing(*names: str) -> ConfigDict:
    return ConfigDict(json_schema_extra={"required": list(names)})


def _described(model: type[BaseModel], name: str) -> Any:
    """The field's description there, which a field of the same name that replaces it would lose."""
    return Field(None, description=model.model_fields[name].description)


class _Collect(CollectKeys):
    model_config = _needing("wait")


class _Intervals(IntervalKeys):
    model_config = _needing("first")


class _Counterpart(CounterpartKeys):
    model_config = _needing("on")


class _Escalation(EscalationKeys):
    model_config = _needing("after", "to")

    until: Names | _Counterpart | None = _described(EscalationKeys, "until")


class _Resolve(ResolveKeys):
    model_config = _needing("on", "title")


class _While(WhileKeys):
    model_config = _needing("on", "until")

    until: Names | _Counterpart | None = _described(WhileKeys, "until")


class _Mute(MuteKeys):
    model_config = _needing("rules", "while")

    during: _While | None = Field(None, alias="while", description=MuteKeys.model_fields["during"].description)


class _Rule(RuleKeys):
    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name", "on"],
            "anyOf": [{"required": ["to", "title"]}, {"required": ["action"]}],
        }
    )

    collect: _Collect | None = _described(RuleKeys, "collect")
    repeat: Duration | _Intervals | None = _described(RuleKeys, "repeat")
    remind_every: Duration | _Intervals | None = _described(RuleKeys, "remind_every")
    until: Names | _Counterpart | None = _described(RuleKeys, "until")
    escalate: list[_Escalation] | None = _described(RuleKeys, "escalate")
    resolve: _Resolve | None = _described(RuleKeys, "resolve")


class _Given(GivenKeys):
    """With the fields of the event's type."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"required": ["at"]})


class _Test(RuleTestKeys):
    model_config = ConfigDict(json_schema_extra={"required": ["name", "given"]})

    given: list[_Given] | None = None
    expect: list[ExpectKeys] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", title="Rules of otpushd")

    rules: list[_Rule]
    mute: list[_Mute] | None = Field(None, description="Rules held back while something is open.")
    tests: list[_Test] | None = None


def rule_file_schema(plan: type[BaseModel]) -> dict[str, Any]:
    """A schema of JSON Schema's draft 2020-12; `plan` is the shape of a plan, in fixtures too."""
    fixtures = create_model("Fixtures", __base__=FixtureKeys, plan=(plan, None))
    return create_model("File", __base__=_File, fixtures=(fixtures, None)).model_json_schema()
