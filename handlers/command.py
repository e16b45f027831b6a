"""`/ticket`: which journey the first word starts. Whatever is no subcommand is a ticket somebody typed."""

import re
from collections.abc import Mapping

from bot.domain.characters import visible
from bot.domain.steps import typed_words
from bot.domain.ticket_commands import (
    is_word_and_ticket,
    known_subcommand,
    nearest_subcommand,
    tickets_alone,
)
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.context import Visit
from handlers.slack.journey import Handler, Subcommand, by_word
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create

_ONE_WORD = re.compile(r"[^\W\d_][\w-]*")


def _help(others: Mapping[str, Subcommand]) -> Subcommand:
    steps = typed_words()
    rows = dict.fromkeys(row.explained for word, row in others.items() if word not in steps)
    told = Response(notice.help_message(rows))  # the same for everybody

    async def follow(_: Visit, __: SlashCommand, rest: str) -> Response | None:
        return None if rest else told

    return Subcommand("help", "`/ticket help` stands alone.", follow)


def ticket(others: Mapping[str, Subcommand]) -> Handler[SlashCommand]:
    """The handler of `/ticket`, with these subcommands beside `help`."""
    subcommands = {**by_word(_help(others)), **others}

    async def on_command(visit: Visit, command: SlashCommand) -> Response:
        line = await _typed(visit, command.text)
        if not line:
            return await create.on_bare_command(visit, command)
        word, rest = ("show", line) if tickets_alone(line) else [*line.split(maxsplit=1), ""][:2]
        subcommand = subcommands.get("help" if word == "?" else word.casefold())
        if subcommand and (response := await subcommand.follow(visit, command, rest)):
            return response
        if hint := _mistyped(line, subcommands, command.nonce):
            return Response(hint)
        return await create.on_line(visit, command, line)

    return on_command


async def _typed(visit: Visit, text: str) -> str:
    """What was typed, without what nobody sees. A channel's mention is the queue that is triaged there."""
    has_channel = "<#" in text
    queues = await visit.tools.settings.queues(visit.workspace, visit.actor) if has_channel else ()

    def named(channel: str, label: str) -> str:
        if queue := next((each for each in queues if each.channel == channel), None):
            return f"#{queue.name}" if _ONE_WORD.fullmatch(queue.name) else f'queue:"{queue.name}"'
        return f"#{label or channel}" if queues or not label else f"queue:{label}"

    return visible(readable(text, channel=named)).strip()


def _mistyped(line: str, subcommands: Mapping[str, Subcommand], nonce: str) -> Message | None:
    """What to say of a line that was most likely meant to be a subcommand."""
    if word := known_subcommand(line, subcommands):
        return notice.explained(line, subcommands[word].explained, nonce)
    word = line.split(maxsplit=1)[0]
    near = nearest_subcommand(line, subcommands)
    return notice.unknown_command(line, word, near, nonce) if near or is_word_and_ticket(line) else None
