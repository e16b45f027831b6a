"""What admins are told of a partnership: of theirs and of the other side, each in their own words."""

from collections.abc import Mapping

from bot.domain.partners import PartnerNotice, Right
from handlers.blocks.kit import Message, actions, button, message, section
from handlers.blocks.text import one_line
from handlers.slack import ids

_NAME = 100
RIGHTS: Mapping[Right, str] = {"comment": "see and comment", "see": "see only"}
"""What a side may do, as menus and buttons have it."""
MAY: Mapping[Right, str] = {"comment": "see and comment on", "see": "see"}
"""The same behind what it is about: “What you share, they may …”."""


def message_of(notice: PartnerNotice) -> Message:
    words = _words(notice)
    blocks = [section(words)]
    if notice.event == "invited" and not notice.is_ours:
        blocks.append(
            actions(
                button("Accept", f"{ids.PARTNER_ACCEPT}:notice", value=notice.other, primary=True),
                button("Refuse", f"{ids.PARTNER_END}:notice", value=notice.other),
            )
        )
    return message(words.replace("*", "").replace("`", ""), blocks)


def _words(notice: PartnerNotice) -> str:
    name, by, partner = (
        one_line(each, _NAME) for each in (notice.name, notice.by_name or "Somebody", notice.partner)
    )
    match notice.event, notice.is_ours:
        case "invited", False:
            return (
                f"*{name}* ({by}) invites this workspace to share tickets. What they share with you, you may "
                f"{MAY[notice.lets]}. *Accept* lets them see what you share with them, and comment; nothing is shared by that "
                "alone, and `/ticket partners` changes it."
            )
        case "invited", True:
            return f"{by} has invited *{name}*. Their admins have been asked; you hear what they say."
        case "accepted", _:
            who = f"{by} has accepted" if notice.is_ours else f"*{name}* ({by}) has accepted"
            return (
                f":handshake: {who}: this workspace and *{name}* are partners. What they share, you may {MAY[notice.lets]}. "
                f"`/ticket share T-42 with {partner}` shares a ticket; `/ticket partners` says where their cards stand."
            )
        case "refused", True:
            return f"{by} has refused the invitation of *{name}*."
        case "refused", False:
            return f"*{name}* ({by}) does not want to share tickets at the moment."
        case "withdrawn", True:
            return f"{by} has taken the invitation of *{name}* back."
        case "withdrawn", False:
            return f"*{name}* ({by}) has taken its invitation back."
    who = f"{by} has ended the partnership with *{name}*" if notice.is_ours else f"*{name}* ({by}) has ended"
    what = "" if notice.is_ours else " the partnership with this workspace"
    return f"{who}{what}. What each had shared is gone from the other."
