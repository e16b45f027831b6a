"""`/ticket`: which journey the first word starts. Whatever is no subcommand is a ticket somebody typed."""

import re
from collections.abc import Callable, Mapping

from bot.domain.characters import visible
from bot.domain.elsewhere_words import SHOW, ElsewhereOrder, elsewhere_order
from bot.domain.steps import STEPS, typed_words
from bot.domain.ticket_commands import command_of, first_word, slip
from handlers import sharing
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.context import Visit
from handlers.slack.journey import Follow, Handler, Reads, Subcommand, by_word
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create

_ONE_WORD = re.compile(r"[^\W\d_][\w-]*")
_TWICE = re.compile(r"(queue\s?[:：]\s?)(?:queue:|#(?=\w))", re.IGNORECASE)
_PLACE = "#x"  # where a queue's name may stand


def _helps(subcommands: Mapping[str, Subcommand]) -> Response:
    steps = {*typed_words(), "help"}
    rows = dict.fromkeys(row.explained for word, row in subcommands.items() if word not in steps)
    return Response(notice.help_message(rows))


def _meant(word: str) -> str:
    return "help" if word == "?" else word.casefold()


def _help(others: Mapping[str, Subcommand]) -> Subcommand:
    everything, alone = _helps(others), _helps(_alone(others))  # the same for everybody

    async def follow(visit: Visit, _: SlashCommand, rest: str) -> Response | None:
        return None if rest else alone if visit.tools.is_alone else everything

    return Subcommand("help", "`/ticket help` stands alone.", follow, lambda rest: not rest)


def with_help(others: Mapping[str, Subcommand]) -> Mapping[str, Subcommand]:
    """These subcommands, and `help`."""
    return {**by_word(_help(others)), **others}


def ticket(subcommands: Mapping[str, Subcommand]) -> Handler[SlashCommand]:
    """The handler of `/ticket`."""
    known = _known(subcommands)

    async def on_command(visit: Visit, command: SlashCommand) -> Response:
        line = await _typed(visit, command.text)
        if not line:
            return await create.on_bare_command(visit, command)
        followed = await _followed(visit, command, line, known(visit))
        return followed or await create.on_line(visit, command, line)

    return on_command


def reads(subcommands: Mapping[str, Subcommand], *, is_alone: bool) -> Reads:
    """Whether a `/ticket` only asks to see something. Of a line that is no order for sure it does not: it may be a ticket.
    `is_alone`: whether there can be no other workspaces."""
    known = _alone(subcommands) if is_alone else subcommands

    def only_reads(command: SlashCommand) -> bool:
        line = visible(readable(command.text)).strip()
        if not line:
            return True
        if "/" in line and not is_alone and (elsewhere := elsewhere_order(line)):
            return elsewhere.is_known and (elsewhere.word == SHOW or bool(elsewhere.turned))
        word, rest = first_word(line)
        subcommand = known.get(_meant(word))
        return subcommand is not None and subcommand.reads(rest)

    return only_reads


def without_store(
    subcommands: Mapping[str, Subcommand], *, is_alone: bool
) -> Callable[[SlashCommand], Response | None]:
    """What is answered even while no store can be read: help, which is the same for everybody."""
    told = _helps(_alone(subcommands) if is_alone else subcommands)
    return lambda command: told if _meant(visible(readable(command.text)).strip()) == "help" else None


def follow(subcommands: Mapping[str, Subcommand]) -> Follow:
    """What follows the orders of `/ticket` that come another way."""
    known = _known(subcommands)

    async def followed(visit: Visit, command: SlashCommand) -> Response | None:
        return await _followed(visit, command, await _typed(visit, command.text), known(visit))

    return followed


def _known(subcommands: Mapping[str, Subcommand]) -> Callable[[Visit], Mapping[str, Subcommand]]:
    """Those that mean something to a visit."""
    alone = _alone(subcommands)
    return lambda visit: alone if visit.tools.is_alone else subcommands


def _alone(subcommands: Mapping[str, Subcommand]) -> Mapping[str, Subcommand]:
    return {word: row for word, row in subcommands.items() if word not in sharing.AMONG_OTHERS}


async def _followed(
    visit: Visit, command: SlashCommand, line: str, subcommands: Mapping[str, Subcommand]
) -> Response | None:
    elsewhere = _elsewhere(visit, line)
    if elsewhere and (response := await sharing.on_order(visit, command, elsewhere, line)):
        return response
    word, rest = first_word(line)
    subcommand = subcommands.get(_meant(word))
    if subcommand and (response := await subcommand.follow(visit, command, rest)):
        return response
    hint = _mistyped(line, subcommands, command.nonce)
    return Response(hint) if hint else None


def _elsewhere(visit: Visit, line: str) -> ElsewhereOrder | None:
    return elsewhere_order(line) if "/" in line and not visit.tools.is_alone else None


async def _typed(visit: Visit, text: str) -> str:
    """What was typed, without what nobody sees. A channel's mention is the queue that is triaged there, where a queue may
    stand: in what is said of a ticket, it is the channel."""
    before, has_channel, behind = text.partition("<#")
    if not has_channel:
        return visible(readable(text)).strip()
    placed = f"{readable(before)}{_PLACE}"
    if (elsewhere := _elsewhere(visit, visible(placed))) and elsewhere.is_known:
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
