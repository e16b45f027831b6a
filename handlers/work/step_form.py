"""The form of a step: opened, sent, and drawn again where somebody else changed the ticket while it was open.

ana: (presses “Hold”, then “Tomorrow 9:00”)         -> a form asks what it waits for, and has the time
ana: (“Triage”, “Duplicate”, T-7, “Duplicate”)      -> closed, and Ben is told of it
ben: (edits T-1 while Ana has its form open)
ana: (“Save”)                                       -> the form again, with what Ben changed above what she typed
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS
from bot.domain.history import changed_in_form
from bot.domain.lifecycle import require
from bot.domain.lookup import ids_of
from bot.domain.permissions import thread_of
from bot.domain.presets import preset_moment, presets_in
from bot.domain.steps import Step, named, parts_of
from bot.domain.ticket import Ticket
from bot.services.step_requests import Conflict, StepRequest
from handlers.blocks import alerts, notice
from handlers.blocks.inputs import refilled, shown_of
from handlers.blocks.kit import View
from handlers.home import redraw
from handlers.oncall import with_on_call
from handlers.slack import ids
from handlers.slack.actors import Opener, home_offset, open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, field_of, fields_of, id_in
from handlers.slack.payloads import BlockActions, ViewPayload, ViewSubmission
from handlers.slack.response import Respond, Response
from handlers.tickets import changed_since, refreshed, related_ticket
from handlers.work import step_form_view
from handlers.work.step_form_view import FormContext, StepMeta, fields_under

Fields = Mapping[str, JsonValue]
_KEPT = 150  # characters of what a form keeps that it does not show: private_metadata takes 3,000 in all


async def open_step_form(
    visit: Visit,
    opener: Opener,
    number: int,
    step: Step,
    said: Fields | None = None,
    *,
    answers: str | None = None,
) -> Response:
    """`said`: what was typed for it already. `answers`: the response_url of the warning, or page, that it answers."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=step.action)
    require(ticket, step.name)
    meta = StepMeta(
        number=number, version=ticket.version, doing=step.name, home=home_offset(opener), answers=answers
    )
    fields = {**(_fields_there(ticket, step) if step.overwrites else {}), **(said or {})}
    return open_view(opener, await _drawn(visit, meta, step, ticket, fields))


async def on_choice(visit: Visit, press: BlockActions) -> Response:
    """Another way to end the step: the form shows its inputs, and what was typed in the others is kept."""
    if press.view is None:
        return Response()
    meta, step = of_view(press.view)
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, meta.number, to=step.action)
    typed = await _typed(visit, press.view, meta, step, ticket)
    fields, choice = _filled(ticket, step, typed), _chosen(step, press.view)
    return update_view(press, await _drawn(visit, _keeping(meta, typed), step, ticket, fields, choice=choice))


async def on_preset(visit: Visit, press: BlockActions) -> Response:
    """“Tomorrow 9:00”, below a time: it is set, and can still be changed."""
    if press.view is None:
        return Response()
    name = press.actions[0].action_id.partition(":")[2]
    zone = visit.people.zone(visit.actor.user)
    at = preset_moment(name, now=visit.tools.clock(), zone=zone)
    blocks = refilled(
        press.view.blocks,
        press.actions[0].value or "",
        {"initial_date_time": int(at.timestamp())},
        fresh=press.view.hash,
    )
    return update_view(press, press.view.shown_with(blocks))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta, step = of_view(submission.view)
    choice = _chosen(step, submission.view)
    try:
        ticket = await _save(visit, meta, step, choice, fields_of(submission.view.state))
    except Conflict as conflict:
        typed = await _typed(visit, submission.view, meta, step, conflict.ticket)
        fields = _filled(conflict.ticket, step, typed)
        changed = await changed_since(visit, conflict)
        meta = _keeping(meta.model_copy(update={"version": conflict.ticket.version}), typed)
        choice = _implied(step, choice, typed)
        view = await _drawn(visit, meta, step, conflict.ticket, fields, choice=choice, changed=changed)
        return Response({"response_action": "update", "view": view})
    if meta.answers:
        shown = alerts.answered(ticket, ticket.assigned_user_id)
        return Response(follow_ups=(Respond(meta.answers, shown),))
    if meta.home is not None:
        fresh = await redraw(visit, meta.home)
    else:
        fresh = await refreshed(visit, submission, meta.number)
    if choice.name != "withdraw":
        return fresh
    return Response({"response_action": "update", "view": notice.withdrawn_view(ticket)}, fresh.follow_ups)


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


async def _typed(
    visit: Visit, view: ViewPayload, meta: StepMeta, step: Step, ticket: Ticket
) -> dict[str, JsonValue]:
    """What somebody has changed in a form, under the choices that it does not show now as well."""
    held = fields_of(view.state)
    shown = [field_of(str(block.get("block_id"))) for block in view.blocks if block.get("type") == "input"]
    of_ticket = [field for field in step.takes if field in shown]
    return {
        **{field: value for field, value in meta.kept.items() if field not in shown},
        **await edited(visit, held, ticket, meta.version, of_ticket),
        **{name: held.get(name) for name in _other_inputs(step) if name in shown},
    }


