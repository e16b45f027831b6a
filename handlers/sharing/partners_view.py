"""The workspaces that share tickets with this one: what each side lets the other do, where cards stand, and the forms for it."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.partners import Partner, PartnershipState, Right
from bot.domain.record import Record
from handlers.blocks.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    divider,
    form_modal,
    input_block,
    json_of,
    message,
    modal,
    option,
    section,
)
from handlers.blocks.partner_notice import MAY, RIGHTS, accept_buttons
from handlers.blocks.text import one_line, plain
from handlers.slack import ids

WHOM, LETS, CALLS = "partner", "lets", "calls"
"""The names of the forms' inputs. The first is the field of the services' problems, too."""
ACTIVE, INVITED, NOWHERE = "active", "invited", "none"
"""How the action_ids of buttons end: what is to be ended, and for cards no channel."""
_NAME = 80
_SHOWN = 25  # partnerships; each has three blocks, and a view takes 100
_WHAT = (
    "Partners see the tickets that you share with them, and you see theirs. Nothing is shared by that alone: "
    "`/ticket share T-42 with acme`, or *Share…* behind a card's ⋯."
)


class PartnerMeta(Record):
    """What rides in the private_metadata of a form. `team`: whose name it changes; None where it invites."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    team: str | None = None


def overview(rows: Sequence[Partner], *, may_set: bool, told: str = "") -> View:
    """`may_set`: whether it is for an admin, who gets the buttons. `told`: what has just been done, in mrkdwn."""
    blocks: list[Block] = [section(told)] if told else []
    blocks.append(context(_WHAT))
    for row in rows[:_SHOWN]:
        blocks += [divider(), section(_about(row)), *(_ways(row) if may_set else [])]
    if not rows:
        blocks.append(section("No workspace is your partner yet."))
    if len(rows) > _SHOWN:
        blocks.append(
            context(f"… and {len(rows) - _SHOWN} more. `/ticket partners end acme` ends one by its name.")
        )
    if may_set:
        blocks += [divider(), actions(button("Invite a workspace…", ids.PARTNER_INVITE))]
    return modal("Partners", blocks, callback_id=ids.PARTNERS, close="Done")


def invite_form() -> View:
    typed: Block = {
        "type": "plain_text_input",
        "action_id": WHOM,
        "max_length": 200,
        "placeholder": json_of(plain("acme, or T0123456789", 150)),
    }
    blocks = [
        input_block(
            WHOM, "Workspace", typed, hint="What stands before .slack.com in its address, or its team ID"
        ),
        _lets("comment"),
        context("Its admins hear of it in a direct message. Deskhand must be installed there."),
    ]
    return _form("Invite", blocks, ids.PARTNER_INVITE_FORM, "Invite", PartnerMeta())


def name_form(team: str, calls: str, name: str) -> View:
    typed: Block = {"type": "plain_text_input", "action_id": CALLS, "max_length": 30, "initial_value": calls}
    blocks = [
        section(
            f"What do you call *{one_line(name, _NAME)}* here? Its tickets are named by that: `acme/T-42`."
        ),
        input_block(CALLS, "Short name", typed, hint="Letters, digits and dashes"),
    ]
    return _form("Rename", blocks, ids.PARTNER_NAME_FORM, "Save", PartnerMeta(team=team))


def told_of(words: str, row: Partner | None = None) -> Message:
    """What a typed order has done, and the way to the rest. `words` are mrkdwn."""
    below = [context(_stands(row))] if row and row.is_active else []
    blocks = [section(words), *below, actions(button("Partners…", ids.PARTNERS_OPEN))]
    return message(words.replace("*", "").replace("`", ""), blocks)


def invited(row: Partner) -> str:
    if row.is_active:
        return accepted(row)
    return (
        f":envelope: *{one_line(row.name, _NAME)}* is invited, and its admins have been asked. As a partner it may see what you "
        f"share with it{' and comment' if row.lets == 'comment' else ''}. Here it is called `{row.calls}`."
    )


def accepted(row: Partner) -> str:
    return f":handshake: This workspace and *{one_line(row.name, _NAME)}* are partners. Here it is called `{row.calls}`."


def ended(row: Partner, before: PartnershipState) -> str:
    name = one_line(row.name, _NAME)
    if before == "invited":
        return f"The invitation of *{name}* is {'taken back' if row.is_ours else 'refused'}."
    return f"The partnership with *{name}* has ended. What each had shared is gone from the other."


