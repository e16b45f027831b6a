"""Working tickets by typing.

ana: /ticket resolve T-42 Replaced the toner          -> at once, and its card answers
ana: /ticket resolve T-42                             -> the form asks what was done
ana: /ticket status T-42 on hold waiting for parts    -> on hold, with the reason
ana: /ticket close T-1, T-2                           -> one by one, with a word about each
ana: /ticket resolve #2 pump is leaking               -> “Did you mean T-2?”, and a button makes a ticket of it
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn
from uuid import NAMESPACE_URL, uuid5

from bot.domain.characters import visible
from bot.domain.errors import DeskError, InvalidInput, Problem
from bot.domain.lifecycle import require
from bot.domain.lookup import ids_of
from bot.domain.steps import STEPS, Step
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import TicketCommand, command_of
from bot.services.step_requests import StepRequest
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.reminders import on_typed as remind_as_typed
from handlers.sharing import on_typed as share_as_typed
from handlers.slack.actors import command_request
from handlers.slack.context import Visit
from handlers.slack.journey import Subcommand
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Done, Response
from handlers.threads import open_reply_form
from handlers.tickets import open_history
from handlers.work import step_form, ticket_commands_view
from handlers.work.steps import undone
from handlers.work.typed_words import StepWords, read_status, read_words

_OPENS = {"status", "reply", "remind"}
"""A card or a form, where no words follow: so does each step whose form asks for something."""
_ONE_AT_A_TIME = {"history", "undo", "triage", "edit", "link", "remind", "share", "unshare"}


async def run_command(visit: Visit, command: SlashCommand, typed: TicketCommand) -> Response:
    """What somebody typed about tickets: at once where it says all that is needed, else a form, or a card."""
    if len(typed.numbers) > 1:
        return await _one_by_one(visit, command, typed)
    number, step = typed.numbers[0], STEPS[typed.step]
    if apart := await _apart(visit, command, number, step, typed.rest):
        return apart
    # Before the words are read: what they name is not everybody's to know.
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=step.action)
    if step.name == "status" and not typed.rest:
        return Response(await _answer(visit, ticket, StepWords(step)))
    words = await _read(visit, ticket, step, typed.rest)
    if words.asks:
        return await step_form.open_step_form(visit, command, number, words.step, words.for_form(ticket))
    ticket = await _done(visit, number, words, command_request(visit, command))
    done = ticket_commands_view.done(words.step, [ticket])
    return Response(await _answer(visit, ticket, words), done=Done(*done))


async def _apart(visit: Visit, command: SlashCommand, number: int, step: Step, rest: str) -> Response | None:
    """The steps that other journeys take."""
    match step.name:
        case "history":
            return await open_history(visit, command, number)
        case "undo":
            request = command_request(visit, command)
            ticket = await visit.tools.steps.undo(visit.workspace, number, request)
            return Response(
                await undone(visit, ticket), done=Done(*ticket_commands_view.done(step, [ticket]))
            )
        case "remind":
            return await remind_as_typed(visit, command, number, rest)
        case "share" | "unshare":
            return await share_as_typed(visit, command, step.name, number, rest)
        case "reply" if not rest:
            return await open_reply_form(visit, command, number)
    return None


async def _read(visit: Visit, ticket: Ticket, step: Step, rest: str) -> StepWords:
    """What the words behind a ticket say; those of a status, by the step that leads there."""
    words = await (
        read_status(visit, ticket, rest) if step.name == "status" else read_words(visit, step, rest)
    )
    if words.asks:
        require(ticket, words.step.name)
    return words


async def _one_by_one(visit: Visit, command: SlashCommand, typed: TicketCommand) -> Response:
    """Each ticket is a transaction of its own. Nothing is done where the words are not understood."""
    step, done, refused = STEPS[typed.step], list[Ticket](), dict[int, str]()
    if step.name in _ONE_AT_A_TIME or (step.name == "status" and not typed.rest):
        _refuse(f"`/ticket {step.words[0]}` takes one ticket at a time.")
    await visit.tools.tickets.ticket(visit.workspace, visit.actor, typed.numbers[0], to=step.action)
    shared = None if step.name == "status" else await read_words(visit, step, typed.rest)
    if shared and shared.asks:
        _refuse(f"Say what it needs for all of them: `/ticket {step.example}`.")
    for number in typed.numbers:
        try:
            ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=step.action)
            words = shared or await read_status(visit, ticket, typed.rest)
            if words.asks:
                _refuse(f"That needs more words: `/ticket {words.step.example}`.")
            request = command_request(visit, command)
            done.append(await _done(visit, number, words, replace(request, key=f"{request.key}:{number}")))
        except DeskError as error:
            refused[number] = error.message
    told = ticket_commands_view.results(step, done, refused, typed.rest, visit.tools.refused(visit.workspace))
    return Response(told, done=None if refused else Done(*ticket_commands_view.done(step, done)))


async def _done(visit: Visit, number: int, words: StepWords, request: StepRequest) -> Ticket:
    nonce = uuid5(NAMESPACE_URL, request.key)  # what is sent twice is said once
    noted = replace(request, note=words.note or None)
    match words.step.name:
        case "comment":
            return await visit.tools.comments.comment(visit.workspace, visit.actor, number, words.text, nonce)
        case "reply":
            return await visit.tools.comments.reply(visit.workspace, visit.actor, number, words.text, nonce)
        case "claim":
            return await visit.tools.steps.claim(visit.workspace, number, noted)
    return await visit.tools.steps.take(visit.workspace, number, words.step.name, words.fields, noted)


async def _answer(visit: Visit, ticket: Ticket, words: StepWords) -> Message:
    """The ticket's card, for the person who typed. Others see the change on their own cards."""
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
    return ticket_commands_view.answer(
        ticket, directory, words.step, words.note, visit.tools.refused(visit.workspace)
    )


def _refuse(words: str) -> NoReturn:
    raise InvalidInput([Problem(field=None, code="one_at_a_time", message=words)])


def _subcommand(word: str, step: Step) -> Subcommand:
    async def follow(visit: Visit, command: SlashCommand, rest: str) -> Response | None:
        typed = command_of(f"{word} {rest}")
        if typed and typed.doubt:
            line = visible(readable(command.text)).strip()
            return Response(notice.explained(line, typed.doubt, command.nonce))
        return await run_command(visit, command, typed) if typed else None

    def reads(rest: str) -> bool:
        typed = command_of(f"{word} {rest}")
        if typed is None:
            return False
        asks = bool(step.title and (step.takes or step.needs))
        return (
            bool(typed.doubt) or step.name == "history" or (not typed.rest and (asks or step.name in _OPENS))
        )

    return Subcommand(word, step.usage, follow, reads)


def subcommands() -> Iterator[Subcommand]:
    """One for each word that names a step."""
    for step in STEPS.values():
        for word in step.words:
            yield _subcommand(word, step)
