"""The store that tests run on: TinyDB in a folder, or with `--store postgresql` a database for each folder.

    store = open_store(store_url(tmp_path))     # and again: what was kept there

A test that is about TinyDB's own files says so: `@pytest.mark.tinydb(reason="…")`.
"""

from collections.abc import Callable
from pathlib import Path

from tests.postgres import Databases, everything

_kept: dict[Path, str] = {}
_take: list[Callable[[], str]] = []


def store_url(folder: Path) -> str:
    """Of the store that belongs to a folder: the same one each time."""
    if not _take:
        return f"tinydb:{folder}"
    if folder not in _kept:
        _kept[folder] = _take[0]()
    return _kept[folder]


def is_postgresql() -> bool:
    return bool(_take)


def all_bytes(folder: Path) -> bytes:
    """All that is kept in a folder, and in the database that belongs to it: for whoever looks for what must not be there."""
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    kept += [everything(url) for place, url in _kept.items() if place.is_relative_to(folder)]
    return b"".join(kept)


def run_on(databases: Databases) -> None:
    """From now on."""
    _take[:] = [databases.take]


def give_back(databases: Databases) -> None:
    """All that a test has used."""
    while _kept:
        databases.give_back(_kept.popitem()[1])
