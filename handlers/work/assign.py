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
from bot.domain.permissions import Actor
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.work import Command, Conflict
from handlers.oncall import oncall
from handlers.slack.actors import Opener, actor_of, by_command, number_of, open_for_message, opening
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, MessageShortcut, SlashCommand, ViewSubmission
from handlers.slack.response import Answer, Tools
from handlers.tickets import create, history
from handlers.work import assign_view as assign
from handlers.work.steps import edited, wire
from handlers.work.steps_view import WorkMeta


async def pressed(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    return await opened(tools, workspace, press, number_of(press))


async def from_message(tools: Tools, workspace: Workspace, shortcut: MessageShortcut) -> Answer:
    """“Assign ticket” on a card, on the message that became a ticket, or on any message of its thread."""
    return await open_for_message(tools, workspace, shortcut, opened)


async def opened(tools: Tools, workspace: Workspace, opener: Opener, number: int) -> Answer:
    actor = await actor_of(tools, workspace, opener)
    ticket = await tools.work.ticket_for(workspace, number, "assign", actor)
    require(ticket, "assign")
    meta = WorkMeta(number=number, version=ticket.version)
    view = assign.form(meta, ticket, wire(ticket.to_wire()))
    return opening(opener, await oncall.told(tools, workspace, view, ticket.assigned_queue))


async def submitted(tools: Tools, workspace: Workspace, submission: ViewSubmission) -> Answer:
    """Where somebody else was first, the form comes back with what was typed."""
    meta = WorkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    actor = await actor_of(tools, workspace, submission)
    try:
        await _done(tools, workspace, actor, meta, held)
    except Conflict as conflict:
        typed = edited(held, conflict.ticket, meta.version, assign.FIELDS)
        fields = {**wire(conflict.ticket.to_wire()), **typed, "note": held.get("note")}
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        changed = await history.changed_since(tools, workspace, conflict, actor)
        view = assign.form(meta, conflict.ticket, fields, changed=changed)
        view = await oncall.told(tools, workspace, view, fields.get("assignedQueue"))
        return Answer({"response_action": "update", "view": view})
    return Answer()


async def _done(
    tools: Tools, workspace: Workspace, actor: Actor, meta: WorkMeta, held: Mapping[str, JsonValue]
) -> None:
    ticket = await tools.work.ticket_for(workspace, meta.number, "assign", actor)
    fields = edited(held, ticket, meta.version, assign.FIELDS)
    note = str(held.get("note") or "").strip() or None
    by = Command(actor, key=f"work:{meta.nonce}", seen=meta.version, note=note)
    await tools.work.step(workspace, meta.number, "assign", fields, by)


async def typed(tools: Tools, workspace: Workspace, command: SlashCommand, number: int, words: str) -> Ticket:
    """What follows `/ticket assign T-42`: `me`, `nobody`, a person, a queue; other words are a private note."""
    whom, _, rest = words.partition(" ")
    by = await by_command(tools, workspace, command, note=rest.strip() or None)
    match whom.casefold():
        case "me":
            mine = {"assignedUserId": command.actor}
            return await tools.work.step(workspace, number, "assign", mine, by)
        case "nobody" | "none":
            return await tools.work.step(workspace, number, "unassign", {}, by)
    phrase = await create.read(tools, workspace, command.actor, words)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    fields = {name: phrase.fields[name] for name in assign.FIELDS if name in phrase.fields}
    if not fields:
        asked = f"Say who gets T-{number}: @someone, #queue, me or nobody."
        raise InvalidInput([Problem(field="assignedUserId", code="missing", message=asked)])
    fields.setdefault("assignedUserId", None)  # handed to a queue, it is nobody's there yet
    note = str(phrase.fields.get("summary") or "").strip() or None
    return await tools.work.step(workspace, number, "assign", fields, replace(by, note=note))
