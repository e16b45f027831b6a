"""What a DESKHAND_STORE names: it is opened, examined and mended by one value, and nothing else knows where it is."""

import os
import sys
from pathlib import Path

import pytest

from bot.services.ports.store_url import Holder
from storage import StoreOpenError, store_url
from tests.storage.samples import DESK, NOW, ticket

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")


async def test_asking_about_a_store_that_was_never_opened_makes_nothing(tmp_path: Path) -> None:
    url = store_url(f"tinydb:{tmp_path}/data")
    assert not await url.exists()
    assert url.holder() is None
    assert [*url.verify(), *url.repair()] == []
    assert [finding.verdict for finding in await url.examine()] == ["ok"]
    assert [*tmp_path.iterdir()] == []  # noqa: ASYNC240  (nobody waits)


async def test_a_store_that_is_open_names_its_holder_and_is_neither_verified_nor_repaired(
    tmp_path: Path,
) -> None:
    url = store_url(f"tinydb:{tmp_path}/data")
    store = url.open()
    process = str(os.getpid())
    assert await url.exists()
    assert url.holder() == Holder(process, delivers=False)
    with url.delivering():
        assert url.holder() == Holder(process, delivers=True)
    for ask in (url.verify, lambda: [*url.repair()], url.open):
        with pytest.raises(StoreOpenError, match=rf"in use by another Deskhand \(process {process}\)"):
            ask()
    await store.close()
    assert url.holder() is None


async def test_damage_is_told_and_repaired(tmp_path: Path) -> None:
    url = store_url(f"tinydb:{tmp_path}/data")
    store = url.open()
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    await store.change(DESK, lambda tx: tx.save(ticket(2), now=NOW))
    await store.close()
    assert url.verify() == []
    journal = url.beside("T111.1.journal")
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    (fault,) = url.verify()
    assert "was cut off" in fault.message
    assert any("Lost: what came after transaction 1," in line for line in url.repair())
    assert url.verify() == []


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@h/d", "postgresql://u:sec@ret@h/d", "postgresql://h/d?sslmod=secret"]
)
def test_it_is_described_by_where_it_is_and_never_by_what_it_refuses(url: str) -> None:
    assert store_url("tinydb:./data").describe() == "data"
    with pytest.raises(StoreOpenError) as refused:
        store_url(url)
    assert refused.value.message.startswith("DESKHAND_STORE must be")
    for part in ("secret", "sec@", "ret@"):
        assert part not in refused.value.message


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql:u", "begin with postgresql://"),
        ("postgresql:/db.example.com/desk", "begin with postgresql://"),
        ("postgresql://h:0/desk", "port"),
        ("postgresql://h:65536/desk", "port"),
        ("postgresql://h/desk?port=65536", "port"),
        (f"postgresql://h/desk?port={'1' * 5000}", "option port must"),
        ("postgresql://h/desk?port=5432,x", "port"),
        ("postgresql://h/desk?host=other", "host twice"),
        ("postgresql://h:5432/desk?port=5433", "port twice"),
        ("postgresql://u:one@h/desk?password=two", "password twice"),
        ("postgresql://u@h/desk?user=other", "user twice"),
        ("postgresql://h/desk?dbname=other", "dbname twice"),
        ("postgresql://h/desk?sslmode=verify-full&sslmode=disable", "sslmode twice"),
    ],
)
def test_an_address_that_may_mean_two_things_is_refused(url: str, why: str) -> None:
    with pytest.raises(StoreOpenError, match=why):
        store_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://one:5433,two/desk",
        "postgresql://[::1]:5433/desk",
        "postgresql:///desk?port=5433&host=/run",
        "postgresql://h/?port=5433&dbname=desk&user=u&password=secret",
    ],
)
def test_several_hosts_and_sockets_are_addresses_too(url: str) -> None:
    assert store_url(url).is_shared


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://u:secret@db.example.com:5433/desk",
            "PostgreSQL at db.example.com:5433, database desk",
        ),
        ("postgres://u@h/d?password=secret", "PostgreSQL at h, database d"),
    ],
)
def test_a_database_is_described_without_its_password(url: str, shown: str) -> None:
    named = store_url(url, direct=url, pool=3)
    assert named.describe() == shown
    assert named.is_shared
    assert named.holder() is None
    assert "secret" not in repr(named)
    assert "secret" not in repr(vars(named))
    assert [*named.repair()] == [
        "Nothing to repair: PostgreSQL looks after its files itself. Where it says that they are damaged, restore its backup:"
        " docs/deploy.md says how."
    ]
