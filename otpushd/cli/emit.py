"""`otpushd emit`: hand in an event from outside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from otpushd.cli.config_path import config_option, demand_config

EPILOG = """\b
Examples:
  otpushd emit model.drift --dataset contracts-a \\
      --data '{"model": "ner-4", "metric": "psi", "value": 0.31, "bound": 0.2, "selection": "lowest 50 scores"}'
  otpushd emit model.errors --dataset contracts-a --data '{"model": "ner-4", "examples": [812, 815]}'
  otpushd emit example.added --dataset contracts-a --file batch.jsonl     a batch that is in no database
  otpushd emit import.failed --dataset contracts-a --data '{"command": "db-in", "status": 1}'

\b
`examples` are ids of examples or their `_input_hash`. A `selection` is `lowest N scores`, `highest N scores`, or
`last N` and answers, accepted, rejected or ignored; `of dataset NAME` behind it names another dataset than the event's.
"""


@click.command(epilog=EPILOG)
@config_option
@click.argument("kind", metavar="TYPE")
@click.option("--dataset", metavar="NAME", help="Which dataset it is about.")
@click.option("--source", metavar="NAME", help="Which source, where several are configured. [that has the dataset]")
@click.option("--data", metavar="JSON", help="The event's fields, as a JSON object.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="BATCH.jsonl",
    help="One event for each line: a task for example.added, else its fields.",
)
@click.option("--id", "own", metavar="ID", help="An id of your own: the same id is stored once.")
def command(
    config: Path | None,
    kind: str,
    dataset: str | None,
    source: str | None,
    data: str | None,
    file: Path | None,
    own: str | None,
) -> None:
    """Hand in an event of TYPE: model.drift, model.errors, model.low_confidence, import.failed, example.added, or one
    that is declared under `events:` in the configuration.

    It is written to the store. A daemon that runs takes it within a second, else the next one that starts.
    Exit: 0 stored durably, 2 refused; then nothing was stored.
    """
    import os
    import secrets
    from datetime import UTC, datetime

    from otpushd.check import CHANNEL_KINDS
    from otpushd.config.load import load_config
    from otpushd.emit import Refused, Request, hand_in
    from otpushd.store.schema import StoreUnusable

    if data is not None and file is not None:
        raise click.UsageError("either --data or --file, not both")
    path = demand_config(config, os.environ, Path.cwd())
    settings, problems = load_config(path, os.environ, CHANNEL_KINDS)
    if settings is None:
        for line in problems:
            click.echo(line, err=True)
        _refuse("the configuration cannot be used")
    try:
        stored = hand_in(
            settings,
            Request(kind, dataset, source, data, file, own),
            datetime.now(UTC),
            secrets.token_hex(16),
        )
    except Refused as refused:
        _refuse(*refused.reasons)
    except StoreUnusable as error:
        _refuse(str(error))
    shown = stored[0].id if len(stored) == 1 else f"{len(stored):,} events"
    click.echo(f"stored: {kind} {shown}")


def _refuse(*reasons: str) -> NoReturn:
    for reason in reasons:
        click.echo(f"otpushd: refused: {reason}", err=True)
    sys.exit(2)
