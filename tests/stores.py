"""The store that tests run on: TinyDB in a folder, or with `--store postgresql` a database for each folder.

    store = open_store(store_url(tmp_path))     # and again: what was kept there

A test that is about TinyDB's own files says so: `@pytest.mark.tinydb(reason="…")`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import Databases, everything

CONNECTED_WITHIN = 30.0
"""Seconds: a machine that is busy with tests is no PostgreSQL that is away."""

_kept: dict[Path, str] = {}
_databases: list[Databases] = []


def store_url(folder: Path) -> str:
    """Of the store that belongs to a folder: the same one each time."""
    if not _databases:
        return f"tinydb:{folder}"
    if folder not in _kept:
        _kept[folder] = _databases[0].take()
    return _kept[folder]


def is_postgresql() -> bool:
    return bool(_databases)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """For one example of many: its store is gone with it, and the next one has the same database, which is empty again."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            yield folder
        finally:
            for place in [each for each in _kept if each.is_relative_to(folder)]:
                _databases[0].give_back(_kept.pop(place))


def all_bytes(folder: Path) -> bytes:
    """All that is kept in a folder, and in the database that belongs to it: for whoever looks for what must not be there."""
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    kept += [everything(url) for place, url in _kept.items() if place.is_relative_to(folder)]
    return b"".join(kept)


@contextmanager
def on(databases: Databases) -> Iterator[None]:
    """For one test."""
    _databases.append(databases)
    yield
    while _kept:
        databases.give_back(_kept.popitem()[1])
    _databases.clear()
