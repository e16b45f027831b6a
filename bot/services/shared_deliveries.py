"""What the courier hands on from one workspace's store to another's.

Exactly once, and across a crash between the two stores: whatever is to be told elsewhere is a job in the outbox of the
workspace in which it happened, saved in the same transaction. Its delivery writes into the shared index and into the
other stores under fixed names: a version that is older than what is kept, or the same state, changes nothing, and a job's
id is made from what it shows. Only then does the job leave its outbox. So a delivery that is cut off anywhere is done
again, and what it had written stays as it is. No token is needed for that, and Slack has no part in it.

A card, or a comment, in the other workspace is that one's own to deliver, with its own token: its courier asks the rule
afresh, and reads the ticket where it lives.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.comments import Comment
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.mirrors import (
    Mirror,
    card_jobs,
    copy_job,
    copy_of,
    ref_of,
)
from bot.domain.outbox import Job
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation, leaves, may_workspace
from bot.domain.workspace import Workspace
from bot.services.carried_comments import CarriedComments
from bot.services.each_of import each_of
from bot.services.elsewhere import Elsewhere, Reached, outward
from bot.services.neighbourhood import Neighbourhood
from bot.services.outbox.mirror_jobs import enqueue_once
from bot.services.partner_changes import PartnerChanges
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Readers, SharingStore
from bot.services.ports.store import Store, Transaction
from bot.services.ticket_comments import TicketComments

_MISSED = 100
"""So many comments come with a ticket that is shared again."""


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
        self._comments = CarriedComments(store, sharing, neighbourhood, people, comments, clock)
        self._people = people
        self._clock = clock

    async def hand_on(self, workspace: Workspace, job: Job) -> None:
        """Does what a job of kind `share`, `carry` or `partner` is for."""
        if job.partner:
            await self._changes.deliver(job.partner, job.attempts)
        elif job.carry and job.carry.home:
            await self._comments.carry_home(workspace, job.carry, job.attempts)
        elif job.carry:
            await self._comments.carry_out(workspace, job.carry)
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
            said = outward(written.comment, names.name)
            return SeenComment(said, names.name(written.comment.author), None, written.unheard)
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
        return SeenComment(outward(comment, names.name), author, wrote_in)

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
        await each_of(to_tell, lambda team: self._mirror(home, ticket, team, seeing.get(team)))
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
        ref, missed = ref_of(home.id, ticket), list[Comment]()
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
            first = {"since": ticket.visible_since}
            after = news.model_copy(update=before.standing_as if before else first)
            await tx.keep_mirror(after)
            for card in card_jobs(after, side.chosen_by or "", now):
                await enqueue_once(tx, card)
            if before and before.visible != after.visible:
                await _follow(tx, after, missed, now)

        known_there = await self._store.read(there).mirror(ref)
        if not _is_news(known_there, news):
            return
        if known_there and news.visible and not known_there.visible:
            missed = await self._missed(home, ticket, team, known_there.since)
        await self._store.change(there, work)

    async def _missed(
        self, home: Workspace, ticket: Ticket, team: str, since: datetime | None
    ) -> list[Comment]:
        """The last of what a workspace could not see while a ticket was not shared with it."""
        page = await self._store.read(home).comments(ticket.number, limit=_MISSED, internal=False)
        theirs = [each for each in page.comments if leaves(each) and each.team != team]
        return [each for each in theirs if not each.deleted and (since is None or each.at >= since)]


async def _follow(tx: Transaction, mirror: Mirror, missed: Sequence[Comment], now: datetime) -> None:
    """Has what stands below a card shown or taken back, as the card is."""
    copies = [*await tx.mirror_copies(mirror.ref)]
    for comment in missed:
        if await tx.mirror_copy(mirror.ref, comment.key) is None:
            copies.append(copy := copy_of(mirror.ref, comment))
            await tx.keep_mirror_copy(copy)
    for copy in copies:
        if (copy.place or copy.waits) and (job := copy_job(mirror, copy, now)):
            await enqueue_once(tx, job)


def _is_news(before: Mirror | None, news: Mirror) -> bool:
    """Whether a workspace is told something by this that it does not know. One without a channel wants no new card."""
    if before is None:
        return news.visible and news.wanted is not None
    wants_elsewhere = not before.places and before.wanted != news.wanted
    return before.version <= news.version and (before.told != news.told or wants_elsewhere)
