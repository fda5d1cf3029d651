"""The JSON Schema of people.yaml, and the shapes of people in the fixtures of a rule file, for editors."""

from typing import Any, ClassVar

from pydantic import ConfigDict, Field

from otpushd.config.people import Id
from otpushd.config.plan_settings import Texts, Written
from otpushd.config.rotations import OverrideKeys, RotationKeys
from otpushd.config.wishes import WishKeys


class _Person(WishKeys):
    """One person; every further key is a channel's name, with the person's address there."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", title="Person")
    __pydantic_extra__: dict[str, str]

    name: str | None = None
    sessions: tuple[str, ...] = ()


class _FixturePerson(_Person):
    model_config: ClassVar[ConfigDict] = ConfigDict(title="Person")

    sessions: Texts = ()


class _Rotation(RotationKeys):
    model_config: ClassVar[ConfigDict] = ConfigDict(title="Rotation")

    overrides: tuple[OverrideKeys, ...] = ()


class _People(Written):
    """people.yaml."""

    model_config: ClassVar[ConfigDict] = ConfigDict(title="People of otpushd")

    people: dict[Id, _Person]
    groups: dict[Id, tuple[str, ...] | _Rotation] = Field(default_factory=dict)


class FixturePeople(Written):
    """The people and groups of a rule file's fixtures."""

    people: dict[str, _FixturePerson] | None = None
    groups: dict[str, tuple[str, ...] | _Rotation] | None = None


def people_schema() -> dict[str, Any]:
    """A schema of JSON Schema's draft 2020-12."""
    return _People.model_json_schema()