def _keeping(meta: StepMeta, typed: Fields) -> StepMeta:
    """What is too long stands in an input that every choice shows, but for a category of that length."""
    kept = {field: value for field, value in typed.items() if len(str(value)) <= _KEPT}
    return StepMeta.model_validate({**meta.model_dump(), "kept": kept})


def _chosen(step: Step, view: ViewPayload) -> Step:
    """The way to end a step that is chosen in its form. Forms that were opened before there was a choice have none."""
    name = fields_of(view.state).get(ids.TRIAGE_CHOICE, step.name)
    for each in (step, *parts_of(step)):
        if each.name == name:
            return each
    raise Unreadable


def _implied(step: Step, choice: Step, typed: Fields) -> Step:
    """The choice that shows what was typed, of a form that was opened before there was one."""
    parts = parts_of(step) if choice is step else ()
    return next((part for part in parts if any(typed.get(field) for field in part.takes)), choice)


async def _save(visit: Visit, meta: StepMeta, step: Step, choice: Step, held: Fields) -> Ticket:
    """In a form without a choice, a duplicate or a time to snooze to says which it is."""
    note = str(held.get("note") or "").strip() or None
    request = StepRequest(visit.actor, key=f"work:{meta.nonce}", note=note)
    fields = {field: held[field] for field in step.takes if field in held}
    if step.overwrites:
        ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, meta.number, to=step.action)
        fields = await edited(visit, held, ticket, meta.version, fields_under(step, choice))
        request = replace(request, version=meta.version)
    if choice.name == "withdraw":
        request = replace(request, note=str(fields.get("triageNotes") or "").strip() or None)
        return await visit.tools.steps.withdraw(visit.workspace, meta.number, request)
    if held.get("snoozedUntil") or choice.name == "snooze":
        fields["snoozedUntil"] = held.get("snoozedUntil")
    if held.get("duplicateOf") or choice.name == "merge":
        other = await _other(visit, held.get("duplicateOf"))
        return await visit.tools.steps.merge(visit.workspace, meta.number, other, fields, request)
    return await visit.tools.steps.take(visit.workspace, meta.number, choice.name, fields, request)


async def _other(visit: Visit, chosen: JsonValue) -> int:
    """The number of the ticket that goes on; 0 where there is none for the actor."""
    if not chosen:
        asked = Problem(field="duplicateOf", code="missing", message=TICKET_FIELDS["duplicateOf"].asks)
        raise InvalidInput([asked])
    other = await visit.tools.tickets.by_id(visit.workspace, visit.actor, id_in(chosen))
    return other.number if other else 0


async def _drawn(  # noqa: PLR0913  (all that a form shows)
    visit: Visit,
    meta: StepMeta,
    step: Step,
    ticket: Ticket,
    fields: Fields,
    *,
    choice: Step | None = None,
    changed: str = "",
) -> View:
    """`changed`: what others did meanwhile."""
    choice, about = choice or step, ""
    if parts_of(step):
        directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
        about = step_form_view.about(ticket, directory, thread_of(visit.actor, ticket))
    shown = FormContext(
        choice=choice,
        about=about,
        changed=changed,
        headlines=await _headlines(visit, fields),
        presets=presets_in(visit.people.zone(visit.actor.user)),
    )
    view = step_form_view.form(meta, step, ticket, fields, shown)
    if "assignedQueue" in fields_under(step, choice):
        return await with_on_call(visit, view, fields.get("assignedQueue"))
    return view


async def _headlines(visit: Visit, fields: Fields) -> dict[str, str]:
    """`T-42 · Printer down`, of each ticket that a field names by its ID."""
    found: dict[str, str] = {}
    for field, value in fields.items():
        if field in TICKET_FIELDS and TICKET_FIELDS[field].element == "ticket" and isinstance(value, str):
            ticket = await related_ticket(visit, id_in(value))
            found[field] = ticket.title if ticket else ""
    return found


def _fields_there(ticket: Ticket, step: Step) -> dict[str, JsonValue]:
    """What a ticket has of the fields that a step's form shows."""
    wire = ticket.to_wire()
    return {name: value for name in step.takes if isinstance(value := wire[name], str | int | float)}


def _filled(ticket: Ticket, step: Step, typed: Fields) -> Fields:
    """What the inputs show: what a ticket has, and what somebody typed over it."""
    return {**_fields_there(ticket, step), **typed}


def _other_inputs(step: Step) -> tuple[str, ...]:
    """The inputs of its form that are no fields of the ticket yet."""
    return ("note", *(name for part in parts_of(step) for name in part.takes))
