"""`deskhand workspaces` and `deskhand token`, where Deskhand does not run and where it does, and the doctor on both."""

import asyncio
import json
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.installation import Installation, TeamName, Tokens, ended
from bot.domain.workspace import Workspace
from bot.services.ports.store import Transaction
from storage import installation_store, open_store, sharing_store
from tests.bot.test_cli import environment, run
from tests.handlers.conftest import ticket

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OAUTH = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-secret-77",
    "SLACK_SIGNING_SECRET": "signing-secret-88",
    "DESKHAND_PUBLIC_URL": "https://desk.example.com",
    "DESKHAND_SECRET_KEY": OLD,
}
ACCESS, REFRESH = "xoxe.xoxb-1-acme", "xoxe-1-acme"


def installation(team: str, name: str) -> Installation:
    return Installation(
        id=team,
        name=name,
        team_id=team,
        bot_user="U0BOT",
        scopes=frozenset({"commands", "chat:write"}),
        installed_by="U0DANA",
        since=NOW,
        noted_at=NOW,
        welcomed_at=NOW,
        tokens=Tokens(access=SecretStr(ACCESS), refresh=SecretStr(REFRESH)),
    )


async def fill(folder: Path | str, *installations: Installation, key: str = OLD) -> None:
    """Installations, and a ticket in the first one's workspace. `folder`: of the store, or its URL."""
    store = open_store(folder if isinstance(folder, str) else f"tinydb:{folder}/data")
    kept = installation_store(store, [SecretStr(key)])
    for each in installations:
        await kept.change(each.id, lambda _, each=each: each)  # type: ignore[misc]

    async def work(tx: Transaction) -> None:
        await tx.save(ticket(), now=NOW)

    await store.change(Workspace(team_id=installations[0].id), work)
    await store.close()


async def test_the_workspaces_are_listed_and_no_secret_with_them(tmp_path: Path) -> None:
    gone = ended(installation("T2", "Former Ltd"), "uninstalled", NOW, NOW)
    await fill(tmp_path, installation("T1", "Acme & Co"), gone)
    done = run(tmp_path, "workspaces", COLUMNS="200", **OAUTH)
    assert (done.returncode, done.stderr) == (0, "")
    heads, acme, former = done.stdout.splitlines()
    assert heads.split() == [
        "Workspace",
        "ID",
        "State",
        "Installed",
        "By",
        "Tickets",
        "Outbox",
        "Last",
        "use",
    ]
    assert " ".join(acme.split()).startswith("Acme & Co T1 installed 2026-11-29 U0DANA 1 0")
    assert " ".join(former.split()).startswith("Former Ltd T2 uninstalled 2026-11-29 U0DANA 0 0")
    for secret in (ACCESS, REFRESH, *OAUTH.values()):
        assert secret not in done.stdout


def test_without_a_workspace_there_is_nothing_to_list(tmp_path: Path) -> None:
    done = run(tmp_path, "workspaces", **OAUTH)
    assert (done.returncode, done.stdout) == (0, "There is no workspace yet.\n")


async def test_a_workspace_is_forgotten_once_that_was_said_twice(tmp_path: Path) -> None:
    await fill(tmp_path, installation("T1", "Acme"), installation("T2", "Other"))
    for typed in ("n\n", "y\nT2\n"):
        done = run(tmp_path, "workspaces", "forget", "T1", typed=typed, **OAUTH)
        assert done.returncode == 2
        assert "Nothing was deleted: T1 is as it was." in done.stderr
    done = run(tmp_path, "workspaces", "forget", "T1", typed="y\nT1\n", **OAUTH)
    assert (done.returncode, done.stdout.strip()) == (0, "Acme (T1) is forgotten.")
    assert "Delete all 1 tickets of Acme (T1)" in done.stderr
    done = run(tmp_path, "workspaces", **OAUTH)
    assert "T1" not in done.stdout
    assert "Other" in done.stdout
    assert not [each.name for each in (tmp_path / "data").iterdir() if each.name.startswith("T1")]


async def test_one_that_cannot_be_opened_is_told_of_and_hinders_nobody(tmp_path: Path) -> None:
    await fill(
        tmp_path, installation("T1", "Acme"), installation("T2", "Other"), installation("T7", "Damaged")
    )
    damaged = tmp_path / "data" / "T7.json"
    damaged.write_text('{"meta": garbage')
    done = run(tmp_path, "workspaces", COLUMNS="200", **OAUTH)
    assert done.returncode == 0
    assert {"Acme T1 installed", "Damaged T7 cannot be opened", "Other T2 installed"} == {
        " ".join(line.split()).partition(" 2026")[0] for line in done.stdout.splitlines()[1:]
    }
    assert "what is kept of it cannot be opened" in run(tmp_path, "doctor", COLUMNS="200", **OAUTH).stdout
    assert run(tmp_path, "workspaces", "join", "T1", "T2", **OAUTH).returncode == 0
    done = run(tmp_path, "workspaces", "forget", "T7", typed="y\nT7\n", **OAUTH)
    assert (done.returncode, done.stdout.strip()) == (0, "Damaged (T7) is forgotten.")
    assert "What is kept of Damaged (T7) cannot be opened." in done.stderr
    assert not damaged.exists()


