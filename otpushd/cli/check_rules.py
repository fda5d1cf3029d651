"""`otpushd check-rules`: the dry run. It sends nothing and writes nothing."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otpushd.cli.config_path import config_option, demand_config, find_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from otpushd.check import Checked
    from otpushd.config.load import SourceLocation
    from otpushd.files.problem import Problem
    from otpushd.model.event import Event
    from otpushd.rehearse.history import Span
    from otpushd.rehearse.rule_tests import Ran

EPILOG = """\b
Examples:
  otpushd check-rules rules/              the rules by themselves, with their own fixtures
  otpushd check-rules --config otpushd.yaml --history all
                                          everything, on all of the team's own history
"""
LONG_REPLAY = 10_000
"""Link ids; from here on a replay shows how far it is."""


@click.command(epilog=EPILOG)
@config_option
@click.option(
    "--history",
    default="30d",
    show_default=True,
    metavar="30d|all|N",
    help="How much history to rehearse on: a duration, all, or the last N answers. 0 leaves it out.",
)
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
def command(config: Path | None, history: str, strict: bool, paths: tuple[Path, ...]) -> None:
    """Check configuration, people and rules, run the rules' tests, and rehearse the rules on the team's own history.

    PATH (rule files or folders) replaces the configuration's rules; then no configuration is needed.
    Prints every problem at once. Sends nothing and writes nothing. Exit: 0 good, 1 problems found, 2 cannot run.
    """
    import os
    from datetime import UTC, datetime

    from otpushd.check import check
    from otpushd.files.problem import Severity
    from otpushd.rehearse.history import parse_span
    from otpushd.rehearse.rule_tests import run_tests

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a title that the terminal cannot show is no reason to stop
    find = find_config if paths else demand_config
    path = find(config, os.environ, Path.cwd())
    try:
        span = parse_span(history)
    except ValueError as error:
        raise click.UsageError(f"--history: {error}") from None
    checked = check(path, os.environ, paths or None, unreadable_secret=Severity.WARNING, now=datetime.now(UTC))
    known = checked.known
    ran = run_tests(checked.rule_files, known.people, known.channels, known.expose, known.plan)
    problems = (*checked.problems, *ran.failures)
    for line in problems:
        click.echo(line)
    click.echo(_summary(checked, ran, problems))
    if checked.config is None or not checked.good:
        click.echo(f"history: not rehearsed {'before that is mended' if not checked.good else 'without --config FILE'}")
    elif not span.empty:
        unknown = _rehearse(checked, span)
        for line in unknown:
            click.echo(line)
        problems += unknown
    bad = any(strict or problem.severity is Severity.ERROR for problem in problems)
    sys.exit(1 if bad else 0)


def _summary(checked: Checked, ran: Ran, problems: tuple[Problem, ...]) -> str:
    from otpushd.files.problem import Severity
    from otpushd.rehearse.report import number

    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    counts = [number(errors, "error")] if errors else []
    counts += [number(len(problems) - errors, "warning")] if len(problems) > errors else []
    rules = number(sum(len(file.rules) for file in checked.rule_files), "rule")
    parts = [", ".join(counts)] if counts else []
    parts.append(f"{rules} in {number(len(checked.rule_files), 'file')}")
    parts.append(f"{ran.passed} of {number(ran.count, 'test')} passed")
    parts += [f"{ran.skipped} not run, in files with errors"] if ran.skipped else []
    return "; ".join(parts)


def _rehearse(checked: Checked, span: Span) -> tuple[Problem, ...]:
    """Print who would have got which message, source by source; one that cannot be read is named and passed over.

    Where all could be read, returns what the plan says of datasets that there are not.
    """
    from otpushd.app import source_for, utc_now
    from otpushd.check import router_for
    from otpushd.config.plan_checks import plan_warnings
    from otpushd.prodigy.unavailable import SourceUnavailable
    from otpushd.rehearse.history import rehearse
    from otpushd.rehearse.replay import replay
    from otpushd.rehearse.report import WIDEST, Cast, report

    assert checked.config is not None
    router = router_for(checked.config, checked.rule_files)
    rules = [rule for file in checked.rule_files for rule in file.rules]
    cast = Cast(tuple(checked.config.people.people), [rule.name for rule in rules])
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    now, names, all_read = utc_now(), set[str](), True
    for location in checked.config.sources:
        source = source_for(location)
        unread: list[str] = []
        try:
            told, alone = _Progress(location), len(checked.config.sources) == 1
            past = replay(location.name, source, checked.config.plan, now, told, unread.append, alone=alone)
            found = rehearse(_noted(past, names), router, span, now, rules)
        except SourceUnavailable as error:
            why = re.sub("; (waiting for it|trying again)$", "", error.mend)
            click.echo(f"history of {location.name}: not rehearsed, for it cannot be read: {why}")
            all_read = False
            continue
        finally:
            source.close()
            _clear()
        found.unreadable.update(unread)
        click.echo("\n".join(report(location.name, span, found, cast, width)))
    return tuple(plan_warnings(checked.config.plan, names)) if all_read else ()


def _noted(events: Iterable[Event], names: set[str]) -> Iterator[Event]:
    """The events, whose datasets' names are put among `names`: a replay begins with every dataset that there is."""
    for event in events:
        if event.dataset is not None:
            names.add(event.dataset)
        yield event


class _Progress:
    """Shows how far a long replay is, where there is a terminal."""

    def __init__(self, location: SourceLocation) -> None:
        self._name = location.name

    def __call__(self, read: int, of: int) -> None:
        if sys.stderr.isatty() and of > LONG_REPLAY:
            click.echo(f"\r  reading the history of {self._name}: {read * 100 // of} %", nl=False, err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
