"""The commands on a PostgreSQL, from a machine that is not the replica's, while replicas run."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest

from bot import manifest
from bot.domain.outbox import Job, Target
from bot.domain.workspace import Workspace
from bot.import_parts import PART
from bot.playground.seed import TEAM
from bot.playground.standin import start_standin
from bot.services.ports.store import Transaction
from storage import open_store
from tests import postgres
from tests.bot.test_cli import SECRETS, environment, run
from tests.bot.test_cli_courier import says, serving
from tests.bot.test_cli_workspaces import NEW, OAUTH, OLD, fill, installation
from tests.directories import whole
from tests.handlers.conftest import ticket

HERE = Workspace(team_id=TEAM.id)


def with_password(url: str) -> str:
    """The server of the tests takes any."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace("postgres@", "postgres:s3cr%23t@")))


async def save_job(url: str, **fields: object) -> None:
    now = datetime.now(UTC)
    target = Target(channel="C0SUPPORT", user="U0ANA")
    job = Job(id=UUID(int=7), number=1, target=target, created_at=now, due_at=now).model_copy(update=fields)

    async def work(tx: Transaction) -> None:
        await tx.save(ticket(), now=now)
        await tx.enqueue(job)

    store = open_store(url)
    await store.change(HERE, work)
    await store.close()


async def commits_of_items(url: str) -> int:
    async with postgres.connected(url) as connection:
        return int(await connection.fetchval("SELECT count(DISTINCT changed) FROM deskhand.items"))


async def test_the_doctor_looks_at_the_database_and_tells_no_password(
    tmp_path: Path, postgresql_url: str
) -> None:
    url = with_password(postgresql_url)
    await says(tmp_path, "migrate", DESKHAND_STORE=url)
    said = await says(tmp_path, "doctor", DESKHAND_STORE=url)
    assert f"✓ postgresql: PostgreSQL at {urlsplit(url).hostname}:{urlsplit(url).port}, database" in said
    assert "✓ schema: at 0001; no replica is at work" in said
    assert "✗ durability: fsync is off" in said, "as the tests' server is"
    assert "✗ durability: synchronous_commit is off" in said
    assert "✓ connections: " in said
    assert "✓ notifications: LISTEN hears other replicas" in said
    assert "✓ database clock: 0.0 s off this machine's" in said
    assert "✓ outbox: nothing was set aside" in said
    assert "pooler" not in said
    assert "data files" not in said
    assert "background tasks" not in said, "nothing runs at this address"
    assert "s3cr" not in said


@pytest.mark.slow
async def test_a_database_that_is_not_there_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    url = "postgresql://desk:s3cr3t@127.0.0.1:1/desk"
    done = await asyncio.to_thread(run, tmp_path, "doctor", DESKHAND_STORE=url)
    assert done.returncode == 1
    assert "✗ postgresql: PostgreSQL at 127.0.0.1:1, database desk cannot be used (" in done.stdout
    assert "→ Check host and port in its URL, and that PostgreSQL runs." in done.stdout
    assert "outbox" not in done.stdout
    for words in (
        ("migrate",),
        ("courier", "retry"),
        ("workspaces",),
        ("import", "none.csv"),
        ("doctor", "--repair"),
    ):
        done = await asyncio.to_thread(run, tmp_path, *words, DESKHAND_STORE=url)
        assert "s3cr3t" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr, words
        assert done.returncode in {1, 2}, words
        assert "cannot be used: connection refused. " in done.stderr or "Nothing to repair" in done.stdout


@pytest.mark.slow
async def test_migrating_says_what_was_done_and_the_doctor_what_is_to_do(
    tmp_path: Path, postgresql: postgres.Databases
) -> None:
    del postgresql
    with postgres.server() as server:
        url = await postgres.made(server)
        said = await says(tmp_path, "doctor", DESKHAND_STORE=url)
        assert "! schema: there is none yet" in said
        assert "outbox" not in said, "the store was not opened: that would make it"
        assert "Applied 0001 to PostgreSQL at " in await says(tmp_path, "migrate", DESKHAND_STORE=url)
        assert "is at 0001, which this version can work with" in await says(
            tmp_path, "migrate", DESKHAND_STORE=url
        )
        async with postgres.connected(url) as connection:
            await connection.execute("INSERT INTO deskhand.migrations (number, oldest) VALUES (2, 1)")
        assert "is at 0002, which this version can" in await says(tmp_path, "migrate", DESKHAND_STORE=url)
    assert "Nothing to do: a TinyDB folder is read as it is" in await says(tmp_path, "migrate")


