"""What a workspace's tables hold of other workspaces' tickets: a part of the Reader and the Transaction."""

from collections.abc import Sequence

from bot.domain.comments import key_of
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere, copy_key
from bot.services.ports.mirrors import Unconfirmed
from storage.common.documents import same_keys
from storage.tinydb.documents import KeptKey
from storage.tinydb.queries import Is
from storage.tinydb.workspace_db import WorkspaceDB, WorkspaceTables

_NOT_LOCAL = ("shared", "global")


class TinyDBMirrorReader:
    """As the port's MirrorReader."""

    _database: WorkspaceDB
    _tables: WorkspaceTables

    async def mirror(self, ref: MirrorRef) -> Mirror | None:
        return self._tables.mirrors.get(Is("key", ref.key))

    async def mirror_at(self, channel: str, ts: str) -> Mirror | None:
        for key in same_keys(key_of(channel, ts), self._database.renamed):
            if card := self._tables.mirror_places.get(Is("key", key)):
                return self._tables.mirrors.get(doc_id=card.number)
        return None

    async def mirror_copy(self, ref: MirrorRef, comment: str) -> MirrorCopy | None:
        for key in same_keys(copy_key(ref, comment), self._database.renamed):
            if copy := self._tables.mirror_copies.get(Is("key", key)):
                return copy
        return None

    async def mirror_copies(self, ref: MirrorRef) -> Sequence[MirrorCopy]:
        with self._database.unchanging:
            rows, copies = (
                self._database.values("of", "mirror_copies").rows(ref.key),
                self._tables.mirror_copies,
            )
            found = copies.get(doc_ids=[*rows, *copies.changed()])
        return [copy for copy in found if copy.of == ref.key]

    async def written_here(self, key: str) -> WrittenHere | None:
        for same in same_keys(key, self._database.renamed):
            if written := self._tables.written_here.get(Is("key", same)):
                return written
        return None

    async def unconfirmed(self, *, after: int = 0, limit: int = 0) -> Unconfirmed:
        with self._database.unchanging:
            rows = self._database.values("visibility").rows(*_NOT_LOCAL)
            rows -= self._database.ordered("visible_since").rows()
        numbers = [number for number in rows if number > after][:limit] if limit else []
        return Unconfirmed(numbers, len(rows))


class TinyDBMirrorTransaction(TinyDBMirrorReader):
    """As the port's MirrorTransaction."""

    async def keep_mirror(self, mirror: Mirror) -> None:
        mirrors, places = self._tables.mirrors, self._tables.mirror_places
        mirrors.keep_as(mirror, Is("key", mirror.key))
        row = mirrors.id_of(Is("key", mirror.key)) or 0
        for place in mirror.places:
            key = key_of(place.channel, place.ts)
            if not places.contains(Is("key", key)):
                places.keep(KeptKey(key=key, number=row), places.last_id + 1)

    async def keep_mirror_copy(self, copy: MirrorCopy) -> None:
        self._tables.mirror_copies.keep_as(copy, Is("key", copy.key))

    async def keep_written_here(self, written: WrittenHere) -> None:
        self._tables.written_here.keep_as(written, Is("key", written.key))

    async def take_over(self, key: str) -> bool:
        if self._tables.taken_over.contains(Is("key", key)):
            return False
        self._tables.taken_over.keep_as(KeptKey(key=key, number=0), Is("key", key))
        return True
