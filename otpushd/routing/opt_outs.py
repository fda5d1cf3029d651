"""`opt_out` of people beside the rules there are: a name that no rule has opts nobody out of anything."""

from collections.abc import Collection
from typing import Any

from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.glob import glob


def idle_opt_outs(document: YamlDocument, path: Steps, rules: Collection[str]) -> list[Problem]:
    """A warning for each name or glob in an `opt_out` under `path`, a mapping of people, that no rule's name matches.

    One for each name, not for each person.
    """
    found: dict[str, Problem] = {}
    people = document.at(path)
    for id, person in (people if isinstance(people, dict) else {}).items():
        written = person.get("opt_out") if isinstance(person, dict) else None
        at: Steps = (*path, id, "opt_out")
        entries: list[Any] = written if isinstance(written, list) else [written]
        for number, name in enumerate(entries):
            if not isinstance(name, str) or not name or name in found or any(map(glob(name), rules)):
                continue
            text = f"no rule is called {name!r}, so that this opts out of nothing{did_you_mean(name, rules)}"
            place = (*at, number) if isinstance(written, list) else at
            found[name] = document.problem(place, text, severity=Severity.WARNING)
    return list(found.values())


def rule_names(document: YamlDocument) -> list[str]:
    """The names of all rules in a rule file, also of those that are wrong."""
    rules = document.at(("rules",))
    named = (rule.get("name") for rule in (rules if isinstance(rules, list) else []) if isinstance(rule, dict))
    return [name for name in named if isinstance(name, str)]
