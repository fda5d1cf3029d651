"""`otpushd doctor`: what keeps, or will keep, the daemon from working, and how to mend it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otpushd.cli.config_path import config_option, demand_config

if TYPE_CHECKING:
    from otpushd.doctor.finding import Finding
    from otpushd.files.problem import Problem

EPILOG = """\b
Examples:
  otpushd doctor --config /etc/otpushd/otpushd.yaml
  sudo -u otpushd otpushd doctor            as the daemon's user, whose rights then count
  otpushd doctor --json | jq '.findings[] | select(.severity == "problem")'
"""
UNREADABLE = "otpushd doctor: nothing else can be looked at before that is mended"


@click.command(epilog=EPILOG)
@config_option
@click.option("--json", "machine", is_flag=True, help="Print one JSON object.")
def command(config: Path | None, machine: bool) -> None:
    """Look at sources, store, files and channels, and say what is wrong and how to mend it.

    Sends no message and writes nothing. To each channel's host it makes a connection and signs in nowhere. Takes 10 s
    at most. Exit: 0 no problem, 1 problems found, 2 the configuration cannot be read.
    """
    import os
    from datetime import UTC, datetime

    from otpushd.check import check
    from otpushd.doctor.examine import examine
    from otpushd.doctor.finding import Severity
    from otpushd.files.problem import Severity as Gravity
    from otpushd.rehearse.rule_tests import run_tests

    path, now = demand_config(config, os.environ, Path.cwd()), datetime.now(UTC)
    checked = check(path, os.environ, unreadable_secret=Gravity.WARNING, now=now)
    known = checked.known
    failures = run_tests(checked.rule_files, known.people, known.channels, known.expose, known.plan).failures
    problems = (*checked.problems, *failures)
    if checked.config is None:
        _cannot_read(problems, machine)
        sys.exit(2)
    findings = examine(checked.config, problems, os.environ, now)
    _print(findings, machine)
    sys.exit(1 if any(one.severity is Severity.PROBLEM for one in findings) else 0)


def _print(findings: list[Finding], machine: bool) -> None:
    from otpushd.doctor.report import as_json, lines

    text = json.dumps(as_json(findings), indent=2) if machine else "\n".join(lines(findings))
    # As check-rules: a name that the terminal cannot show is no reason to stop.
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))


def _cannot_read(problems: tuple[Problem, ...], machine: bool) -> None:
    if machine:
        click.echo(json.dumps({"unreadable": [str(one) for one in problems]}, indent=2))
        return
    for line in problems:
        click.echo(line)
    click.echo(UNREADABLE)
