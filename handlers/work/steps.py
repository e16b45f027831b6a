"""Working a ticket from its card.

ana: (presses “Assign to me”)        -> T-1 is hers; whoever presses next is told so
ana: (presses “Start”)               -> it is in progress, on every card
ana: (presses “Hold”)                -> a form asks what it waits for
ben: (presses “⋯”, “Private note”)   -> “That is for agents.”, which only Ben sees
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue

from bot.domain.fields import TICKET_FIELDS
from bot.domain.history import changed_in_form
from bot.domain.lifecycle import require
from bot.domain.steps import Step, named
from bot.domain.ticket import Ticket
from bot.services.work import Command, Conflict
from handlers.blocks import card, notice
from handlers.blocks.inputs import shown_of
from handlers.blocks.kit import View
from handlers.slack.actors import Opener, by_press, number_of, opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import ReplyInThread, Respond, Response, UpdateView
from handlers.tickets import history
from handlers.work import steps_view as steps
from handlers.work.steps_view import WorkMeta


async def claimed(visit: Visit, press: BlockActions) -> Response:
    """“Assign to me”."""
    ticket = await visit.tools.work.claim(visit.workspace, number_of(press), await by_press(visit, press))
    return await _seen(visit, press, ticket)


async def stepped(visit: Visit, press: BlockActions) -> Response:
    """A step's button: at once, or a form for what the step asks for."""
    number, step = number_of(press), named(press.actions[0].action_id.partition(":")[2])
    if step.asks:
        return await form_opened(visit, press, number, step)
    by = await by_press(visit, press)
    ticket = await visit.tools.work.step(visit.workspace, number, step.name, {}, by)
    return await _seen(visit, press, ticket)


async def more(visit: Visit, press: BlockActions) -> Response:
    """“⋯”: its options carry what and the ticket's number."""
    option = press.actions[0].selected_option
    what, _, number = (option.value if option else "").partition(":")
    if what == "history":
        return await history.opened(visit, press, int(number))
    if what == "withdraw":
        return await _withdrawn(visit, press, int(number))
    return await form_opened(visit, press, int(number), named(what))


async def _withdrawn(visit: Visit, press: BlockActions, number: int) -> Response:
    ticket = await visit.tools.work.withdraw(visit.workspace, number, await by_press(visit, press))
    if not press.response_url:
        return Response()
    return Response(
        follow_ups=(ReplyInThread(press.response_url, notice.withdrawn(ticket), press.container.thread_ts),)
    )


async def undone(visit: Visit, press: BlockActions) -> Response:
    """“Undo”, for ten minutes after “Not a ticket”."""
    by = await by_press(visit, press)
    ticket = await visit.tools.work.restore(visit.workspace, number_of(press), by)
    if press.view:
        return Response(
            follow_ups=(UpdateView(press.view.id, press.view.hash, notice.restored_view(ticket)),)
        )
    told = (Respond(press.response_url, notice.restored(ticket)),) if press.response_url else ()
    return Response(follow_ups=told)


async def form_opened(visit: Visit, opener: Opener, number: int, step: Step) -> Response:
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, step.action, visit.actor)
    require(ticket, step.name)
    meta = WorkMeta(number=number, version=ticket.version, doing=step.name)
    fields = ticket.to_wire() if step.overwrites else {}
    return opening(opener, await _form(visit, meta, ticket, wire(fields)))


async def submitted(visit: Visit, submission: ViewSubmission) -> Response:
    """Any of the small forms. Where somebody else was first, the form comes back with what was typed."""
    meta = WorkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    try:
        await _done(visit, meta, held)
    except Conflict as conflict:
        typed = edited(held, conflict.ticket, meta.version, _step_of(meta).takes)
        fields = {**wire(conflict.ticket.to_wire()), **typed, "note": held.get("note")}
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        changed = await history.changed_since(visit, conflict)
        view = await _form(visit, meta, conflict.ticket, fields, changed)
        return Response({"response_action": "update", "view": view})
    return Response()


async def _done(visit: Visit, meta: WorkMeta, held: Mapping[str, JsonValue]) -> None:
    step, by = _step_of(meta), Command(visit.actor, key=f"work:{meta.nonce}")
    fields = {field: held[field] for field in step.takes if field in held}
    if step.overwrites:
        ticket = await visit.tools.work.ticket_for(visit.workspace, meta.number, step.action, visit.actor)
        fields = edited(held, ticket, meta.version, step.takes)
        by = replace(by, seen=meta.version)
    note = str(held.get("note") or "").strip() or None
    await visit.tools.work.step(visit.workspace, meta.number, step.name, fields, replace(by, note=note))


async def _form(
    visit: Visit,
    meta: WorkMeta,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    changed: str = "",
) -> View:
    named_tickets = await headlines(visit, fields)
    return steps.form(meta, _step_of(meta), ticket, fields, changed=changed, headlines=named_tickets)


async def headlines(visit: Visit, fields: Mapping[str, JsonValue]) -> dict[str, str]:
    """`T-42 · Printer down`, of each ticket that a field names by its ID."""
    found: dict[str, str] = {}
    for field, value in fields.items():
        if field in TICKET_FIELDS and TICKET_FIELDS[field].element == "ticket" and isinstance(value, str):
            ticket = await visit.tools.desk.ticket_by_id(visit.workspace, UUID(value))
            found[field] = card.title(ticket) if ticket else ""
    return found


def edited(
    held: Mapping[str, JsonValue], ticket: Ticket, version: int, fields: Sequence[str]
) -> dict[str, JsonValue]:
    """What somebody changed in a form that was filled from a version of the ticket; None where they emptied it."""
    return changed_in_form(held, ticket, version, fields, shown_of)


def wire(fields: Mapping[str, object]) -> dict[str, JsonValue]:
    """What inputs can hold of a record's wire form."""
    return {name: value for name, value in fields.items() if isinstance(value, str | int | float)}


def _step_of(meta: WorkMeta) -> Step:
    return named(meta.doing or "edit")


async def _seen(visit: Visit, press: BlockActions, ticket: Ticket) -> Response:
    """Cards are brought up to date by the courier; one that only its reader sees, by its response_url."""
    if not (press.container.is_ephemeral and press.response_url):
        return Response()
    shown = card.card(ticket, await visit.tools.desk.directory(visit.workspace))
    return Response(follow_ups=(Respond(press.response_url, shown),))
