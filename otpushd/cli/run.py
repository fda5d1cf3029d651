"""`otpushd run`: the daemon."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from otpushd.cli.config_path import config_option, demand_config


@click.command(epilog="Example: otpushd run --config /etc/otpushd/otpushd.yaml")
@config_option
@click.option("--once", is_flag=True, help="Poll every source once, send what is due, and end.")
@click.option("--from-beginning", is_flag=True, help="On an empty store, announce history instead of only counting it.")
def command(config: Path | None, once: bool, from_beginning: bool) -> None:
    """Watch Prodigy's databases and send what the rules say.

    Checks configuration, people, rules and rule tests first and refuses to start if they are wrong (exit 2).
    The first start takes what is there as history and announces nothing. Ends in order on SIGTERM or SIGINT (exit 0).
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end_early)
    import asyncio
    import os

    from otpushd import log
    from otpushd.app import assemble, known_secrets
    from otpushd.check import check
    from otpushd.daemon import run_once, serve
    from otpushd.rehearse.rule_tests import run_tests
    from otpushd.store.lock import StoreInUse
    from otpushd.store.opening import StoreUnusable

    log.configure(os.environ)
    path = demand_config(config, os.environ, Path.cwd())
    checked = check(path, os.environ)
    settings = checked.config
    failures = (
        run_tests(checked.rule_files, settings.people, tuple(settings.channels), settings.expose).failures
        if settings
        else ()
    )
    for line in (*checked.problems, *failures):
        click.echo(line, err=True)
    if settings is None or failures or not checked.good:
        sys.exit(2)
    log.configure(os.environ, secrets=known_secrets(settings, os.environ))
    try:
        parts = assemble(settings, checked.rule_files, os.environ)
    except (StoreUnusable, StoreInUse, OSError) as error:
        click.echo(f"otpushd: {error}", err=True)
        sys.exit(1)
    for poll in parts.polls:
        poll.from_beginning = from_beginning
    asyncio.run(run_once(parts) if once else serve(parts, os.environ))


def _end_early(_number: int, _frame: FrameType | None) -> None:
    """Asked to stop before anything runs: that is an end in order as well."""
    sys.exit(0)
