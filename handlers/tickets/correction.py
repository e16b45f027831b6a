"""“Edit”, for ten minutes, for whoever made the ticket: the form that makes one, with all that it says.

ana: (“T-9 is saved … Due tomorrow at 17:00”, “Edit”)   -> the form; she chooses another day, “Save”
ben: (“⋯”, “Edit” on Ana's card)                         -> summary and description, as for everybody
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.history import changed_in_form
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.services.step_requests import Conflict, StepRequest
from handlers.blocks.inputs import shown_of
from handlers.slack.actors import home_offset, open_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import field_of, fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Respond, Response
from handlers.tickets.create import confirmation, form_key, new_form, new_nonce
from handlers.tickets.form_view import FormMeta
from handlers.tickets.history import changed_since
from handlers.tickets.show import refreshed

_FIELDS = STEPS["correct"].takes


async def open_correction(
    visit: Visit, press: BlockActions, number: int, *, confirmed_on: str | None
) -> Response | None:
    """None where it is too late, or somebody else made the ticket. `confirmed_on`: the response_url of the confirmation that
    it was opened from, which then tells of the ticket as it is corrected."""
    ticket = await visit.tools.steps.correctable(visit.workspace, visit.actor, number)
    if ticket is None:
        return None
    meta = FormMeta(
        nonce=new_nonce(),
        way=ticket.origin.way,
        number=number,
        version=ticket.version,
        response_url=confirmed_on,
        home=home_offset(press),
    )
    return open_view(press, await new_form(visit, meta, _fields(ticket)))


async def save_correction(visit: Visit, submission: ViewSubmission) -> Response:
    meta = FormMeta.model_validate_json(submission.view.private_metadata)
    number, version = meta.number or 0, meta.version or 0
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to="correct")
    draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, meta.nonce)
    held = fields_of(submission.view.state)
    held = draft.restored(held) if draft else held
    shown = {field_of(str(block.get("block_id"))) for block in submission.view.blocks}
    since = await visit.tools.tickets.since(visit.workspace, visit.actor, ticket, version)
    edited = changed_in_form(held, ticket, since, [field for field in _FIELDS if field in shown], shown_of)
    request = StepRequest(visit.actor, key=form_key(meta.nonce), version=version)
    try:
        ticket = await visit.tools.steps.take(visit.workspace, number, "correct", edited, request)
    except Conflict as conflict:
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        above = await changed_since(visit, conflict)
        view = await new_form(visit, meta, {**_fields(conflict.ticket), **edited}, above)
        return Response({"response_action": "update", "view": view})
    if draft:
        await visit.tools.drafts.drop(visit.workspace, visit.actor, meta.nonce)
    if not meta.response_url:
        return await refreshed(visit, submission, number)
    return Response(follow_ups=(Respond(meta.response_url, await confirmation(visit, ticket)),))


def _fields(ticket: Ticket) -> Mapping[str, JsonValue]:
    wire = ticket.to_wire()
    return {name: value for name in _FIELDS if isinstance(value := wire[name], str | int | float)}
