"""What a daemon tells of itself for `otpushd status`: names, times and codes, never content, addresses or secrets.

It is written into the store as JSON and read back by whoever looks, perhaps by another version: what is unknown there
is left out, and what is missing has its default.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

MOST_PROBLEMS = 20
"""So many problems of a refused reload are kept; the log has them all."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The last time that rules, people and plan were loaded anew. `count` is how many problems it was refused for, 0 if
    it was not, and `problems` are the first of them. `restart` are keys of the configuration that need a restart.
    """

    at: datetime
    count: int = 0
    problems: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether what was there before goes on."""
        return self.count > 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as this daemon sees it. `read_at`: when it was last read to its end. `trouble` is why it cannot be."""

    name: str
    read_at: datetime | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class HeldChannel:
    """A channel in which nothing is sent before `until`: its far side refuses us, or asked for rest."""

    name: str
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class DaemonState:
    """One daemon. `rules` is how many are in force."""

    pid: int
    host: str
    version: str
    started: datetime
    rules: int = 0
    sources: tuple[SourceState, ...] = ()
    held: tuple[HeldChannel, ...] = ()
    reload: Reloaded | None = None

    @property
    def steady(self) -> "DaemonState":
        """Without what changes at every poll but the first: of a source it matters whether it was read at all."""
        return replace(
            self, sources=tuple([replace(one, read_at=one.read_at and self.started) for one in self.sources])
        )


def to_json(state: DaemonState) -> str:
    """As text."""
    reload = state.reload
    return json.dumps(
        {
            **{"pid": state.pid, "host": state.host, "version": state.version, "rules": state.rules},
            "started": state.started.isoformat(),
            "sources": [
                {"name": one.name, "read_at": _text(one.read_at), "trouble": one.trouble} for one in state.sources
            ],
            "held": [{"name": one.name, "until": one.until.isoformat(), "why": one.why} for one in state.held],
            "reload": None
            if reload is None
            else {
                **{"at": reload.at.isoformat(), "count": reload.count},
                **{"problems": reload.problems, "restart": reload.restart},
            },
        }
    )


def from_json(text: str) -> DaemonState:
    """What `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(text)
    return DaemonState(
        pid=int(found["pid"]),
        host=str(found["host"]),
        version=str(found["version"]),
        started=datetime.fromisoformat(found["started"]),
        rules=int(found.get("rules", 0)),
        sources=tuple([_source(one) for one in found.get("sources", ())]),
        held=tuple([_held(one) for one in found.get("held", ())]),
        reload=_reload(found["reload"]) if found.get("reload") else None,
    )


def _source(found: Mapping[str, Any]) -> SourceState:
    return SourceState(found["name"], _instant(found.get("read_at")), found.get("trouble"))


def _held(found: Mapping[str, Any]) -> HeldChannel:
    return HeldChannel(found["name"], datetime.fromisoformat(found["until"]), found["why"])


def _reload(found: Mapping[str, Any]) -> Reloaded:
    at, problems, restart = datetime.fromisoformat(found["at"]), found.get("problems", ()), found.get("restart", ())
    return Reloaded(at, int(found.get("count", 0)), tuple(problems), tuple(restart))


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
