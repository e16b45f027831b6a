"""Assigning a ticket: to a person or to a queue, with a note for whoever gets it.

ana: (presses “Assign…”, chooses Ben, “Assign”)           -> Ben gets its card, in a direct message
chloe: /ticket assign T-1 @ana look at the fuser first    -> at once, and the words are a private note
chloe: /ticket assign T-1 #network                        -> nobody's for now, in the queue
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from bot.domain.errors import InvalidInput, Problem
from bot.domain.lifecycle import require
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.services.work import Command, Conflict
from handlers.oncall import oncall
from handlers.slack.actors import Opener, by_command, number_of, opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, MessageShortcut, SlashCommand, ViewSubmission
from handlers.slack.response import Response
from handlers.tickets import create, history
from handlers.work import assign_view as assign
from handlers.work.from_message import open_for_message
from handlers.work.steps import edited, wire
from handlers.work.steps_view import WorkMeta


async def pressed(visit: Visit, press: BlockActions) -> Response:
    return await opened(visit, press, number_of(press))


async def from_message(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Assign ticket” on a card, on the message that became a ticket, or on any message of its thread."""
    return await open_for_message(visit, shortcut, opened)


async def opened(visit: Visit, opener: Opener, number: int) -> Response:
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, STEPS["assign"].action, visit.actor)
    require(ticket, "assign")
    meta = WorkMeta(number=number, version=ticket.version)
    view = assign.form(meta, ticket, wire(ticket.to_wire()))
    return opening(opener, await oncall.told(visit, view, ticket.assigned_queue))


async def submitted(visit: Visit, submission: ViewSubmission) -> Response:
    """Where somebody else was first, the form comes back with what was typed."""
    meta = WorkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    try:
        await _done(visit, meta, held)
    except Conflict as conflict:
        typed = edited(held, conflict.ticket, meta.version, STEPS["assign"].takes)
        fields = {**wire(conflict.ticket.to_wire()), **typed, "note": held.get("note")}
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        changed = await history.changed_since(visit, conflict)
        view = assign.form(meta, conflict.ticket, fields, changed=changed)
        view = await oncall.told(visit, view, fields.get("assignedQueue"))
        return Response({"response_action": "update", "view": view})
    return Response()


async def _done(visit: Visit, meta: WorkMeta, held: Mapping[str, JsonValue]) -> None:
    ticket = await visit.tools.work.ticket_for(
        visit.workspace, meta.number, STEPS["assign"].action, visit.actor
    )
    fields = edited(held, ticket, meta.version, STEPS["assign"].takes)
    note = str(held.get("note") or "").strip() or None
    by = Command(visit.actor, key=f"work:{meta.nonce}", seen=meta.version, note=note)
    await visit.tools.work.step(visit.workspace, meta.number, "assign", fields, by)


async def typed(visit: Visit, command: SlashCommand, number: int, words: str) -> Ticket:
    """What follows `/ticket assign T-42`: `me`, `nobody`, a person, a queue; other words are a private note."""
    whom, _, rest = words.partition(" ")
    by = await by_command(visit, command, note=rest.strip() or None)
    match whom.casefold():
        case "me":
            mine = {"assignedUserId": command.actor}
            return await visit.tools.work.step(visit.workspace, number, "assign", mine, by)
        case "nobody" | "none":
            return await visit.tools.work.step(visit.workspace, number, "unassign", {}, by)
    phrase = await create.read(visit, command.actor, words)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    fields = {name: phrase.fields[name] for name in STEPS["assign"].takes if name in phrase.fields}
    if not fields:
        asked = f"Say who gets T-{number}: @someone, #queue, me or nobody."
        raise InvalidInput([Problem(field="assignedUserId", code="missing", message=asked)])
    fields.setdefault("assignedUserId", None)  # handed to a queue, it is nobody's there yet
    note = str(phrase.fields.get("summary") or "").strip() or None
    return await visit.tools.work.step(visit.workspace, number, "assign", fields, replace(by, note=note))
