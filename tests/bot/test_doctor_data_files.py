"""`deskhand doctor` on damaged data files: it names the damage, and repairs it where it is told to."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.ticket import Ticket
from bot.services.ports.store import Transaction
from storage import open_store
from tests.bot.test_cli import run
from tests.storage.samples import DESK, NOW, ticket


@pytest.fixture
async def damaged(tmp_path: Path) -> Path:
    """A store of three tickets, the second of which is damaged."""
    store = open_store(f"tinydb:{tmp_path}/data")

    async def save(tx: Transaction) -> None:
        await tx.save(ticket(await tx.next_number()), now=NOW)

    for _ in range(3):
        await store.change(DESK, save)
    await store.close()
    journal = tmp_path / "data" / "T111.1.journal"
    written = journal.read_bytes()
    journal.write_bytes(written.replace(b"Printer 2", b"Printer\0002"))
    return journal


async def tickets(folder: Path) -> list[Ticket | None]:
    store = open_store(f"tinydb:{folder}")
    found = [await store.read(DESK).ticket(number) for number in (1, 2, 3)]
    await store.close()
    return found


async def test_the_doctor_names_the_damage_and_the_remedy(tmp_path: Path, damaged: Path) -> None:
    done = await asyncio.to_thread(run, tmp_path, "doctor")
    assert done.returncode == 1
    assert f"✗ data files: {damaged} is damaged at byte" in done.stdout
    assert "deskhand doctor --repair" in done.stdout
    with pytest.raises(StoreUnavailable, match="is damaged at byte"):
        await tickets(damaged.parent)


async def test_a_repair_says_what_it_saved_what_is_lost_and_where_the_old_files_are(
    tmp_path: Path, damaged: Path
) -> None:
    done = await asyncio.to_thread(run, tmp_path, "doctor", "--repair")
    assert done.returncode == 0, done.stderr
    assert "T111.json is repaired. Saved: 2 tickets" in done.stdout
    assert "Lost: transaction 2 (bytes" in done.stdout
    assert "of T111.1.journal.damaged-1)" in done.stdout
    assert "✓ data files: as they were written" in done.stdout
    assert await tickets(damaged.parent) == [ticket(1), None, ticket(3)]
    again = await asyncio.to_thread(run, tmp_path, "doctor", "--repair")
    assert "No data file is damaged." in again.stdout


async def test_what_nothing_can_be_read_of_does_not_hold_up_the_rest(tmp_path: Path, damaged: Path) -> None:
    damaged.with_name("A.json").write_bytes(b"\0" * 100)
    done = await asyncio.to_thread(run, tmp_path, "doctor", "--repair")
    assert done.returncode == 1
    assert "Nothing can be read in" in done.stdout
    assert "T111.json is repaired." in done.stdout


@pytest.mark.parametrize("option", [(), ("--repair",)])
async def test_the_files_of_a_running_deskhand_are_left_to_it(
    tmp_path: Path, option: tuple[str, ...]
) -> None:
    store = open_store(f"tinydb:{tmp_path}/data")
    done = await asyncio.to_thread(run, tmp_path, "doctor", *option)
    await store.close()
    in_use = f"is in use by another Deskhand (process {os.getpid()})"
    assert (done.returncode, in_use in done.stderr) == ((2, True) if option else (0, False))
    assert "data files" not in done.stdout