async def test_a_team_of_an_organisation_that_was_forgotten_is_listed_no_more(tmp_path: Path) -> None:
    group = installation("E1", "Group").model_copy(
        update={
            "team_id": None,
            "enterprise_id": "E1",
            "is_org_wide": True,
            "teams": frozenset({"T1", "T2"}),
            "teams_at": {"T1": NOW, "T2": NOW},
            "team_names": {"T1": TeamName(name="Head office"), "T2": TeamName(name="Branch")},
        }
    )
    await fill(tmp_path, installation("T3", "Other"), group)
    before = run(tmp_path, "workspaces", COLUMNS="200", **OAUTH).stdout
    assert [line.split()[0] for line in before.splitlines()[1:]] == ["Branch", "Head", "Other"]
    done = run(tmp_path, "workspaces", "forget", "T1", typed="y\nT1\n", **OAUTH)
    assert done.returncode == 0, done.stderr
    listed = run(tmp_path, "workspaces", COLUMNS="200", **OAUTH).stdout
    assert "T2" in listed
    assert "T1" not in listed


async def test_workspaces_are_joined(tmp_path: Path) -> None:
    await fill(tmp_path, installation("T1", "Acme"), installation("T2", "Other"))
    done = run(tmp_path, "workspaces", "join", "T1", "T9", **OAUTH)
    assert done.returncode == 2
    assert "There is no workspace T9 here." in done.stderr
    done = run(tmp_path, "workspaces", "join", "T1", "T2", **OAUTH)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "T1 and T2 find and read each other's global tickets from now on.\n"
    store = open_store(f"tinydb:{tmp_path}/data")
    assert await sharing_store(store).joins() == [frozenset({"T1", "T2"})]
    await store.close()


async def test_tokens_are_encrypted_anew_and_the_old_key_is_needed_no_more(tmp_path: Path) -> None:
    await fill(tmp_path, installation("T1", "Acme"))
    wrong = run(tmp_path, "workspaces", **OAUTH | {"DESKHAND_SECRET_KEY": NEW})
    assert wrong.returncode == 2
    assert "does not decrypt the tokens that are kept. Put the key back" in wrong.stderr
    done = run(tmp_path, "token", "rekey", **OAUTH | {"DESKHAND_SECRET_KEY": f"{NEW},{OLD}"})
    assert done.returncode == 0
    assert done.stdout.startswith("Encrypted with the newest key: the tokens of 1 installation.\n")
    assert run(tmp_path, "workspaces", **OAUTH | {"DESKHAND_SECRET_KEY": NEW}).returncode == 0


def test_a_key_is_made_that_can_be_used(tmp_path: Path) -> None:
    done = run(tmp_path, "token", "key")
    key = done.stdout.strip()
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"x")) == b"x"


def test_without_a_key_that_way_does_not_start_and_says_how_to_make_one(tmp_path: Path) -> None:
    keyless = {name: value for name, value in OAUTH.items() if name != "DESKHAND_SECRET_KEY"}
    done = run(tmp_path, "serve", **keyless)
    assert done.returncode == 2
    assert "DESKHAND_SECRET_KEY is missing" in done.stderr
    assert "`deskhand token key`" in done.stderr


async def test_the_doctor_looks_at_every_installation(tmp_path: Path) -> None:
    again = installation("T2", "Other")
    refused = again.tokens.model_copy(update={"refresh_refused_at": NOW})
    gone = ended(installation("T3", "Former"), "uninstalled", NOW, NOW)
    await fill(tmp_path, installation("T1", "Acme"), again.model_copy(update={"tokens": refused}), gone)
    done = run(tmp_path, "doctor", COLUMNS="400", **OAUTH)
    assert "✓ public address: https://desk.example.com, which is tried only while" in done.stdout
    assert "✓ who may install: the first, and nobody else" in done.stdout
    assert "✓ installations: 1 of 3 at work" in done.stdout
    assert "✓ Acme (T1): without the optional channels:history" in done.stdout
    assert "✗ Other (T2): Slack renews its token no more" in done.stdout
    assert "https://desk.example.com/slack/install?team=T2" in done.stdout
    assert "! Former (T3): uninstalled; its 0 tickets are kept" in done.stdout
    for secret in (ACCESS, REFRESH, OLD, "client-secret-77", "signing-secret-88"):
        assert secret not in done.stdout + done.stderr


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[dict[str, str]]:
    """A Deskhand at work, as a process of its own; the settings it runs with."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    settings = {**OAUTH, "DESKHAND_PORT": port, "DESKHAND_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment(folder, **settings), stderr=PIPE
    )
    assert process.stderr
    try:
        async for line in process.stderr:
            if json.loads(line)["event"] == "serving":
                break
        yield settings
    finally:
        process.terminate()
        await process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it is ended by a signal")
async def test_a_desk_that_runs_is_asked_and_changed_only_once_it_is_stopped(tmp_path: Path) -> None:
    await fill(tmp_path, installation("T1", "Acme"))
    async with serving(tmp_path) as settings:
        listed = await asyncio.to_thread(run, tmp_path, "workspaces", COLUMNS="200", **settings)
        assert (listed.returncode, listed.stderr) == (0, "")
        assert " ".join(listed.stdout.splitlines()[1].split()).startswith("Acme T1 installed 2026-11-29")
        for words in (("workspaces", "forget", "T1"), ("token", "rekey")):
            refused = await asyncio.to_thread(run, tmp_path, *words, typed="y\nT1\n", **settings)
            assert refused.returncode == 2
            assert "Stop it first." in refused.stderr
        looked = await asyncio.to_thread(run, tmp_path, "doctor", COLUMNS="200", **settings)
        assert f"✓ public address: {settings['DESKHAND_PUBLIC_URL']} leads here" in looked.stdout
        assert "✓ installations: 1 of 1 at work" in looked.stdout
        stranger = settings | {"DESKHAND_SECRET_KEY": NEW}
        unknown = await asyncio.to_thread(run, tmp_path, "workspaces", **stranger)
        assert unknown.returncode == 2
        assert "does not answer (404" in unknown.stderr
        assert "Acme" not in unknown.stdout
