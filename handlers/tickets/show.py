"""One ticket: `/ticket show 42`, or its number alone: its card and what was said about it."""

from bot.domain.lookup import ids_of
from bot.domain.ticket_commands import tickets_alone
from handlers.blocks import comments
from handlers.blocks.kit import Message, message
from handlers.slack.context import Visit
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Respond, Response


async def on_command(visit: Visit, _: SlashCommand, words: str) -> Response | None:
    """`/ticket show <number>`, and `/ticket <number>`."""
    if not words:
        return Response(message("Which one? `/ticket show 42` shows T-42."))
    numbers = tickets_alone(words)
    if len(numbers) > 1:
        return Response(message("I show one ticket at a time. `/ticket list` shows several."))
    return Response(await _shown(visit, numbers[0])) if numbers else None


async def on_comments_page(visit: Visit, press: BlockActions) -> Response:
    """Other comments, in place of those whose button was pressed."""
    if press.response_url is None:
        return Response()
    number, _, before = (press.actions[0].value or "").partition(":")
    page = await _shown(visit, number_in(number), before=number_in(before))
    return Response(follow_ups=(Respond(press.response_url, page),))


async def _shown(visit: Visit, number: int, *, before: int | None = None) -> Message:
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number)
    written = await visit.tools.comments.of(
        visit.workspace, visit.actor, ticket, before=before, limit=comments.PER_PAGE
    )
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
    return comments.ticket_with_comments(ticket, directory, written)
