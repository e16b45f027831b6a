"""Directories as tests need them: put into a store, and read back whole."""

from typing import get_args

from bot.domain.directory import Directory
from bot.domain.fields import ItemKind
from bot.services.ports.store import Reader, Transaction

KINDS: tuple[ItemKind, ...] = get_args(ItemKind)


async def fill(tx: Transaction, directory: Directory) -> None:
    for kind in KINDS:
        for item in directory.items(kind):
            await tx.keep_item(item)


async def whole(read: Reader) -> Directory:
    """All that a store has, however much that is."""
    items = {f"{kind}s": [item async for item in read.items(kind)] for kind in KINDS}
    return Directory.model_validate(items, by_name=True)
