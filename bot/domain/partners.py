"""Partnerships and joins: which workspaces know each other, what each lets the other do, and what it calls it.

A partnership is kept once, under the IDs of its two teams in their order. Each side has its own choices in it.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from bot.domain.errors import DeskError, InvalidInput, Problem
from bot.domain.names import unaccented
from bot.domain.permissions import Actor
from bot.domain.record import Instant, Record
from bot.domain.words import quoted

Right = Literal["see", "comment"]
"""What a side lets the other do with the tickets that it shares. `comment`: see, too."""

PartnershipState = Literal["invited", "active", "ended"]
ToldEvent = Literal["invited", "accepted", "refused", "withdrawn", "ended"]
"""What somebody is told that has happened to a partnership. `withdrawn`: the invitation, by the side that invited."""
PartnerEvent = Literal[ToldEvent, "let", "placed"]
"""What can happen to one. `let`: a side chose what the other may do, `placed`: where the other's cards stand; nobody is told. They are
stored: never rename one."""

_WHO = {"all", "any", "anybody", "anyone", "elsewhere", "everybody", "everyone", "me", "others", "partners"}
_HOW = {"global", "globally", "local", "locally", "privately", "shared"}
RESERVED = frozenset({*_WHO, *_HOW, "and", "for", "from", "to", "und", "with"})
"""What no workspace is called, since it means something else where a name may stand: behind `share T-42` and `from:`."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_NOT_SLUG = re.compile(r"[^a-z0-9]+", re.ASCII)
_LONGEST = 30
_REMEMBERED = 20  # events that are known to have been applied


class Neighbour(NamedTuple):
    """A workspace in which Deskhand is installed, as others may know it: its team, its name, and what stands before
    .slack.com, where that is known."""

    team: str
    name: str
    domain: str = ""


class Side(Record):
    """What one workspace has chosen in a partnership. `calls`: the short name by which it knows the other (`acme`, as in
    `acme/T-42`). `channel`: where the cards of the other's tickets stand, None for nowhere; `chosen_by`: who chose that.
    `lets`: what the other may do with its tickets, `lets_since` when that was chosen.
    """

    team: str
    name: str = Field(description="The workspace's own name, as others see it")
    calls: str
    lets: Right = "comment"
    lets_since: Instant | None = None
    channel: str | None = None
    chosen_by: str | None = None


class Partnership(Record):
    """Two workspaces, `sides` in the order of their teams. `since`: when it became what it is: what was shared before
    a partnership began anew is not shared by that. `inviter` is a team, `invited_by` a Slack user there.
    """

    sides: tuple[Side, Side]
    state: PartnershipState
    since: Instant
    inviter: str
    invited_by: str
    applied: tuple[str, ...] = Field(
        (), description="The newest events, by their keys: a second time changes nothing"
    )

    @property
    def key(self) -> str:
        return key_of(*(side.team for side in self.sides))

    @property
    def is_active(self) -> bool:
        return self.state == "active"

    def side(self, team: str) -> Side:
        """A team's own. Raises ValueError where it is none of the two."""
        for side in self.sides:
            if side.team == team:
                return side
        message = f"{team} is no side of {self.key}"
        raise ValueError(message)

    def other(self, team: str) -> Side:
        """The other one's."""
        first, second = self.sides
        return second if self.side(team) is first else first

    def with_side(self, side: Side) -> "Partnership":
        kept = tuple(side if each.team == side.team else each for each in self.sides)
        return self.model_copy(update={"sides": kept})


class Partner(NamedTuple):
    """A partnership as one of its sides sees it: `calls` and `name` are the other's, as that is known here; `lets` is what the
    other may do with our tickets, `is_let` what we may do with theirs; `channel` where their cards stand here. `is_ours`:
    whether this side invited."""

    partnership: Partnership
    team: str
    calls: str
    name: str
    lets: Right
    is_let: Right
    channel: str | None
    is_ours: bool

    @property
    def is_active(self) -> bool:
        return self.partnership.is_active


class PartnerChange(Record):
    """Something that `by`, a Slack user of `team`, does to its partnership with `other`. `key` names this request, so
    that it happens once; `lets`: what it lets the other do, where it invites, accepts or chooses that."""

    key: str
    event: PartnerEvent
    team: str
    other: str
    by: str
    by_name: str = ""
    at: Instant
    lets: Right = "comment"


class PartnerNotice(Record):
    """What an admin is told of a partnership. `event` is what has happened, `by_name` who did it, of the workspace `whose`
    (its team) which is called `name`; `partner`: what the reader's workspace calls the other, `lets` what the other
    lets the reader's workspace do. `is_ours`: somebody of the reader's own workspace did it."""

    event: ToldEvent
    key: str = Field(description="Of the partnership")
    other: str = Field(description="The other team")
    name: str = Field(description="The other workspace's own name")
    partner: str
    by_name: str
    lets: Right
    is_ours: bool = False


