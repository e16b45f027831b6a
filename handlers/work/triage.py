"""Triage: what somebody finds out about a ticket before anybody works it.

ana: (presses “Triage”, makes it critical, “Accept”)          -> one entry of its history
ana: (the same form, “Duplicate of” T-7)                      -> closed, and Ben is told of it
ana: (the form, “Not a ticket”)                               -> withdrawn, and “Undo” for ten minutes
chloe: (a message of its thread: “Triage ticket”)             -> the same form
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue

from bot.domain.lifecycle import require
from bot.domain.steps import STEPS, parts_of
from bot.domain.ticket import Ticket
from bot.services.work import Command, Conflict
from handlers.blocks import notice
from handlers.blocks.kit import View
from handlers.oncall import oncall
from handlers.slack.actors import Opener, by_press, number_of, opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, MessageShortcut, ViewSubmission
from handlers.slack.response import Response, UpdateView
from handlers.tickets import history
from handlers.work import triage_view as triage
from handlers.work.from_message import open_for_message
from handlers.work.steps import edited, headlines, wire
from handlers.work.steps_view import WorkMeta


async def pressed(visit: Visit, press: BlockActions) -> Response:
    return await opened(visit, press, number_of(press))


async def from_message(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Triage ticket” on a card, on the message that became a ticket, or on any message of its thread."""
    return await open_for_message(visit, shortcut, opened)


async def opened(visit: Visit, opener: Opener, number: int) -> Response:
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, STEPS["triage"].action, visit.actor)
    require(ticket, "triage")
    meta = WorkMeta(number=number, version=ticket.version)
    fields = {name: value for name, value in wire(ticket.to_wire()).items() if name in STEPS["triage"].takes}
    return opening(opener, await _form(visit, meta, ticket, fields))


async def submitted(visit: Visit, submission: ViewSubmission) -> Response:
    """Accepted, a duplicate, or snoozed. Where somebody else was first, the form comes back with what was typed."""
    meta = WorkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    try:
        await _done(visit, meta, held)
    except Conflict as conflict:
        typed = edited(held, conflict.ticket, meta.version, STEPS["triage"].takes)
        parts = parts_of(STEPS["triage"])
        kept = {name: held[name] for part in parts for name in part.takes if name in held}
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        changed = await history.changed_since(visit, conflict)
        fields = {**wire(conflict.ticket.to_wire()), "snoozedUntil": None, **typed, **kept}
        view = await _form(visit, meta, conflict.ticket, fields, changed)
        return Response({"response_action": "update", "view": view})
    return Response()


async def withdrawn(visit: Visit, press: BlockActions) -> Response:
    """“Not a ticket”: triage notes that were typed before it become its note."""
    if press.view is None:
        return Response()
    meta = WorkMeta.model_validate_json(press.view.private_metadata)
    by = await by_press(visit, press)
    ticket = await visit.tools.work.ticket_for(visit.workspace, meta.number, STEPS["triage"].action, by.actor)
    typed = edited(fields_of(press.view.state), ticket, meta.version, ["triageNotes"])
    note = str(typed.get("triageNotes") or "").strip() or None
    gone = await visit.tools.work.withdraw(visit.workspace, meta.number, replace(by, note=note))
    return Response(follow_ups=(UpdateView(press.view.id, press.view.hash, notice.withdrawn_view(gone)),))


async def _done(visit: Visit, meta: WorkMeta, held: Mapping[str, JsonValue]) -> None:
    ticket = await visit.tools.work.ticket_for(
        visit.workspace, meta.number, STEPS["triage"].action, visit.actor
    )
    fields = edited(held, ticket, meta.version, STEPS["triage"].takes)
    by = Command(visit.actor, key=f"work:{meta.nonce}", seen=meta.version)
    if held.get("snoozedUntil"):
        fields["snoozedUntil"] = held["snoozedUntil"]
    if duplicate := held.get("duplicateOf"):
        other = await visit.tools.desk.ticket_by_id(visit.workspace, UUID(str(duplicate)))
        await visit.tools.work.merge(visit.workspace, meta.number, other.number if other else 0, fields, by)
    else:
        await visit.tools.work.step(visit.workspace, meta.number, "triage", fields, by)


async def _form(
    visit: Visit,
    meta: WorkMeta,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    changed: str = "",
) -> View:
    view = triage.form(meta, ticket, fields, changed=changed, headlines=await headlines(visit, fields))
    return await oncall.told(visit, view, fields.get("assignedQueue"))
