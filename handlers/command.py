"""`/ticket`: which journey the first word starts. Whatever is no subcommand is a ticket somebody typed."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.context import Visit
from handlers.slack.journey import Handler, Subcommand, by_word
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create

_NUMBER = re.compile(r"(?:t-|#)?\d+", re.IGNORECASE)
_NAMED = re.compile(r"(?:t-|#)\d+")
_SHORT = 2  # words; a longer line is somebody's ticket, however much its first word looks like a subcommand


async def _help(_: Visit, __: SlashCommand, rest: str) -> Response | None:
    return None if rest else Response(notice.help_message())


_HELP = Subcommand("help", "`/ticket help` stands alone.", _help)


def ticket(others: Mapping[str, Subcommand]) -> Handler[SlashCommand]:
    """The handler of `/ticket`, with these subcommands beside `help`."""
    subcommands = {**by_word(_HELP), **others}

    async def followed(visit: Visit, command: SlashCommand) -> Response:
        line = readable(command.text).strip()
        if not line:
            return await create.asked(visit, command)
        word, rest = [*line.split(maxsplit=1), ""][:2]
        subcommand = subcommands.get("help" if word == "?" else word.casefold())
        if subcommand and (response := await subcommand.follow(visit, command, rest)):
            return response
        if told := _mistyped(line, subcommands):
            return Response(told)
        return await create.typed(visit, command, line)

    return followed


def _mistyped(line: str, subcommands: Mapping[str, Subcommand]) -> Message | None:
    """What to say of a line that was most likely meant to be a subcommand."""
    words = line.casefold().split()
    # Of a short line without fields: it begins with a subcommand, though what follows is not what that takes.
    if words[0] in subcommands and len(words) <= _SHORT and ":" not in line:
        return notice.explained(line, subcommands[words[0]].explained)
    if near := _nearest(words, subcommands):
        return notice.unknown_command(line, line.split(maxsplit=1)[0], near)
    return None


def _nearest(words: list[str], subcommands: Mapping[str, Subcommand]) -> str | None:
    """The subcommand that a lone word, or a word and a number, was most likely meant to be."""
    is_command = len(words) == 1 or (len(words) == _SHORT and _NUMBER.fullmatch(words[1]))
    is_command = is_command or bool(_NAMED.fullmatch(words[1]))
    if not is_command or any(":" in word for word in words):
        return None  # “lift noise” is a ticket, however near it is to a list
    near = get_close_matches(words[0], subcommands, n=1, cutoff=0.7)
    return near[0] if near else None
