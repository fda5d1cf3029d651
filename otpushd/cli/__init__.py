"""The command line. It knows the names of the commands and imports one only to run it, so that `--help` stays quick.

A command stands in its own module as `command`; here is only what the list of commands shows of it.
"""

from importlib import import_module

import click

from otpushd import __version__

COMMANDS = {
    "run": ("otpushd.cli.run", "The daemon: watch, decide, push."),
    "check-rules": ("otpushd.cli.check_rules", "Check rules, people and configuration; send nothing."),
    "status": ("otpushd.cli.status", "How the daemon is: sources, pending, dead letters, the last reload."),
    "explain": ("otpushd.cli.explain", "Why something was said or was not: a person, a notification, a dataset."),
    "emit": ("otpushd.cli.emit", "Hand in an event from outside: a model's drift, a failed import, a batch."),
    "silence": ("otpushd.cli.silence", "Hold messages back for a while: add, list, lift."),
    "doctor": ("otpushd.cli.doctor", "Check databases, rights, clocks, disk, TLS; each finding with its mend."),
    "schema": ("otpushd.cli.schema", "JSON Schema of the files you write, for editors."),
    "exec": ("otpushd.cli.exec", "Run an import, and tell if it fails or too little arrives."),
    "sandbox": ("otpushd.cli.sandbox", "A local stand-in for OpenText, with a page that shows the phones."),
    "demo": ("otpushd.cli.demo", "A made-up team on a temporary database: watch messages arrive."),
}


class CommandTable(click.Group):
    """The documented way to make click import commands late is a subclass of its group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of COMMANDS, which is the order of importance."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command itself instead of its entry in the list; raises click.UsageError for an unknown name."""
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None or listed is None:
            return name, listed, rest
        module, _ = COMMANDS[name]
        return name, import_module(module).command, rest


@click.command(
    cls=CommandTable,
    commands=[click.Command(name, short_help=text) for name, (_, text) in COMMANDS.items()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="otpushd")
def main() -> None:
    """Watches a Prodigy database and gets the right person to act, through OpenText push notifications.

    \b
    Examples:
      otpushd demo                                    see it work, without account or configuration
      otpushd check-rules --config otpushd.yaml       what is wrong, and who would have got what
      otpushd doctor --config otpushd.yaml            what is wrong around it, and how to mend that
      otpushd status --watch                          how the daemon is, now
      otpushd explain ann --since 7d                  what she was sent, what not, and why
      otpushd exec --dataset D -- prodigy db-in D ... an import, and a message if it fails
      otpushd emit model.drift --dataset D --data ... what others have seen
      otpushd silence add --rule R --for 2h --reason ... hold back what would nag
      otpushd schema plan > plan.schema.json          the shape of a file, for your editor
      otpushd run --config /etc/otpushd/otpushd.yaml  the daemon
      otpushd sandbox --port 18080                    a gateway to try a configuration against

    Without --config: $OTPUSHD_CONFIG, then ./otpushd.yaml, then /etc/otpushd/otpushd.yaml.

    Exit status: 0 good; 1 problems found, or fatal at run time; 2 wrong usage, configuration or rules.
    """
