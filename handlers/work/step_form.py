"""The form of a step: opened, sent, and drawn again where somebody else changed the ticket while it was open.

ana: (presses “Hold”)                               -> a form asks what it waits for
ana: (“Triage”, “Duplicate of” T-7, “Accept”)       -> closed, and Ben is told of it
ben: (edits T-1 while Ana has its form open)
ana: (“Save”)                                       -> the form again, with what Ben changed above what she typed
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bot.domain.fields import TICKET_FIELDS
from bot.domain.history import changed_in_form
from bot.domain.lifecycle import require
from bot.domain.steps import Step, named, parts_of
from bot.domain.ticket import Ticket
from bot.services.ticket_steps import Conflict, StepRequest
from handlers.blocks import card
from handlers.blocks.inputs import shown_of
from handlers.blocks.kit import View
from handlers.home import redraw
from handlers.oncall import with_on_call
from handlers.slack import ids
from handlers.slack.actors import Opener, home_offset, open_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of, id_in
from handlers.slack.payloads import ViewPayload, ViewSubmission
from handlers.slack.response import Response
from handlers.tickets import changed_since, refreshed
from handlers.work import step_form_view
from handlers.work.step_form_view import StepMeta

Fields = Mapping[str, JsonValue]


async def open_step_form(
    visit: Visit, opener: Opener, number: int, step: Step, said: Fields | None = None
) -> Response:
    """`said`: what was typed for it already."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=step.action)
    require(ticket, step.name)
    meta = StepMeta(number=number, version=ticket.version, doing=step.name, home=home_offset(opener))
    fields = {**(_fields_there(ticket, step) if step.overwrites else {}), **(said or {})}
    return open_view(opener, await _drawn(visit, meta, step, ticket, fields))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta, step = of_view(submission.view)
    held = fields_of(submission.view.state)
    try:
        await _save(visit, meta, step, held)
    except Conflict as conflict:
        fields = {
            **_fields_there(conflict.ticket, step),
            **changed_in_form(held, conflict.ticket, conflict.since, step.takes, shown_of),
            **{name: held[name] for name in _other_inputs(step) if name in held},
        }
        changed = await changed_since(visit, conflict)
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        view = await _drawn(visit, meta, step, conflict.ticket, fields, changed)
        return Response({"response_action": "update", "view": view})
    if meta.home is not None:
        return await redraw(visit, meta.home)
    return await refreshed(visit, submission, meta.number)


def of_view(view: ViewPayload) -> tuple[StepMeta, Step]:
    """What an open form is about. Those of triage and assignment did not always name their step."""
    meta = StepMeta.model_validate_json(view.private_metadata)
    step = {ids.TRIAGE_FORM: "triage", ids.ASSIGN_FORM: "assign"}.get(view.callback_id, meta.doing)
    return meta, named(step or "")


async def edited(
    visit: Visit, held: Fields, ticket: Ticket, version: int, fields: Sequence[str]
) -> dict[str, JsonValue]:
    """What somebody changed in a form that was filled from a version of the ticket; None where they emptied it."""
    since = await visit.tools.tickets.since(visit.workspace, visit.actor, ticket, version)
    return changed_in_form(held, ticket, since, fields, shown_of)


async def _save(visit: Visit, meta: StepMeta, step: Step, held: Fields) -> None:
    note = str(held.get("note") or "").strip() or None
    request = StepRequest(visit.actor, key=f"work:{meta.nonce}", note=note)
    fields = {field: held[field] for field in step.takes if field in held}
    if step.overwrites:
        ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, meta.number, to=step.action)
        fields = await edited(visit, held, ticket, meta.version, step.takes)
        request = replace(request, version=meta.version)
    if held.get("snoozedUntil"):
        fields["snoozedUntil"] = held["snoozedUntil"]
    if duplicate := held.get("duplicateOf"):
        other = await visit.tools.tickets.by_id(visit.workspace, visit.actor, id_in(duplicate))
        await visit.tools.steps.merge(
            visit.workspace, meta.number, other.number if other else 0, fields, request
        )
    else:
        await visit.tools.steps.take(visit.workspace, meta.number, step.name, fields, request)


async def _drawn(
    visit: Visit, meta: StepMeta, step: Step, ticket: Ticket, fields: Fields, changed: str = ""
) -> View:
    headlines = await _headlines(visit, fields)
    view = step_form_view.form(meta, step, ticket, fields, changed=changed, headlines=headlines)
    if "assignedQueue" in step.takes:
        return await with_on_call(visit, view, fields.get("assignedQueue"))
    return view


async def _headlines(visit: Visit, fields: Fields) -> dict[str, str]:
    """`T-42 · Printer down`, of each ticket that a field names by its ID."""
    found: dict[str, str] = {}
    for field, value in fields.items():
        if field in TICKET_FIELDS and TICKET_FIELDS[field].element == "ticket" and isinstance(value, str):
            ticket = await visit.tools.tickets.by_id(visit.workspace, visit.actor, id_in(value))
            found[field] = card.title(ticket) if ticket else ""
    return found


def _fields_there(ticket: Ticket, step: Step) -> dict[str, JsonValue]:
    """What a ticket has of the fields that a step's form shows."""
    wire = ticket.to_wire()
    return {name: value for name in step.takes if isinstance(value := wire[name], str | int | float)}


def _other_inputs(step: Step) -> tuple[str, ...]:
    """The inputs of its form that are no fields of the ticket yet."""
    return ("note", *(name for part in parts_of(step) for name in part.takes))
