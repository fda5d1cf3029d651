"""What `check-rules` found as one page that needs nothing beside it: the JSON document, made readable. Pure."""

from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined

from otpushd.rehearse.tally import local


def page(document: dict[str, Any]) -> str:
    """HTML of a document as `document()` makes it. Everything in it is escaped; it loads nothing from anywhere."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    zone = ZoneInfo(document["timezone"])

    def there(text: str, form: str = "%a %Y-%m-%d %H:%M") -> str:
        return local(datetime.fromisoformat(text), zone).strftime(form)

    environment.filters |= {"there": there, "shades": _shades, "thousands": lambda count: f"{count:,}"}
    source = files("otpushd.rehearse").joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(document)


def _shades(histogram: list[list[int]]) -> list[list[tuple[int, int]]]:
    """Each count with how dark it is shown, 0 to 9."""
    most = max(map(max, histogram))
    return [[(count, -(-count * 9 // most)) for count in day] for day in histogram]
