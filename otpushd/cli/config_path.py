"""Where the configuration is. It finds the file and never reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

VARIABLE = "OTPUSHD_CONFIG"
LOCAL = "otpushd.yaml"
SYSTEM = Path("/etc/otpushd/otpushd.yaml")


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--config FILE`, which the command gets as `config: Path | None` and gives to one of the finders below."""
    text = f"Configuration. Without it ${VARIABLE}, then ./{LOCAL}, then {SYSTEM}."
    return click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help=text)(command)


def find_config(given: Path | None, environ: Mapping[str, str], folder: Path, system: Path = SYSTEM) -> Path | None:
    """The first of: `given`, $OTPUSHD_CONFIG, otpushd.yaml in `folder`, `system`; None if there is none of them.

    A file that somebody named must be there: raises click.UsageError (exit 2) rather than going on to the next place.
    """
    named = environ.get(VARIABLE)
    for path, name in ((given, "--config"), (Path(named) if named else None, f"${VARIABLE}")):
        if path is not None:
            if not _is_file(path):
                raise click.UsageError(f"{name} names {path}, which is no file")
            return path
    if _is_file(folder / LOCAL):
        return Path(LOCAL) if folder == Path.cwd() else folder / LOCAL  # so that problems are told in few words
    return system if _is_file(system) else None


def demand_config(given: Path | None, environ: Mapping[str, str], folder: Path, system: Path = SYSTEM) -> Path:
    """As find_config, but raises click.UsageError (exit 2) with every place that was looked at if there is no file."""
    path = find_config(given, environ, folder, system)
    if path is None:
        raise click.UsageError(
            f"no configuration: there is no {folder / LOCAL} and no {system}, "
            f"${VARIABLE} is not set, and --config FILE was not given"
        )
    return path


def _is_file(path: Path) -> bool:
    """Whether a file is there; False too in a folder where this user may not look, such as root's /etc/otpushd."""
    try:
        return path.is_file()
    except OSError:
        return False
