"""What of the outbox has to do with other workspaces: what is handed on to their stores, and what of theirs is shown here."""

from bot.domain.mirror_ref import MirrorRef
from bot.domain.partners import PartnerChange, key_of
from bot.domain.record import Record


class Carried(Record):
    """A comment that goes to another workspace: from its ticket's to each of the partners or, with a `home`, from where it was
    written to that team's ticket. `comment` is its key where it is kept, `revision` names what it says."""

    comment: str
    revision: str
    home: str | None = None


class HandedOn(Record):
    """The part of a job that names it. With a `share`, the version of its ticket, other workspaces learn how that is; with `carry` a
    comment goes to them, and with `partner` what has happened to a partnership. With a `mirror`, the card of another
    workspace's ticket is shown or, with a `comment` as well, that comment of it."""

    number: int | None = None
    share: int | None = None
    carry: Carried | None = None
    partner: PartnerChange | None = None
    mirror: MirrorRef | None = None

    @property
    def hands_on(self) -> bool:
        """Whether it goes to another workspace's store, and Slack has no part in it."""
        return bool(self.share or self.carry or self.partner)

    @property
    def handed(self) -> str:
        """What it hands on, one thing after the other: a partnership, or what there is of a ticket."""
        if self.partner:
            return key_of(self.partner.team, self.partner.other)
        return f"{(self.carry and self.carry.home) or ''}/{self.number}"
