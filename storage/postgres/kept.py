"""What belongs to no single workspace is changed here: by one replica after the other, and never by guess."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.errors import OutcomeUnknown, is_collision, is_of_connection, is_refused, unavailable

T = TypeVar("T")

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_TRIES = 3


async def locked(database: Database, lock: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Runs `work` in a transaction, after all others under the same `lock`, whichever replica they are of, and gives what it gave.

    Where the connection was cut it runs again, perhaps after it was committed: it must do no more then, or nothing. Its lock is
    free only once that is decided. Raises StoreUnavailable, and OutcomeUnknown where it may have been committed.
    """
    is_unknown = False
    for tries_left in reversed(range(_TRIES)):
        is_ending = False
        try:
            async with database.session_once() as connection:
                await connection.execute(_LOCK, lock)
                done = await work(connection)
                is_ending = True
        except Exception as error:
            is_cut = is_ending and not is_refused(error)
            is_unknown = is_unknown or is_cut
            cause = error.__cause__ or error  # of what could not even begin
            if tries_left and (is_cut or is_of_connection(cause) or is_collision(error)):
                continue
            name = database.address.describe()
            raise (OutcomeUnknown() if is_unknown else unavailable(error, name)) from error
        else:
            return done
    raise AssertionError


async def change(
    database: Database,
    lock: str,
    read: Callable[[Connection], Awaitable[T]],
    work: Callable[[T], T],
    write: Callable[[Connection, T], Awaitable[object]],
) -> tuple[T, T]:
    """Writes what `work` makes of what `read` gives, and gives both. `work` may run again, so it has no effect but by what it
    gives. As `locked`; whether it was committed is seen by what is kept."""
    written: tuple[T, T] | None = None

    async def run(connection: Connection) -> tuple[T, T]:
        nonlocal written
        before = await read(connection)
        if written and before == written[1]:
            return written
        if written and before != written[0]:
            raise OutcomeUnknown  # somebody has changed it since
        after = work(before)
        if after != before:
            await write(connection, after)
            written = before, after
        return before, after

    return await locked(database, lock, run)
