"""The page at `/`: three files put together into one document that loads nothing and may run nothing else."""

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files

PARTS = {"/*STYLE*/": "page.css", "/*SCRIPT*/": "page.js"}


@dataclass(frozen=True, slots=True)
class Page:
    """The document, and the Content-Security-Policy that admits exactly its own style and script, by digest."""

    html: str
    policy: str


def load_page() -> Page:
    """Read the page's files from the package and put them together."""
    folder = files("otpushd.sandbox")
    html = folder.joinpath("page.html").read_text("utf-8")
    digests = {}
    for mark, name in PARTS.items():
        part = folder.joinpath(name).read_text("utf-8")
        html = html.replace(mark, part)
        digests[name] = "'sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() + "'"
    policy = (
        f"default-src 'none'; style-src {digests['page.css']}; script-src {digests['page.js']}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy)
