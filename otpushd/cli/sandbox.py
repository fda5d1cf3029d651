"""`otpushd sandbox`: the local stand-in for the OpenText gateway. Parses, calls, prints; the server is elsewhere."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from otpushd.sandbox.settings import Settings

EPILOG = """\b
Example:
  otpushd sandbox --port 18080 --fault 503:3 --fault drop:1
then point a channel at it:
  base_url: http://127.0.0.1:18080
  auth: {basic: {user: sandbox, password: sandbox}}
"""


@click.command(epilog=EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=18080, show_default=True, help="0 takes any free port.")
@click.option("--account", "accounts", multiple=True, metavar="USER:PASSWORD", help="[default: sandbox:sandbox]")
@click.option(
    "--client", "clients", multiple=True, metavar="ID:SECRET", help="OAuth client. [default: sandbox:sandbox]"
)
@click.option("--domain", "domains", multiple=True, default=("MR",), show_default=True, help="Allowed in `domain`.")
@click.option("--budget", type=click.IntRange(1), default=262_144, show_default=True, help="Most bytes in `data`.")
@click.option("--document-schema", type=click.Path(path_type=Path), help="JSON Schema that documents must match.")
@click.option("--token-lifetime", type=click.IntRange(1), default=3600, show_default=True, help="Seconds.")
@click.option(
    "--fault", "faults", multiple=True, help="503:3, 429:2:30, hang:1, drop:1, html:1, slow:1:2.5, rate:20:1."
)
@click.option("--job-id", is_flag=True, help="Answer a push with a job id instead of an empty object.")
@click.option("--dedupe-by-filename", is_flag=True, help="Take each file name once.")
@click.option("--log", type=click.Path(path_type=Path), default="otpushd-sandbox.jsonl", show_default=True,
              help="JSON Lines file that everything received is appended to.")  # fmt: skip
@click.option("--openapi", is_flag=True, help="Print the OpenAPI document of what is served, and end.")
def command(host: str, port: int, log: Path, openapi: bool, **options: Any) -> None:
    """A local stand-in for the OpenText gateway, with a page that shows the phones."""
    from otpushd.sandbox.openapi import openapi_text

    if openapi:
        click.echo(openapi_text(), nl=False)
        return
    _serve(_settings(log=log, **options), host, port)


def _serve(settings: Settings, host: str, port: int) -> None:
    import asyncio

    from otpushd.sandbox.serve import serve

    def announce(url: str) -> None:
        click.echo(f"Sandbox ready. Page: {url}/  Gateway (base_url): {url}  Log: {settings.log}")

    try:
        asyncio.run(serve(settings, host, port, announce))
    except OSError as error:
        raise _cannot_run(_reason(error, host, port)) from None


def _settings(
    *,
    log: Path,
    accounts: tuple[str, ...],
    clients: tuple[str, ...],
    domains: tuple[str, ...],
    budget: int,
    document_schema: Path | None,
    token_lifetime: int,
    faults: tuple[str, ...],
    job_id: bool,
    dedupe_by_filename: bool,
) -> Settings:
    from datetime import timedelta

    from otpushd.sandbox.checks import ParserRules
    from otpushd.sandbox.faults import parse_fault
    from otpushd.sandbox.settings import SANDBOX_ONLY, Settings

    try:
        pending = tuple(parse_fault(text) for text in faults)
    except ValueError as error:
        raise _cannot_run(f"--fault: {error}") from None
    rules = ParserRules(frozenset(domains), budget)
    if document_schema is not None:
        rules = ParserRules(frozenset(domains), budget, _document_problem(document_schema))
    return Settings(
        accounts=_table("--account USER:PASSWORD", accounts) or SANDBOX_ONLY,
        clients=_table("--client ID:SECRET", clients) or SANDBOX_ONLY,
        parser=rules,
        token_lifetime=timedelta(seconds=token_lifetime),
        job_id=job_id,
        dedupe_by_filename=dedupe_by_filename,
        faults=pending,
        log=log,
    )


def _table(option: str, pairs: tuple[str, ...]) -> dict[str, str]:
    table = {}
    for pair in pairs:
        name, colon, secret = pair.partition(":")
        if not (name and colon and secret):
            # The value is not repeated: half of it is a secret.
            raise _cannot_run(f"{option}: both parts and the colon are needed")
        table[name] = secret
    return table


def _document_problem(path: Path) -> Any:
    from otpushd.sandbox.document_schema import document_checker

    try:
        return document_checker(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise _cannot_run(f"--document-schema {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise _cannot_run(f"--document-schema {path}: {error}") from None


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; end the other program, or choose another --port (0 takes any free one)"
        )
    place = error.filename or f"{host}, port {port}"
    return f"{place}: {error.strerror or error}"


def _cannot_run(reason: str) -> click.exceptions.Exit:
    click.echo(f"otpushd sandbox: {reason}", err=True)
    return click.exceptions.Exit(2)
