"""A name server that does not answer: asking for a name takes a minute. Leaves a file `asked` behind."""

import socket
import time
from pathlib import Path
from typing import Any

_ask = socket.getaddrinfo


def _slowly(host: Any, *rest: Any, **more: Any) -> Any:
    if host == "gateway.example.org":
        Path("asked").touch()
        time.sleep(60)
    return _ask(host, *rest, **more)


socket.getaddrinfo = _slowly
