"""What people are told of a swap on call: each in their own words, and the triage channel in a line that pings nobody."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.domain.outbox import Job
from bot.domain.queues import Override
from bot.domain.swaps import SwapNotice
from handlers.blocks.kit import Block, Message, actions, button, message, section
from handlers.blocks.news import Reader, in_words
from handlers.blocks.text import moment, one_line
from handlers.slack import ids

_NAME = 80

When = Callable[[datetime], str]


def message_of(notice: SwapNotice, job: Job, reader: Reader) -> Message:
    """As it is delivered by a job: to one of the two, with the way to end it, or to the channel."""
    user = job.target.user if job.target.channel is None else None
    blocks = [section(_sentence(notice, user, reader, moment))]
    if user and notice.event == "made":
        blocks.append(actions(end_button(notice.override)))
    return message(_sentence(notice, user, reader, partial(in_words, reader)), blocks)


def end_button(override: Override) -> Block:
    return button("End this swap", f"{ids.ONCALL_END}:{override.id}", value=override.id)


def _sentence(notice: SwapNotice, user: str | None, reader: Reader, when: When) -> str:
    """`user`: whom it is for, None where it is for all."""
    override, queue = notice.override, f"*{one_line(notice.queue, _NAME)}*"
    by, person = _name(notice.by, reader), _name(override.person, reader)
    relieved = _name(notice.relieved, reader) if notice.relieved else ""
    if notice.event == "ended":
        whom = {user: "you", notice.by: "them"}.get(notice.relieved, relieved)
        for_whom = f" for {whom}" if relieved else ""
        stood_in = "you" if user == override.person else person
        what = f"{by} ended the swap in which {stood_in} stood in{for_whom} on {queue}."
        if notice.by == override.person:
            what = f"{by} no longer stands in{for_whom} on {queue}."
        return f"{what} {_now(notice, user, reader)}"
    times = _times(override, reader.now, when)
    if user is None:
        stead = f", in place of {relieved}" if relieved else ""
        set_by = "" if notice.by == override.person else f" {by} arranged it."
        return f"{person} is on call for {queue} {times}{stead}.{set_by}"
    if user == override.person:
        stead = f", in place of {relieved}" if relieved else ""
        return f"{by} put you on call for {queue} {times}{stead}."
    if notice.by == override.person:
        return f"{person} is on call for {queue} {times}, in your place."
    return f"{by} put {person} on call for {queue} {times}, in your place."


def _times(override: Override, now: datetime, when: When) -> str:
    until = f"until {when(override.end)}"
    return until if override.start <= now else f"from {when(override.start)} {until}"


def _now(notice: SwapNotice, user: str | None, reader: Reader) -> str:
    if notice.on_call is None:
        return "Nobody is on call now."
    if notice.on_call == user:
        return "You are on call now."
    return f"{_name(notice.on_call, reader)} is on call now."


def _name(user: str, reader: Reader) -> str:
    return one_line(reader.name(user), _NAME)
