"""Installations on disk: what is kept, that tokens are only there encrypted, and the states of the OAuth flow."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.installation import Installation, Tokens
from bot.services.ports.installations import InstallationStore
from storage import installation_store, open_store
from storage.common.keyring import NoKey, WrongKey
from storage.postgres import installations as of_postgres
from storage.tinydb import installations as of_tinydb
from tests.postgres import everything
from tests.storage.cut_connections import Fate, proxied

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=10)
OLD, NEW = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
SECRETS = (b"xoxe.xoxb-1-access", b"xoxe-1-refresh")


@asynccontextmanager
async def opened(url: str, *keys: SecretStr) -> AsyncIterator[InstallationStore]:
    store = open_store(url)
    try:
        yield installation_store(store, keys)
    finally:
        await store.close()


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


def on_disk(url: str) -> bytes:
    """All that is kept."""
    if url.startswith("postgresql"):
        return everything(url)
    return b"".join(
        path.read_bytes() for path in Path(url.removeprefix("tinydb:")).rglob("*") if path.is_file()
    )


async def test_an_installation_is_there_again_after_a_restart(url: str) -> None:
    org = installation("E1").model_copy(
        update={"team_id": None, "enterprise_id": "E1", "is_org_wide": True, "teams": frozenset({"T7"})}
    )
    async with opened(url, NEW) as store:
        for each in (installation(), org):
            assert await store.change(each.id, becomes(each)) == each
    async with opened(url, NEW) as store:
        assert [*await store.all()] == [installation(), org]


async def test_a_change_sees_the_one_before_it_and_may_forget(url: str) -> None:
    async with opened(url, NEW) as store:

        def counted(before: Installation | None) -> Installation:
            before = before or installation().model_copy(update={"name": ""})
            return before.model_copy(update={"name": before.name + "."})

        await asyncio.gather(*(store.change("T1", counted) for _ in range(5)))
        assert [each.name for each in await store.all()] == ["....."]
        assert await store.change("T1", becomes(None)) is None
        assert await store.all() == []


async def test_no_token_is_on_disk_in_clear(url: str) -> None:
    async with opened(url, NEW) as store:
        await store.change("T1", becomes(installation()))
        await store.use_state("the-state", NOW + MINUTES, NOW)
        written = on_disk(url)
    assert b"Acme" in written
    for secret in (*SECRETS, b"the-state", NEW.get_secret_value().encode()):
        assert secret not in written
        assert secret not in on_disk(url)


async def test_without_its_key_a_token_is_not_read(url: str) -> None:
    async with opened(url, OLD) as store:
        await store.change("T1", becomes(installation()))
    async with opened(url, NEW) as store:
        with pytest.raises(WrongKey, match=r"Put the key back .* behind the newer ones") as refused:
            await store.all()
        with pytest.raises(WrongKey):
            await store.change("T1", becomes(installation()))
        assert NEW.get_secret_value() not in str(refused.value)
    async with opened(url) as store:
        with pytest.raises(NoKey, match="DESKHAND_SECRET_KEY is missing"):
            await store.all()
    async with opened(url, NEW, OLD) as store:
        assert await store.all() == [installation()]


async def test_rekeyed_the_old_key_opens_nothing_that_is_left_on_disk(url: str) -> None:
    async with opened(url, OLD) as store:
        await store.change("T1", becomes(installation()))
        await store.change("T2", becomes(installation("T2")))
    async with opened(url, NEW, OLD) as store:
        assert await store.rekey() == 2
    async with opened(url, NEW) as store:
        assert [each.id for each in await store.all()] == ["T1", "T2"]
    old = Fernet(OLD.get_secret_value())
    sealed = re.findall(rb"gAAAA[\w=-]+", on_disk(url))
    assert len(sealed) == 2
    for each in sealed:
        with pytest.raises(Exception, match=r"\A\Z"):  # InvalidToken says nothing
            old.decrypt(each)


async def test_a_state_is_used_once(url: str) -> None:
    async with opened(url, NEW) as store:
        used = await asyncio.gather(*(store.use_state("one", NOW + MINUTES, NOW) for _ in range(5)))
        assert sorted(used) == [False] * 4 + [True]
        assert await store.use_state("another", NOW + MINUTES, NOW)
    async with opened(url, NEW) as store:
        assert not await store.use_state("one", NOW + MINUTES, NOW)


async def test_a_used_state_is_swept_away_once_it_has_expired(url: str) -> None:
    async with opened(url, NEW) as store:
        for state in ("one", "two"):
            await store.use_state(state, NOW + MINUTES, NOW)
        await store.use_state("three", NOW + 2 * MINUTES, NOW + MINUTES)
        assert await store.use_state("one", NOW + 2 * MINUTES, NOW + MINUTES), "it is forgotten"
        assert not await store.use_state("three", NOW + 2 * MINUTES, NOW + MINUTES)


async def test_used_states_do_not_pile_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (of_postgres, of_tinydb):
        monkeypatch.setattr(module, "MOST_STATES", 3)
    async with opened(url, NEW) as store:
        for number in range(9):
            assert await store.use_state(str(number), NOW + MINUTES, NOW)
        assert not any([await store.use_state(str(number), NOW + MINUTES, NOW) for number in (6, 7, 8)])
        assert await store.use_state("5", NOW + MINUTES, NOW), "it was pushed out"


async def test_a_version_grows_with_each_change_and_tells_what_changed(url: str) -> None:
    async with opened(url, NEW) as store:
        versions = [await store.version()]
        await store.change("T1", becomes(installation()))
        versions.append(await store.version())
        await store.change("T2", becomes(installation("T2")))
        versions.append(await store.version())
        found = await store.changed(versions[1])
        assert found.version == versions[2]
        assert installation("T2") in found.changed
        assert found.ids == {"T1", "T2"}
        await store.forget("T1")
        versions.append(await store.version())
        assert sorted({*versions}) == versions
        assert (await store.changed(0)).changed == [installation("T2")]
        assert (await store.changed(0)).ids == {"T2"}


async def test_replicas_change_one_after_the_other(postgresql_url: str) -> None:
    def counted(before: Installation | None) -> Installation:
        before = before or installation().model_copy(update={"name": ""})
        return before.model_copy(update={"name": before.name + "."})

    async with opened(postgresql_url, NEW) as one, opened(postgresql_url, NEW) as other:
        await asyncio.gather(*(store.change("T1", counted) for _ in range(5) for store in (one, other)))
        (found,) = await one.all()
        assert found.name == "." * 10
        assert await one.version() == await other.version() == 10
        used = await asyncio.gather(
            *(store.use_state("one", NOW + MINUTES, NOW) for _ in range(5) for store in (one, other))
        )
        assert sorted(used) == [False] * 9 + [True]


FATES: tuple[Fate, ...] = ("lose the answer", "lose the question")


@pytest.mark.parametrize("fate", FATES)
async def test_a_change_whose_end_is_lost_is_made_once(postgresql_url: str, fate: Fate) -> None:
    async with proxied(postgresql_url) as (proxy, url), opened(url, NEW) as store:
        await store.change("T1", becomes(installation()))
        proxy.await_mark("COMMIT\0", fate)
        await store.change("T1", lambda known: known and known.model_copy(update={"name": known.name + "!"}))
        assert proxy.cut.is_set()
        assert [each.name for each in await store.all()] == ["Acme!"]
        assert await store.version() == 2


async def test_without_its_database_nothing_changes_and_it_says_so(postgresql_url: str) -> None:
    async with opened(postgresql_url, NEW) as store:
        await store.change("T1", becomes(installation()))
        before = await store.version()
        with pytest.raises(DeskError):
            await store.change("T1", _refuse)
        assert await store.version() == before
    async with opened("postgresql://postgres@127.0.0.1:1/nowhere", NEW) as store:
        with pytest.raises(StoreUnavailable):
            await store.change("T1", becomes(installation()))


def _refuse(_: Installation | None) -> Installation | None:
    message = "no"
    raise DeskError(message)
