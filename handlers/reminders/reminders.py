"""Reminders of a ticket.

ana: /ticket remind T-42 tomorrow 9am Call Rosa     -> a direct message then, with “Again in 1 h” and “Tomorrow 9:00”
ana: /ticket remind T-42 thread fri 9am Is it here? -> a message in the ticket's thread then
ana: (“⋯”, “Remind me…”)                            -> a form with the same, and the reminders that she has already
ana: (“Take it back”, on what confirms one)         -> it comes no more
"""

from datetime import datetime

from bot.domain.clock.reminder_threads import thread_channel
from bot.domain.clock.reminders import Reminder
from bot.domain.lifecycle import require
from bot.domain.presets import preset_moment, presets_in
from bot.domain.reminder_words import read_reminder
from bot.services.reminders import ReminderRequest
from handlers.blocks import reminder
from handlers.blocks.kit import message
from handlers.blocks.reminder import Carried
from handlers.reminders import reminders_view
from handlers.reminders.reminders_view import ReminderMeta
from handlers.slack.actors import Opener, command_request, open_view, press_request, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of, needed
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import Respond, Response


async def on_typed(visit: Visit, command: SlashCommand, number: int, rest: str) -> Response:
    """`rest`: what was typed behind the ticket. Without a time in front of it, the form asks for one."""
    require(await visit.tools.tickets.ticket(visit.workspace, visit.actor, number), "remind")
    zone = visit.people.zone(visit.actor.user)
    typed = read_reminder(rest, now=visit.tools.clock(), zone=zone)
    if typed.at is None:
        return await open_reminder_form(
            visit, command, number, words=typed.words, for_thread=typed.for_thread
        )
    request = ReminderRequest(
        visit.actor,
        command_request(visit, command).key,
        number,
        typed.at,
        typed.words,
        typed.for_thread,
        command.channel_id,
    )
    return Response(reminders_view.confirmed(await visit.tools.reminders.remind(visit.workspace, request)))


async def open_reminder_form(
    visit: Visit,
    opener: Opener,
    number: int,
    *,
    words: str = "",
    for_thread: bool = False,
) -> Response:
    """With what somebody typed for it already."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number)
    require(ticket, "remind")
    meta = ReminderMeta(number=number, channel=thread_channel(ticket, visit.actor, _channel_of(opener)))
    waiting = await visit.tools.reminders.of(visit.workspace, visit.actor, number)
    presets = presets_in(visit.people.zone(visit.actor.user))
    view = reminders_view.form(meta, ticket, waiting, presets, words=words, for_thread=for_thread)
    return open_view(opener, view)


def _channel_of(opener: Opener) -> str | None:
    """Where somebody asked for it."""
    if isinstance(opener, SlashCommand):
        return opener.channel_id
    return opener.channel.id if opener.channel else None


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = ReminderMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    request = ReminderRequest(
        visit.actor,
        f"form:{meta.nonce}",
        meta.number,
        datetime.fromisoformat(needed(held, reminders_view.AT)),
        str(held.get(reminders_view.WORDS) or "").strip(),
        held.get(reminders_view.WHOM) == reminders_view.THREAD,
        meta.channel,
    )
    made = await visit.tools.reminders.remind(visit.workspace, request)
    return Response({"response_action": "update", "view": reminders_view.confirmed_view(made)})


async def on_again(visit: Visit, press: BlockActions) -> Response:
    """“Again in 1 h”, “Tomorrow 9:00”: of what was for the thread, in the thread."""
    carried = Carried.model_validate_json(press.actions[0].value or "")
    name = press.actions[0].action_id.partition(":")[2]
    at = preset_moment(name, now=visit.tools.clock(), zone=visit.people.zone(visit.actor.user))
    request = ReminderRequest(
        visit.actor,
        press_request(visit, press).key,
        carried.number,
        at,
        carried.words,
        carried.channel is not None,
        carried.channel,
    )
    made = await visit.tools.reminders.remind(visit.workspace, request)
    if not press.response_url:
        return Response()
    return Response(follow_ups=(Respond(press.response_url, reminders_view.confirmed(made, again=True)),))


async def on_done(visit: Visit, press: BlockActions) -> Response:
    carried = Carried.model_validate_json(press.actions[0].value or "")
    if not press.response_url:
        return Response()
    return Response(follow_ups=(Respond(press.response_url, reminder.done(carried, visit.actor.user)),))


async def on_take_back(visit: Visit, press: BlockActions) -> Response:
    gone: Reminder | None = await visit.tools.reminders.take_back(
        visit.workspace, visit.actor, press.actions[0].value or ""
    )
    if press.view:
        return update_view(press, reminders_view.taken_back_view(gone))
    if not press.response_url:
        return Response()
    return Response(follow_ups=(Respond(press.response_url, message(reminder.taken_back(gone))),))