def let(row: Partner) -> str:
    return f"*{one_line(row.name, _NAME)}* may {MAY[row.lets]} what you share from now on."


def renamed(row: Partner) -> str:
    return f"*{one_line(row.name, _NAME)}* is called `{row.calls}` here. Its tickets are `{row.calls}/T-42`."


def changed(row: Partner) -> str:
    """For who meant to end something else than what it has become."""
    name = one_line(row.name, _NAME)
    if row.is_active:
        return f"*{name}* is a partner by now. `/ticket partners end {row.calls}` ends that."
    return f"*{name}* is no partner at the moment, but invited. Nothing was ended."


def placed(row: Partner) -> str:
    name = one_line(row.name, _NAME)
    if row.channel is None:
        return f"New cards of what *{name}* shares stand nowhere from now on."
    return (
        f"Cards of what *{name}* shares stand in <#{row.channel}>, as it is shared or changes. "
        "`/invite @Deskhand` there, if I am not in it yet."
    )


def _about(row: Partner) -> str:
    head = f"*{row.calls}* · {one_line(row.name, _NAME)}"
    if not row.is_active and row.is_ours:
        return f"{head}\n:hourglass: Invited. They have not answered yet."
    if not row.is_active:
        return f"{head}\n:envelope: They invite you. You may {MAY[row.is_let]} what they share."
    return f"{head}\n{_stands(row)}"


def _stands(row: Partner) -> str:
    where = "nowhere until a channel is chosen."
    if row.channel:
        where = f"in <#{row.channel}>, where I have to be a member: `/invite @Deskhand`. None stand where another company reads."
    return (
        f"They may {MAY[row.lets]} what you share.\nYou may {MAY[row.is_let]} what they share.\n"
        f"Cards of their tickets stand {where}"
    )


def _ways(row: Partner) -> list[Block]:
    """What an admin may do about a partnership."""
    if not row.is_active and row.is_ours:
        return [actions(_button("Take it back", ids.PARTNER_END, row, ending=INVITED))]
    if not row.is_active:
        return [
            actions(
                *accept_buttons(row.team, row.team), _button("Refuse", ids.PARTNER_END, row, ending=INVITED)
            )
        ]
    other: Right = "see" if row.lets == "comment" else "comment"
    channel: Block = {
        "type": "conversations_select",
        "action_id": f"{ids.PARTNER_CHANNEL}:{row.team}",
        "placeholder": json_of(plain("Channel for their cards", 150)),
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    if row.channel:
        channel["initial_conversation"] = row.channel
    confirm: JsonValue = {
        "title": json_of(plain(f"End it with {row.calls}?", 100)),
        "text": json_of(plain("What each of you has shared is gone from the other at once.", 300)),
        "confirm": json_of(plain("End it", 30)),
        "deny": json_of(plain("Keep it", 30)),
    }
    elements = [
        channel,
        *([_button("No cards", ids.PARTNER_CHANNEL, row, ending=NOWHERE)] if row.channel else []),
        button(f"Let them {RIGHTS[other]}", f"{ids.PARTNER_LET}:{row.team}", value=f"{other} {row.team}"),
        _button("Rename…", ids.PARTNER_NAME, row),
        _button("End", ids.PARTNER_END, row, ending=ACTIVE) | {"style": "danger", "confirm": confirm},
    ]
    return [actions(*elements, block_id=f"{ids.PARTNERS}:{row.team}:{row.channel}")]


def _button(words: str, action_id: str, row: Partner, ending: str = "") -> Block:
    """Slack wants each action_id once in a view."""
    return button(words, ":".join(filter(None, (action_id, row.team, ending))), value=row.team)


def _lets(chosen: Right) -> Block:
    offered: Mapping[Right, Block] = {
        "comment": option("comment", "See them and comment"),
        "see": option("see", "Only see them"),
    }
    radio: Block = {
        "type": "radio_buttons",
        "action_id": LETS,
        "options": list[JsonValue](offered.values()),
        "initial_option": offered[chosen],
    }
    return input_block(LETS, "What they may do with tickets that you share", radio)


def _form(title: str, blocks: Sequence[Block], callback_id: str, submit: str, meta: PartnerMeta) -> View:
    return form_modal(
        title,
        blocks,
        callback_id=callback_id,
        submit=submit,
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )
