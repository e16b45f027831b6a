"""Installations on disk: what is kept, that tokens are only there encrypted, and the states of the OAuth flow."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.installation import Installation, Tokens
from storage.common.keyring import Keyring, NoKey, WrongKey
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.installations import STATES, TinyDBInstallations

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=10)
OLD, NEW = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
SECRETS = (b"xoxe.xoxb-1-access", b"xoxe-1-refresh")


@contextmanager
def opened(folder: Path, *keys: SecretStr) -> Iterator[TinyDBInstallations]:
    lock = FolderLock(folder)
    deployment = DeploymentDB(folder, lock, deployment_tables.ALL)
    try:
        yield TinyDBInstallations(deployment, Keyring(keys))
    finally:
        deployment.close()
        lock.release()


def installation(installation_id: str = "T1") -> Installation:
    access, refresh = (SecretStr(each.decode()) for each in SECRETS)
    return Installation(
        id=installation_id,
        name="Acme",
        team_id=installation_id,
        bot_user="U0BOT",
        scopes=frozenset({"commands", "chat:write"}),
        installed_by="U1",
        since=NOW,
        tokens=Tokens(access=access, refresh=refresh, expires_at=NOW + timedelta(hours=12)),
    )


def becomes(
    installation: Installation | None,
) -> Callable[[Installation | None], Installation | None]:
    return lambda _: installation


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_an_installation_is_there_again_after_a_restart(tmp_path: Path) -> None:
    org = installation("E1").model_copy(
        update={"team_id": None, "enterprise_id": "E1", "is_org_wide": True, "teams": frozenset({"T7"})}
    )
    with opened(tmp_path, NEW) as store:
        for each in (installation(), org):
            assert await store.change(each.id, becomes(each)) == each
    with opened(tmp_path, NEW) as store:
        assert [*await store.all()] == [installation(), org]


async def test_a_change_sees_the_one_before_it_and_may_forget(tmp_path: Path) -> None:
    with opened(tmp_path, NEW) as store:

        def counted(before: Installation | None) -> Installation:
            before = before or installation().model_copy(update={"name": ""})
            return before.model_copy(update={"name": before.name + "."})

        await asyncio.gather(*(store.change("T1", counted) for _ in range(5)))
        assert [each.name for each in await store.all()] == ["....."]
        assert await store.change("T1", becomes(None)) is None
        assert await store.all() == []


async def test_no_token_is_on_disk_in_clear(tmp_path: Path) -> None:
    with opened(tmp_path, NEW) as store:
        await store.change("T1", becomes(installation()))
        await store.use_state("the-state", NOW + MINUTES, NOW)
        written = on_disk(tmp_path)
    assert b"Acme" in written
    for secret in (*SECRETS, b"the-state", NEW.get_secret_value().encode()):
        assert secret not in written
        assert secret not in on_disk(tmp_path)


async def test_without_its_key_a_token_is_not_read(tmp_path: Path) -> None:
    with opened(tmp_path, OLD) as store:
        await store.change("T1", becomes(installation()))
    with opened(tmp_path, NEW) as store:
        with pytest.raises(WrongKey, match=r"Put the key back .* behind the newer ones") as refused:
            await store.all()
        with pytest.raises(WrongKey):
            await store.change("T1", becomes(installation()))
        assert NEW.get_secret_value() not in str(refused.value)
    with opened(tmp_path) as store, pytest.raises(NoKey, match="DESKHAND_SECRET_KEY is missing"):
        await store.all()
    with opened(tmp_path, NEW, OLD) as store:
        assert await store.all() == [installation()]


async def test_rekeyed_the_old_key_opens_nothing_that_is_left_on_disk(tmp_path: Path) -> None:
    with opened(tmp_path, OLD) as store:
        await store.change("T1", becomes(installation()))
        await store.change("T2", becomes(installation("T2")))
    with opened(tmp_path, NEW, OLD) as store:
        assert await store.rekey() == 2
    with opened(tmp_path, NEW) as store:
        assert [each.id for each in await store.all()] == ["T1", "T2"]
    old = Fernet(OLD.get_secret_value())
    sealed = [part for part in on_disk(tmp_path).split(b'"') if part.startswith(b"gAAAA")]
    assert len(sealed) == 2
    for each in sealed:
        with pytest.raises(Exception, match=r"\A\Z"):  # InvalidToken says nothing
            old.decrypt(each)


async def test_a_state_is_used_once(tmp_path: Path) -> None:
    with opened(tmp_path, NEW) as store:
        used = await asyncio.gather(*(store.use_state("one", NOW + MINUTES, NOW) for _ in range(5)))
        assert sorted(used) == [False] * 4 + [True]
        assert await store.use_state("another", NOW + MINUTES, NOW)
    with opened(tmp_path, NEW) as store:
        assert not await store.use_state("one", NOW + MINUTES, NOW)


async def test_a_used_state_is_swept_away_once_it_has_expired(tmp_path: Path) -> None:
    with opened(tmp_path, NEW) as store:
        for state in ("one", "two"):
            await store.use_state(state, NOW + MINUTES, NOW)
    with opened(tmp_path, NEW) as store:
        await store.use_state("three", NOW + 2 * MINUTES, NOW + MINUTES)
        assert len(store._deployment.read(STATES)) == 1


async def test_used_states_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.tinydb.installations.MOST_STATES", 3)
    with opened(tmp_path, NEW) as store:
        for number in range(9):
            assert await store.use_state(str(number), NOW + MINUTES, NOW)
        assert len(store._deployment.read(STATES)) == 3
        assert not await store.use_state("8", NOW + MINUTES, NOW)
