"""What happened on the wire: a closed set of frozen values, each with one line about it.

Invariant: no credential, address or content can be in them. A gateway may echo our request in its error body, so of a
body only its kind, its size and a status code (a small number) are kept, never a piece of its text.
"""

import json
import re
from dataclasses import dataclass

LARGEST_CODE = 99_999
"""No larger status code is believed: a telephone number that comes back as a number must not be shown as a code."""

_MEDIA = {
    "application/json": "JSON",
    "application/problem+json": "JSON",
    "text/html": "HTML",
    "application/xhtml+xml": "HTML",
    "text/plain": "text",
    "application/xml": "XML",
    "text/xml": "XML",
    "": "no content type",
}
_CODE_NAMES = ("status_code", "StatusCode", "statusCode")
_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answered:
    """The gateway answered with an HTTP status (100 to 999).

    `retry_after` is the raw header, not to be shown. `media` is one of a few fixed words, `size` the body's bytes as
    far as read, `code` the status code inside a JSON body, `place` the host a redirect names, `note` a remark of ours.
    """

    status: int
    retry_after: str | None = None
    media: str = "no content type"
    size: int = 0
    code: int | None = None
    place: str | None = None
    note: str = ""

    @property
    def detail(self) -> str:
        """One line for logs and people: numbers and fixed words only."""
        parts = [f"HTTP {self.status}"]
        if self.code is not None:
            parts.append(f"status code {self.code}" if abs(self.code) <= LARGEST_CODE else "a status code out of range")
        parts.append(f"{self.media}, {self.size} bytes" if self.size else "no body")
        return ", ".join(parts) + (f"; {self.note}" if self.note else "")


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing of the body left this machine: connection refused, unknown name, TLS, no connection in time."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The body may have left and no usable answer came: time-out, reset, something that is not HTTP."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unsendable:
    """No request can be made of this message, now or later: its document breaks the template or the schema."""

    detail: str


Answer = Answered | NotSent | Unanswered | Unsendable


def answered(status: int, headers: dict[str, str], body: bytes) -> Answered:
    """The answer as a value. `headers` has lower-case names; `body` is decoded and may be cut."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    media = "HTML" if _HTML.match(body) else _MEDIA.get(kind, "another content type")
    return Answered(
        status=status,
        retry_after=headers.get("retry-after"),
        media=media,
        size=len(body),
        code=_status_code(body),
        place=_host(headers.get("location", "")) if 300 <= status < 400 else None,
    )


def _status_code(body: bytes) -> int | None:
    """`status_code` of a JSON object (opentext-openapi.yaml, MraError, inferred from the SOAP twin's StatusCode)."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    value = next((content[name] for name in _CODE_NAMES if name in content), None)
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip(), re.ASCII):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _host(location: str) -> str | None:
    found = re.match(r"https?://([a-z0-9.-]{1,253})(?::[0-9]{1,5})?(?:[/?#]|$)", location, re.IGNORECASE | re.ASCII)
    return found[1].lower() if found else None
