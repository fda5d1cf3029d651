"""`otpushd demo`: see it work, without an account, a configuration or a network."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from otpushd.demo.play import Arrival

INTRODUCTION = """\
A made-up team works in a Prodigy database, the real daemon watches it, and a
stand-in for OpenText takes the messages. Nothing leaves this machine. It takes
a minute or somewhat more, and then all of it is gone.

  the team    Ann and Bob annotate, Dora is the expert they ask, Lea leads the
              project, Mia builds the models, Oli runs the platform, Max waits
              for the data. Tom leads with Lea, far away, where it is night
  the rules   {rules}
              with shorter waits
"""


@click.command(epilog="Example: otpushd demo --stay")
@click.option("--stay", is_flag=True, help="Keep the page with everybody's phone up until Ctrl-C.")
def command(stay: bool) -> None:
    """A made-up team works in a temporary Prodigy database, and the messages for them arrive.

    Plays all eight jobs with the shipped rules, the local sandbox as gateway, and the real daemon. Takes a minute
    or somewhat more, leaves nothing behind.
    """
    import tempfile

    from otpushd.demo.play import DemoFailed, play
    from otpushd.demo.shipped import shipped_rules

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        rules = shipped_rules()
        click.echo(INTRODUCTION.format(rules=rules))
        with (
            tempfile.TemporaryDirectory(prefix="otpushd-demo-") as folder,
            play(Path(folder), rules, click.echo) as stage,
        ):
            click.echo("\n" + "\n".join(_summary(stage.arrived)))
            if stay:
                click.echo(f"\nThe phones stay at {stage.url}/ until Ctrl-C.")
                _wait_for_the_end()
    except BrokenPipeError:
        raise  # click ends quietly
    except (DemoFailed, OSError) as error:
        click.echo(f"otpushd demo: {error}", err=True)
        sys.exit(1)


def _summary(arrived: list[Arrival]) -> list[str]:
    """Who got how many messages, by which rules, and how quickly."""
    from otpushd.rehearse.report import number, table

    people = dict.fromkeys(sorted(one.name for one in arrived))
    rows = [["phone of", "messages", "by the rules"]]
    for name in people:
        rules = [one.rule for one in arrived if one.name == name]
        rows.append([name, str(len(rules)), ", ".join(dict.fromkeys(rules))])
    slowest = max(one.seconds for one in arrived if one.seconds is not None)
    told = f"{number(len(arrived), 'message')} to {number(len(people), 'person', 'people')}, each once"
    return [
        *table(rows),
        "",
        f"{told}, the slowest {slowest:.1f} s after Prodigy's save.",
        "What was collected waited for a second of that.",
        "Next, what such rules would have sent for your own team: otpushd check-rules --help",
    ]


def _wait_for_the_end() -> None:
    try:
        while True:
            signal.pause()
    except SystemExit:
        click.echo("")


def _end(number: int, _frame: FrameType | None) -> None:
    """Asked to end: once is enough, so that a second time does not interrupt the tidying up."""
    for other in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)
