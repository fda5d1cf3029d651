"""`otpushd check-rules`: the dry run. It sends nothing and writes nothing."""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otpushd.cli.config_path import config_option, demand_config, find_config

if TYPE_CHECKING:
    from otpushd.check import Checked
    from otpushd.cli.rehearsing import Say
    from otpushd.config.load import Config
    from otpushd.files.problem import Problem
    from otpushd.rehearse.history import Span
    from otpushd.rehearse.outcome import Outcome
    from otpushd.rehearse.rule_tests import Ran

EPILOG = """\b
Examples:
  otpushd check-rules rules/              the rules by themselves, with their own fixtures
  otpushd check-rules --config otpushd.yaml --history all
                                          everything, on all of the team's own history
  otpushd check-rules --against old-rules/ --report change.html
                                          what a change of rules adds, removes and moves, as a page
"""


@click.command(epilog=EPILOG)
@config_option
@click.option(
    "--history",
    default="30d",
    show_default=True,
    metavar="30d|all|N",
    help="How much history to rehearse on: a duration, all, or the last N answers. 0 leaves it out.",
)
@click.option(
    "--against",
    type=click.Path(exists=True, path_type=Path),
    metavar="OTHER_RULES",
    help="Compare with the rules in this file or folder, as those that were in force before, on the same history.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON document, and nothing else.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Write all of it into a page too; it needs nothing beside it.",
)
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
def command(
    config: Path | None,
    history: str,
    against: Path | None,
    as_json: bool,
    report: Path | None,
    strict: bool,
    paths: tuple[Path, ...],
) -> None:
    """Check configuration, people and rules, run the rules' tests, and rehearse the rules on the team's own history.

    PATH (rule files or folders) replaces the configuration's rules; then no configuration is needed.
    Prints every problem at once. Sends nothing and writes nothing but the page asked for. Exit: 0 good, 1 problems
    found, 2 cannot run.
    """
    import os

    from otpushd.cli.page_file import refusal, write_page
    from otpushd.rehearse.history import parse_span

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a title that the terminal cannot show is no reason to stop
    find = find_config if paths else demand_config
    path = find(config, os.environ, Path.cwd())
    try:
        span = parse_span(history)
    except ValueError as error:
        raise click.UsageError(f"--history: {error}") from None
    if against and (path is None or span.empty):
        raise click.UsageError("--against compares on a history: give --config FILE, and no --history 0")
    if report and (why := refusal(report)):
        raise click.UsageError(f"--report: {why}")
    outcome = _outcome(path, paths, span, against, (lambda _: None) if as_json else click.echo)
    if report and (why := write_page(report, outcome, strict=strict)):
        raise click.UsageError(f"--report: {why}")
    if as_json:
        _print_json(outcome, strict)
    sys.exit(1 if outcome.bad(strict) else 0)


def _outcome(path: Path | None, paths: tuple[Path, ...], span: Span, against: Path | None, say: Say) -> Outcome:
    """Do it all, and say it meanwhile: a replay may be long."""
    from datetime import UTC

    from otpushd.rehearse.outcome import Outcome
    from otpushd.rehearse.report import Cast
    from otpushd.rehearse.rule_tests import run_tests

    checked, other, of_other = _check(path, paths, against)
    known, config = checked.known, checked.config
    rules = [rule.name for file in checked.rule_files for rule in file.rules]
    ran = run_tests(checked.rule_files, known.people, known.channels, known.expose, known.plan)
    problems = (*checked.problems, *of_other, *ran.failures)
    for problem in problems:
        say(str(problem))
    say(_summary(checked, ran, problems))
    cast = Cast(tuple(config.people.people) if config else (), rules)
    zone = config.settings.timezone if config else UTC
    compared = str(against) if against else None
    found = Outcome(problems, ran, len(rules), len(checked.rule_files), span, cast, zone, against=compared)
    bad = of_other or not checked.good
    if config is None or bad:
        skipped = f"not rehearsed {'before that is mended' if bad else 'without --config FILE'}"
        say(f"history: {skipped}")
        return replace(found, skipped=skipped)
    return found if span.empty else _rehearse(checked, config, found, other, say)


def _check(
    path: Path | None, paths: tuple[Path, ...], against: Path | None
) -> tuple[Checked, Checked | None, tuple[Problem, ...]]:
    """The rules, and those to compare them with, if any, with what only they have of errors: all else is no concern."""
    import os
    from datetime import UTC, datetime
    from functools import partial

    from otpushd.check import check
    from otpushd.files.problem import Severity

    read = partial(check, path, os.environ, unreadable_secret=Severity.WARNING, now=datetime.now(UTC))
    checked = read(rule_paths=paths or None)
    other = read(rule_paths=(against,)) if against else None
    found = other.problems if other else ()
    return checked, other, tuple(p for p in found if p.severity is Severity.ERROR and p not in checked.problems)


def _rehearse(checked: Checked, config: Config, found: Outcome, other: Checked | None, say: Say) -> Outcome:
    from otpushd.app import utc_now
    from otpushd.cli.rehearsing import Rehearsing, rehearse_all
    from otpushd.rehearse.report import BARS, PLAIN_BARS, WIDEST

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    bars = BARS if _can_show(BARS) else PLAIN_BARS
    return rehearse_all(found, Rehearsing(checked, config, width, bars, say, utc_now(), other))


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _print_json(outcome: Outcome, strict: bool) -> None:
    import json

    from otpushd.rehearse.document import document

    click.echo(json.dumps(document(outcome, strict=strict), indent=1))


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
