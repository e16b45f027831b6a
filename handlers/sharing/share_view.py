"""The form that says who else sees a ticket, and what answers it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.contract import VisibilityMode
from bot.domain.partners import Right
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from handlers.blocks.kit import (
    OPTIONS,
    Block,
    Message,
    View,
    context,
    form_modal,
    input_block,
    json_of,
    message,
    modal,
    option,
    section,
)
from handlers.blocks.partner_notice import MAY
from handlers.blocks.text import one_line, plain
from handlers.blocks.visibility import MEANING, shared_words
from handlers.slack import ids

MODE, WITH = "visibilityMode", "sharedWith"
"""The names of the form's inputs."""
NONE = "No workspace is your partner yet. A workspace admin invites one with `/ticket partners`."

WHOM = "Choose at least one partner, or another choice above."
FOR_THESE = f"For these choose “{MEANING['shared'][0]}” above, or take them out."
"""What stands below an input where half of a choice is missing."""


_LOST = "It was for all joined workspaces until now; the others do not see it any more."


class ShareMeta(Record):
    """What rides in private_metadata: whose form this is, and the version of the ticket that it shows."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    number: int
    version: int


class Offered(NamedTuple):
    """A partner that can be chosen, and what they may do with what is shared."""

    team: str
    calls: str
    name: str
    lets: Right


def form(
    meta: ShareMeta,
    ticket: Ticket,
    partners: Sequence[Offered],
    shared_with: Sequence[str],
    changed: str | None = None,
) -> View:
    """`shared_with`: the partners that see it now, by what they are called here. `changed`: what happened while it was open."""
    blocks = [
        *([section(changed)] if changed else []),
        context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}"),
        input_block(MODE, "Who sees it", _modes(ticket)),
        *_partners(partners, shared_with),
        context(
            "Private notes, triage notes and internal comments never leave. Only this workspace acts on it."
        ),
    ]
    return form_modal(
        f"Share {ticket.name}",
        blocks,
        callback_id=ids.SHARE_FORM,
        submit="Save",
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )


def saved(ticket: Ticket, shared_with: Sequence[str], *, lost: bool = False) -> Message:
    """`lost`: whether it was global until now, and nobody has said that it is to be so no more."""
    words = _saved(ticket, shared_with) + (f" {_LOST}" if lost else "")
    return message(words.replace("*", ""), [section(words)])


def saved_view(ticket: Ticket, shared_with: Sequence[str]) -> View:
    return modal("Saved", [section(_saved(ticket, shared_with))], callback_id=ids.NOTICE, close="Done")


def done(ticket: Ticket) -> str:
    """What everybody may read of it."""
    return f"Done: *{ticket.name}*."


def _saved(ticket: Ticket, shared_with: Sequence[str]) -> str:
    words = shared_words(ticket, shared_with) or f"*{ticket.name}* is for this workspace alone."
    return f":white_check_mark: *{ticket.name}*, {one_line(ticket.summary, 200)}\n{words}"


def _modes(ticket: Ticket) -> Block:
    """Of a mode that nobody has confirmed the ticket is local yet."""
    shown: VisibilityMode = ticket.visibility_mode if ticket.visible_since else "workspace_local"
    offered: dict[VisibilityMode, Block] = {
        mode: option(mode, label) | {"description": json_of(plain(meaning, 75))}
        for mode, (label, meaning) in MEANING.items()
    }
    return {
        "type": "radio_buttons",
        "action_id": MODE,
        "options": list[JsonValue](offered.values()),
        "initial_option": offered[shown],
    }


def _partners(partners: Sequence[Offered], shared_with: Sequence[str]) -> list[Block]:
    if not partners:
        return [context(NONE)]
    # Those that see it first: of more than a menu takes, none may be lost by saving.
    shown = sorted(partners, key=lambda each: each.calls not in shared_with)[:OPTIONS]
    offered = {
        each.calls: option(each.team, f"{each.calls} · {each.name}")
        | {"description": json_of(plain(f"May {MAY[each.lets]} it", 75))}
        for each in shown
    }
    select: Block = {
        "type": "multi_static_select",
        "action_id": WITH,
        "options": list[JsonValue](offered.values()),
        "placeholder": json_of(plain("Choose partners", 150)),
    }
    if chosen := [offered[calls] for calls in shared_with if calls in offered]:
        select["initial_options"] = list[JsonValue](chosen)
    hint = f"For “{MEANING['shared'][0]}”"
    if len(partners) > len(offered):
        hint += f". These are {len(offered)} of {len(partners)}; /ticket share T-42 with acme takes each"
    return [input_block(WITH, "With whom", select, hint=hint, optional=True)]
