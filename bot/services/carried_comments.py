"""Comments on their way between a ticket's home and the workspaces that it is shared with: as `shared_deliveries` has it, once each."""

from bot.domain.comments import Comment
from bot.domain.handed_on import Carried
from bot.domain.mirrors import (
    WrittenHere,
    carried_key,
    copy_job,
    copy_of,
    ref_of,
    unheard_job,
)
from bot.domain.permissions import Actor
from bot.domain.ticket import Ticket
from bot.domain.visibility import leaves, may, may_workspace
from bot.domain.workspace import Workspace
from bot.services.each_of import each_of
from bot.services.elsewhere import Elsewhere, outward
from bot.services.neighbourhood import Neighbourhood
from bot.services.outbox.mirror_jobs import enqueue_once
from bot.services.people import People, actor_of
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Refused
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store, Transaction
from bot.services.ticket_comments import TicketComments

_LEARNING = 8
"""So often a comment of somebody waits of whom nothing is known yet."""


class CarriedComments:
    """Raises StoreUnavailable: the job is tried again."""

    def __init__(
        self,
        store: Store,
        sharing: SharingStore,
        neighbourhood: Neighbourhood,
        people: People,
        comments: TicketComments,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._neighbourhood = neighbourhood
        self._elsewhere = Elsewhere(store, people, neighbourhood)
        self._people = people
        self._comments = comments
        self._clock = clock

    async def carry_out(self, home: Workspace, carried: Carried) -> None:
        """Brings a comment to the partners whose cards show its ticket, but not to where it was written."""
        comment = await self._store.read(home).comment(carried.comment)
        ticket = await self._store.read(home).ticket(comment.number) if comment else None
        if comment is None or ticket is None or not leaves(comment):
            return
        told = await self._sharing.told(home.id, ticket.number)
        to_tell = (told.to_tell if told else frozenset()) - {comment.team}
        await each_of(to_tell, lambda team: self._copy(home, ticket, comment, team))

    async def _copy(self, home: Workspace, ticket: Ticket, comment: Comment, team: str) -> None:
        there = self._store.workspace_of(team)
        if there is None:
            return
        ref, now = ref_of(home.id, ticket), self._clock()
        may_see = may_workspace("see", ticket, await self._neighbourhood.relation(there, ticket, home.id))
        new = copy_of(ref, comment)
        said = {"revision": new.revision, "deleted": new.deleted}

        async def work(tx: Transaction) -> None:
            mirror, known = await tx.mirror(ref), await tx.mirror_copy(ref, comment.key)
            is_new = known is None and not comment.deleted and may_see
            if mirror is None or not (known or is_new):
                return
            copy = known.model_copy(update=said) if known else new
            if copy != known:
                await tx.keep_mirror_copy(copy)
                if (copy.place or copy.waits) and (job := copy_job(mirror, copy, now)):
                    await enqueue_once(tx, job)

        if await self._store.read(there).mirror(ref):
            await self._store.change(there, work)

    async def carry_home(self, workspace: Workspace, carried: Carried, attempts: int) -> None:
        """Brings what somebody here wrote to where the ticket lives. Who may not comment there is not heard there, and is told so;
        what was heard can be edited by who still may, and deleted at any time."""
        written = await self._store.read(workspace).written_here(carried.comment)
        if written is None or not written.comment.heard:
            return
        reached = await self._elsewhere.reach(workspace, written.ref)
        key = carried_key(workspace.id, written.key)
        known = await self._store.read(reached.home).comment(key) if reached else None
        if not (known and written.comment.deleted):
            actor = await self._actor(workspace, written.comment.author)
            if not actor.is_settled and attempts < _LEARNING:
                raise Refused("author_not_known_yet")
            if reached is None or not may(actor, "comment", reached.ticket, reached.relation):
                await self._not_heard(workspace, written)
                return
        assert reached  # noqa: S101  (it is known there, or may be commented on)
        names = await self._people.of(workspace)
        mine = await self._neighbourhood.name_of(reached.home, workspace.id)
        comment = outward(written.comment, names.name).model_copy(
            update={
                "key": key,
                "author_name": written.comment.author_name or names.name(written.comment.author),
                "team": workspace.id,
                "team_name": mine.name,
                "internal": False,
            }
        )
        await self._comments.record_carried(reached.home, comment)

    async def _not_heard(self, workspace: Workspace, written: WrittenHere) -> None:
        """Tells whoever wrote it, and marks it where we show it."""
        author, now = written.comment.author, self._clock()
        if written.comment.deleted or (await self._people.of(workspace)).is_bot(author):
            return
        home = await self._neighbourhood.name_of(workspace, written.ref.home)
        told = unheard_job(written, f"{home.calls}/T-{written.ref.number}", home.name, now)

        async def work(tx: Transaction) -> None:
            if await tx.take_over(written.told_as):
                await tx.enqueue(told)
            if await tx.written_here(written.key) != written:
                return  # it has been edited since, and is carried anew
            await tx.keep_written_here(written.model_copy(update={"unheard": True}))
            mirror, copy = await tx.mirror(written.ref), await tx.mirror_copy(written.ref, written.key)
            if mirror and copy:
                marked = copy.model_copy(update={"revision": f"{copy.revision} unheard"})
                await tx.keep_mirror_copy(marked)
                if job := copy_job(mirror, marked, now):
                    await enqueue_once(tx, job)

        await self._store.change(workspace, work)

    async def _actor(self, workspace: Workspace, user: str) -> Actor:
        if self._store.is_shared:  # no request has looked
            await self._store.open(workspace)
        settings = await self._store.read(workspace).settings()
        return actor_of(await self._people.of(workspace), user, settings, self._clock())
