"""Making a ticket: a typed line, the form, the global shortcut.

ana: /ticket Printer down customer:acme site:hq type:break_fix     -> T-1 is saved
ana: /ticket Printer down                                          -> the form, with “Printer down” filled in
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid4

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.draft import Draft, Overlong
from bot.domain.elsewhere_words import related_names
from bot.domain.errors import InvalidInput, NotFound, NotKnown, Problem
from bot.domain.fields import in_form
from bot.domain.lookup import ids_of
from bot.domain.outbox import Target
from bot.domain.permissions import readable, unknown_hint
from bot.domain.phrases import LineReader, Phrase, needed
from bot.domain.ticket import Origin, SourceMessage, Ticket
from bot.services.tickets import CreateRequest
from handlers.blocks import notice, saved
from handlers.blocks.inputs import shown_of
from handlers.blocks.kit import INITIAL_VALUE, Message, View
from handlers.blocks.visibility import shared_words
from handlers.slack import ids
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of, id_in
from handlers.slack.payloads import (
    BlockActions,
    GlobalShortcut,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)
from handlers.slack.response import OpenView, Response
from handlers.tickets.authors import requester_of
from handlers.tickets.beginning import Beginning, begin, missing
from handlers.tickets.form_view import (
    FormMeta,
    Marks,
    faults_of,
    form,
    marks_for,
    marks_of,
    needs_more,
    proposals,
)
from handlers.tickets.related import related_ticket

_KEPT = "draft:"
_PLACE = re.compile(r"draft:([0-9a-f]{32})")


async def on_line(visit: Visit, command: SlashCommand, line: str) -> Response:
    """`/ticket <line>`: a ticket without a form where the line has all that the contract requires."""
    phrase = await read_typed(visit, line, channel=command.channel_id)
    if phrase.problems:
        problems = (
            *phrase.problems,
            *await missing(visit, command.channel_id, phrase.fields, phrase.problems),
        )
        return await _incomplete_line(visit, command, line, phrase, problems)
    try:
        created = await visit.tools.tickets.create(
            visit.workspace,
            phrase.fields,
            CreateRequest(
                actor=visit.actor,
                origin=Origin(way="command", channel=command.channel_id, line=line),
                target=Target(
                    channel=command.channel_id, response_url=command.response_url, user=command.actor
                ),
                key=form_key(command.nonce),
            ),
        )
    except InvalidInput as error:
        return await _incomplete_line(visit, command, line, phrase, error.problems)
    return Response(
        await confirmation(visit, created.ticket, meant_queue=created.meant_queue, filled=created.filled)
    )


async def on_bare_command(visit: Visit, command: SlashCommand) -> Response:
    """`/ticket` alone: the form."""
    meta = FormMeta(
        nonce=new_nonce(), way="form", channel=command.channel_id, response_url=command.response_url
    )
    view = await new_form(visit, meta, {})
    return open_view(command, view)


async def on_open_form(visit: Visit, press: BlockActions) -> Response:
    """A button that opens the form for a line that was typed before (or for none, on Home)."""
    nonce = press.actions[0].action_id.partition(":")[2] or new_nonce()
    while made := await visit.tools.tickets.made(visit.workspace, visit.actor, form_key(nonce)):
        if not made.undone_at:
            directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(made))
            return open_view(press, saved.saved_view(made, directory, visit.tools.refused(visit.workspace)))
        nonce = nonce_after(made)
    line = await _kept(visit, press.actions[0].value or "")
    meta = FormMeta(
        nonce=nonce,
        way="form" if press.channel else "global_shortcut",
        channel=press.channel.id if press.channel else None,
        response_url=press.response_url,
    )
    phrase = await read_typed(visit, line, channel=meta.channel)
    problems = (
        (*phrase.problems, *await missing(visit, meta.channel, phrase.fields, phrase.problems))
        if line
        else ()
    )
    view = await form_of(visit, meta, replace(phrase, problems=problems))
    return open_view(press, view)


async def on_global_shortcut(visit: Visit, shortcut: GlobalShortcut) -> Response:
    """The global shortcut “New ticket”, which has neither a channel nor a response_url."""
    view = await new_form(visit, FormMeta(nonce=new_nonce(), way="global_shortcut"), {})
    return Response(follow_ups=(OpenView(shortcut.trigger_id, view, shortcut.actor),))


async def on_change(visit: Visit, press: BlockActions) -> Response:
    """“More fields”, or a customer or site chosen: the same form, showing what is now needed."""
    if press.view is None:
        return Response()
    meta = FormMeta.model_validate_json(press.view.private_metadata)
    if press.actions[0].action_id == ids.MORE_FIELDS:
        meta = meta.model_copy(update={"more": True})
    shown = fields_of(press.view.state)
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(shown))
    held = directory.pruned(shown)
    fields = directory.complete(held)
    if "customerId" in fields and "customerId" not in held:
        meta = meta.model_copy(update={"customer_of": fields.get("siteId")})
    marks = marks_of(press.view.blocks, without=press.actions[0].action_id, held=held)
    view = await _view(visit, meta, fields, faults_of(press.view.blocks), marks)
    return update_view(press, view)


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    """The form's “Create”. The form closes, and the ticket's card is the confirmation: no click is spent on one."""
    meta = FormMeta.model_validate_json(submission.view.private_metadata)
    draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, meta.nonce)
    fields = fields_of(submission.view.state)
    target = Target(
        channel=meta.channel, thread_ts=meta.thread_ts, response_url=meta.response_url, user=submission.actor
    )
    created = await visit.tools.tickets.create(
        visit.workspace,
        draft.restored(fields) if draft else fields,
        CreateRequest(
            actor=visit.actor,
            origin=origin_of(meta, draft.message if draft else None),
            target=target,
            key=form_key(meta.nonce),
            draft=meta.nonce if draft else None,
            requester=requester_of(visit, draft.message if draft else None),
            is_whole=True,
        ),
    )
    refused = visit.tools.refused(visit.workspace)
    if created.outcome != "taken" and refused is None:
        return Response({"response_action": "clear"})
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(created.ticket))
    if created.outcome != "taken":  # no card comes that would confirm it
        view = saved.saved_view(created.ticket, directory, refused)
        return Response({"response_action": "update", "view": view})
    # Above the form, not instead of it: what was typed there is still to be had.
    return Response({"response_action": "push", "view": notice.taken(created.ticket, directory)})


async def on_cancel(visit: Visit, closing: ViewClosed) -> Response:
    """The form's “Cancel”."""
    meta = FormMeta.model_validate_json(closing.view.private_metadata)
    await visit.tools.drafts.drop(visit.workspace, visit.actor, meta.nonce)
    return Response()


