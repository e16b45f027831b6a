"""What admins are told of a partnership: of theirs and of the other side, each in their own words."""

from collections.abc import Mapping

from bot.domain.partners import PartnerNotice, Right
from handlers.blocks.kit import Block, Message, actions, button, message, section
from handlers.blocks.text import one_line
from handlers.slack import ids

_NAME = 100
RIGHTS: Mapping[Right, str] = {"comment": "see and comment", "see": "see only"}
"""What a side may do, as menus and buttons have it."""
MAY: Mapping[Right, str] = {"comment": "see and comment on", "see": "see"}
"""The same in front of what it is about."""
_GONE = "What each had shared is gone from the other."


def message_of(notice: PartnerNotice) -> Message:
    words = _words(notice)
    blocks = [section(words)]
    if notice.event == "invited":
        blocks.append(
            actions(
                *accept_buttons(notice.other, "notice"),
                button("Refuse", f"{ids.PARTNER_END}:notice", value=notice.other),
            )
        )
    return message(words.replace("*", "").replace("`", ""), blocks)


def accept_buttons(team: str, place: str) -> list[Block]:
    """One for each right that accepting may grant, with that in its value. `place` ends their action_ids."""
    return [
        button(
            f"Accept: {words}",
            f"{ids.PARTNER_ACCEPT}:{right}:{place}",
            value=f"{right} {team}",
            primary=right == "comment",
        )
        for right, words in RIGHTS.items()
    ]


def _words(notice: PartnerNotice) -> str:
    name, by = (one_line(each, _NAME) for each in (notice.name, notice.by_name or "Somebody"))
    if notice.is_ours:  # of what their own side does, admins hear of an end alone
        return f"{by} has ended the partnership with *{name}*. {_GONE}"
    match notice.event:
        case "invited":
            return (
                f"*{name}* ({by}) invites this workspace to share tickets. You may {MAY[notice.lets]} what they share with you. "
                "Accept with what they may do with what you share; nothing is shared by that alone, and `/ticket partners` "
                "changes it."
            )
        case "accepted":
            return f":handshake: *{name}* ({by}) has accepted: {_partners(notice, name)}"
        case "refused":
            return f"*{name}* ({by}) does not want to share tickets at the moment."
        case "withdrawn":
            return f"*{name}* ({by}) has taken its invitation back."
        case "ended":
            return f"*{name}* ({by}) has ended the partnership with this workspace. {_GONE}"


def _partners(notice: PartnerNotice, name: str) -> str:
    partner = one_line(notice.partner, _NAME)
    return (
        f"this workspace and *{name}* are partners. You may {MAY[notice.lets]} what they share. "
        f"`/ticket share T-42 with {partner}` shares a ticket; `/ticket partners` says where their cards stand."
    )
