"""Who is on call, and who stands in.

ana: /ticket oncall                                              -> now and next, for each queue
ana: /ticket oncall swap                                         -> the form
ana: (chooses a queue in a ticket's form)                        -> “On call for network: @chloe”, with “Choose”
ana: /ticket oncall swap network @chloe for @emil until friday   -> at once
"""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.due import parse_due
from bot.domain.errors import DeskError
from bot.domain.queues import Override, Queue
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from handlers.blocks.kit import Block, View
from handlers.oncall import oncall_view as views
from handlers.oncall.oncall_view import LINE, Duty
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import Answer, OpenView, Tools, UpdateView

_SWAP = re.compile(
    r"swap\s+#?(?P<queue>.+?)\s+@(?P<person>\S+)(?:\s+for\s+@(?P<covers>\S+))?"
    r"(?:\s+from\s+(?P<start>.+?))?\s+until\s+(?P<end>.+)",
    re.IGNORECASE,
)


async def typed(tools: Tools, workspace: Workspace, command: SlashCommand, words: str) -> Answer:
    """`words` are what follows `/ticket oncall`."""
    if not words:
        settings = await tools.preferences.settings(workspace)
        return Answer(views.overview([await _duty(tools, workspace, queue) for queue in settings.queues]))
    if words.casefold() == "swap":
        return await swap_opened(tools, workspace, command)
    said = _SWAP.fullmatch(words)
    if said is None:
        raise DeskError(
            f"I did not understand that. {LINE} lets Ana stand in; `/ticket oncall swap` has a form."
        )
    override = Override(
        person=_person(tools, workspace, said["person"]),
        covers=_person(tools, workspace, said["covers"]) if said["covers"] else None,
        start=_moment(tools, workspace, command.actor, said["start"]) if said["start"] else tools.clock(),
        end=_moment(tools, workspace, command.actor, said["end"]),
    )
    queue = await tools.preferences.cover(workspace, command.actor, said["queue"], override)
    return Answer(views.swapped(override, await _duty(tools, workspace, queue)))


async def swap_opened(tools: Tools, workspace: Workspace, opener: SlashCommand | BlockActions) -> Answer:
    """“Swap…”, or the command without more."""
    queues = (await tools.preferences.settings(workspace)).queues
    if not queues:
        return Answer(views.overview([]))
    view = views.form(queues, tools.clock())
    return Answer(follow_ups=(OpenView(opener.trigger_id, view, opener.actor, opener.response_url),))


async def swapped(tools: Tools, workspace: Workspace, submission: ViewSubmission) -> Answer:
    fields = fields_of(submission.view.state)
    override = Override.model_validate(
        {field: fields.get(field) for field in ("person", "covers", "start", "end")}
    )
    queue = await tools.preferences.cover(workspace, submission.actor, str(fields["queue"]), override)
    view = views.swapped_view(override, await _duty(tools, workspace, queue))
    return Answer({"response_action": "update", "view": view})


async def told(tools: Tools, workspace: Workspace, view: View, queue: JsonValue) -> View:
    """A form about a ticket, with who is on call for the queue that it shows."""
    blocks = view["blocks"]
    shown = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return {**view, "blocks": [*await _told(tools, workspace, shown, queue)]}


async def queue_chosen(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """A queue was chosen in such a form."""
    chosen = press.actions[0].selected_option
    blocks = press.view.blocks if press.view else ()
    return _again(press, await _told(tools, workspace, blocks, chosen.value if chosen else None))


async def picked(_: Tools, __: Workspace, press: BlockActions) -> Answer:
    """“Choose”, beside whoever is on call."""
    if press.view is None:
        return Answer()
    user = press.actions[0].value or ""
    return _again(press, views.with_assignee(press.view.blocks, user, fresh=press.view.hash))


async def _told(
    tools: Tools, workspace: Workspace, blocks: Sequence[Block], name: JsonValue
) -> Sequence[Block]:
    settings = await tools.preferences.settings(workspace)
    if not settings.queues:
        return blocks
    queue = settings.queue(str(name or ""))
    on_call = await tools.preferences.on_call(workspace, queue.name, tools.clock()) if queue else None
    return views.beside_queue(blocks, queue, on_call)


def _again(press: BlockActions, blocks: Sequence[Block]) -> Answer:
    """The form as Slack sent it, with other blocks; what its inputs hold stays."""
    if press.view is None:
        return Answer()
    return Answer(follow_ups=(UpdateView(press.view.id, press.view.hash, press.view.shown_with(blocks)),))


async def _duty(tools: Tools, workspace: Workspace, queue: Queue) -> Duty:
    now = tools.clock()
    return Duty(
        queue,
        await tools.preferences.on_call(workspace, queue.name, now),
        await tools.preferences.next_on_call(workspace, queue.name, now),
    )


def _person(tools: Tools, workspace: Workspace, name: str) -> str:
    found = {person.id for person in tools.people.called(workspace, name)}
    if len(found) != 1:
        how = "Several people are" if found else "Nobody here is"
        raise DeskError(f"{how} called {quoted(name)}. Choose them from Slack's list as you type the name.")
    return found.pop()


def _moment(tools: Tools, workspace: Workspace, user: str, text: str) -> datetime:
    return parse_due(text, now=tools.clock(), zone=tools.people.zone(workspace, user))
