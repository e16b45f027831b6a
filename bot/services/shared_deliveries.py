"""What the courier hands on from one workspace's store to another's.

Exactly once, and across a crash between the two stores: whatever is to be told elsewhere is a job in the outbox of the
workspace in which it happened, saved in the same transaction. Its delivery writes into the shared index and into the
other stores under fixed names: a version that is older than what is kept, or the same state, changes nothing, and a job's
id is made from what it shows. Only then does the job leave its outbox. So a delivery that is cut off anywhere is done
again, and what it had written stays as it is. No token is needed for that, and Slack has no part in it.

A card, or a comment, in the other workspace is that one's own to deliver, with its own token: its courier asks the rule
afresh, and reads the ticket where it lives.
"""

from collections.abc import Awaitable, Callable, Collection

import structlog

from bot.domain.comments import Comment
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.errors import StoreUnavailable
from bot.domain.mirrors import (
    Mirror,
    MirrorCopy,
    WrittenHere,
    card_jobs,
    carried_key,
    copy_job,
    copy_key,
    ref_of,
    revision_of,
    unheard_job,
)
from bot.domain.outbox import Carried, Job
from bot.domain.permissions import Actor
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation, leaves, may, may_workspace
from bot.domain.workspace import Workspace
from bot.services.elsewhere import Elsewhere, Reached
from bot.services.neighbourhood import Neighbourhood
from bot.services.outbox.mirror_jobs import enqueue_once
from bot.services.partner_changes import PartnerChanges
from bot.services.people import People, actor_of
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Refused
from bot.services.ports.sharing import Readers, SharingStore
from bot.services.ports.store import Store, Transaction
from bot.services.ticket_comments import TicketComments

log = structlog.get_logger()

_LEARNING = 8
"""So often a comment of somebody waits of whom nothing is known yet."""


