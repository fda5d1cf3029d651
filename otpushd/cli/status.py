"""`otpushd status`: how the daemon is."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from otpushd.cli.config_path import config_option, demand_config

EPILOG = """\b
Examples:
  otpushd status --config /etc/otpushd/otpushd.yaml
  otpushd status --watch                        every two seconds, until Ctrl-C
  otpushd status --json | jq '.reasons[]'       why it is not well
"""
EVERY_SECONDS = 2.0


@click.command(epilog=EPILOG)
@config_option
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@click.option("--json", "machine", is_flag=True, help="Print one JSON object; with --watch one a line.")
def command(config: Path | None, watch: bool, machine: bool) -> None:
    """Sources, lag, what is pending or held, dead letters, the next deadlines, and how the last reload went.

    Reads the store beside the daemon and changes nothing. Needs the rights to read the store, as the daemon's user has.
    Exit: 0 healthy; 1 degraded: a source cannot be read, there are dead letters, a reload was refused, a channel is
    held, or the daemon hangs; 2 not running, or the store cannot be found.
    """
    import os
    from datetime import UTC, datetime

    from otpushd.config.load import find_store
    from otpushd.status.judge import health
    from otpushd.status.look import look
    from otpushd.status.report import as_json, lines

    store, problems = find_store(demand_config(config, os.environ, Path.cwd()), os.environ)
    if store is None:
        for line in problems:
            click.echo(line, err=True)
        sys.exit(2)

    def once() -> int:
        seen = look(store, lambda: datetime.now(UTC))
        state, reasons = health(seen)
        if machine:
            click.echo(json.dumps(as_json(seen, state, reasons), indent=None if watch else 2))
        else:
            _show("\n".join(lines(seen, state, reasons)), watch)
        return int(state)

    sys.exit(_again_and_again(once) if watch else once())


def _show(text: str, watch: bool) -> None:
    if watch:
        click.clear()  # does nothing where there is no terminal
    # As doctor: a name that the terminal cannot show is no reason to stop.
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))


def _again_and_again(once: Callable[[], int]) -> int:
    """Until Ctrl-C; the status of the last look."""
    last = 0
    try:
        while True:
            last = once()
            time.sleep(EVERY_SECONDS)
    except KeyboardInterrupt:
        return last
