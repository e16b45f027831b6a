"""Who is on call, and who stands in.

ana: /ticket oncall                                              -> now and next, for each queue
ana: /ticket oncall swap                                         -> the form
chloe: (End this swap)                                           -> those two and the triage channel are told
ana: (chooses a queue in a ticket's form)                        -> “On call for network: @chloe”, with “Choose”
ana: /ticket oncall swap network @chloe for @emil until friday   -> at once
ana: /ticket oncall page network "VPN is down"                   -> paging.py
"""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.due import parse_due
from bot.domain.errors import DeskError
from bot.domain.queues import Override
from bot.domain.words import quoted
from handlers.blocks.inputs import refilled
from handlers.blocks.kit import Block, Message, View
from handlers.oncall import oncall_view, paging
from handlers.oncall.oncall_view import SWAP_LINE
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of, needed
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import Respond, Response, WarnOfDnd

_IS_SWAP = re.compile(r"swap\b", re.IGNORECASE)
_PAGE = re.compile(r"page\b\s*", re.IGNORECASE)
_SWAP = re.compile(
    r"swap\s+[#＃]?(?P<queue>\S+(?:\s+[^\s@＠]\S*)*?)"
    r"\s+(?:[@＠]|(?=me\b))(?P<person>\S+(?:\s+(?!for\s+[@＠]|from\s|until\s)\S+)*)"
    r"(?:\s+for\s+[@＠](?P<covers>\S+(?:\s+(?!from\s|until\s)\S+)*))?"
    r"(?:\s+from\s+(?P<start>\S+(?:\s+(?!until\s)\S+)*))?\s+until\s+(?P<end>.+)",
    re.IGNORECASE,
)


async def on_command(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`words` are what follows `/ticket oncall`."""
    if not words:
        warning = (WarnOfDnd(command.response_url),) if command.response_url else ()
        return Response(await _overview(visit), warning)
    if words.casefold() == "swap":
        return await on_swap_open(visit, command)
    if paged := _PAGE.match(words):
        return await paging.on_page(visit, command, words[paged.end() :])
    if not _IS_SWAP.match(words):
        return None
    match = _SWAP.fullmatch(words)
    if match is None:
        raise DeskError(
            f"I did not understand that. {SWAP_LINE} lets Ana stand in; `/ticket oncall swap` has a form."
        )
    override = Override(
        person=_person(visit, match["person"]),
        covers=_person(visit, match["covers"]) if match["covers"] else None,
        start=_moment(visit, command.actor, match["start"]) if match["start"] else visit.tools.clock(),
        end=_moment(visit, command.actor, match["end"]),
        key=f"command:{command.trigger_id}",
    )
    duty = await visit.tools.rota.cover(visit.workspace, visit.actor, match["queue"], override)
    return Response(oncall_view.swapped(override, duty))


async def on_swap_open(visit: Visit, opener: SlashCommand | BlockActions) -> Response:
    """“Swap…”, or the command without more."""
    queues = await visit.tools.rota.queues(visit.workspace, visit.actor)
    if not queues:
        return Response(oncall_view.overview([], [], visit.actor))
    view = oncall_view.form(queues, visit.tools.clock())
    return open_view(opener, view)


async def on_swap_submit(visit: Visit, submission: ViewSubmission) -> Response:
    fields = fields_of(submission.view.state)
    override = Override.model_validate(
        {field: fields.get(field) for field in ("person", "covers", "start", "end")}
        | {"key": f"form:{submission.view.id}"}
    )
    duty = await visit.tools.rota.cover(visit.workspace, visit.actor, needed(fields, "queue"), override)
    return Response({"response_action": "update", "view": oncall_view.swapped_view(override, duty)})


async def on_end(visit: Visit, press: BlockActions) -> Response:
    """“End this swap”, on what somebody was told of it and on who is on call."""
    swap = await visit.tools.rota.end(visit.workspace, visit.actor, press.actions[0].value or "")
    if not press.response_url:
        return Response()
    shown = await _overview(visit) if press.container.is_ephemeral else oncall_view.ended(swap)
    return Response(follow_ups=(Respond(press.response_url, shown),))


async def _overview(visit: Visit) -> Message:
    rota = visit.tools.rota
    duties = await rota.duties(visit.workspace, visit.actor)
    swaps = await rota.swaps(visit.workspace, visit.actor)
    return oncall_view.overview(duties, swaps, visit.actor)


async def with_on_call(visit: Visit, view: View, queue: JsonValue) -> View:
    """A form about a ticket, with who is on call for the queue that it shows."""
    blocks = view["blocks"]
    shown = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return {**view, "blocks": [*await _with_duty(visit, shown, queue)]}


async def on_queue_choice(visit: Visit, press: BlockActions) -> Response:
    """A queue was chosen in such a form."""
    chosen = press.actions[0].selected_option
    blocks = press.view.blocks if press.view else ()
    return _redrawn(press, await _with_duty(visit, blocks, chosen.value if chosen else None))


async def on_choose(_: Visit, press: BlockActions) -> Response:
    """“Choose”, next to the person on call."""
    if press.view is None:
        return Response()
    user = press.actions[0].value or ""
    filling: Block = {"initial_user": user}
    return _redrawn(press, refilled(press.view.blocks, "assignedUserId", filling, fresh=press.view.hash))


async def _with_duty(visit: Visit, blocks: Sequence[Block], name: JsonValue) -> Sequence[Block]:
    if not await visit.tools.rota.queues(visit.workspace, visit.actor):
        return blocks
    duty = await visit.tools.rota.duty(visit.workspace, visit.actor, str(name or ""))
    return oncall_view.with_duty_line(blocks, duty.queue if duty else None, duty.now if duty else None)


def _redrawn(press: BlockActions, blocks: Sequence[Block]) -> Response:
    """The form as Slack sent it, with other blocks; what its inputs hold stays."""
    if press.view is None:
        return Response()
    return update_view(press, press.view.shown_with(blocks))


def _person(visit: Visit, name: str) -> str:
    if name.casefold() == "me":
        return visit.actor.user
    found = {person.id for person in visit.people.remembered(name)}
    if len(found) != 1:
        how = "Several people are" if found else "Nobody here is"
        raise DeskError(f"{how} called {quoted(name)}. Choose them from Slack's list as you type the name.")
    return found.pop()


def _moment(visit: Visit, user: str, text: str) -> datetime:
    return parse_due(text, now=visit.tools.clock(), zone=visit.people.zone(user))
