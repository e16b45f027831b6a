"""What a workspace keeps of other workspaces' tickets: a part of the Reader and the Transaction."""

from collections.abc import Sequence

from bot.domain.comments import key_of
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere, copy_key
from bot.services.ports.mirrors import Unconfirmed
from storage.common.documents import dumped, index_text
from storage.postgres.records import RecordReader, made

_COPIES = (
    "SELECT key, document FROM deskhand.mirror_copies WHERE workspace = $1 AND mirror = $2 ORDER BY position"
)
_UNCONFIRMED = """
WITH found AS (
    SELECT number FROM deskhand.tickets
    WHERE workspace = $1 AND visibility <> 'workspace_local' AND visible_since IS NULL
)
SELECT (SELECT count(*) FROM found) AS total,
    ARRAY(SELECT number FROM found WHERE number > $2 ORDER BY number LIMIT $3) AS numbers
"""


class PostgresMirrorReader(RecordReader):
    """As the port's MirrorReader."""

    async def mirror(self, ref: MirrorRef) -> Mirror | None:
        return await self._record(Mirror, "mirrors", ref.key)

    async def mirror_at(self, channel: str, ts: str) -> Mirror | None:
        _, mirror = await self._found("mirror_places", key_of(channel, ts))
        return await self._record(Mirror, "mirrors", mirror) if mirror else None

    async def mirror_copy(self, ref: MirrorRef, comment: str) -> MirrorCopy | None:
        _, raw = await self._found("mirror_copies", copy_key(ref, comment))
        return None if raw is None else made(MirrorCopy, raw, await self._renamed())

    async def mirror_copies(self, ref: MirrorRef) -> Sequence[MirrorCopy]:
        found = await self._everything(MirrorCopy, "mirror_copies", _COPIES, index_text(ref.key))
        return [copy for copy in found if copy.of == ref.key]

    async def written_here(self, key: str) -> WrittenHere | None:
        _, raw = await self._found("written_here", key)
        return None if raw is None else made(WrittenHere, raw, await self._renamed())

    async def unconfirmed(self, *, after: int = 0, limit: int = 0) -> Unconfirmed:
        [row] = await self._source.fetch(_UNCONFIRMED, after, limit)
        return Unconfirmed(row["numbers"], row["total"])


class PostgresMirrorTransaction(PostgresMirrorReader):
    """As the port's MirrorTransaction."""

    async def keep_mirror(self, mirror: Mirror) -> None:
        row = {"key": mirror.key, "document": dumped(mirror)}
        self.changes.put("mirrors", (mirror.key,), row)
        for place in mirror.places:  # one stays the first's whose card it was
            key = key_of(place.channel, place.ts)
            self.changes.put("mirror_places", (key,), {"key": key, "mirror": index_text(mirror.key)})

    async def keep_mirror_copy(self, copy: MirrorCopy) -> None:
        row = {"key": copy.key, "mirror": index_text(copy.of), "document": dumped(copy)}
        self.changes.put("mirror_copies", (copy.key,), row)

    async def keep_written_here(self, written: WrittenHere) -> None:
        row = {"key": written.key, "document": dumped(written)}
        self.changes.put("written_here", (written.key,), row)

    async def take_over(self, key: str) -> bool:
        if await self._value("taken_over", key) is not None:
            return False
        self.changes.put("taken_over", (key,), {"key": key})
        return True
