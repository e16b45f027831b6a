"""A start whose PostgreSQL is not to be had says in one line which one it is, what is wrong with it and what to do."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from bot.domain.errors import DeskError, StoreUnavailable
from storage import StoreUrl, store_url
from tests import postgres
from tests.bot.test_cli import SECRETS, run
from tests.certificates import Certificate, self_signed

PASSWORD = "s3cr3t"  # noqa: S105  (a test's)
WANTS_TLS = bytes.fromhex("0000000804d2162f")
"""https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST"""
NOWHERE = f"postgresql://desk:{PASSWORD}@127.0.0.1:1/desk"
ACCESS = """
host no_entry all all reject
host all weak,strict all scram-sha-256
host all all all trust
"""
MADE = """
CREATE ROLE weak LOGIN PASSWORD 's3cr3t';
CREATE ROLE strict LOGIN PASSWORD 'another';
CREATE DATABASE empty;
CREATE DATABASE no_entry;
CREATE DATABASE no_connect;
REVOKE CONNECT ON DATABASE no_connect FROM PUBLIC;
CREATE DATABASE read_only;
ALTER DATABASE read_only SET default_transaction_read_only = on;
CREATE DATABASE full_one CONNECTION LIMIT 0;
CREATE DATABASE others
"""


class Server(NamedTuple):
    """Its own port, and one at which TLS must be spoken, with a certificate for localhost that stands in `trusted`; that in
    `another` has not signed it."""

    plain: int
    tls: int
    trusted: Path
    another: Path


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgres.Cluster]:
    cluster = postgres.Cluster(durable=False)
    cluster.write("pg_hba.conf", ACCESS)
    with cluster:
        asyncio.run(made(cluster))
        yield cluster


@pytest.fixture
async def server(cluster: postgres.Cluster, tmp_path: Path) -> AsyncIterator[Server]:
    certificate = self_signed("localhost")
    trusted, another = tmp_path / "trusted.crt", tmp_path / "another.crt"
    trusted.write_text(certificate.text)
    another.write_text(self_signed("localhost").text)
    async with in_front(cluster.port, speaking_tls(certificate, tmp_path)) as tls:
        yield Server(cluster.port, tls, trusted, another)


Spoken = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Heard = Callable[[bytes], bytes]


@asynccontextmanager
async def in_front(port: int, begin: Spoken, heard: Heard = bytes) -> AsyncIterator[int]:
    """The port of what stands before a server, and passes on what it says as it is `heard`."""

    async def passed(source: asyncio.StreamReader, target: asyncio.StreamWriter, heard: Heard) -> None:
        while some := await source.read(65536):
            target.write(heard(some))
        target.close()

    async def connected(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await begin(client, answers)
            server, questions = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(passed(client, questions, bytes), passed(server, answers, heard))
        answers.close()

    front = await asyncio.start_server(connected, "127.0.0.1")
    yield front.sockets[0].getsockname()[1]
    front.close()


def speaking_tls(certificate: Certificate, folder: Path) -> Spoken:
    """As PostgreSQL with ssl = on and nothing but `hostssl`: the one for tests is built without it."""
    (folder / "chain.pem").write_text(certificate.key + certificate.text)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "chain.pem")

    async def begin(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        if await client.readexactly(8) != WANTS_TLS:
            raise ConnectionRefusedError
        answers.write(b"S")
        await answers.start_tls(context)

    return begin


async def made(cluster: postgres.Cluster) -> None:
    async with postgres.connected(cluster.url) as connection:
        for statement in MADE.split(";"):
            await connection.execute(statement)
    await store_url(f"postgresql://postgres@127.0.0.1:{cluster.port}/others").migrate()


async def told(url: StoreUrl) -> str:
    """To who runs the desk: the same by a start and by a command that brings the tables."""
    said = set[str]()
    store = url.open()
    try:
        for ask in (url.migrate, store.workspaces):
            with pytest.raises(DeskError) as refused:
                await ask()
            error = refused.value
            said.add((isinstance(error, StoreUnavailable) and error.for_admins) or error.message)
    finally:
        await store.close()
    (words,) = said
    return words


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        ("postgres@127.0.0.1:{plain}/none", "there is no such database. Make it, or check its name"),
        ("weak:wrong@127.0.0.1:{plain}/empty", "it refuses the user or the password. Check both"),
        ("strict@127.0.0.1:{plain}/empty", "it refuses the user or the password. Check both"),
        ("nobody_else@127.0.0.1:{plain}/empty", "it refuses the user. Its pg_hba.conf must let this user in"),
        ("weak@127.0.0.1:{plain}/no_entry", "it refuses the user. Its pg_hba.conf must let this user in"),
        ("weak@127.0.0.1:{plain}/no_connect", "GRANT CONNECT, CREATE ON DATABASE … TO that user."),
        ("weak@127.0.0.1:{plain}/empty", "GRANT CREATE ON DATABASE … TO …"),
        ("weak@127.0.0.1:{plain}/others", "or not use those that there are. Run “deskhand migrate” with"),
        ("postgres@127.0.0.1:{plain}/read_only", "it is read-only at the moment. Name the primary"),
        ("weak@127.0.0.1:{plain}/full_one", "it has too many connections. Lower DESKHAND_POOL"),
        ("desk@127.0.0.1:1/desk", "connection refused. Check host and port in its URL, and that"),
        ("desk@no-such-host.invalid/desk", "its host is not known. Check the host"),
        ("desk@/desk?host=/nowhere", "a file that its URL names cannot be read. Check sslrootcert"),
        ("postgres@127.0.0.1:{plain}/empty?sslmode=require", "TLS with it failed. It needs ssl = on"),
        ("postgres@localhost:{tls}/postgres?sslmode=verify-full&sslrootcert=/nowhere.crt", "cannot be read"),
        (
            "postgres@localhost:{tls}/postgres?sslmode=verify-full&sslrootcert={another}",
            "its certificate is not trusted. sslrootcert must name a file",
        ),
        (
            "postgres@localhost:{tls}/postgres?sslmode=verify-ca&sslrootcert={another}",
            "its certificate is not trusted. sslrootcert must name a file",
        ),
        (
            "postgres@127.0.0.1:{tls}/postgres?sslmode=verify-full&sslrootcert={trusted}",
            "its certificate is for another host. Name the host in the URL",
        ),
    ],
)
async def test_what_is_wrong_and_what_to_do_is_told_with_the_database_and_without_the_password(
    server: Server, where: str, wrong: str
) -> None:
    text = f"postgresql://{where.format(**server._asdict())}"
    parts = urlsplit(text)
    if parts.password is None and parts.username != "strict":  # which comes without one
        text = text.replace("@", f":{PASSWORD}@", 1)
    url = store_url(text)
    said = await told(url)
    assert wrong in said
    assert url.describe() in said
    assert "saved" not in said
    assert "wrong@" not in said
    assert PASSWORD not in said + repr(url)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert={trusted}"),
        ("localhost", "sslmode=verify-full&sslrootcert={trusted}"),
    ],
)
async def test_tls_is_used_as_the_url_says(server: Server, host: str, options: str) -> None:
    text = f"postgresql://postgres@{host}:{server.tls}/postgres?{options.format(**server._asdict())}"
    store = store_url(text).open()
    try:
        assert [*await store.workspaces()] == []
    finally:
        await store.close()


async def test_a_postgresql_that_is_too_old_is_told(server: Server) -> None:
    async def begin(*_: object) -> None: ...

    def heard(some: bytes) -> bytes:
        return re.sub(rb"(server_version\0)\d\d", rb"\g<1>14", some)

    async with in_front(server.plain, begin, heard) as port:
        url = store_url(f"postgresql://postgres@127.0.0.1:{port}/empty")
        said = await told(url)
        assert (
            said
            == f"{url.describe()} is version 14: Deskhand needs 15 or later. Upgrade it, or name another one."
        )


async def test_the_database_past_the_pooler_is_named_where_that_is_the_one(server: Server) -> None:
    url = store_url(f"postgresql://postgres@127.0.0.1:{server.plain}/empty", direct=NOWHERE)
    assert (await told(url)).startswith(
        "PostgreSQL at 127.0.0.1:1, database desk cannot be used: connection refused."
    )


async def test_users_are_told_what_became_of_what_they_did() -> None:
    store = store_url(NOWHERE).open()
    with pytest.raises(StoreUnavailable, match=r"^This could not be saved\. The database cannot be used"):
        await store.workspaces()
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3/cr3t@h/d",
        "postgresql://u:12/s3cr3t@h/d",
        "postgresql://u:s3cr3t@h:port/d",
        "postgresql://u:s3?cr3t@h/d",
        "postgresql://u:s3#cr3t@h/d",
    ],
)
def test_an_address_that_is_cut_off_within_its_password_shows_nothing_of_it(url: str) -> None:
    for named, direct in ((url, None), ("postgresql://h/d", url)):
        with pytest.raises(DeskError) as refused:
            store_url(named, direct=direct)
        assert refused.value.message.startswith(
            "DESKHAND_STORE_DIRECT must" if direct else "DESKHAND_STORE must"
        )
        assert not re.search("s3|cr3t", refused.value.message)


COMMANDS = (
    ("serve",),
    ("migrate",),
    ("workspaces",),
    ("workspaces", "forget", "T1"),
    ("token", "rekey"),
    ("courier", "retry"),
    ("import", "none.csv", "--workspace", "T1", "--yes"),
    ("copy", "tinydb:data", NOWHERE),
    ("copy", NOWHERE, "tinydb:data"),
)


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_without_its_database_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "data").mkdir()
    words = tuple(word.replace("tinydb:", f"tinydb:{tmp_path}/") for word in words)
    done = run(tmp_path, *words, **SECRETS, DESKHAND_STORE=NOWHERE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "deskhand: PostgreSQL at 127.0.0.1:1, database desk cannot be used: connection refused. Check host and port in its URL,"
        " and that PostgreSQL runs."
    )
    assert done.stderr.count("\n") == 1
