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
from handlers.blocks.kit import Block, View
from handlers.oncall import oncall_view as views
from handlers.oncall.oncall_view import LINE, Duty
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import OpenView, Response, UpdateView

_IS_SWAP = re.compile(r"swap\b", re.IGNORECASE)
_SWAP = re.compile(
    r"swap\s+#?(?P<queue>\S+(?:\s+[^\s@]\S*)*)\s+@(?P<person>\S+)(?:\s+for\s+@(?P<covers>\S+))?"
    r"(?:\s+from\s+(?P<start>\S+(?:\s+(?!until\s)\S+)*))?\s+until\s+(?P<end>.+)",
    re.IGNORECASE,
)


async def followed(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`words` are what follows `/ticket oncall`."""
    if not words:
        settings = await visit.tools.preferences.settings(visit.workspace)
        return Response(views.overview([await _duty(visit, queue) for queue in settings.queues]))
    if words.casefold() == "swap":
        return await swap_opened(visit, command)
    if not _IS_SWAP.match(words):
        return None
    said = _SWAP.fullmatch(words)
    if said is None:
        raise DeskError(
            f"I did not understand that. {LINE} lets Ana stand in; `/ticket oncall swap` has a form."
        )
    override = Override(
        person=_person(visit, said["person"]),
        covers=_person(visit, said["covers"]) if said["covers"] else None,
        start=_moment(visit, command.actor, said["start"]) if said["start"] else visit.tools.clock(),
        end=_moment(visit, command.actor, said["end"]),
    )
    queue = await visit.tools.preferences.cover(visit.workspace, command.actor, said["queue"], override)
    return Response(views.swapped(override, await _duty(visit, queue)))


async def swap_opened(visit: Visit, opener: SlashCommand | BlockActions) -> Response:
    """“Swap…”, or the command without more."""
    queues = (await visit.tools.preferences.settings(visit.workspace)).queues
    if not queues:
        return Response(views.overview([]))
    view = views.form(queues, visit.tools.clock())
    return Response(follow_ups=(OpenView(opener.trigger_id, view, opener.actor, opener.response_url),))


async def swapped(visit: Visit, submission: ViewSubmission) -> Response:
    fields = fields_of(submission.view.state)
    override = Override.model_validate(
        {field: fields.get(field) for field in ("person", "covers", "start", "end")}
    )
    queue = await visit.tools.preferences.cover(
        visit.workspace, submission.actor, str(fields["queue"]), override
    )
    view = views.swapped_view(override, await _duty(visit, queue))
    return Response({"response_action": "update", "view": view})


async def told(visit: Visit, view: View, queue: JsonValue) -> View:
    """A form about a ticket, with who is on call for the queue that it shows."""
    blocks = view["blocks"]
    shown = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return {**view, "blocks": [*await _told(visit, shown, queue)]}


async def queue_chosen(visit: Visit, press: BlockActions) -> Response:
    """A queue was chosen in such a form."""
    chosen = press.actions[0].selected_option
    blocks = press.view.blocks if press.view else ()
    return _again(press, await _told(visit, blocks, chosen.value if chosen else None))


async def picked(_: Visit, press: BlockActions) -> Response:
    """“Choose”, beside whoever is on call."""
    if press.view is None:
        return Response()
    user = press.actions[0].value or ""
    return _again(press, views.with_assignee(press.view.blocks, user, fresh=press.view.hash))


async def _told(visit: Visit, blocks: Sequence[Block], name: JsonValue) -> Sequence[Block]:
    settings = await visit.tools.preferences.settings(visit.workspace)
    if not settings.queues:
        return blocks
    queue = settings.queue(str(name or ""))
    on_call = (
        await visit.tools.preferences.on_call(visit.workspace, queue.name, visit.tools.clock())
        if queue
        else None
    )
    return views.beside_queue(blocks, queue, on_call)


def _again(press: BlockActions, blocks: Sequence[Block]) -> Response:
    """The form as Slack sent it, with other blocks; what its inputs hold stays."""
    if press.view is None:
        return Response()
    return Response(follow_ups=(UpdateView(press.view.id, press.view.hash, press.view.shown_with(blocks)),))


async def _duty(visit: Visit, queue: Queue) -> Duty:
    now = visit.tools.clock()
    return Duty(
        queue,
        await visit.tools.preferences.on_call(visit.workspace, queue.name, now),
        await visit.tools.preferences.next_on_call(visit.workspace, queue.name, now),
    )


def _person(visit: Visit, name: str) -> str:
    found = {person.id for person in visit.people.called(name)}
    if len(found) != 1:
        how = "Several people are" if found else "Nobody here is"
        raise DeskError(f"{how} called {quoted(name)}. Choose them from Slack's list as you type the name.")
    return found.pop()


def _moment(visit: Visit, user: str, text: str) -> datetime:
    return parse_due(text, now=visit.tools.clock(), zone=visit.people.zone(user))
