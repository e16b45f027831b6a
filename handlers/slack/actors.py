"""Who does what to which ticket, and what a form opens upon: what the journeys around a card have in common."""

from collections.abc import Awaitable, Callable

from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.work import Command
from handlers.blocks.kit import View
from handlers.slack.payloads import BlockActions, Interaction, MessageShortcut, SlashCommand
from handlers.slack.response import Answer, OpenView, Tools
from handlers.tickets import create

Opener = BlockActions | MessageShortcut | SlashCommand
"""What has a trigger that a form can open upon."""

Opened = Callable[[Tools, Workspace, Opener, int], Awaitable[Answer]]
"""Opens a form for the ticket with a number."""


async def actor_of(tools: Tools, workspace: Workspace, payload: Interaction | SlashCommand) -> Actor:
    outsider = isinstance(payload, Interaction) and payload.is_from_outside(workspace)
    return await tools.work.actor(workspace, payload.actor, outsider=outsider)


async def by_press(tools: Tools, workspace: Workspace, press: BlockActions) -> Command:
    return Command(await actor_of(tools, workspace, press), key=f"press:{press.trigger_id}")


async def by_command(
    tools: Tools, workspace: Workspace, command: SlashCommand, *, note: str | None = None
) -> Command:
    return Command(await actor_of(tools, workspace, command), key=f"command:{command.trigger_id}", note=note)


def number_of(press: BlockActions) -> int:
    """Buttons of a card carry its ticket's number."""
    return int(press.actions[0].value or 0)


async def open_for_message(
    tools: Tools, workspace: Workspace, shortcut: MessageShortcut, opened: Opened
) -> Answer:
    """What a message's menu does to the ticket whose card it is, that was made from it, or whose thread it is in.

    Where there is none, it offers to make one.
    """
    message = shortcut.message
    ticket = await tools.work.ticket_around(workspace, shortcut.channel.id, message.ts, message.thread_ts)
    if ticket is None:
        return await create.offered(tools, workspace, shortcut)
    return await opened(tools, workspace, shortcut, ticket.number)


def opening(opener: Opener, view: View) -> Answer:
    return Answer(follow_ups=(OpenView(opener.trigger_id, view, opener.actor, opener.response_url),))
