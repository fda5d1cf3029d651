"""`otpushd explain`: why something was said or was not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from otpushd.cli.config_path import config_option, demand_config

EPILOG = """\b
Examples:
  otpushd explain otpushd-3fa90c12               a notification, by the beginning of its id
  otpushd explain invoices --since 1h            what was heard in a dataset, with the ids of the events
  otpushd explain invoices --example 4711        all that was heard of one example
  otpushd explain 5e1d77aa40c1                   an event or a case, by the beginning of its id
  otpushd explain ann --since 7d                 all that was sent to Ann, held back, or not sent
  otpushd explain ann --since 2026-03-02T09:00 --json | jq '.notes[]'
"""


@click.command(epilog=EPILOG)
@config_option
@click.argument("what", metavar="PERSON|ID|DATASET")
@click.option("--since", metavar="2d|INSTANT", help="For a person or a dataset: how far back. [24h]")
@click.option("--type", "kind", metavar="GLOB", help="In a dataset: only events of these types.")
@click.option("--example", metavar="N", type=int, help="In a dataset: only events about this example.")
@click.option("--json", "machine", is_flag=True, help="Print one JSON object.")
def command(
    config: Path | None, what: str, since: str | None, kind: str | None, example: int | None, machine: bool
) -> None:
    """Why it was or was not sent: every rule, every condition, every hold, every attempt.

    What is named is looked for in this order: a person, by id or session; the whole id of an event, a notification or a
    case; 8 characters or more with which one such id begins; somebody who is no person today; a dataset. With --type
    or --example it is a dataset.

    The ids of notifications stand in the log, in lines such as `accepted`; those of events in what is said of a
    dataset: its newest 200 events on which a rule was tried, newest last. Of many reminders of one cause only the first
    and the last two are shown; --json has all.

    Reads the store beside the daemon, or without one, and changes nothing. It knows as much as `retention` keeps, and
    shows no message's text, no address and no content that `expose` does not name.
    Exit: 0 explained; 1 nothing is known of it; 2 the configuration or the store cannot be read.
    """
    import os
    from datetime import UTC, datetime

    from otpushd.cli.explain_json import document
    from otpushd.cli.explain_text import lines, not_found
    from otpushd.explaining import Asked, Refused, explain, today

    path = demand_config(config, os.environ, Path.cwd())
    try:
        now = today(path, os.environ)
        at = datetime.now(UTC)
        asked = Asked(what, since, kind, example)
        found = explain(path, os.environ, asked, now, at)
    except Refused as refused:
        for reason in refused.reasons:
            click.echo(f"otpushd: {reason}", err=True)
        sys.exit(2)
    if now.problems:
        click.echo(f"otpushd: warning: {now.problems} errors in today's files, see `otpushd check-rules`", err=True)
    if found.story is None:
        for line in not_found(asked, found):
            click.echo(f"otpushd: {line}", err=True)
        sys.exit(1)
    text = json.dumps(document(found, at), indent=2) if machine else "\n".join(lines(found, now.zone))
    # As status: a name that the terminal cannot show is no reason to stop.
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
