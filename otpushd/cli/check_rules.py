"""`otpushd check-rules`: the dry run. It sends nothing and writes nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otpushd.cli.config_path import config_option, demand_config, find_config

if TYPE_CHECKING:
    from otpushd.check import Checked
    from otpushd.rehearse.history import Span

EPILOG = """\b
Examples:
  otpushd check-rules rules/                               the rules by themselves, with their own fixtures
  otpushd check-rules --config otpushd.yaml --history all  everything, on all of the team's own history
"""


@click.command(epilog=EPILOG)
@config_option
@click.option(
    "--history", default="30d", show_default=True, metavar="30d|all|N", help="How much history to rehearse on."
)
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
def command(config: Path | None, history: str, strict: bool, paths: tuple[Path, ...]) -> None:
    """Check configuration, people and rules, run the rules' tests, and rehearse the rules on the team's own history.

    PATH (rule files or folders) replaces the configuration's rules; then no configuration is needed.
    Prints every problem at once. Exit: 0 good, 1 problems found, 2 cannot run.
    """
    import os

    from otpushd.check import check
    from otpushd.files.problem import Severity
    from otpushd.rehearse.history import parse_span
    from otpushd.rehearse.rule_tests import run_tests

    find = find_config if paths else demand_config
    path = find(config, os.environ, Path.cwd())
    try:
        span = parse_span(history)
    except ValueError as error:
        raise click.UsageError(f"--history: {error}") from None
    checked = check(path, os.environ, paths or None, unreadable_secret=Severity.WARNING)
    settings = checked.config
    known = (settings.people, tuple(settings.channels), settings.expose) if settings else ()
    result = run_tests(checked.rule_files, *known)
    for line in (*checked.problems, *result.failures):
        click.echo(line)
    bad = not checked.good or bool(result.failures) or (strict and bool(checked.problems))
    rules = sum(len(file.rules) for file in checked.rule_files)
    click.echo(f"{rules} rules in {len(checked.rule_files)} files; {result.passed} of {result.count} tests passed")
    if checked.good and checked.config is not None:
        _rehearse(checked, span, history)
    sys.exit(1 if bad else 0)


def _rehearse(checked: Checked, span: Span, shown: str) -> None:
    """Print who would have got which message, source by source; one that cannot be read is named and passed over."""
    from otpushd.app import source_for, utc_now
    from otpushd.check import router_for
    from otpushd.prodigy.unavailable import SourceUnavailable
    from otpushd.rehearse.history import rehearse
    from otpushd.rehearse.replay import replay
    from otpushd.rehearse.report import report

    assert checked.config is not None
    router = router_for(checked.config, checked.rule_files)
    now = utc_now()
    for location in checked.config.sources:
        source = source_for(location)
        try:
            found = rehearse(replay(location.name, source, now, _progress), router, span, now)
        except SourceUnavailable as error:
            click.echo(f"history of {location.name}: not rehearsed, the source cannot be read: {error}")
            continue
        finally:
            source.close()
            _clear()
        click.echo("\n".join(report(location.name, shown, found)))


def _progress(read: int, of: int) -> None:
    if sys.stderr.isatty() and of > 50_000:
        click.echo(f"\r  read {read:,} of {of:,} rows", nl=False, err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
