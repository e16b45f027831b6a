"""The database of the deployment: tables of records that belong to no workspace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.record import Record
from storage import StoreOpenError
from storage.journal.folder import DEPLOYMENT
from storage.journal.indexes import Unique
from storage.journal.lock import FolderLock
from storage.repair.repair import repaired, verify
from storage.tinydb.deployment import DeploymentDB, DeploymentTable, DeploymentTransaction
from storage.tinydb.queries import Is
from tests.storage.test_tinydb_store import FAULTS, files


class Badge(Record):
    code: str
    holder: str


BADGES = DeploymentTable("badges", Badge, {"code": partial(Unique, "code")})


@contextmanager
def opened(folder: Path) -> Iterator[DeploymentDB]:
    lock = FolderLock(folder)
    try:
        deployment = DeploymentDB(folder, lock, (BADGES,))
        yield deployment
        deployment.close()
    finally:
        lock.release()


def give(code: str, holder: str) -> Callable[[DeploymentTransaction], int]:
    def work(tx: DeploymentTransaction) -> int:
        tx.table(BADGES).keep_as(Badge(code=code, holder=holder), Is("code", code))
        return len(tx.table(BADGES))

    return work


async def test_what_is_changed_is_there_at_once_and_after_opening_again(tmp_path: Path) -> None:
    with opened(tmp_path) as deployment:
        assert [*deployment.read(BADGES)] == []
        assert files(tmp_path) == [".lock"], "nothing is made before there is something"
        assert await deployment.change(give("1", "ana")) == 1
        assert await deployment.change(give("2", "ben")) == 2
        assert await deployment.change(give("1", "cay")) == 2
    with opened(tmp_path) as deployment:
        assert deployment.read(BADGES).get(Is("code", "1")) == Badge(code="1", holder="cay")
        assert [badge.holder for badge in deployment.read(BADGES)] == ["cay", "ben"]


async def test_a_change_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(tx: DeploymentTransaction) -> None:
        give("1", "ben")(tx)
        raise LookupError

    with opened(tmp_path) as deployment:
        await deployment.change(give("1", "ana"))
        with pytest.raises(LookupError):
            await deployment.change(fail)
        with monkeypatch.context() as patch:
            FAULTS["sync"](patch)
            with pytest.raises(StoreUnavailable, match="nothing was changed"):
                await deployment.change(give("1", "ben"))
            assert deployment.trouble()
            assert deployment.mend()
        assert deployment.mend() is None
        assert [badge.holder for badge in deployment.read(BADGES)] == ["ana"]


async def test_it_is_verified_and_repaired_as_the_others_are(tmp_path: Path) -> None:
    with opened(tmp_path) as deployment:
        await deployment.change(give("1", "ana"))
        await deployment.change(give("2", "ben"))
    assert verify(tmp_path) == []
    journal = tmp_path / "deployment.1.journal"
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    (fault,) = verify(tmp_path)
    assert DEPLOYMENT.partition(".")[0] in fault.message
    with pytest.raises(StoreOpenError, match="was cut off"), opened(tmp_path):
        pass
    assert any("repaired" in line for line in repaired(tmp_path, lambda _: None))
    with opened(tmp_path) as deployment:
        assert [badge.holder for badge in deployment.read(BADGES)] == ["ana"]


async def test_one_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / DEPLOYMENT).write_text('{"meta": {"1": {"schema": 99, "deployment": true}}}')
    with pytest.raises(StoreOpenError, match="written by a newer Deskhand"), opened(tmp_path):
        pass