async def confirmation(
    visit: Visit, ticket: Ticket, *, meant_queue: str | None = None, filled: Collection[str] = ()
) -> Message:
    """All that a typed line has set, for whoever typed it; `filled`: what the channel did. Names are looked up only where there
    are some to tell."""
    told = readable(visit.actor, saved.set_by_line(ticket), ticket)  # somebody may have triaged it since
    begun = (
        {field: str(value) for field, value in ticket.to_wire().items() if field in filled} if filled else {}
    )
    told = {field: value for field, value in told.items() if field not in begun}
    reader = visit.tools.tickets
    named = ids_of({**told, **begun})
    directory = await reader.directory(visit.workspace, visit.actor, named) if named else Directory()
    linked: dict[str, str] = {}
    if related_id := ticket.related_ticket_id:
        other = await related_ticket(visit, related_id)
        linked = {str(related_id): other.name} if other else {}
    is_for_others = "visibilityMode" in told and await visit.tools.partners.homes(
        visit.workspace, visit.actor
    )
    return saved.saved(
        ticket,
        saved.Told(told, directory, linked, begun, shared_words(ticket, ()) if is_for_others else ""),
        meant_queue=meant_queue,
        refused=visit.tools.refused(visit.workspace),
    )


async def read_typed(
    visit: Visit, line: str, *, any_queue: bool = False, channel: str | None = None
) -> Phrase:
    """What somebody typed, understood. `any_queue`: behind a `#` may stand a queue that is not set up. `channel`: whose
    customer is meant where several have a site, or something there, of that name."""
    tickets, named = visit.tools.tickets, needed(line)
    found = [await tickets.by_number(visit.workspace, visit.actor, number) for number in named.tickets]
    known = {ticket.number: ticket.id for ticket in found if ticket}
    reader = LineReader(
        line,
        now=visit.tools.clock(),
        zone=visit.people.zone(visit.actor.user),
        people=visit.people.remembered,
        ticket_id=known.get,
        queues=None if any_queue else await _queues(visit) if named.queues else (),
        elsewhere_id=(await _elsewhere_ids(visit, line)).get if "/" in line else lambda _: None,
    )
    directory = await tickets.directory(visit.workspace, visit.actor, reader.lookups)
    phrase = reader.phrase(directory)
    if channel and any(problem.code == "ambiguous_name" for problem in phrase.problems):
        defaults = await visit.tools.channels.standing(visit.workspace, visit.actor, channel)
        return reader.phrase(directory, defaults.fill(phrase.fields))
    return phrase


async def _elsewhere_ids(visit: Visit, line: str) -> Mapping[str, UUID]:
    """The IDs of the tickets of other workspaces that a line names as related, by their names."""
    found: dict[str, UUID] = {}
    for name in related_names(line):
        with suppress(NotFound):
            seen = await visit.tools.sharing.seen(visit.workspace, visit.actor, name)
            found |= {name: seen.shared.ticket.id} if seen.shared else {}
    return found


