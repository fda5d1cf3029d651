"""Reads everything that people wrote, configuration, people and rules, and collects all that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from otpushd.config.load import Config, Draft, read_config
from otpushd.config.plan import PlanAround, read_plan
from otpushd.config.team import read_team
from otpushd.derive.catalogue import CATALOGUE
from otpushd.files.problem import Problem, Severity, has_errors
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.push import opentext_push
from otpushd.routing.load import RuleFile, load_rules
from otpushd.routing.opt_outs import idle_opt_outs, rule_names
from otpushd.routing.route import Router

CHANNEL_KINDS = MappingProxyType({"opentext-push": opentext_push.OpentextPushSettings})


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules' tests may lean on beside their own fixtures; less where a configuration is wrong or absent."""

    people: People | None = None
    channels: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files say: a configuration, None where it is absent or wrong, the rule files, and all problems."""

    config: Config | None
    rule_files: tuple[RuleFile, ...]
    problems: tuple[Problem, ...]
    known: Known = field(default_factory=Known)

    @property
    def good(self) -> bool:
        """Whether nothing but warnings was found."""
        return not has_errors(self.problems)


def check(
    path: Path | None,
    environ: Mapping[str, str],
    rule_paths: Sequence[Path] | None = None,
    unreadable_secret: Severity = Severity.ERROR,
    now: datetime | None = None,
) -> Checked:
    """Read it all. `rule_paths` replaces the configuration's rules; with it, `path` may be None.

    What only a configuration can know is a warning without one. One that is wrong still says which names there are, so
    that the rules' own errors are reported beside its own. `unreadable_secret` is how bad a secret is that cannot be
    read: fatal to the daemon, but a dry run need not be allowed to read it. What the plan has due before `now` is a
    warning.
    """
    if path is None:
        files, found = load_rules(
            rule_paths or (),
            catalogue=CATALOGUE,
            people=None,
            channels=None,
            expose=None,
            read_plan=fixture_plan,
            read_team=fixture_team,
        )
        return Checked(None, files, tuple(found))
    draft, problems = read_config(path, environ, CHANNEL_KINDS, now)
    files, found = load_rules(
        rule_paths or draft.rule_paths,
        catalogue={**(draft.declared or {}), **CATALOGUE},
        people=draft.people,
        channels=draft.channel_names,
        expose=draft.expose,
        plan=draft.plan,
        read_plan=fixture_plan,
        read_team=fixture_team,
    )
    if rule_paths is None and draft.people_document is not None:
        names = [name for file in files for name in rule_names(file.document)]
        problems += idle_opt_outs(draft.people_document, ("people",), names)
    problems += _beyond(draft, path.absolute().parent, environ, unreadable_secret)
    known = Known(draft.people, draft.channel_names or (), draft.expose or (), draft.plan)
    if draft.config is None:
        doubtful = {file.document.file for file in files if draft.declared is None and _names_other_types(file)}
        found = [one for one in found if one.severity is Severity.ERROR and one.file not in doubtful]
    return Checked(draft.config, files, (*problems, *found), known)


def fixture_plan(document: YamlDocument, path: Steps, people: People, folder: Path) -> tuple[Plan, list[Problem]]:
    """The plan in the fixtures of a rule file. Its tests move time themselves, so that nothing there is too late."""
    return read_plan(document, path, PlanAround(people, UTC, folder))


def fixture_team(document: YamlDocument, path: Steps) -> tuple[People, list[Problem]]:
    """The people in the fixtures of a rule file. As its plan, they have clocks in UTC unless they say otherwise."""
    return read_team(document, path, UTC)


def _names_other_types(file: RuleFile) -> bool:
    """Whether it names an event type that is not built in: it may be declared where that cannot be read."""
    written = [file.document.at((key,)) for key in ("rules", "mute")]
    return any(name not in CATALOGUE for name in _types_named(written))


def _types_named(written: Any) -> Iterator[str]:
    """What stands anywhere below as an event type: `on`, and `until` where it is no mapping."""
    if isinstance(written, list):
        for one in written:
            yield from _types_named(one)
    elif isinstance(written, dict):
        for key, value in written.items():
            named = value if isinstance(value, list) else [value]
            if key in ("on", "until"):
                yield from (name for name in named if isinstance(name, str))
            yield from _types_named(value)


def router_for(config: Config, rule_files: Sequence[RuleFile]) -> Router:
    """The router over all rules of a configuration."""
    rules = [rule for file in rule_files for rule in file.rules]
    mutes = [mute for file in rule_files for mute in file.mutes]
    return Router(rules, config.people, tuple(config.channels), config.expose, config.plan, mutes, config.rates)


def _beyond(draft: Draft, folder: Path, environ: Mapping[str, str], unreadable_secret: Severity) -> list[Problem]:
    """What the configuration's own models cannot know: built-in types, and whether each channel could send."""
    document = draft.document
    if document is None:
        return []
    problems = [
        document.problem(("events", name), f"the type '{name}' is built in; choose another name", key=True)
        for name in sorted((draft.declared or {}).keys() & CATALOGUE.keys())
    ]
    for name, settings in draft.channels.items():
        place = ("channels", name)
        texts = opentext_push.problems(settings, folder, environ)
        problems += [document.problem(place, text, key=True) for text in texts]
        if text := opentext_push.secret_problem(settings, folder, environ):
            problems.append(document.problem((*place, "auth"), text, key=True, severity=unreadable_secret))
    return problems
