"""`deskhand copy` from one DESKHAND_STORE to another."""

from bot.domain.errors import DeskError
from bot.services.ports.store_url import StoreUrl
from storage.copying.copy import Copied, Tell, copy
from storage.copying.rows import Side
from storage.copying.tinydb_side import TinyDBSide
from storage.postgres.url import PostgresUrl
from storage.store_url import TinyDBUrl


async def copy_store(source: StoreUrl, target: StoreUrl, tell: Tell) -> Copied:
    """Copies everything, and `tell`s how far it is. Raises DeskError; the source is as it was then, and the copy may be begun
    again."""
    if source.describe() == target.describe():
        raise DeskError("Name two stores: a copy goes from one to the other.")
    if not await source.exists():
        raise DeskError(f"There is nothing in {source.describe()} yet.")
    return await copy(side_of(source), side_of(target), source.describe(), tell)


def side_of(url: StoreUrl) -> Side:
    """What it is to a copy. Raises DeskError."""
    if isinstance(url, TinyDBUrl):
        return TinyDBSide(url.folder)
    if isinstance(url, PostgresUrl):
        database = url.database()
        from storage.copying.postgres_side import PostgresSide  # noqa: PLC0415  (needs the driver)

        return PostgresSide(database)
    raise TypeError(url)