async def _queues(visit: Visit) -> tuple[str, ...]:
    return tuple(queue.name for queue in await visit.tools.settings.queues(visit.workspace, visit.actor))


async def _incomplete_line(
    visit: Visit,
    command: SlashCommand,
    line: str,
    phrase: Phrase,
    problems: tuple[Problem, ...],
) -> Response:
    """The form with everything that was understood, and a message with the line itself."""
    hint = unknown_hint(visit.actor)
    if hint and any(problem.code == "unknown_ticket" for problem in problems):
        problems = (*problems, Problem(field=None, code=NotKnown.code, message=hint))
    meta = FormMeta(
        nonce=command.nonce, way="form", channel=command.channel_id, response_url=command.response_url
    )
    view = await form_of(visit, meta, replace(phrase, problems=problems))
    again = await keepable(visit, line)
    return Response(
        notice.incomplete_line(line, problems, again=again, nonce=command.nonce),
        (OpenView(command.trigger_id, view, command.actor, command.response_url),),
    )


async def keepable(visit: Visit, line: str) -> str:
    """A line as a button can carry it: itself, or where it is too long for that, the place where it is kept."""
    if len(line) <= notice.BUTTON_VALUE:
        return line
    draft = Draft(nonce=new_nonce(), created_at=visit.tools.clock(), line=line)
    await visit.tools.drafts.keep(visit.workspace, visit.actor, draft)
    return f"{_KEPT}{draft.nonce}"


async def _kept(visit: Visit, value: str) -> str:
    """The line that a button carries, or that is kept where it says: `draft: the new price list` is a line."""
    place = _PLACE.fullmatch(value)
    if place is None:
        return value
    draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, place[1])
    if draft is None or draft.line is None:
        raise NotFound("That line is no longer kept. Please type it again.")
    return draft.line


async def new_form(
    visit: Visit,
    meta: FormMeta,
    fields: Mapping[str, JsonValue],
    above: str = "",
    *,
    message: SourceMessage | None = None,
) -> View:
    """As `form_of`, of fields that were said without a doubt."""
    return await form_of(visit, meta, Phrase({**fields}, (), {}), above, message=message)


async def form_of(
    visit: Visit, meta: FormMeta, phrase: Phrase, above: str = "", *, message: SourceMessage | None = None
) -> View:
    """A new form, which shows each input that a problem is about, with what was typed for it. What it cannot hold itself is
    kept as a draft before it opens. `above` is mrkdwn that stands at its head."""
    said, problems = phrase.fields, phrase.problems
    overlong = {
        field: Overlong(whole=value, shown=shown_of(value))
        for field, value in said.items()
        if isinstance(value, str) and len(value) > INITIAL_VALUE
    }
    if message or overlong:
        draft = Draft(nonce=meta.nonce, created_at=visit.tools.clock(), message=message, overlong=overlong)
        await visit.tools.drafts.keep(visit.workspace, visit.actor, draft)
    begun = Beginning(said) if meta.number else await begin(visit, meta.channel, said, problems)
    also = tuple(field for field in in_form("more") if field in begun.filled)
    meta = meta.model_copy(update={"more": needs_more(said, problems), "also": also})
    left = [
        each for each in (*problems, *begun.gone) if each.field not in begun.fields or each.code != "required"
    ]
    faults = "\n".join(filter(None, (above, notice.understood(left, phrase.raw))))
    marks = {**marks_for(problems), **proposals(begun.proposed)}
    return await _view(visit, meta, begun.fields, faults, marks)


async def _view(
    visit: Visit, meta: FormMeta, fields: Mapping[str, JsonValue], faults: str, marks: Marks
) -> View:
    other = await related_ticket(visit, id_in(named)) if (named := fields.get("relatedTicketId")) else None
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(fields))
    title = other.title if other else ""
    hidden = () if visit.actor.is_agent else ("visibilityMode",)
    return form(meta, fields, directory, faults=faults, marks=marks, related=title, hidden=hidden)


def origin_of(meta: FormMeta, message: SourceMessage | None) -> Origin:
    """Where a form was asked for."""
    return Origin(
        way=meta.way,
        channel=meta.channel,
        message_ts=meta.message_ts,
        thread_ts=meta.thread_ts,
        permalink=meta.permalink,
        message=message,
    )


def form_key(nonce: str) -> str:
    """The idempotency key of what a form makes, and of the line that it opens for."""
    return f"form:{nonce}"


def nonce_after(undone: Ticket) -> str:
    """Of the form that is offered for what was undone."""
    return undone.id.hex


def new_nonce() -> str:
    return uuid4().hex
