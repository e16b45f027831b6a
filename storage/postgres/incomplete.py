"""What keeps a desk from a database into which a copy is under way."""

from bot.domain.errors import DeskError
from storage.postgres.driver import Connection

IS_INCOMPLETE = "SELECT EXISTS (SELECT FROM deskhand.copying) AS incomplete"


class IncompleteCopy(DeskError):
    code = "store_not_opened"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} holds a copy that is not complete. Run the same `deskhand copy` again: it goes on where it was."
        )


async def require_no_copy(connection: Connection, name: str) -> None:
    """Raises IncompleteCopy, and what asyncpg raises."""
    found = await connection.fetchrow(IS_INCOMPLETE)
    if found and found["incomplete"]:
        raise IncompleteCopy(name)