class NoSuchPartner(DeskError):
    code = "no_such_partner"


def key_of(one: str, other: str) -> str:
    """What a partnership is kept under."""
    return "+".join(sorted((one, other)))


def seen_by(partnership: Partnership, team: str) -> Partner:
    """A partnership for one of its sides."""
    ours, theirs = partnership.side(team), partnership.other(team)
    return Partner(
        partnership=partnership,
        team=theirs.team,
        calls=ours.calls,
        name=theirs.name,
        lets=ours.lets,
        is_let=theirs.lets,
        channel=ours.channel,
        is_ours=partnership.inviter == team,
    )


def may_set_partners(actor: Actor) -> bool:
    """Admins invite, accept, choose and end."""
    return actor.is_member and actor.is_admin


def slug_of(neighbour: Neighbour, taken: Collection[str] = ()) -> str:
    """A short name for a workspace that no other has among these: its domain or, without one, its name; with its team's
    ID where that is taken or reserved."""
    plain = (
        _NOT_SLUG.sub("-", unaccented(neighbour.domain or neighbour.name)).strip("-")[:_LONGEST].strip("-")
    )
    return unlike(plain, neighbour.team, taken) if plain else neighbour.team.casefold()


def unlike(calls: str, team: str, taken: Collection[str]) -> str:
    """What a team is called here: so, or with its ID where another one is, or where the word is reserved."""
    return f"{calls}-{team.casefold()}" if calls in taken or calls in RESERVED else calls


def checked_slug(text: str, taken: Collection[str]) -> str:
    """A short name as somebody types it. Raises InvalidInput."""
    slug = text.strip().casefold().removesuffix("/")
    words = ""
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST:
        words = "Write a short name of letters, digits and dashes, such as acme."
    elif slug in RESERVED:
        words = f"{quoted(slug)} means something else here. Choose another name, such as {slug}-team."
    elif slug in taken:
        words = f"You call another workspace {slug} already. Choose another name."
    if words:
        raise InvalidInput([Problem(field="calls", code="not_a_name", message=words)])
    return slug


def applied(
    known: Partnership | None, change: PartnerChange, names: Mapping[str, Neighbour], calls: Mapping[str, str]
) -> Partnership | None:
    """The partnership after a change; the same where it has been applied before, changes nothing as things are, or is of before
    what was applied last: somebody has gone on since.
    `names`: the two workspaces by their teams; `calls`: for each of them, what it would call the other from now on."""
    if known and (change.key in known.applied or _is_overtaken(known, change)):
        return known
    state = known.state if known else "ended"
    match change.event:
        case "invited" if state == "ended":
            after = _invitation(known, change, names, calls)
        case "accepted" if known and state == "invited" and known.inviter != change.team:
            after = _letting(known, change).model_copy(update={"state": "active", "since": change.at})
        case "refused" if known and state == "invited" and known.inviter != change.team:
            after = _ended(known, change.at)
        case "withdrawn" if known and state == "invited" and known.inviter == change.team:
            after = _ended(known, change.at)
        case "ended" if known and state == "active":
            after = _ended(known, change.at)
        case "let" if known and state == "active":
            after = _letting(known, change)
        case "placed" if known and state == "active":
            after = known  # the side has chosen already
        case _:
            return known
    return after.model_copy(update={"applied": (*after.applied, change.key)[-_REMEMBERED:]})


def _is_overtaken(known: Partnership, change: PartnerChange) -> bool:
    chosen = known.side(change.team).lets_since if change.event == "let" else None
    return change.at < max(known.since, chosen or known.since)


def _letting(known: Partnership, change: PartnerChange) -> Partnership:
    chosen = {"lets": change.lets, "lets_since": change.at}
    return known.with_side(known.side(change.team).model_copy(update=chosen))


def _ended(known: Partnership, at: datetime) -> Partnership:
    return known.model_copy(update={"state": "ended", "since": at})


def _invitation(
    known: Partnership | None,
    change: PartnerChange,
    names: Mapping[str, Neighbour],
    calls: Mapping[str, str],
) -> Partnership:
    """What the sides chose in a partnership that has ended they find again, but for what the other may do."""
    sides = []
    for team in sorted((change.team, change.other)):
        before = known.side(team) if known else Side(team=team, name="", calls=calls[team])
        lets = change.lets if team == change.team else "see"
        chosen = {"name": names[team].name, "calls": calls[team], "lets": lets, "lets_since": change.at}
        sides.append(before.model_copy(update=chosen))
    return Partnership(
        sides=(sides[0], sides[1]),
        state="invited",
        since=change.at,
        inviter=change.team,
        invited_by=change.by,
        applied=known.applied if known else (),
    )
