"""Working a ticket from its card.

ana: (presses “Assign to me”)        -> T-1 is hers; whoever presses next is told so
ana: (presses “Start”)               -> it is in progress, on every card
ana: (presses “Hold”)                -> a form asks what it waits for
ben: (presses “⋯”, “Private note”)   -> “That is for agents.”, which only Ben sees
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args
from uuid import UUID

from pydantic import JsonValue

from bot.domain.lifecycle import Step, replayed, require
from bot.domain.permissions import Action
from bot.domain.ticket import Ticket, What
from bot.services.work import Command, Conflict
from handlers.blocks import card, notice
from handlers.blocks.kit import View
from handlers.slack.actors import Opener, by_press, number_of, opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import ReplyInThread, Respond, Response, UpdateView
from handlers.tickets import history
from handlers.tickets.form_view import shown_of
from handlers.work import steps_view as steps
from handlers.work.steps_view import Doing, WorkMeta

_ACTION: Mapping[Doing, Action] = {
    "hold": "work",
    "resolve": "work",
    "edit": "edit",
    "link": "triage",
    "note": "note",
}
_SEEN: frozenset[Doing] = frozenset({"edit", "link"})  # what would overwrite what others wrote meanwhile
_TIMES = {"slaDueAt", "holdUntil", "snoozedUntil"}


async def claimed(visit: Visit, press: BlockActions) -> Response:
    """“Assign to me”."""
    ticket = await visit.tools.work.claim(visit.workspace, number_of(press), await by_press(visit, press))
    return await _seen(visit, press, ticket)


async def stepped(visit: Visit, press: BlockActions) -> Response:
    """A step's button: at once, or a form for what the step asks for."""
    number, step = number_of(press), _step_of(press)
    if step in {"hold", "resolve"}:
        return await form_opened(visit, press, number, "hold" if step == "hold" else "resolve")
    by = await by_press(visit, press)
    ticket = await visit.tools.work.step(visit.workspace, number, step, {}, by)
    return await _seen(visit, press, ticket)


async def more(visit: Visit, press: BlockActions) -> Response:
    """“⋯”: its options carry what and the ticket's number."""
    option = press.actions[0].selected_option
    what, _, number = (option.value if option else "").partition(":")
    if what == "history":
        return await history.opened(visit, press, int(number))
    if what == "withdraw":
        return await _withdrawn(visit, press, int(number))
    doing: Doing = next(each for each in get_args(Doing) if each == what)
    return await form_opened(visit, press, int(number), doing)


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


async def form_opened(visit: Visit, opener: Opener, number: int, doing: Doing) -> Response:
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, _ACTION[doing], visit.actor)
    if doing in {"hold", "resolve"}:
        require(ticket, "hold" if doing == "hold" else "resolve")
    meta = WorkMeta(number=number, version=ticket.version, doing=doing)
    fields = ticket.to_wire() if doing in _SEEN else {}
    return opening(opener, await _form(visit, meta, ticket, wire(fields)))


async def submitted(visit: Visit, submission: ViewSubmission) -> Response:
    """Any of the small forms. Where somebody else was first, the form comes back with what was typed."""
    meta = WorkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    try:
        await _done(visit, meta, held)
    except Conflict as conflict:
        typed = edited(held, conflict.ticket, meta.version, steps.SHAPES[meta.doing or "edit"].inputs)
        fields = {**wire(conflict.ticket.to_wire()), **typed}
        meta = meta.model_copy(update={"version": conflict.ticket.version})
        changed = await history.changed_since(visit, conflict)
        view = await _form(visit, meta, conflict.ticket, fields, changed)
        return Response({"response_action": "update", "view": view})
    return Response()


async def _done(visit: Visit, meta: WorkMeta, held: Mapping[str, JsonValue]) -> None:
    number, key = meta.number, f"work:{meta.nonce}"
    match meta.doing:
        case "hold" | "resolve":
            await visit.tools.work.step(visit.workspace, number, meta.doing, held, Command(visit.actor, key))
        case "note":
            await visit.tools.work.edit(
                visit.workspace,
                number,
                "noted",
                {},
                Command(visit.actor, key, note=str(held.get("note") or "").strip() or None),
            )
        case "edit" | "link":
            ticket = await visit.tools.work.ticket_for(
                visit.workspace, number, _ACTION[meta.doing], visit.actor
            )
            fields = edited(held, ticket, meta.version, steps.SHAPES[meta.doing].inputs)
            what: What = "edited" if meta.doing == "edit" else "linked"
            await visit.tools.work.edit(
                visit.workspace, number, what, fields, Command(visit.actor, key, seen=meta.version)
            )


async def _form(
    visit: Visit,
    meta: WorkMeta,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    changed: str = "",
) -> View:
    doing = meta.doing or "edit"
    related = await headline(visit, fields.get("relatedTicketId"))
    return steps.form(meta, doing, ticket, fields, changed=changed, related=related)


async def headline(visit: Visit, ticket_id: JsonValue) -> str:
    """`T-42 · Printer down`, of the ticket that an ID names."""
    ticket = await visit.tools.desk.ticket_by_id(visit.workspace, UUID(str(ticket_id))) if ticket_id else None
    return card.title(ticket) if ticket else ""


def edited(
    held: Mapping[str, JsonValue], ticket: Ticket, version: int, fields: Sequence[str]
) -> dict[str, JsonValue]:
    """What somebody changed in a form that was filled from a version of the ticket; null where they emptied it."""
    before = replayed(ticket.history[:version])
    return {
        field: held.get(field) for field in fields if not _same(field, held.get(field), before.get(field))
    }


def wire(fields: Mapping[str, object]) -> dict[str, JsonValue]:
    """What inputs can hold of a record's wire form."""
    return {name: value for name, value in fields.items() if isinstance(value, str | int | float)}


def _same(field: str, held: JsonValue, before: JsonValue) -> bool:
    """Inputs hold whole seconds, and the beginnings of long texts."""
    if held is None or before is None:
        return held == before
    if field in _TIMES:
        return _second(held) == _second(before)
    return str(held).strip() == shown_of(str(before)).strip()


def _second(moment: JsonValue) -> datetime:
    return datetime.fromisoformat(str(moment)).replace(microsecond=0)


def _step_of(press: BlockActions) -> Step:
    wanted = press.actions[0].action_id.partition(":")[2]
    return next(step for step in get_args(Step) if step == wanted)


async def _seen(visit: Visit, press: BlockActions, ticket: Ticket) -> Response:
    """Cards are brought up to date by the courier; one that only its reader sees, by its response_url."""
    if not (press.container.is_ephemeral and press.response_url):
        return Response()
    shown = card.card(ticket, await visit.tools.desk.directory(visit.workspace))
    return Response(follow_ups=(Respond(press.response_url, shown),))
