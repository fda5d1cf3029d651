"""The sandbox's own operations, which no gateway has: the page, its stream, what was received, faults to come."""

import asyncio
from typing import Any

from aiohttp import web

from otpushd.sandbox.faults import Pending, parse_fault
from otpushd.sandbox.gateway import Gateway
from otpushd.sandbox.json_text import read_json
from otpushd.sandbox.openapi import openapi_text
from otpushd.sandbox.page import Page
from otpushd.sandbox.stream import catch_up, greeting, resume

KEEP_ALIVE_SECONDS = 15.0


class Control:
    """Handlers over one gateway's state. `run` is any string that another start of the sandbox will not have."""

    def __init__(self, gateway: Gateway, page: Page, run: str) -> None:
        self.gateway = gateway
        self.page = page
        self.run = run

    async def show_page(self, _request: web.Request) -> web.Response:
        """GET /: the phones."""
        headers = {
            "Content-Security-Policy": self.page.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return web.Response(text=self.page.html, content_type="text/html", charset="utf-8", headers=headers)

    async def show_openapi(self, _request: web.Request) -> web.Response:
        """GET /_sandbox/openapi.yaml: what `--openapi` prints."""
        return web.Response(text=openapi_text(), content_type="application/yaml", charset="utf-8")

    async def list_received(self, _request: web.Request) -> web.Response:
        """GET /_sandbox/received: the records in memory, oldest first, and how many there ever were."""
        records = ",".join(line.text for line in self.gateway.journal.after(0))
        text = f'{{"total":{self.gateway.journal.total},"received":[{records}]}}'
        return web.Response(text=text, content_type="application/json")

    async def clear_received(self, _request: web.Request) -> web.Response:
        """DELETE /_sandbox/received: forget them, the file names that came before included."""
        self.gateway.journal.clear()
        return web.Response(status=204)

    async def list_faults(self, _request: web.Request) -> web.Response:
        """GET /_sandbox/faults: what is still to go wrong."""
        return web.json_response({"faults": self.gateway.pending.as_texts()})

    async def add_faults(self, request: web.Request) -> web.Response:
        """POST /_sandbox/faults with {"faults": ["503:3", …]}: all of them are added, or none."""
        if request.content_type != "application/json":
            # A web page somewhere else can post a form here, but not this type without asking first.
            return web.json_response({"problem": "Content-Type must be application/json"}, status=400)
        try:
            more = [parse_fault(text) for text in _texts(read_json(await request.read()))]
        except ValueError as error:
            return web.json_response({"problem": str(error)}, status=400)
        self.gateway.pending = self.gateway.pending.with_more(*more)
        self.gateway.journal.wake()
        return await self.list_faults(request)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """DELETE /_sandbox/faults: nothing goes wrong any more."""
        self.gateway.pending = Pending()
        self.gateway.journal.wake()
        return web.Response(status=204)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """GET /_sandbox/stream: history from where the reader left off, then everything as it comes."""
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        gateway, journal = self.gateway, self.gateway.journal
        position = resume(request.headers.get("Last-Event-ID", ""), self.run, journal.cleared)
        await response.write(greeting(position).encode())
        while not gateway.closing.is_set():
            newer = journal.after(position.number)
            text, position = catch_up(position, journal.cleared, gateway.pending.as_texts(), newer)
            if text:
                await response.write(text.encode())
                continue
            try:
                await asyncio.wait_for(journal.news(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
        return response


def _texts(body: Any) -> list[str]:
    faults = body.get("faults") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(faults, list) or not all(isinstance(text, str) for text in faults):
        raise ValueError('write {"faults": ["503:3", "hang:1"]}')
    return faults
