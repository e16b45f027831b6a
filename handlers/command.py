"""`/ticket`: which journey the first word starts. Whatever is no subcommand is a ticket somebody typed."""

import re
from collections.abc import Mapping

from bot.domain.characters import visible
from bot.domain.elsewhere_words import elsewhere_order
from bot.domain.steps import STEPS, typed_words
from bot.domain.ticket_commands import command_of, first_word, slip
from handlers import sharing
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.context import Visit
from handlers.slack.journey import Follow, Handler, Subcommand, by_word
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create

_ONE_WORD = re.compile(r"[^\W\d_][\w-]*")
_TWICE = re.compile(r"(queue\s?[:：]\s?)(?:queue:|#(?=\w))", re.IGNORECASE)
_PLACE = "#x"  # where a queue's name may stand


def _help(others: Mapping[str, Subcommand]) -> Subcommand:
    steps = typed_words()
    rows = dict.fromkeys(row.explained for word, row in others.items() if word not in steps)
    told = Response(notice.help_message(rows))  # the same for everybody

    async def follow(_: Visit, __: SlashCommand, rest: str) -> Response | None:
        return None if rest else told

    return Subcommand("help", "`/ticket help` stands alone.", follow)


def with_help(others: Mapping[str, Subcommand]) -> Mapping[str, Subcommand]:
    """These subcommands, and `help`."""
    return {**by_word(_help(others)), **others}


def ticket(subcommands: Mapping[str, Subcommand]) -> Handler[SlashCommand]:
    """The handler of `/ticket`."""

    async def on_command(visit: Visit, command: SlashCommand) -> Response:
        line = await _typed(visit, command.text)
        if not line:
            return await create.on_bare_command(visit, command)
        followed = await _followed(visit, command, line, subcommands)
        return followed or await create.on_line(visit, command, line)

    return on_command


def follow(subcommands: Mapping[str, Subcommand]) -> Follow:
    """What follows the orders of `/ticket` that come another way."""

    async def followed(visit: Visit, command: SlashCommand) -> Response | None:
        return await _followed(visit, command, await _typed(visit, command.text), subcommands)

    return followed


async def _followed(
    visit: Visit, command: SlashCommand, line: str, subcommands: Mapping[str, Subcommand]
) -> Response | None:
    elsewhere = elsewhere_order(line) if "/" in line else None
    if elsewhere and (response := await sharing.on_order(visit, command, elsewhere)):
        return response
    word, rest = first_word(line)
    subcommand = subcommands.get("help" if word == "?" else word.casefold())
    if subcommand and (response := await subcommand.follow(visit, command, rest)):
        return response
    hint = _mistyped(line, subcommands, command.nonce)
    return Response(hint) if hint else None


async def _typed(visit: Visit, text: str) -> str:
    """What was typed, without what nobody sees. A channel's mention is the queue that is triaged there, where a queue may
    stand: in what is said of a ticket, it is the channel."""
    before, has_channel, behind = text.partition("<#")
    if not has_channel:
        return visible(readable(text)).strip()
    placed = f"{readable(before)}{_PLACE}"
    if "/" in before and (elsewhere := elsewhere_order(visible(placed))) and elsewhere.is_known:
        return visible(readable(text)).strip()
    if order := command_of(placed):
        given, end, behind = behind.partition(">")
        is_queue = order.rest.removeprefix("to ") == _PLACE and STEPS[order.step].behind == "assignedUserId"
        mention = f"<#{given}{end}"
        shown = await _read(visit, mention) if is_queue else readable(mention)
        return visible(f"{readable(before)}{shown}{readable(behind)}").strip()
    return visible(await _read(visit, text)).strip()


async def _read(visit: Visit, text: str) -> str:
    queues = await visit.tools.settings.queues(visit.workspace, visit.actor)

    def named(channel: str, label: str) -> str:
        if queue := next((each for each in queues if each.channel == channel), None):
            return f"#{queue.name}" if _ONE_WORD.fullmatch(queue.name) else f'queue:"{queue.name}"'
        return f"#{label or channel}" if queues or not label else f"queue:{label}"

    return _TWICE.sub(r"\1", readable(text, channel=named))


def _mistyped(line: str, subcommands: Mapping[str, Subcommand], nonce: str) -> Message | None:
    """What to say of a line that was most likely meant to be a subcommand."""
    meant = slip(line, subcommands)
    if meant is None:
        return None
    if meant.subcommand:
        return notice.explained(line, subcommands[meant.subcommand].explained, nonce)
    if meant.turned:
        return notice.explained(line, notice.did_you_mean(meant.turned), nonce)
    return notice.unknown_command(line, line.split(maxsplit=1)[0], meant.near, nonce)
