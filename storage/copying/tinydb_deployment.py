"""Rows of the deployment as documents of its TinyDB tables, and back."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from bot.domain.elsewhere import SharedTicket
from bot.domain.mirror_ref import MirrorRef
from storage.common.documents import dumped
from storage.copying.rows import Json, Row
from storage.copying.tinydb_documents import Documents, Written, marked, plain
from storage.tinydb.documents import read
from storage.tinydb.installations import OAuthState, SealedInstallation
from storage.tinydb.sharing import JoinedTeams, KeptPartnership, SharedRow, ToldRow, shared_row, shared_ticket

_BETWEEN = " "  # the teams of a join, in its key


def rows_of(documents: Documents, table: str) -> Iterator[Row]:
    """Those of a table of `rows.OF_DEPLOYMENT`, in their order."""
    return _READ[table](documents)


def _installations(documents: Documents) -> Iterator[Row]:
    for _, raw in documents.of("installations"):
        kept = plain(SealedInstallation, raw)
        yield Row((cast(str, kept["id"]),), {"plain": kept["plain"], "tokens": kept["tokens"]})


def _oauth_states(documents: Documents) -> Iterator[Row]:
    for place, (_, raw) in enumerate(documents.of("oauth_states"), 1):
        kept = plain(OAuthState, raw)
        yield Row((cast(str, kept["digest"]),), {"expires_at": kept["expiresAt"]}, place)


def _partnerships(documents: Documents) -> Iterator[Row]:
    for _, raw in documents.of("partnerships"):
        kept = plain(KeptPartnership, raw)
        sides = {"first": kept["first"], "second": kept["second"]}
        yield Row((cast(str, kept["key"]),), {**sides, "document": kept["partnership"]})


def _joins(documents: Documents) -> Iterator[Row]:
    for place, (_, raw) in enumerate(documents.of("joins"), 1):
        kept = plain(JoinedTeams, raw)
        yield Row((_BETWEEN.join(cast(list[str], kept["teams"])),), {}, place)


def _shared(documents: Documents) -> Iterator[Row]:
    for _, raw in documents.of("shared"):
        row = read(SharedRow, raw)
        yield Row((row.reader, row.number), {"home": row.home, "document": dumped(shared_ticket(row))})


def _told(documents: Documents) -> Iterator[Row]:
    for place, (_, raw) in enumerate(documents.of("told"), 1):
        kept = plain(ToldRow, raw)
        del kept["ref"]
        key = cast(str, kept.pop("home")), cast(int, kept.pop("number"))
        yield Row(key, {"version": kept.pop("version"), "document": kept}, place)


_READ: Mapping[str, Callable[[Documents], Iterator[Row]]] = {
    "installations": _installations,
    "oauth_states": _oauth_states,
    "partnerships": _partnerships,
    "joins": _joins,
    "shared": _shared,
    "told": _told,
}


def document_of(table: str, row: Row, nth: int) -> Written:
    """What is written of the `nth` row of a table."""
    return Written(table, nth, marked(_WRITE[table](row)))


def _as_shared(row: Row) -> Json:
    reader, shared = cast(str, row.key[0]), SharedTicket.model_validate(row.kept["document"])
    ref = MirrorRef(home=shared.home, number=shared.ticket.number).key
    return dumped(shared_row(f"{ref}>{reader}", ref, reader, shared))


def _as_told(row: Row) -> Json:
    home, number = cast(tuple[str, int], row.key)
    ref = MirrorRef(home=home, number=number).key
    told = cast(Json, row.kept["document"])
    return {"ref": ref, "home": home, "number": number, "version": row.kept["version"], **told}


_WRITE: Mapping[str, Callable[[Row], Json]] = {
    "installations": lambda row: {"id": row.key[0], **row.kept},
    "oauth_states": lambda row: {"digest": row.key[0], "expiresAt": row.kept["expires_at"]},
    "partnerships": lambda row: {
        "key": row.key[0],
        "first": row.kept["first"],
        "second": row.kept["second"],
        "partnership": row.kept["document"],
    },
    "joins": lambda row: {"teams": cast(str, row.key[0]).split(_BETWEEN)},
    "shared": _as_shared,
    "told": _as_told,
}
