"""Whether a pooler stands between, and knows prepared statements: PgBouncer does from 1.21 on, with max_prepared_statements.

Behind one a connection's process is not the one that the server itself names. One that knows prepared statements gives them names
of its own there, so that whichever connection the next one gets has it. One that passes ours on does not, or it pools by sessions:
that cannot be told apart, and the URL may say so.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from storage.postgres.driver import Connection
from storage.postgres.errors import code_of

Pooler = Literal["none", "knows prepared statements", "does not know them"]

_LOOK = """
SELECT pg_backend_pid() AS pid, EXISTS (
    SELECT FROM pg_prepared_statements WHERE starts_with(name, '__asyncpg')
) AS is_passed_on
"""
"""It is a prepared statement itself."""
_CLOSING = 2.0  # seconds
_UNKNOWN = ("26000", "42P05")
"""SQLSTATE of a statement that is not there, or is there already: another process had the same name for another one."""


async def between(connect: Callable[[], Awaitable[Connection]]) -> Pooler:
    """`connect` gives connections with prepared statements. Raises what asyncpg raises."""
    connection = await connect()
    try:
        async with connection.transaction():
            found = await connection.fetchrow(_LOOK)
    except Exception as error:
        if code_of(error) in _UNKNOWN:
            return "does not know them"
        raise
    finally:
        await connection.close(timeout=_CLOSING)
    if found is None or found["pid"] == connection.get_server_pid():
        return "none"
    return "does not know them" if found["is_passed_on"] else "knows prepared statements"
