"""Gateways to push to, and a team that has everything a daemon needs. Whatever was started ends with the test."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from wire import Wire
from world import CONFIG, PASSWORD, PEOPLE, RULES, Gateway, Team

from otpushd.demo.prodigy_database import ProdigyDatabase
from otpushd.files.postgres_url import postgres_url
from otpushd.sandbox.app import build, running
from otpushd.sandbox.faults import parse_fault
from otpushd.sandbox.settings import Settings
from tests.postgres import Cluster

if TYPE_CHECKING:
    from tests.prodigy_on_postgres import ProdigyOnPostgres


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in another thread, for the servers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def start_gateway(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Gateway]]:
    """Starts the sandbox on a socket of its own, with the given faults."""
    started = []

    def start(*faults: str, port: int = 0) -> Gateway:
        log = tmp_path / f"gateway{len(started)}.jsonl"
        accounts = {"acme-push": PASSWORD}
        serving = running(
            build(Settings(accounts=accounts, faults=tuple(map(parse_fault, faults)), log=log)), port=port
        )
        bound = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result(5)
        started.append(serving)
        return Gateway(f"http://127.0.0.1:{bound}", log)

    yield start
    for serving in started:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result(10)


@pytest.fixture
def wire(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Wire]]:
    """Starts servers that misbehave as told."""
    started = []

    def start(*answers: bytes | None, tls: Path | None = None) -> Wire:
        wire = Wire(list(answers))
        asyncio.run_coroutine_threadsafe(wire.start(tls), loop).result(5)
        started.append(wire)
        return wire

    yield start
    for one in started:
        asyncio.run_coroutine_threadsafe(one.stop(), loop).result(5)


@pytest.fixture
def bound() -> list[str]:
    """What to put before a command so that file modes bind it, root or not."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, because root may read and write every file")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


@pytest.fixture
def gateway(start_gateway: Callable[..., Gateway]) -> Gateway:
    return start_gateway()


@pytest.fixture
def shared_store(team: Team, cluster: Cluster) -> Iterator[str]:
    """The team's store, on PostgreSQL now: the name of its database."""
    name = cluster.create_database()
    team.edit("otpushd.yaml", "sqlite:///store/otpushd.db", postgres_url(cluster.parameters(name)))
    with cluster.connect(name) as connection:
        team.look = lambda sql: connection.execute(sql.encode()).fetchall()
        yield name
    team.end()
    cluster.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> str:
    """For a test that is to run on both."""
    if request.param == "postgresql":
        request.getfixturevalue("shared_store")
    return str(request.param)


@pytest.fixture
def team(tmp_path: Path, gateway: Gateway) -> Iterator[Team]:
    """A team with one rule: every answer is told to Lea."""
    team = Team(tmp_path, gateway, ProdigyDatabase(tmp_path / "prodigy.db"))
    team.write("otpushd.yaml", CONFIG.replace("BASE_URL", gateway.url))
    team.write("people.yaml", PEOPLE)
    team.write("rules.yaml", RULES)
    team.write("secret", PASSWORD + "\n")
    yield team
    team.end()
    team.prodigy.close()


@pytest.fixture
def writer(
    team: Team, cluster: Cluster, postgres_database: str, prodigy_on_postgres: "ProdigyOnPostgres"
) -> "ProdigyOnPostgres":
    """A writer to the team's source, which is on PostgreSQL now. What is in it is history."""
    from on_postgres import read_from

    from tests.prodigy_on_postgres import READER

    read_from(team, cluster.parameters(postgres_database, READER))
    prodigy_on_postgres.save("news", [{"text": "history"}], session="news-ann")
    assert team.once() == 0
    return prodigy_on_postgres


@pytest.fixture
def admin(cluster: Cluster, postgres_database: str) -> "Iterator[ProdigyOnPostgres]":
    """Somebody who changes things there behind otpushd's back."""
    from tests.prodigy_on_postgres import ProdigyOnPostgres

    administrator = ProdigyOnPostgres(cluster, postgres_database)
    yield administrator
    administrator.close()
