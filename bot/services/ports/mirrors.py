"""What a workspace's store keeps of other workspaces' tickets: a part of the Store port."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere


class Unconfirmed(NamedTuple):
    """Some tickets that name a mode other than local which nobody has confirmed, by their numbers; `total` there are."""

    numbers: Sequence[int]
    total: int


class MirrorReader(Protocol):
    """As the Reader."""

    async def mirror(self, ref: MirrorRef) -> Mirror | None: ...
    async def mirror_at(self, channel: str, ts: str) -> Mirror | None:
        """The one whose card this message is."""

    async def mirror_copy(self, ref: MirrorRef, comment: str) -> MirrorCopy | None:
        """The copy here of a comment, by the comment's key."""

    async def mirror_copies(self, ref: MirrorRef) -> Sequence[MirrorCopy]:
        """All of a ticket's, in the order in which they came; those that stand nowhere (yet) included."""

    async def written_here(self, key: str) -> WrittenHere | None:
        """What somebody here wrote to another workspace's ticket, by its key."""

    async def unconfirmed(self, *, after: int = 0, limit: int = 0) -> Unconfirmed:
        """The first of them behind a number."""


class MirrorTransaction(MirrorReader, Protocol):
    """As the Transaction. What keeps one adds it, or replaces the one with its key."""

    async def keep_mirror(self, mirror: Mirror) -> None: ...
    async def keep_mirror_copy(self, copy: MirrorCopy) -> None: ...
    async def keep_written_here(self, written: WrittenHere) -> None: ...

    async def take_over(self, key: str) -> bool:
        """Whether nothing was handed on to this workspace under this key before. It is kept for ever."""
