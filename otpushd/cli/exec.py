"""`otpushd exec`: an import command, and a message to whom it concerns if it fails."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from otpushd.cli.config_path import config_option, demand_config

if TYPE_CHECKING:
    from otpushd.config.load import Config
    from otpushd.model.examples import Counted
    from otpushd.prodigy.source import Source

EPILOG = """\b
Examples:
  otpushd exec --dataset contracts-a -- prodigy db-in contracts-a batch.jsonl
  otpushd exec --dataset contracts-a --expect batch.jsonl -- prodigy db-in contracts-a batch.jsonl
  otpushd exec --dataset contracts-a -- ./nightly-import.sh && echo all is well
"""


@click.command(epilog=EPILOG, context_settings={"allow_interspersed_args": False})
@config_option
@click.option("--dataset", metavar="NAME", required=True, help="The dataset that it imports into.")
@click.option("--source", metavar="NAME", help="Which source, where several are configured. [all of them]")
@click.option(
    "--expect",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    metavar="FILE",
    help="As many rows have to arrive as FILE has lines.",
)
@click.argument("command_line", metavar="COMMAND…", nargs=-1, type=click.UNPROCESSED, required=True)
def command(
    config: Path | None, dataset: str, source: str | None, expect: Path | None, command_line: tuple[str, ...]
) -> None:
    """Run COMMAND and raise `import.failed` if it fails, or if fewer rows arrive than FILE has lines.

    Its output, its input and its exit status are passed through unchanged, SIGINT, SIGTERM and SIGHUP to it. Rows that
    other people save in the dataset meanwhile count as arrived. Of its words the event holds the program, options'
    names, the dataset and paths, and no values.

    Exit: COMMAND's; 126 or 127 if it cannot be started; 2 before it is, if the configuration cannot be used.
    """
    from otpushd.files.lines import count_lines, is_path
    from otpushd.importing import arrived, end_as, run
    from otpushd.model.import_run import Rows, failure, shown

    settings = _settings(config)
    sources = _sources(settings, source)
    expected = None if expect is None else count_lines(expect)
    before = None if expected is None else _count(sources, dataset)
    how = run(command_line)
    rows = None
    if expected is not None:
        after = _count(sources, dataset)
        known = before is not None and after is not None
        rows = Rows(expected, arrived(before or {}, after or {}) if known else None)
    if not how.started:
        click.echo(f"otpushd: {command_line[0]}: {how.words}", err=True)
    if (detail := failure(how, rows)) is not None:
        text = shown(command_line, dataset, is_path)
        _hand_in(settings, dataset, source, {"command": text, "status": how.status, "detail": detail})
    end_as(how)


def _settings(config: Path | None) -> Config:
    import os

    from otpushd.check import CHANNEL_KINDS
    from otpushd.config.load import load_config

    path = demand_config(config, os.environ, Path.cwd())
    settings, problems = load_config(path, os.environ, CHANNEL_KINDS)
    if settings is None:
        for line in problems:
            click.echo(line, err=True)
        _refuse("the configuration cannot be used; the command was not run")
    return settings


def _sources(settings: Config, source: str | None) -> dict[str, Source]:
    from otpushd.app import source_for

    names = [one.name for one in settings.sources]
    if source is not None and source not in names:
        _refuse(f"no source '{source}'; there is {', '.join(names)}; the command was not run")
    return {one.name: source_for(one) for one in settings.sources if source in (None, one.name)}


def _count(sources: dict[str, Source], dataset: str) -> dict[str, Counted] | None:
    from otpushd.importing import count
    from otpushd.prodigy.unavailable import SourceUnavailable

    try:
        return count(sources, dataset)
    except SourceUnavailable as error:
        click.echo(f"otpushd: the rows in {dataset} cannot be counted: {error}", err=True)
        return None


def _hand_in(settings: Config, dataset: str, source: str | None, data: dict[str, object]) -> None:
    """An event that cannot be stored is not lost without a word: it says how to hand it in later."""
    import json
    import secrets
    from datetime import UTC, datetime
    from shlex import join

    from otpushd.emit import Refused, Request, hand_in
    from otpushd.store.schema import StoreUnusable

    text = json.dumps(data, ensure_ascii=False)
    try:
        hand_in(
            settings,
            Request("import.failed", dataset, source, text, None, None),
            datetime.now(UTC),
            secrets.token_hex(16),
        )
    except (Refused, StoreUnusable, OSError) as error:
        again = join(["otpushd", "emit", "import.failed", "--dataset", dataset, "--data", text])
        click.echo(f"otpushd: import.failed could not be stored: {error}; when that is mended: {again}", err=True)


def _refuse(reason: str) -> NoReturn:
    click.echo(f"otpushd: {reason}", err=True)
    sys.exit(2)
