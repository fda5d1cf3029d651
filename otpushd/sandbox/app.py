"""The sandbox as an aiohttp application: settings in, routes out. The only place where its parts are put together."""

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from otpushd.sandbox.control import Control
from otpushd.sandbox.gateway import Gateway, refuse
from otpushd.sandbox.journal import Journal, Outcome
from otpushd.sandbox.page import load_page
from otpushd.sandbox.refusal import Refusal
from otpushd.sandbox.settings import Settings

GATEWAY = web.AppKey("gateway", Gateway)
OWN_PATHS = ("/_sandbox/", "/favicon.ico")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _random_token() -> str:
    return secrets.token_urlsafe(32)


def build(
    settings: Settings | None = None,
    *,
    now: Callable[[], datetime] = _utc_now,
    random_token: Callable[[], str] = _random_token,
) -> web.Application:
    """The application; `app[GATEWAY]` is its state. `now` gives aware UTC, `random_token` a fresh secret each time.

    Raises OSError where the log file of the settings cannot be opened for appending.
    """
    settings = settings or Settings()
    gateway = Gateway(settings, Journal(settings.kept, settings.log), now, random_token)
    # Base64 takes 4/3 of the budget; what is over twice the budget cannot hold an acceptable document.
    app = web.Application(middlewares=[_in_contract_shape], client_max_size=2 * settings.parser.budget + 65_536)
    app[GATEWAY] = gateway
    app.router.add_post("/mra/v1/utils/parser", gateway.push)
    app.router.add_post("/tenants/{tenant_id}/oauth2/token", gateway.ocp_token)
    app.router.add_get("/tenants/{tenant_id}/.well-known/openid-configuration", gateway.discovery, allow_head=False)
    app.router.add_post("/otdsws/oauth2/token", gateway.otds_token)
    app.router.add_post("/otdsws/otdstenant/{tenant_id}/oauth2/token", gateway.otds_token)
    app.router.add_post("/otdstenant/{tenant_id}/oauth2/token", gateway.otds_token)
    _add_own_routes(app, Control(gateway, load_page(), secrets.token_hex(4)))
    app.on_shutdown.append(_close)
    return app


@asynccontextmanager
async def running(app: web.Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve `app` while the context is open, and give the port. Raises OSError where the address cannot be bound."""
    # A request that hangs on purpose must end when its client goes away, hence handler_cancellation. Compressed bodies
    # are to be refused by our own check, hence no auto_decompress.
    logger = logging.Logger("otpushd.sandbox", logging.WARNING)
    logger.addFilter(_is_ours)
    runner = web.AppRunner(
        app, access_log=None, logger=logger, handler_cancellation=True, auto_decompress=False, shutdown_timeout=2.0
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    # aiohttp would print malformed headers of strangers, which may be credentials.
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _add_own_routes(app: web.Application, control: Control) -> None:
    app.router.add_get("/", control.show_page, allow_head=False)
    app.router.add_get("/_sandbox/openapi.yaml", control.show_openapi, allow_head=False)
    app.router.add_get("/_sandbox/stream", control.stream, allow_head=False)
    app.router.add_get("/_sandbox/received", control.list_received, allow_head=False)
    app.router.add_delete("/_sandbox/received", control.clear_received)
    app.router.add_get("/_sandbox/faults", control.list_faults, allow_head=False)
    app.router.add_post("/_sandbox/faults", control.add_faults)
    app.router.add_delete("/_sandbox/faults", control.clear_faults)


@web.middleware
async def _in_contract_shape(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        if not request.path.startswith(OWN_PATHS):
            request.app[GATEWAY].record(request, error.status, Outcome.REFUSED, error.reason)
        return refuse(Refusal(error.status, error.reason, headers=allow))


async def _close(app: web.Application) -> None:
    gateway = app[GATEWAY]
    gateway.closing.set()
    gateway.journal.wake()
    gateway.journal.close()
