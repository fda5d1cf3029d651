"""`otpushd demo`: see it work, without an account, a configuration or a network."""

import sys
from pathlib import Path

import click


@click.command(epilog="Example: otpushd demo")
def command() -> None:
    """A made-up team works in a temporary Prodigy database, and the messages for them arrive.

    Uses the shipped rules, the local sandbox as gateway, and the real daemon. Takes about 20 s and leaves nothing behind.
    """
    import tempfile

    from otpushd.demo.play import DemoFailed, play
    from otpushd.demo.shipped import shipped_rules
    from otpushd.rehearse.report import table

    with tempfile.TemporaryDirectory(prefix="otpushd-demo-") as folder:
        try:
            counts = play(Path(folder), shipped_rules(), click.echo)
        except (DemoFailed, FileNotFoundError) as error:
            click.echo(f"otpushd demo: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(130)
    rows = [["phone of", "messages"], *([name, str(count)] for name, count in sorted(counts.items()))]
    click.echo("\n" + "\n".join(table(rows)))
    click.echo(f"\n{counts.total()} messages, each once. Next: otpushd check-rules --help")
