"""Event types by the names that people write, with globs, and the nearest one where there is none."""

from collections.abc import Iterable

from otpushd.files.suggest import did_you_mean
from otpushd.model.event import Catalogue, EventType
from otpushd.model.glob import glob, is_glob
from otpushd.routing.rule_file import LATER_TYPES


def known_types(name: str, catalogue: Catalogue) -> tuple[list[EventType], str]:
    """The types a name or glob stands for, and what is wrong with it; then the types are the nearest, if any."""
    if is_glob(name):
        matches = glob(name)
        found = [kind for kind in catalogue.values() if matches(kind.name)]
        return found, "" if found else f"no event type is like `{name}`{_known(name, catalogue)}"
    kind, problem = known_type(name, catalogue)
    return [kind] if kind else [], problem


def known_type(name: str, catalogue: Catalogue) -> tuple[EventType | None, str]:
    """The type of that name; or the nearest one and what is wrong."""
    if name in catalogue:
        return catalogue[name], ""
    nearest = _nearest(name, catalogue)
    if name in LATER_TYPES:
        return None, f"the event type `{name}` is not supported by this version of otpushd"
    return nearest, f"no event type `{name}`{_known(name, catalogue)}"


def _nearest(name: str, catalogue: Catalogue) -> EventType | None:
    hint = did_you_mean(name, catalogue)
    return next((kind for kind in catalogue.values() if f"{kind.name!r}" in hint), None)


def _known(name: str, names: Iterable[str]) -> str:
    return did_you_mean(name, names) or f"; known: {', '.join(sorted(names))}"
