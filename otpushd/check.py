"""Reading everything that people wrote, configuration, people and rules, and collecting all that is wrong with any of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from otpushd.config.load import Config, find_rules, load_config
from otpushd.config.place import Place
from otpushd.detect.catalogue import CATALOGUE
from otpushd.files.problem import Problem, Severity, has_errors
from otpushd.files.yaml_document import read_yaml
from otpushd.push import opentext_push
from otpushd.routing.load import RuleFile, load_rules
from otpushd.routing.route import Router

CHANNEL_KINDS = MappingProxyType({"opentext-push": opentext_push.OpentextPushSettings})


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files say: a configuration and compiled rules, None or empty where they are wrong, and all problems."""

    config: Config | None
    rule_files: tuple[RuleFile, ...]
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        """Whether nothing but warnings was found."""
        return not has_errors(self.problems)


def check(
    path: Path | None,
    environ: Mapping[str, str],
    rule_paths: Sequence[Path] | None = None,
    unreadable_secret: Severity = Severity.ERROR,
) -> Checked:
    """Read it all. `rule_paths` replaces the configuration's rules; with it, `path` may be None.

    What only a configuration can know is a warning without one. `unreadable_secret` is how bad a secret is that cannot be
    read: fatal to the daemon, but a dry run need not be allowed to read it.
    """
    if path is None:
        files, found = load_rules(rule_paths or (), catalogue=CATALOGUE, people=None, channels=None, expose=None)
        return Checked(None, files, tuple(found))
    config, problems = load_config(path, environ, CHANNEL_KINDS)
    if config is None:
        return Checked(None, (), (*problems, *_rule_errors(path, environ, rule_paths)))
    files, found = load_rules(
        rule_paths or config.rule_paths,
        catalogue={**config.declared, **CATALOGUE},
        people=config.people,
        channels=tuple(config.channels),
        expose=config.expose,
    )
    return Checked(config, files, (*problems, *_beyond(config, environ, unreadable_secret), *found))


def router_for(config: Config, rule_files: Sequence[RuleFile]) -> Router:
    """The router over all rules of a configuration."""
    rules = [rule for file in rule_files for rule in file.rules]
    return Router(rules, config.people, tuple(config.channels), config.expose)


def _beyond(config: Config, environ: Mapping[str, str], unreadable_secret: Severity) -> list[Problem]:
    """What the configuration's own models cannot know: built-in types, and whether each channel could send."""
    document = config.document
    problems = [
        document.problem(("events", name), f"the type '{name}' is built in; choose another name", key=True)
        for name in sorted(config.declared.keys() & CATALOGUE.keys())
    ]
    for name, settings in config.channels.items():
        place = ("channels", name)
        texts = opentext_push.problems(settings, config.folder, environ)
        problems += [document.problem(place, text, key=True) for text in texts]
        if text := opentext_push.secret_problem(settings, config.folder, environ):
            problems.append(document.problem((*place, "auth"), text, key=True, severity=unreadable_secret))
    return problems


def _rule_errors(path: Path, environ: Mapping[str, str], rule_paths: Sequence[Path] | None) -> list[Problem]:
    """The rules' own errors, for a configuration that is itself wrong: all at once means these as well."""
    document, _ = read_yaml(path)
    if rule_paths is None and document is not None:
        rule_paths, _ = find_rules(document, Place(path, environ))
    found = load_rules(rule_paths or (), catalogue=CATALOGUE, people=None, channels=None, expose=None)[1]
    declared = document.at(("events",)) if document is not None else None
    return [problem for problem in found if problem.severity is Severity.ERROR] if not declared else []