class SharedDeliveries:
    """Raises StoreUnavailable: the job is tried again."""

    def __init__(  # noqa: PLR0913  (what it is made of)
        self,
        store: Store,
        sharing: SharingStore,
        *,
        neighbourhood: Neighbourhood,
        changes: PartnerChanges,
        comments: TicketComments,
        people: People,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._neighbourhood = neighbourhood
        self._changes = changes
        self._elsewhere = Elsewhere(store, people, neighbourhood)
        self._comments = comments
        self._people = people
        self._clock = clock

    async def hand_on(self, workspace: Workspace, job: Job) -> None:
        """Does what a job of kind `share`, `carry` or `partner` is for."""
        if job.partner:
            await self._changes.deliver(job.partner)
        elif job.carry and job.carry.home:
            await self._carry_home(workspace, job.carry, job.attempts)
        elif job.carry:
            await self._carry_out(workspace, job.carry)
        elif job.number:
            await self._tell_of(workspace, job.number)

    async def mirrored(self, workspace: Workspace, job: Job) -> tuple[SeenTicket, SeenComment | None] | None:
        """What a job of kind `mirror` shows, afresh from where the ticket lives; None where there is nothing to show."""
        if job.mirror is None:
            return None
        mirror = await self._store.read(workspace).mirror(job.mirror)
        is_shown = mirror is not None and mirror.visible
        # What was taken back is so without its home, which may be out of reach.
        reached = await self._elsewhere.reach(workspace, job.mirror) if is_shown else None
        may_see = reached is not None and may_workspace("see", reached.ticket, reached.relation)
        if job.place is None and not may_see:
            return None
        home = await self._neighbourhood.name_of(workspace, job.mirror.home)
        relation: Relation = reached.relation if reached else "stranger"
        cut = await self._elsewhere.cut_out(reached.home, reached.ticket) if reached and may_see else None
        seen = SeenTicket(home, job.mirror.number, relation, cut)
        if job.comment is None:
            return seen, None
        return seen, await self._comment(workspace, reached, job.comment, seen)

    async def _comment(
        self, workspace: Workspace, reached: Reached | None, key: str, seen: SeenTicket
    ) -> SeenComment:
        """One that stands below a card here: of our own people, or of the ticket's home. Without a ticket that may be seen it has
        no words, and nor has one that is kept nowhere any more."""
        if written := await self._store.read(workspace).written_here(key):
            names = await self._people.of(workspace)
            return SeenComment(written.comment, names.name(written.comment.author), None, written.unheard)
        comment = await self._store.read(reached.home).comment(key) if reached and seen.shared else None
        if comment is None or reached is None:
            lost = Comment(
                key=key, number=seen.number, author="", at=self._clock(), deleted=seen.shared is not None
            )
            return SeenComment(lost, "", seen.home.calls)
        if not leaves(comment):
            comment = comment.model_copy(update={"text": "", "files": (), "deleted": True})
        names = await self._people.of(reached.home)
        wrote_in = comment.team_name if comment.team else seen.home.calls
        author = comment.author_name or names.name(comment.author)
        return SeenComment(comment.model_copy(update={"copies": ()}), author, wrote_in)

    async def _tell_of(self, home: Workspace, number: int) -> None:
        """Others learn how a ticket is: first whoever looks for it, then the partners whose cards show it. Whoever was told that
        they may see it stays among those who are told until they know that they may not."""
        ticket = await self._store.read(home).ticket(number)
        if ticket is None:
            return
        partners = await self._neighbourhood.active(home)
        told = await self._sharing.told(home.id, number)
        were_told, seeing = told.to_tell if told else frozenset[str](), dict[str, Relation]()
        for team in partners.keys() | were_told:
            relation = await self._neighbourhood.relation(Workspace(team_id=team), ticket, home.id)
            if may_workspace("see", ticket, relation):
                seeing[team] = relation
        is_global = ticket.visible_since is not None and ticket.visibility_mode == "global"
        readers = Readers(frozenset() if is_global else frozenset(seeing), is_global)
        now_told = frozenset(seeing)
        to_tell = now_told | were_told
        cut = await self._elsewhere.cut_out(home, ticket)
        if not await self._sharing.put(cut, readers, to_tell):
            return  # somebody has told a newer version already
        await _each(to_tell, lambda team: self._mirror(home, ticket, team, seeing.get(team)))
        if to_tell != now_told:
            await self._sharing.put(cut, readers, now_told)

    async def _mirror(self, home: Workspace, ticket: Ticket, team: str, relation: Relation | None) -> None:
        """Has a partner's card of a ticket brought up to date, or posted where they chose a channel. `relation`: None where they
        may not see it any more."""
        there = self._store.workspace_of(team)
        known = await self._neighbourhood.partnership(home, team)
        if there is None or known is None:
            return
        side, now = known.side(team), self._clock()
        ref = ref_of(home.id, ticket)
        told = f"{ticket.version} {ticket.due_state} {relation} {side.calls}"
        news = Mirror(
            key=ref.key,
            ref=ref,
            version=ticket.version,
            told=told,
            visible=relation is not None,
            wanted=side.channel if known.is_active else None,
        )

        async def work(tx: Transaction) -> None:
            before = await tx.mirror(ref)
            if not _is_news(before, news):
                return
            after = news.model_copy(update=before.standing_as) if before else news
            await tx.keep_mirror(after)
            for card in card_jobs(after, side.chosen_by or "", now):
                await enqueue_once(tx, card)
            if before and before.visible != after.visible:
                for copy in await tx.mirror_copies(ref):
                    if copy.place and (job := copy_job(after, copy, now)):
                        await tx.enqueue(job)

        if _is_news(await self._store.read(there).mirror(ref), news):
            await self._store.change(there, work)

    async def _carry_out(self, home: Workspace, carried: Carried) -> None:
        """Brings a comment to the partners whose cards show its ticket, but not to where it was written."""
        comment = await self._store.read(home).comment(carried.comment)
        ticket = await self._store.read(home).ticket(comment.number) if comment else None
        if comment is None or ticket is None or not leaves(comment):
            return
        told = await self._sharing.told(home.id, ticket.number)
        to_tell = (told.to_tell if told else frozenset()) - {comment.team}
        await _each(to_tell, lambda team: self._copy(home, ticket, comment, team))

    async def _copy(self, home: Workspace, ticket: Ticket, comment: Comment, team: str) -> None:
        there = self._store.workspace_of(team)
        if there is None:
            return
        ref, now = ref_of(home.id, ticket), self._clock()
        may_see = may_workspace("see", ticket, await self._neighbourhood.relation(there, ticket, home.id))
        said = {"revision": revision_of(comment), "deleted": comment.deleted}
        new = MirrorCopy(
            key=copy_key(ref, comment.key), of=ref.key, comment=comment.key, revision="", deleted=True
        )

        async def work(tx: Transaction) -> None:
            mirror, known = await tx.mirror(ref), await tx.mirror_copy(ref, comment.key)
            is_new = known is None and not comment.deleted and may_see
            if mirror is None or not (known or is_new):
                return
            copy = (known or new).model_copy(update=said)
            if copy != known:
                await tx.keep_mirror_copy(copy)
                if (copy.place or copy.waits) and (job := copy_job(mirror, copy, now)):
                    await enqueue_once(tx, job)

        if await self._store.read(there).mirror(ref):
            await self._store.change(there, work)

    async def _carry_home(self, workspace: Workspace, carried: Carried, attempts: int) -> None:
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
        comment = written.comment.model_copy(
            update={
                "key": key,
                "author_name": written.comment.author_name or names.name(written.comment.author),
                "team": workspace.id,
                "team_name": mine.name,
                "internal": False,
                "copies": (),
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
        settings = await self._store.read(workspace).settings()
        return actor_of(await self._people.of(workspace), user, settings, self._clock())


async def _each(teams: Collection[str], tell: Callable[[str], Awaitable[None]]) -> None:
    """Tells each of these whatever fails with another. Raises what failed then: a store that cannot be written before anything else,
    since that is waited for."""
    failures: list[Exception] = []
    for team in sorted(teams):
        try:
            await tell(team)
        except Exception as error:
            failures.append(error)
            log.warning("not_handed_on", to=team, exc_info=not isinstance(error, StoreUnavailable))
    for failure in sorted(failures, key=lambda each: not isinstance(each, StoreUnavailable)):
        raise failure


def _is_news(before: Mirror | None, news: Mirror) -> bool:
    """Whether a workspace is told something by this that it does not know. One without a channel wants no new card."""
    if before is None:
        return news.visible and news.wanted is not None
    wants_elsewhere = not before.places and before.wanted != news.wanted
    return before.version <= news.version and (before.told != news.told or wants_elsewhere)
