"""`otpushd silence`: hold messages back for a while, see what is held back, and end that early."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from otpushd.cli.config_path import config_option, demand_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otpushd.config.load import Config

EPILOG = """\b
Examples:
  otpushd silence add --rule 'model-*' --for 2h --reason 'the model is being replaced'
  otpushd silence add --dataset contracts-a --from 2026-03-02T09:00 --until 2026-03-02T17:00 --reason migration
  otpushd silence add --person ann --priority low --priority normal --for 5d --reason 'on a course'
  otpushd silence list
  otpushd silence lift 3fa90c --reason 'done early'
"""


@click.group(epilog=EPILOG)
def command() -> None:
    """Hold back what matches, from one moment to another, with author and reason.

    What is held back is not lost: it is looked at anew when the silence ends or is lifted. It works with a daemon that
    runs or without. Exit: 0 done, 1 nothing to lift, 2 refused; then nothing was changed.
    """


@command.command("add", epilog=EPILOG)
@config_option
@click.option("--rule", metavar="GLOB", help="Messages of these rules.")
@click.option("--dataset", metavar="GLOB", help="Messages about these datasets.")
@click.option("--person", metavar="ID", help="Messages to this person.")
@click.option("--type", "kind", metavar="GLOB", help="Messages from these types of events.")
@click.option("--priority", "priorities", multiple=True, metavar="P", help="Messages of this priority, or of several.")
@click.option("--all", "everything", is_flag=True, help="Every message, instead of the above.")
@click.option("--for", "lasting", metavar="2h", help="How long.")
@click.option("--until", metavar="INSTANT", help="When it ends, instead of --for.")
@click.option("--from", "start", metavar="INSTANT", help="When it begins. [now]")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--author", metavar="NAME", help="Who says so. [the login name]")
def add(
    config: Path | None,
    rule: str | None,
    dataset: str | None,
    person: str | None,
    kind: str | None,
    priorities: tuple[str, ...],
    everything: bool,
    lasting: str | None,
    until: str | None,
    start: str | None,
    reason: str,
    author: str | None,
) -> None:
    """Hold back the messages for which all that is given holds.

    Instants without offset or zone are in the configuration's timezone. A name that is not known is a warning: it may
    be about to come.
    """
    import secrets
    from datetime import UTC, datetime

    from otpushd.cli.silence_text import summary
    from otpushd.silencing import Request, add

    settings = _settings(config)
    asked = Request(_author(author), reason, rule, dataset, person, kind, priorities, everything, lasting, start, until)
    with _refusing():
        silence, doubts = add(settings, asked, datetime.now(UTC), iter(lambda: secrets.token_hex(3), ""))
    for doubt in doubts:
        click.echo(f"otpushd: warning: {doubt}", err=True)
    click.echo(f"silence {silence.id}: {summary(silence, settings.settings.timezone)}")


@command.command("list")
@config_option
@click.option("--all", "ended", is_flag=True, help="Those that are over too, as long as `retention` says.")
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def show(config: Path | None, ended: bool, machine: bool) -> None:
    """Show the silences that are in force and to come."""
    import json
    import secrets
    from datetime import UTC, datetime

    from otpushd.cli.silence_text import document, lines
    from otpushd.silencing import listed

    settings, now = _settings(config), datetime.now(UTC)
    with _refusing():
        found = listed(settings, now, ended, secrets.token_hex(4))
    if machine:
        click.echo(json.dumps([document(silence, now) for silence in found], indent=2))
        return
    for line in lines(found, now, settings.settings.timezone) or ["no silences"]:
        click.echo(line)


@command.command("lift")
@config_option
@click.argument("id")
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--author", metavar="NAME", help="Who says so. [the login name]")
def end(config: Path | None, id: str, reason: str | None, author: str | None) -> None:
    """End the silence ID now. What it holds back is looked at anew at once."""
    import secrets
    from datetime import UTC, datetime

    from otpushd.cli.silence_text import words
    from otpushd.silencing import lift

    settings = _settings(config)
    with _refusing():
        lifted = lift(settings, id, datetime.now(UTC), _author(author), reason, secrets.token_hex(4))
    if isinstance(lifted, str):
        click.echo(f"otpushd: {lifted}", err=True)
        sys.exit(1)
    click.echo(f"lifted {lifted.id}: {words(lifted.scope)}")


def _settings(config: Path | None) -> Config:
    import os

    from otpushd.check import CHANNEL_KINDS
    from otpushd.config.load import load_config

    path = demand_config(config, os.environ, Path.cwd())
    settings, problems = load_config(path, os.environ, CHANNEL_KINDS)
    if settings is None:
        for line in problems:
            click.echo(line, err=True)
        _refuse("the configuration cannot be used")
    return settings


@contextmanager
def _refusing() -> Iterator[None]:
    """What the store or the request does not allow ends the command."""
    from otpushd.silencing import Refused
    from otpushd.store.schema import StoreUnusable

    try:
        yield
    except Refused as refused:
        _refuse(*refused.reasons)
    except StoreUnusable as error:
        _refuse(str(error))


def _refuse(*reasons: str) -> NoReturn:
    for reason in reasons:
        click.echo(f"otpushd: refused: {reason}", err=True)
    sys.exit(2)


def _author(given: str | None) -> str:
    """Who is logged in, which sudo does not change; else whose process this is."""
    import getpass
    import os

    if given is not None:
        return given
    try:
        return os.getlogin()
    except OSError:  # no terminal, as in a timer's job
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
