"""Who else sees a ticket, in plain words."""

from collections.abc import Mapping, Sequence

from bot.domain.contract import VisibilityMode
from bot.domain.ticket import Ticket
from bot.domain.words import listed
from handlers.blocks.text import one_line

MEANING: Mapping[VisibilityMode, tuple[str, str]] = {
    "workspace_local": ("This workspace alone", "Nobody elsewhere sees it"),
    "shared": ("Partners that you choose", "Their agents see it, and comment where you let them"),
    "global": ("All joined workspaces", "Agents of those that the operator joined with this one may read it"),
}
"""What a form calls each mode, and what it means; both within what an option takes, 75 characters."""
_NAME = 60
_MOST = 10


def shared_words(ticket: Ticket, shared_with: Sequence[str]) -> str:
    """`Shared with acme and beta`; empty where it is for its own workspace alone. `shared_with`: the partners that see it now. For
    where there are other workspaces."""
    if ticket.visible_since is None:
        return ""
    if ticket.visibility_mode == "global":
        return ":globe_with_meridians: For all workspaces that are joined with this one"
    if ticket.visibility_mode != "shared":
        return ""
    if not shared_with:
        return f":warning: Shared, but with no partner: `/ticket share {ticket.name} with acme` names one"
    names = [one_line(each, _NAME) for each in shared_with[:_MOST]]
    more = [f"{len(shared_with) - _MOST} more"] if len(shared_with) > _MOST else []
    return f":globe_with_meridians: Shared with {listed([*names, *more], 'and')}"
