"""What a workspace keeps of another one's ticket that is shown in a channel of its own: the card, and what stands below it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from pydantic import Field

from bot.domain.comments import Comment, is_typed
from bot.domain.handed_on import Carried
from bot.domain.mirror_ref import MirrorRef
from bot.domain.outbox import Job, Target
from bot.domain.record import Instant, Record
from bot.domain.ticket import Place, Ticket
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.visibility import leaves

_CARDS = UUID("a3e2f1de-5a0c-4c7a-9a36-0d2f2a4b7c11")
_COPIES = UUID("7c9e6a52-1f0b-4d8e-8f57-9b1c6d3e2f20")
_CARRIED = UUID("f0b7c2d4-6e3a-4b19-8d25-3c5e7a9b1d42")
_UNHEARD = UUID("0d9e6c1b-52f7-4f0a-9c43-8b1f6a2e7d55")
_NOTHING = UUID(int=0)


class Mirror(Record):
    """The card here of a ticket of another workspace. `version`: that of the ticket's newest state that we were told of;
    `told` names that state, so that to be told it twice changes nothing. `visible`: whether it may be seen here, `since`: it was
    first, and its comments stand here from then on. `wanted`: the channel for a new card, None for nowhere. `places`: where cards stand, the newest last; `gone`: somebody deleted the last.
    """

    key: str
    ref: MirrorRef
    version: int
    told: str
    visible: bool = True
    since: Instant | None = None
    wanted: str | None = None
    places: tuple[Place, ...] = ()
    gone: bool = False

    @property
    def place(self) -> Place | None:
        """Where its comments stand, below the newest card; None where there is none (yet)."""
        return self.places[-1] if self.places else None

    @property
    def standing_as(self) -> dict[str, object]:
        """Where it stands, of what is known of it."""
        return {"places": self.places, "gone": self.gone, "since": self.since}

    def standing(self, places: Sequence[Place]) -> "Mirror":
        """With where its cards stand; without any, somebody has deleted it."""
        return self.model_copy(update={"places": tuple(places), "gone": not places})


class MirrorCopy(Record):
    """A comment of another workspace's ticket below its card here, or one that is to stand there. `comment`: its key, where it
    is kept; `revision` names what it said when we were last told of it."""

    key: str
    of: str = Field(description="The key of its mirror")
    comment: str
    revision: str
    deleted: bool = False
    place: Place | None = None
    gone: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to be shown, and stands nowhere yet."""
        return not (self.place or self.deleted or self.gone)

    def standing(self, places: Sequence[Place]) -> "MirrorCopy":
        """As `Mirror` has it."""
        place = places[-1] if places else None
        return self.model_copy(update={"place": place, "gone": place is None})


def copy_of(ref: MirrorRef, comment: Comment) -> MirrorCopy:
    """That of a comment which is to stand here."""
    return MirrorCopy(
        key=copy_key(ref, comment.key),
        of=ref.key,
        comment=comment.key,
        revision=revision_of(comment),
        deleted=comment.deleted,
    )


class WrittenHere(Record):
    """What somebody here wrote to another workspace's ticket, as it is carried there. `unheard`: they may not say it there."""

    key: str
    ref: MirrorRef
    comment: Comment
    unheard: bool = False

    @property
    def told_as(self) -> str:
        """Under which somebody is told that it was not heard: once for a comment that they sent, and once below a card, where people
        may talk among themselves."""
        is_sent = is_typed(self.key)
        return f"unheard:{self.key}" if is_sent else f"unheard:{self.ref.key}:{self.comment.author}"


def ref_of(home: str, ticket: Ticket) -> MirrorRef:
    """Names this ticket of a team and no other."""
    return MirrorRef(home=home, number=ticket.number, ticket=str(ticket.id))


def copy_key(ref: MirrorRef, comment: str) -> str:
    return f"{ref.key}:{comment}"


def carried_key(team: str, key: str) -> str:
    """Under which a comment is kept at home that was written in a team's workspace."""
    return f"from:{team}:{key}"


def revision_of(comment: Comment) -> str:
    """Names what a comment says, wherever it stands."""
    said = comment.model_dump_json(exclude={"copies", "number"})
    return str(uuid5(_NOTHING, said))


def card_jobs(mirror: Mirror, user: str, now: datetime) -> tuple[Job, ...]:
    """Bring the cards of a ticket up to date; where none stands, post one in the channel wanted, if it may be seen. There is one such
    post, whichever channel is wanted, so that a second card is never made. `user`: who chose the channel."""
    if mirror.places:
        return tuple(card_update(mirror, place, now) for place in mirror.places)
    if mirror.wanted is None or mirror.gone or not mirror.visible:
        return ()
    return (_card(mirror, mirror.key, Target(channel=mirror.wanted, user=user, internal=True), None, now),)


def card_update(mirror: Mirror, place: Place, now: datetime) -> Job:
    """Brings a card up to date. One for each message: it replaces the one that waits already."""
    target = Target(channel=place.channel, user="", internal=True)
    return _card(mirror, f"{place.channel}:{place.ts}", target, place, now)


def _card(mirror: Mirror, named: str, target: Target, place: Place | None, now: datetime) -> Job:
    return Job(
        id=uuid5(_CARDS, named),
        number=mirror.ref.number,
        target=target,
        place=place,
        mirror=mirror.ref,
        created_at=now,
        due_at=now,
    )


def copy_job(mirror: Mirror, copy: MirrorCopy, now: datetime) -> Job | None:
    """Changes a comment where it stands, or shows it below the card; None where it stands nowhere, and nor does the card. A comment
    stays where it is when somebody deletes the card above it."""
    place, card = copy.place, mirror.place
    below = place or card
    if below is None:
        return None
    named = f"{place.channel}:{place.ts}" if place else copy.key
    target = Target(channel=below.channel, thread_ts=card.ts if card else None, user="", internal=True)
    return Job(
        id=uuid5(_COPIES, named),
        number=mirror.ref.number,
        target=target,
        place=place,
        mirror=mirror.ref,
        comment=copy.comment,
        created_at=now,
        due_at=now,
    )


def unheard_job(written: WrittenHere, ticket: str, home: str, now: datetime) -> Job:
    """Tells somebody that what they wrote was not heard where the ticket lives."""
    notice = UnheardNotice(ticket=ticket, home=home, comment=written.key)
    job_id, target = uuid5(_UNHEARD, written.told_as), Target(user=written.comment.author)
    return Job(id=job_id, target=target, notice=notice, created_at=now, due_at=now)


def carry_home(written: WrittenHere, now: datetime) -> Job:
    """Brings what somebody here wrote to the ticket's home."""
    return _carry(written.comment, written.ref.number, now, home=written.ref.home)


def carried_out(ticket: Ticket, comment: Comment, now: datetime) -> tuple[Job, ...]:
    """Brings a comment of an own ticket to the partners who may see it, where there may be some."""
    is_for_others = ticket.visible_since is not None and leaves(comment)
    return (_carry(comment, comment.number, now),) if is_for_others else ()


def _carry(comment: Comment, number: int, now: datetime, home: str | None = None) -> Job:
    carried = Carried(comment=comment.key, revision=revision_of(comment), home=home)
    job_id, target = uuid5(_CARRIED, f"{comment.key} to {home}"), Target(user=comment.author)
    return Job(id=job_id, number=number, target=target, carry=carried, created_at=now, due_at=now)
