"""Rules, people and plan anew while the daemon runs: all are read and checked in a thread, as at the start, and then
exchanged at once, or refused whole. Sources, store and channels stay as they are until a restart.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from otpushd import sd_notify
from otpushd.app import Parts, thinkings, utc_now
from otpushd.check import Checked, check
from otpushd.config.load import Config
from otpushd.files.problem import Problem, Severity
from otpushd.model.daemon_state import MOST_PROBLEMS, Reloaded
from otpushd.rehearse.rule_tests import run_tests
from otpushd.routing.load import RuleFile

log = structlog.get_logger()
MEND = "mend the files and reload again; what was in force before goes on"


@dataclass(frozen=True, slots=True)
class Anew:
    """What the files say now, without an error. `restart` are keys in which they differ from what runs."""

    config: Config
    rule_files: tuple[RuleFile, ...]
    warnings: tuple[Problem, ...]
    restart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is exchanged, a line each, warnings last: `status` shows the first."""

    problems: tuple[str, ...]


def read_files(path: Path, environ: Mapping[str, str], now: datetime) -> tuple[Checked, tuple[Problem, ...]]:
    """All that people wrote, with its problems, and the failures of the rules' tests: for a start and for a reload."""
    checked = check(path, environ, now=now)
    known = checked.known
    return checked, run_tests(checked.rule_files, known.people, known.channels, known.expose, known.plan).failures


def load_anew(running: Config, environ: Mapping[str, str], now: datetime) -> Anew | Refused:
    """What the files of a configuration that runs say `now`. Takes as long as a start; raises nothing they cause."""
    checked, failures = read_files(running.file, environ, now)
    if checked.config is None or failures or not checked.good:
        found = sorted((*checked.problems, *failures), key=lambda one: one.severity is Severity.WARNING)
        return Refused(tuple([str(one) for one in found]))
    if unknown := _not_running(checked.rule_files, running.channels):
        return Refused(unknown)
    channels = {name: running.channels[name] for name in checked.config.channels if name in running.channels}
    warnings = tuple([one for one in checked.problems if one.severity is Severity.WARNING])
    config = replace(checked.config, channels=channels)
    return Anew(config, checked.rule_files, warnings, changed(running, checked.config))


def changed(running: Config, now: Config) -> tuple[str, ...]:
    """The keys of the configuration that only a restart brings into force, as far as they changed."""
    store = (running.store_url, running.store_secrets) != (now.store_url, now.store_secrets)
    differs = {
        "sources": running.sources != now.sources,
        "store": store,
        "channels": list(running.channels.items()) != list(now.channels.items()),
        "retention": running.settings.retention != now.settings.retention,
    }
    return tuple([key for key, one in differs.items() if one])


def _not_running(files: Collection[RuleFile], running: Collection[str]) -> tuple[str, ...]:
    """Rules that send through a channel that is in the configuration since the daemon started."""
    return tuple(
        [
            f"{rule.place}: rule '{rule.name}' sends through `{name}`, which otpushd knows after a restart only"
            for file in files
            for rule in file.rules
            for name in dict.fromkeys(
                (*rule.channels, *(one for step in rule.escalate for one in step.wording.channels))
            )
            if name not in running
        ]
    )


@dataclass(slots=True)
class Reload:
    """The loop that loads anew when it is asked to: one after the other, and asked meanwhile, once more at the end.

    `wake` lets the polls look at once. `last` is how it ended, `rules` how many are in force. systemd hears of it once
    the daemon is `ready`: what ends a reload would end its start as well.
    """

    parts: Parts
    environ: Mapping[str, str]
    wake: Callable[[], object]
    rules: int = field(init=False)
    ready: bool = False
    last: Reloaded | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Until then those of the start."""
        self.rules = self.parts.rules

    async def run(self) -> None:
        """Wait to be asked, for ever."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self.once()

    async def once(self) -> None:
        """Load anew, once. Never raises for what the files hold."""
        tell = self.ready
        if tell:
            sd_notify.notify(self.environ, sd_notify.RELOADING, sd_notify.monotonic(time.monotonic_ns()))
        log.info("reloading", config=str(self.parts.config.file))
        begun = utc_now()
        try:
            found = await asyncio.to_thread(load_anew, self.parts.config, self.environ, begun)
        except Exception as error:  # files that break us must not stop what runs
            log.exception("reload_broke")
            found = Refused((f"otpushd broke: {type(error).__name__}",))
        if isinstance(found, Refused):
            self._refuse(found, begun)
        else:
            self._follow(found, begun)
        if tell:
            done = "reload refused, the rules from before go on" if isinstance(found, Refused) else "reloaded"
            sd_notify.notify(self.environ, sd_notify.READY, sd_notify.status(done))

    def _refuse(self, refused: Refused, begun: datetime) -> None:
        count = len(refused.problems)
        self.last = Reloaded(begun, count, refused.problems[:MOST_PROBLEMS])
        log.error("reload_refused", problems=count, mend=MEND)
        for line in refused.problems:
            log.error("reload_problem", problem=line)

    def _follow(self, anew: Anew, begun: datetime) -> None:
        """No step of the event loop comes between: nobody sees half of it."""
        config, polls = anew.config, self.parts.polls
        thoughts = thinkings(config, anew.rule_files, [poll.name for poll in polls])
        for poll in polls:
            poll.follow(thoughts[poll.name])
        self.parts.holding.pacing = thoughts[polls[0].name].pacing
        self.parts.dispatch.people = config.people
        self.rules = sum(len(file.rules) for file in anew.rule_files)
        self.last = Reloaded(begun, restart=anew.restart)
        self.wake()
        for one in anew.warnings:
            log.warning("reload_problem", problem=str(one))
        if anew.restart:
            log.warning(
                "restart_needed", changed=anew.restart, mend="restart otpushd: a reload leaves these as they are"
            )
        log.info(
            "reloaded",
            rules=self.rules,
            rule_files=len(anew.rule_files),
            people=len(config.people.people),
            groups=len(config.people.groups),
            planned=len(config.plan.entries),
            seconds=round((utc_now() - begun).total_seconds(), 3),
        )
