"""One ticket in a view of its own: `/ticket show 42`, its number alone, or “Open” wherever it is shown.

ana: /ticket T-1                          -> its fields, people, comments and history, and what she may do
ana: (there, “Resolve”)                   -> the form above it; once it is sent, the view shows the ticket as it is now
"""

from bot.domain.lookup import ids_of
from bot.domain.permissions import may
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import tickets_alone
from handlers.blocks import comments
from handlers.blocks.card import Shared
from handlers.blocks.kit import View, message
from handlers.slack import ids
from handlers.slack.actors import Opener, open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import Response, UpdateView
from handlers.tickets import ticket_view
from handlers.tickets.history import items_in, names_in
from handlers.tickets.ticket_view import TicketContents, TicketMeta


async def on_command(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket show <number>`, and `/ticket <number>`."""
    if not words:
        return Response(message("Which one? `/ticket show 42` shows T-42."))
    numbers = tickets_alone(words)
    if len(numbers) > 1:
        return Response(message("I show one ticket at a time. `/ticket list` shows several."))
    return await open_ticket(visit, command, numbers[0]) if numbers else None


def asks_to_see(words: str) -> bool:
    return not words or bool(tickets_alone(words))


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Open…” below a list."""
    option = press.actions[0].selected_option
    return await open_ticket(visit, press, number_in(option.value)) if option else Response()


async def on_comments_page(visit: Visit, press: BlockActions) -> Response:
    """Other comments, in place of those whose button was pressed."""
    number, _, before = (press.actions[0].value or "").partition(":")
    view = await _view(visit, TicketMeta(number=number_in(number), before=number_in(before)))
    return update_view(press, view) if press.view else open_view(press, view)


async def open_ticket(visit: Visit, opener: Opener, number: int) -> Response:
    return open_view(opener, await _view(visit, TicketMeta(number=number)))


async def refreshed(visit: Visit, done: BlockActions | ViewSubmission, number: int) -> Response:
    """The ticket's own view as it is now: where a button of it was pressed, or below the form that was sent."""
    view = done.view
    if view is None:
        return Response()
    if view.callback_id == ids.TICKET:
        meta = TicketMeta.model_validate_json(view.private_metadata)
        fresh = await _view(visit, meta)
        return Response(follow_ups=(UpdateView(view.id, view.hash, fresh, done.trigger_id, done.actor),))
    if view.previous_view_id is None:
        return Response()
    below = await _view(visit, TicketMeta(number=number))
    update = UpdateView(view.previous_view_id, "", below, done.trigger_id, done.actor)
    return Response(follow_ups=(update,))


async def _view(visit: Visit, meta: TicketMeta) -> View:
    tickets = visit.tools.tickets
    history = await tickets.history(
        visit.workspace, visit.actor, meta.number, offset=0, limit=ticket_view.HISTORY
    )
    ticket = history.ticket
    written = await visit.tools.comments.of(
        visit.workspace, visit.actor, ticket, before=meta.before, limit=comments.PER_PAGE
    )
    names = await names_in(visit, history.entries, ticket)
    wanted = [*ids_of(ticket), *items_in(history.entries)]
    directory = await tickets.directory(visit.workspace, visit.actor, wanted)
    clock = await visit.tools.settings.clock(visit.workspace, visit.actor)
    shared = await _shared(visit, ticket)
    contents = TicketContents(ticket, directory, written, history, names, visit.tools.clock(), clock, shared)
    return ticket_view.ticket_modal(meta, contents, visit.actor)


async def _shared(visit: Visit, ticket: Ticket) -> Shared | None:
    """Who sees it elsewhere, for its agents; None where there is nobody."""
    asker = (visit.workspace, visit.actor)
    if not may(visit.actor, "share", ticket) or not await visit.tools.partners.homes(*asker):
        return None
    return Shared(await visit.tools.sharing.shared_with(*asker, ticket), offered=True)
