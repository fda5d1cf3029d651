"""The JSON Schema of a rule file, for editors. Made of the models that read one."""

from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from otpushd.routing.rule_file import ExpectKeys, FixtureKeys, GivenKeys, RuleKeys, RuleTestKeys


class _Rule(RuleKeys):
    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name", "on"],
            "anyOf": [{"required": ["to", "title"]}, {"required": ["action"]}],
        }
    )


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
    tests: list[_Test] | None = None


def rule_file_schema(plan: type[BaseModel]) -> dict[str, Any]:
    """A schema of JSON Schema's draft 2020-12; `plan` is the shape of a plan, in fixtures too."""
    fixtures = create_model("Fixtures", __base__=FixtureKeys, plan=(plan, None))
    return create_model("File", __base__=_File, fixtures=(fixtures, None)).model_json_schema()
