"""`otpushd run`: the daemon."""

import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

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
    SIGHUP loads rules, people and plan anew; if anything is wrong with them, those from before go on.
    """
    asked_to_end, hung_up = _end_early_on_signals()
    import os

    from otpushd import log
    from otpushd.app import assemble, known_secrets, utc_now
    from otpushd.daemon import run_once, serve
    from otpushd.reload import read_files
    from otpushd.store.lock import StoreInUse
    from otpushd.store.opening import StoreUnusable

    log.configure(os.environ)
    path = demand_config(config, os.environ, Path.cwd())
    checked, failures = read_files(path, os.environ, utc_now())
    settings = checked.config
    for line in (*checked.problems, *failures):
        click.echo(line, err=True)
    if settings is None or failures or not checked.good:
        sys.exit(2)
    log.configure(os.environ, secrets=known_secrets(settings, os.environ))
    try:
        parts = assemble(settings, checked.rule_files, os.environ)
    except (StoreUnusable, StoreInUse) as error:
        _cannot_run(str(error))
    except OSError as error:
        _cannot_run(f"{error.filename}: {error.strerror}; otpushd has to write in the store's folder")
    for poll in parts.polls:
        poll.from_beginning = from_beginning
    if asked_to_end():
        sys.exit(0)
    _run_to_the_end((lambda: run_once(parts)) if once else (lambda: serve(parts, os.environ, hung_up)))


def _end_early_on_signals() -> tuple[Callable[[], bool], Callable[[], bool]]:
    """Asked to stop before anything runs, end at once: that is an end in order as well.

    Returns whether that was asked, because native code may swallow the exception that ends the process; and whether it
    was asked to load its files anew, which may have been read already.
    """
    asked: list[int] = []
    hung_up: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, lambda number, _: hung_up.append(number))
    return lambda: bool(asked), lambda: bool(hung_up)


def _run_to_the_end(work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Run it, and end the process without waiting for threads, as asyncio and the interpreter would.

    One may hang for ever in a dead network mount, or for half a minute in a dead name server.
    """
    import asyncio
    import os

    import structlog

    from otpushd.guard import mend_of

    async def whole() -> NoReturn:
        status = 0
        try:
            await work()
        except Exception as error:
            structlog.get_logger().error("fatal", **mend_of(error), exc_info=error)
            status = 1
        sys.stdout.flush()
        os._exit(status)

    asyncio.run(whole())
    raise AssertionError("unreachable")


def _cannot_run(reason: str) -> NoReturn:
    click.echo(f"otpushd: {reason}", err=True)
    sys.exit(1)
