"""A ticket's history: who did what, when; and what others did while a form was open."""

from collections.abc import Sequence
from uuid import UUID

from bot.domain.permissions import Actor, may
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.services.work import Conflict
from handlers.blocks.kit import View
from handlers.slack.actors import actor_of, opening
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Answer, Tools, UpdateView
from handlers.tickets import history_view as history


async def opened(
    tools: Tools, workspace: Workspace, opener: BlockActions | SlashCommand, number: int
) -> Answer:
    view = await _page(tools, workspace, opener, number, 0)
    return opening(opener, view)


async def turned(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Another page. The button carries the ticket's number and how many entries come before the page."""
    if press.view is None:
        return Answer()
    number, _, offset = (press.actions[0].value or "").partition(":")
    view = await _page(tools, workspace, press, int(number), int(offset))
    return Answer(follow_ups=(UpdateView(press.view.id, press.view.hash, view),))


async def changed_since(tools: Tools, workspace: Workspace, conflict: Conflict, actor: Actor) -> str:
    """What stands above a form that comes back, as mrkdwn."""
    entries = _readable(actor, conflict.ticket, conflict.since)
    directory = await tools.desk.directory(workspace)
    names = await _names(tools, workspace, entries)
    return history.changed_since(conflict.ticket, entries, directory, names)


async def _page(
    tools: Tools, workspace: Workspace, payload: BlockActions | SlashCommand, number: int, offset: int
) -> View:
    actor = await actor_of(tools, workspace, payload)
    ticket = await tools.work.ticket_for(workspace, number, "see", actor)
    entries = _readable(actor, ticket, ticket.history)
    directory = await tools.desk.directory(workspace)
    names = await _names(tools, workspace, entries)
    return history.view(ticket, entries, directory, names, offset=offset)


def _readable(actor: Actor, ticket: Ticket, entries: Sequence[Entry]) -> list[Entry]:
    return history.readable(entries, private=may(actor, "read_notes", ticket).allowed)


async def _names(tools: Tools, workspace: Workspace, entries: Sequence[Entry]) -> dict[str, str]:
    """`T-7` for the ID of each ticket that was linked."""
    ids = {
        str(value)
        for entry in entries
        for change in entry.changes
        if change.field == "relatedTicketId"
        for value in (change.before, change.after)
        if value
    }
    found = [await tools.desk.ticket_by_id(workspace, UUID(each)) for each in ids]
    return {str(ticket.id): ticket.name for ticket in found if ticket}