@pytest.mark.slow
async def test_what_was_set_aside_is_told_put_back_and_delivered_by_a_replica(
    tmp_path: Path, postgresql_url: str
) -> None:
    store = {"DESKHAND_STORE": postgresql_url}
    await save_job(postgresql_url, set_aside="invalid_blocks", attempts=3)
    assert "! outbox: cards that Slack does not take: invalid_blocks (1)" in await says(
        tmp_path, "doctor", **store
    )
    async with await start_standin(manifest.read()) as slack, serving(slack, tmp_path, **store):
        while "replicas at work hold" not in await says(tmp_path, "doctor", **store):
            pass
        said = await says(tmp_path, "courier", "retry", **store)
        assert said == "Put back: 1. The replicas at work deliver it, and go on where a token was refused.\n"
        await slack.channel("support").shows("T-1")
    assert (await says(tmp_path, "courier", "retry", **store)).startswith("Nothing was set aside.")


@pytest.mark.slow
async def test_a_refused_token_is_tried_again_by_a_replica_that_is_asked(
    tmp_path: Path, postgresql_url: str
) -> None:
    store = {"DESKHAND_STORE": postgresql_url}
    await save_job(postgresql_url)
    async with await start_standin(manifest.read()) as slack:
        slack.faults.fail("chat.postMessage", "account_inactive")
        async with serving(slack, tmp_path, **store) as settings:
            await slack.until(lambda: slack.exchanges.of("chat.postMessage"))
            while "account_inactive (1)" not in await says(tmp_path, "doctor", **settings):
                pass
            said = await says(tmp_path, "courier", "retry", **store)
            assert said == "Nothing was set aside. The replicas at work go on where a token was refused.\n"
            await slack.channel("support").shows("T-1")


@pytest.mark.slow
async def test_workspaces_are_listed_and_an_import_goes_in_beside_a_replica(
    tmp_path: Path, postgresql_url: str
) -> None:
    store = {"DESKHAND_STORE": postgresql_url}
    await save_job(postgresql_url)
    rows = [f"acme{number},Acme\n" for number in range(2 * PART)]
    (tmp_path / "customers.csv").write_text(f"id,name\n{''.join(rows)}")
    async with await start_standin(manifest.read()) as slack, serving(slack, tmp_path, **store) as settings:
        listed = await says(tmp_path, "workspaces", **settings)
        assert TEAM.id in listed
        assert "serves the workspace of its SLACK_BOT_TOKEN" in listed, "“not installed” is no fault then"
        said = await says(tmp_path, "import", str(tmp_path / "customers.csv"), **settings)
        assert f"{TEAM.id} now knows {2 * PART} customers" in said
        assert "✓ background tasks: at work" in await says(tmp_path, "doctor", **settings), (
            "of the replica here"
        )
    opened = open_store(postgresql_url)
    directory = await whole(opened.read(HERE))
    await opened.close()
    assert [customer.name for customer in directory.customers] == ["Acme"] * 2 * PART
    assert await commits_of_items(postgresql_url) == 2, "nobody waits for all of it"


@pytest.mark.slow
async def test_a_copy_says_what_it_did_and_a_second_one_that_something_is_there(
    tmp_path: Path, postgresql_url: str
) -> None:
    url = with_password(postgresql_url)
    await save_job(f"tinydb:{tmp_path}/data")
    source = f"tinydb:{tmp_path}/data"
    said = await says(tmp_path, "copy", source, url)
    assert "Copied and compared: 1 workspace with 1 tickets, " in said
    assert f"{tmp_path}/data is as it was. Set DESKHAND_STORE to the other one, and start." in said
    again = await says(tmp_path, "copy", source, url)
    assert "There is something in PostgreSQL at " in again
    assert "Copied and compared: 1 workspace" in await says(tmp_path, "copy", url, f"tinydb:{tmp_path}/back")
    assert "s3cr" not in said + again
    async with await start_standin(manifest.read()) as slack, serving(slack, tmp_path, DESKHAND_STORE=url):
        await slack.channel("support").shows("T-1")
        while "Deskhand runs on PostgreSQL at" not in await says(
            tmp_path, "copy", url, f"tinydb:{tmp_path}/third"
        ):
            pass


