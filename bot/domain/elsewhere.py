"""Tickets of other workspaces, as they are found and shown here: `acme/T-42`."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.domain.clock.service_levels import DueState
from bot.domain.comments import Comment
from bot.domain.mirror_ref import MirrorRef
from bot.domain.names import DASHES
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation

_NAME = re.compile(rf"([a-z0-9][a-z0-9-]{{0,63}})/(?:T[-{DASHES}]?)?([1-9][0-9]{{0,8}})", re.IGNORECASE)


class SharedTicket(Record):
    """What has left a ticket's workspace, `home` (its team): the ticket as `visibility.cut` gives it. `people`: the names of
    those it names, by their Slack user IDs; `items`: what the directory there calls what its fields name, by field; `due_state`: what
    the clock there has found of its due time.
    """

    home: str
    ticket: Ticket
    people: Mapping[str, str] = {}
    items: Mapping[str, str] = {}
    due_state: DueState = "on_time"


class HomeName(NamedTuple):
    """Another workspace as this one knows it: its team, what it is called here (`acme`), and its own name."""

    team: str
    calls: str
    name: str


class SeenTicket(NamedTuple):
    """A ticket of another workspace for somebody here. `shared` is None where it may not be seen any more."""

    home: HomeName
    number: int
    relation: Relation
    shared: SharedTicket | None

    @property
    def name(self) -> str:
        """`acme/T-42`"""
        return f"{self.home.calls}/T-{self.number}"

    @property
    def ref(self) -> MirrorRef:
        return MirrorRef(home=self.home.team, number=self.number)

    @property
    def may_comment(self) -> bool:
        return self.relation == "partner_comments"


class SeenPage(NamedTuple):
    """A page of a list of them: `offset` came before it, `total` match in all (as `TicketPage` counts). `has_more`: there is a
    page after this one."""

    tickets: Sequence[SeenTicket]
    offset: int
    total: int
    has_more: bool


class SeenComment(NamedTuple):
    """A public comment of a ticket, for somebody elsewhere. `author`: their name. `wrote_in`: what the workspace is called here
    that they wrote it in, None where they wrote it in the reader's own; `unheard`: from there it did not come to the ticket."""

    comment: Comment
    author: str
    wrote_in: str | None
    unheard: bool = False


class SeenComments(NamedTuple):
    """The newest of a ticket's public comments, oldest first: `offset` came before them, `total` there are in all."""

    comments: Sequence[SeenComment]
    offset: int
    total: int


def named(text: str) -> tuple[str, int] | None:
    """`acme/T-42`, `acme/42` -> what its home is called here, and its number. None of what is no such name."""
    found = _NAME.fullmatch(text.strip())
    return (found[1].casefold(), int(found[2])) if found else None
