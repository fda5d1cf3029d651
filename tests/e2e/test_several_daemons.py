"""Three real daemons on one store: whatever happens to one, nothing is lost and no answer is announced twice."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from world import Team, wait_for

from otpushd.files.postgres_url import postgres_url
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

HOLDER = "SELECT holder FROM source_hold"
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'otpushd-store%'"
IN_FLIGHT = 4
"""As many as one daemon sends at once; only those may be said twice, by the same id, when it dies."""
Daemon = subprocess.Popen[str]


@dataclass
class Fleet:
    """Three daemons, each with its own log. `poller` is the one that reads Prodigy now."""

    team: Team
    teams: Sequence[Team]
    daemons: Sequence[Daemon]
    said: int = 0

    def answer(self, count: int, pause: float = 0.0) -> None:
        for _ in range(count):
            self.team.prodigy.save("news", [{"text": f"t{self.said}", "answer": "accept"}], session="news-ann")
            self.said += 1
            time.sleep(pause)

    @property
    def poller(self) -> Daemon:
        ((holder,),) = self.team.stored(HOLDER)
        return next(one for one in self.daemons if one.pid == int(holder.split(":")[1]))

    @property
    def standby(self) -> Daemon:
        return next(one for one in self.daemons if one is not self.poller and one.poll() is None)

    def claimed(self, daemon: Daemon) -> int:
        """How many notifications it has claimed."""
        ((count,),) = self.team.stored(f"SELECT count(*) FROM notification WHERE claimed_by LIKE '%:{daemon.pid}:%'")
        return int(count)

    def cut(self, daemon: Daemon | None) -> None:
        """End the store's connections of one, or of all."""
        names = "otpushd-store%" if daemon is None else f"otpushd-store%:{daemon.pid}:%"
        self.team.stored(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '{names}'"
        )

    def log(self, daemon: Daemon) -> Team:
        return self.teams[self.daemons.index(daemon)]

    def taken_over(self, former: Daemon, seconds: float) -> float:
        """Wait until another polls. Returns how long it took."""
        begun = time.monotonic()
        wait_for(lambda: self.poller is not former, "another poller", seconds=seconds)
        return time.monotonic() - begun

    def ends_well(self, repeats: int = 0) -> None:
        """Every answer has arrived under one id of its own, at most `repeats` of them more than once."""
        gateway = self.team.gateway
        wait_for(lambda: len({one["filename"] for one in gateway.received("accepted")}) >= self.said, self.logs())
        time.sleep(1.5)
        accepted = gateway.received("accepted")
        told = {(one["filename"], one["document"]["notification"]["body"]) for one in accepted}
        assert len(told) == len({name for name, _ in told}) == len({body for _, body in told}) == self.said
        assert len(accepted) <= self.said + repeats
        assert "Traceback" not in self.logs()

    def logs(self) -> str:
        return "\n".join(team.logged() for team in self.teams)


both = pytest.mark.parametrize("fleet", ["prodigy on sqlite", "prodigy on postgresql"], indirect=True)


@pytest.fixture
def fleet(request: pytest.FixtureRequest, team: Team, shared_store: str) -> Iterator[Fleet]:
    """Prodigy's history is counted, and all three are ready."""
    if getattr(request, "param", "").endswith("postgresql"):
        name = request.getfixturevalue("postgres_database")
        url = postgres_url(request.getfixturevalue("cluster").parameters(name, READER))
        team.edit("otpushd.yaml", "sqlite:///prodigy.db", url)
        writer: ProdigyOnPostgres = request.getfixturevalue("prodigy_on_postgres")
        team.prodigy.close()
        team.prodigy = writer  # type: ignore[assignment]
    team.prodigy.dataset("news")
    team.edit("otpushd.yaml", "kind: opentext-push", f"kind: opentext-push\n    concurrency: {IN_FLIGHT}")
    team.gateway.fault("slow:1000:0.2")
    teams = [replace(team, log=f"log{number}.txt") for number in range(3)]
    daemons = [each.run() for each in teams]
    for each, daemon in zip(teams, daemons, strict=True):
        wait_for(lambda each=each: each.events("ready"), "ready", daemon)
    yield Fleet(team, teams, daemons)
    team.end()


def test_one_polls_and_all_are_ready_and_all_send(fleet: Fleet) -> None:
    fleet.answer(60)
    fleet.ends_well()
    assert len([log for log in fleet.teams if log.events("source_taken")]) == 1
    assert len([log for log in fleet.teams if log.events("source_held_elsewhere")]) == 2
    assert all(log.events("accepted") for log in fleet.teams)


@both
def test_a_poller_that_is_killed_is_followed_within_seconds(fleet: Fleet) -> None:
    fleet.answer(20, pause=0.02)
    former = fleet.poller
    former.kill()
    fleet.answer(20)
    assert fleet.taken_over(former, 5) < 5
    fleet.answer(20)
    fleet.ends_well(repeats=IN_FLIGHT)


def test_what_a_killed_sender_had_claimed_is_sent_by_another(fleet: Fleet) -> None:
    killed = fleet.standby
    fleet.answer(40)
    wait_for(lambda: fleet.claimed(killed), "a claim of the one to be killed")
    killed.kill()
    killed.wait()
    wait_for(lambda: not fleet.claimed(killed), "claims taken back", seconds=8)
    fleet.ends_well(repeats=IN_FLIGHT)


@pytest.mark.parametrize("whose", ["the poller's", "a sender's", "everybody's"])
def test_a_connection_that_is_cut_costs_nothing_and_repeats_nothing(
    fleet: Fleet, cluster: Cluster, shared_store: str, whose: str
) -> None:
    """Requests are under way; their daemons come back before their claims are taken back."""
    one = {"the poller's": fleet.poller, "a sender's": fleet.standby}.get(whose)
    for _ in range(3):
        fleet.answer(15, pause=0.02)
        fleet.cut(one)
    fleet.answer(15)
    fleet.ends_well()
    wait_for(lambda: fleet.team.stored(CONNECTED) == [(3,)], "three connections again")
    assert all(daemon.poll() is None for daemon in fleet.daemons)


@both
def test_one_that_was_stopped_past_its_lease_commits_nothing_when_it_goes_on(fleet: Fleet) -> None:
    fleet.answer(20, pause=0.02)
    former = fleet.poller
    former.send_signal(signal.SIGSTOP)
    fleet.answer(20)
    assert fleet.taken_over(former, 20) < 20
    fleet.answer(20, pause=0.02)
    former.send_signal(signal.SIGCONT)
    fleet.answer(20, pause=0.02)
    fleet.ends_well(repeats=IN_FLIGHT)
    wait_for(lambda: fleet.log(former).events("source_lost"), "a word of the former poller")
    assert len(fleet.log(former).events("source_lost")) == 1
    assert fleet.poller is not former


def test_once_beside_a_daemon_says_who_polls_and_sends(fleet: Fleet) -> None:
    fleet.answer(5)
    once = replace(fleet.team, log="once.txt")
    assert once.once() == 0
    (line,) = once.events("source_held_elsewhere")
    assert line["holder"].split(":")[1] == str(fleet.poller.pid)
    fleet.ends_well()


def test_daemons_that_end_in_order_hand_over_at_once(fleet: Fleet) -> None:
    former = fleet.poller
    fleet.answer(10)
    fleet.team.stop(former)
    fleet.answer(10)
    assert fleet.taken_over(former, 5) < 5
    fleet.ends_well()
