"""`/ticket`: which journey the first word starts. Whatever is no subcommand is a ticket somebody typed."""

import re
from difflib import get_close_matches

from bot.domain.ticket_commands import VERBS, command_of
from handlers.blocks import notice
from handlers.blocks.kit import Message, message
from handlers.oncall import oncall
from handlers.settings import settings
from handlers.slack.context import Visit
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create, lists, show
from handlers.work import ticket_commands as orders

SUBCOMMANDS = ("help", "list", "show", "oncall", "settings", *VERBS)
_LIST = re.compile(r"list\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_SHOW = re.compile(r"show\s+(?:t-|#)?(\d{1,9})", re.IGNORECASE)
_ONCALL = re.compile(r"oncall(?:\s+(swap\b.*))?", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(?:t-|#)?\d+", re.IGNORECASE)
_NAMED = re.compile(r"(?:t-|#)\d+")
_SHORT = 2  # words; a longer line is somebody's ticket, however much its first word looks like a subcommand


async def ticket(visit: Visit, command: SlashCommand) -> Response:
    line = readable(command.text).strip()
    match line.casefold():
        case "":
            return await create.asked(visit, command)
        case "help" | "?":
            return Response(notice.help_message())
        case "show":
            return Response(message("Which one? `/ticket show 42` shows T-42."))
        case "settings":
            return await settings.opened(visit, command)
    if answer := await _followed(visit, command, line):
        return answer
    if told := _mistyped(line):
        return Response(told)
    return await create.typed(visit, command, line)


async def _followed(visit: Visit, command: SlashCommand, line: str) -> Response | None:
    """What a subcommand that takes more words makes of them; null where there is none."""
    if wanted := _LIST.fullmatch(line):
        return await lists.listed(visit, wanted[1])
    if wanted := _SHOW.fullmatch(line):
        return await show.shown(visit, int(wanted[1]))
    if wanted := _ONCALL.fullmatch(line):
        return await oncall.typed(visit, command, wanted[1] or "")
    if ticket_command := command_of(line):
        return await orders.followed(visit, command, ticket_command)
    return None


def _mistyped(line: str) -> Message | None:
    """What to say of a line that was most likely meant to be a subcommand."""
    if taken := _taken_for(line):
        return notice.explained(line, taken)
    if near := _nearest_subcommand(line):
        return notice.unknown_command(line, line.split(maxsplit=1)[0], near)
    return None


def _taken_for(line: str) -> str | None:
    """The subcommand that a short line without fields begins with, though what follows is not what it takes."""
    words = line.casefold().split()
    return words[0] if words[0] in SUBCOMMANDS and len(words) <= _SHORT and ":" not in line else None


def _nearest_subcommand(line: str) -> str | None:
    """The subcommand that a lone word, or a word and a number, was most likely meant to be."""
    words = line.casefold().split()
    is_command = len(words) == 1 or (len(words) == _SHORT and _NUMBER.fullmatch(words[1]))
    is_command = is_command or bool(_NAMED.fullmatch(words[1]))
    if not is_command or ":" in line:
        return None  # “lift noise” is a ticket, however near it is to a list
    near = get_close_matches(words[0], SUBCOMMANDS, n=1, cutoff=0.7)
    return near[0] if near else None