@pytest.mark.slow
async def test_installations_are_rekeyed_joined_parted_and_forgotten(
    tmp_path: Path, postgresql_url: str
) -> None:
    settings = OAUTH | {"DESKHAND_STORE": postgresql_url}
    await fill(postgresql_url, installation("TACME", "Acme"), installation("TOTHER", "Other"))
    rekeyed = await says(tmp_path, "token", "rekey", **settings | {"DESKHAND_SECRET_KEY": f"{NEW},{OLD}"})
    assert rekeyed.startswith("Encrypted with the newest key: the tokens of 2 installations.\n")
    assert "does not decrypt" in await says(tmp_path, "workspaces", **settings)
    settings["DESKHAND_SECRET_KEY"] = NEW
    assert "find and read each other's" in await says(
        tmp_path, "workspaces", "join", "TACME", "TOTHER", **settings
    )
    assert "What is: TACME TOTHER." in await says(tmp_path, "workspaces", "part", "TACME", "T3", **settings)
    assert "find nothing of each" in await says(tmp_path, "workspaces", "part", "TACME", "TOTHER", **settings)
    assert "✓ installations: 2 of 2 at work" in await says(tmp_path, "doctor", **settings)
    done = await asyncio.to_thread(
        run, tmp_path, "workspaces", "forget", "TACME", typed="y\nTACME\n", **settings
    )
    assert (done.returncode, done.stdout.strip()) == (0, "Acme (TACME) is forgotten.")
    listed = await says(tmp_path, "workspaces", **settings)
    assert ("TACME" in listed, "Other" in listed) == (False, True)
    assert b"TACME" not in await asyncio.to_thread(postgres.everything, postgresql_url)


async def test_a_copy_says_which_of_its_two_stores_is_none(tmp_path: Path) -> None:
    for words, name in ((("folder", "tinydb:other"), "FROM"), (("tinydb:folder", "other"), "TO")):
        done = await asyncio.to_thread(run, tmp_path, "copy", *words)
        assert done.returncode == 2
        assert done.stderr.startswith(f"deskhand: {name} is “"), done.stderr
        assert "DESKHAND_STORE" not in done.stderr


async def test_a_copy_says_which_of_its_two_addresses_cannot_be_read(tmp_path: Path) -> None:
    wrong, folder = "postgresql://desk:s3cret@db:99999/desk", "tinydb:folder"
    for words, name in (((wrong, folder), "FROM"), ((folder, wrong), "TO")):
        done = await asyncio.to_thread(run, tmp_path, "copy", *words)
        assert done.returncode != 0
        assert done.stderr.startswith(f"deskhand: {name} must be "), done.stderr
        assert "a number up to 65535" in done.stderr
        assert "DESKHAND_STORE" not in done.stderr
        assert "s3cret" not in done.stderr


async def test_a_copy_leaves_the_name_of_a_wrong_address_past_the_pooler(tmp_path: Path) -> None:
    store = "postgresql://db/desk"
    named = {"DESKHAND_STORE": store, "DESKHAND_STORE_DIRECT": "postgresql://db:99999/desk"}
    done = await asyncio.to_thread(run, tmp_path, "copy", "tinydb:folder", store, **named)
    assert done.stderr.startswith("deskhand: DESKHAND_STORE_DIRECT must be the address of TO's database"), (
        done.stderr
    )


@pytest.mark.slow
async def test_a_copy_that_is_killed_goes_on_where_it_was(tmp_path: Path, postgresql_url: str) -> None:
    store = open_store(f"tinydb:{tmp_path}/data")

    async def work(tx: Transaction) -> None:
        for number in range(1, 6001):
            await tx.save(
                ticket().model_copy(update={"id": UUID(int=number), "number": number}), now=datetime.now(UTC)
            )

    await store.change(HERE, work)
    await store.close()
    words = [sys.executable, "-m", "bot", "copy", f"tinydb:{tmp_path}/data", postgresql_url]
    copying = subprocess.Popen(words, env=environment(tmp_path), stderr=subprocess.PIPE)  # noqa: ASYNC220, S603
    async with postgres.connected(postgresql_url) as connection:
        while not await some(connection):  # a look takes its time
            pass
        copying.send_signal(signal.SIGKILL)
        copying.communicate()
        assert 0 < await connection.fetchval("SELECT count(*) FROM deskhand.tickets") < 6000
    said = await says(tmp_path, "serve", **SECRETS, DESKHAND_STORE=postgresql_url)
    assert "holds a copy that is not complete" in said
    assert "with 6,000 tickets" in await says(tmp_path, "copy", f"tinydb:{tmp_path}/data", postgresql_url)


async def some(connection: object) -> bool:
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM deskhand.tickets"))  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  (no table yet)
        return False


WITHOUT_DRIVER = "import sys; sys.modules['asyncpg'] = None; sys.argv = ['deskhand', *sys.argv[1:]]; from bot import cli; cli.main()"


@pytest.mark.parametrize("words", [("workspaces",), ("migrate",), ("doctor",)])
def test_without_the_driver_it_says_how_to_install_it_and_a_folder_needs_none(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    def said(**more: str) -> str:
        done = subprocess.run(  # noqa: S603  (our own program)
            [sys.executable, "-c", WITHOUT_DRIVER, *words],
            env={**environment(tmp_path, **more), "PYTHONPATH": os.getcwd()},  # noqa: PTH109
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    assert "pip install 'deskhand[postgresql]'" in said(DESKHAND_STORE="postgresql://h/d")
    assert "pip install" not in said()
