"""What people wish and who takes turns, at a place of a document: in people.yaml and in the fixtures of rule files."""

from datetime import datetime, tzinfo
from typing import Any

from otpushd.config.rotations import read_rotation
from otpushd.config.wishes import read_wishes
from otpushd.files.problem import Problem
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.people import Group, People, Person


def read_team(
    document: YamlDocument, path: Steps, zone: tzinfo, now: datetime | None = None
) -> tuple[People, list[Problem]]:
    """Everyone under `people` with nothing but wishes, the groups that are rotations, and what is wrong with both.

    `path` is the mapping with `people` and `groups`; `zone` that of times and people who name none. What has not begun
    at `now`, aware UTC, is warned of, nothing is without it. Names, addresses and other groups are not looked at.
    """
    people: dict[str, Person] = {}
    groups: dict[str, Group] = {}
    problems: list[Problem] = []
    for id in _mapping(document.at((*path, "people"))):
        people[id], wrong = read_wishes(document, (*path, "people", id), id, zone)
        problems += wrong
    for name, written in _mapping(document.at((*path, "groups"))).items():
        if isinstance(written, dict):
            groups[name], wrong = read_rotation(document, (*path, "groups", name), people.keys(), zone, now)
            problems += wrong
    return People(people, groups), problems


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
