"""A ticket's history: who did what, when; and what others did while a form was open."""

from collections.abc import Sequence
from uuid import UUID

from bot.domain.fields import TICKET_FIELDS
from bot.domain.lookup import Lookup, ids_of
from bot.domain.ticket import Entry, Ticket
from bot.services.step_requests import Conflict
from handlers.blocks.kit import View
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Response
from handlers.tickets import history_view
from handlers.tickets.related import related_ticket


async def open_history(visit: Visit, opener: BlockActions | SlashCommand, number: int) -> Response:
    return open_view(opener, await _page(visit, number, 0))


async def on_page(visit: Visit, press: BlockActions) -> Response:
    """Another page. The button carries the ticket's number and how many entries come before the page."""
    number, _, offset = (press.actions[0].value or "").partition(":")
    return update_view(press, await _page(visit, number_in(number), number_in(offset)))


async def changed_since(visit: Visit, conflict: Conflict) -> str:
    """What stands above a form that comes back, as mrkdwn."""
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, items_in(conflict.since))
    names = await names_in(visit, conflict.since)
    return history_view.changed_since(conflict.ticket, conflict.since, directory, names)


async def _page(visit: Visit, number: int, offset: int) -> View:
    page = await visit.tools.tickets.history(
        visit.workspace, visit.actor, number, offset=offset, limit=history_view.PER_PAGE
    )
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, items_in(page.entries))
    return history_view.history_modal(page, directory, await names_in(visit, page.entries))


def items_in(entries: Sequence[Entry]) -> list[Lookup]:
    """What of the directory these changes are about."""
    return [
        lookup
        for entry in entries
        for change in entry.changes
        for value in (change.before, change.after)
        for lookup in ids_of({change.field: value})
    ]


async def names_in(visit: Visit, entries: Sequence[Entry], ticket: Ticket | None = None) -> dict[str, str]:
    """`T-7` for the ID of each ticket that was linked, and of the one that `ticket` is linked with."""
    ids = {
        str(value)
        for entry in entries
        for change in entry.changes
        if change.field in TICKET_FIELDS and TICKET_FIELDS[change.field].element == "ticket"
        for value in (change.before, change.after)
        if isinstance(value, str)
    }
    if ticket and ticket.related_ticket_id:
        ids.add(str(ticket.related_ticket_id))
    found = {each: await related_ticket(visit, UUID(each)) for each in ids}
    return {each: ticket.name for each, ticket in found.items() if ticket}
