"""The statements of new tickets, as the desk asks PostgreSQL for them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from unittest.mock import patch

import orjson

from bot.domain.outbox import Target
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin
from bot.domain.workspace import Workspace
from bot.services.tickets import CreateRequest, Tickets
from storage.postgres import attempt
from storage.postgres.address import Address
from storage.postgres.changes import Changes
from storage.postgres.database import COMMAND, Database
from storage.postgres.driver import Rows
from storage.postgres.statement import Base, Statement, commit
from storage.postgres.store import PostgresStore
from storage.postgres.tables import TABLES

_HOME = "T0RECORDED"
_BORN = "INSERT INTO deskhand.workspaces (workspace, document, version, born) VALUES ($1, $2, $3, $3)"
"""As the desk's own does it, and at the version that was recorded, which the commits name."""


class Transaction(NamedTuple):
    """Of one ticket. `begin` makes its workspace, for the first one; `by_table` writes what `commit` does."""

    begin: Sequence[Statement]
    reads: Sequence[Statement]
    commit: Statement
    by_table: Sequence[Statement]


class _Recording(Database):
    """It takes down what is asked."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self.statements: list[Statement] = []

    async def fetch(self, sql: str, *args: object) -> Rows:
        self.statements.append(Statement(sql, args))
        return await super().fetch(sql, *args)

    async def fetch_once(self, sql: str, *args: object, timeout: float = COMMAND) -> Rows:  # noqa: ASYNC109
        self.statements.append(Statement(sql, args))
        return await super().fetch_once(sql, *args, timeout=timeout)


async def recorded(url: str, count: int) -> list[Transaction]:
    """What the desk asks of PostgreSQL for so many tickets, made one after the other."""
    database, workspace = _Recording(Address(url)), Workspace(team_id=_HOME)
    store, found, apart = PostgresStore(database), list[Transaction](), list[Sequence[Statement]]()
    versions = list[int]()

    def noted(base: Base, changes: Changes, *more: Any, **named: Any) -> Statement:  # noqa: ANN401
        apart.append(by_table(base, changes))
        versions.append(base.version)
        return commit(base, changes, *more, **named)

    tickets, actor = Tickets(store, lambda: datetime.now(UTC)), Actor(user="U0ANA")
    with patch.object(attempt, "commit", noted):
        for number in range(count):
            del database.statements[:]
            await tickets.create(workspace, _wire(number), _request(actor, number))
            # What the store asks beside it, for all workspaces, is not a ticket's.
            *before, last = [each for each in database.statements if each.args[:1] == (_HOME,)]
            born = [each for each in before if each.sql.startswith("INSERT INTO deskhand.workspaces")]
            begin = [Statement(_BORN, (*each.args, versions[0])) for each in born]
            reads = [each for each in before if each not in born]
            found.append(Transaction(begin, reads, last, apart.pop()))
    await store.close()
    return found


def _wire(number: int) -> Mapping[str, object]:
    return {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "break_fix",
        "sourceChannel": "phone",
        "priority": "high",
        "summary": f"Printer down on floor {number}",
    }


def _request(actor: Actor, number: int) -> CreateRequest:
    channel = f"C{number:08}"
    return CreateRequest(
        actor,
        Origin(way="command", channel=channel),
        Target(channel=channel, user=actor.user),
        f"key {number}",
    )


def by_table(base: Base, changes: Changes) -> list[Statement]:
    """What a commit writes, with a statement for each table."""
    raised = "UPDATE deskhand.workspaces SET version = version + 1, last_number = $2, used_at = now() WHERE workspace = $1"
    mine = (
        "INSERT INTO deskhand.commits (workspace, replica, version) VALUES ($1, $2, $3)"
        " ON CONFLICT (workspace, replica) DO UPDATE SET version = excluded.version, at = now()"
    )
    found = [
        Statement(raised, (base.workspace, changes.last_number)),
        Statement(mine, (base.workspace, base.replica, base.version + 1)),
    ]
    for name, rows in changes.tables().items():
        columns = {**TABLES[name].key, **TABLES[name].columns}
        names = ", ".join(f'"{column}"' for column in columns)
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        sql = (
            f"INSERT INTO deskhand.{name} (workspace, {names})"  # noqa: S608  (our own words)
            f" SELECT $1, {names} FROM jsonb_to_recordset($2::jsonb) AS r({typed})"
        )
        found.append(Statement(sql, (base.workspace, orjson.dumps([*rows.values()]).decode())))
    if changes.old_keys:
        forget = (
            "DELETE FROM deskhand.keys WHERE workspace = $1 AND key IN ("
            "SELECT key FROM deskhand.keys WHERE workspace = $1 AND at <= $2 ORDER BY at LIMIT $3)"
        )
        found.append(Statement(forget, (base.workspace, *changes.old_keys)))
    return found
