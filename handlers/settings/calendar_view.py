"""Calendars: what there is and whose time runs by it, and the form of one."""

from typing import get_args

from bot.domain.calendar_words import (
    LONGEST_DATES,
    LONGEST_HOURS,
    LONGEST_NAME,
    days_off_text,
    extra_days_text,
    hours_text,
)
from bot.domain.calendars import Calendar
from bot.domain.record import Record
from bot.domain.sites import CHOICES, OccupancyProfile
from bot.domain.words import choice, listed
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import Block, View, actions, button, context, divider, form_modal, modal, section
from handlers.blocks.text import one_line
from handlers.settings.inputs_view import NONE, back, field, menu, remove, text
from handlers.slack import ids

_NO_CALENDARS = (
    "*No calendar is set up yet*, so working time runs around the clock.\n"
    "A calendar has working hours, public holidays and days off. A queue may have one, and so may all sites of a kind."
)
_HOURS = "Mon-Fri 9:00-17:00"
_NAMED = 5  # of those that have a calendar


class CalendarMeta(Record):
    """What rides in private_metadata: the calendar that the form changes."""

    calendar: str | None = None


def page(settings: WorkspaceSettings) -> View:
    """All calendars, and the kinds of sites that have one."""
    calendars = settings.clock.calendars
    blocks = [] if calendars else [section(_NO_CALENDARS)]
    for number, calendar in enumerate(calendars):
        change = button("Change", f"{ids.SETTINGS_CALENDAR}:{number}", value=calendar.name)
        blocks.append(section(_summary(calendar, settings), accessory=change))
    blocks.append(actions(button("Add a calendar", ids.SETTINGS_CALENDAR), back("overview", "Settings")))
    if calendars:
        blocks += [divider(), section("*Sites*, where the queue has no calendar of its own")]
        blocks += [_profile(profile, settings) for profile in CHOICES["occupancyProfile"]]
        blocks.append(context("Each choice holds at once."))
    return modal("Calendars", blocks, callback_id=ids.NOTICE, close="Done")


def form(calendar: Calendar | None, *, zone: str) -> View:
    """For a new calendar, or a known one. `zone`: what a new one begins with."""
    blocks = [
        field("name", "Name", text(calendar.name if calendar else "Business hours", LONGEST_NAME)),
        field(
            "hours",
            "Working hours",
            text(hours_text(calendar) if calendar else _HOURS, LONGEST_HOURS, multiline=True, example=_HOURS),
            hint="A line for days with the same hours: Mon-Fri 9:00-12:30, 13:30-18:00. Other days are closed.",
        ),
        field("zone", "Time zone", text(calendar.zone if calendar else zone, 60)),
        field(
            "country",
            "Public holidays of",
            text(calendar.country if calendar else None, 60, example="Germany, DE"),
            hint="A country, or its code. Without one, there are none.",
            optional=True,
        ),
        field(
            "region",
            "Region",
            text(calendar.region if calendar else None, 60, example="Bayern, BY"),
            hint="For holidays that only a part of the country has.",
            optional=True,
        ),
        field(
            "daysOff",
            "Days off",
            text(
                days_off_text(calendar) if calendar else None,
                LONGEST_DATES,
                multiline=True,
                example="2026-12-24",
            ),
            hint="Dates on which you are closed, too.",
            optional=True,
        ),
        field(
            "extraDays",
            "Extra days",
            text(
                extra_days_text(calendar) if calendar else None,
                LONGEST_DATES,
                multiline=True,
                example="2026-12-20 10:00-14:00",
            ),
            hint="A line for each date with hours of its own, whatever day it is.",
            optional=True,
        ),
    ]
    if calendar:
        follows = "Queues and sites that have it run around the clock then."
        blocks.append(actions(remove("calendar", ids.CALENDAR_REMOVE, calendar.name, follows)))
    return form_modal(
        calendar.name if calendar else "New calendar",
        blocks,
        callback_id=ids.CALENDAR_FORM,
        submit="Save",
        private_metadata=CalendarMeta(calendar=calendar.name if calendar else None).model_dump_json(),
    )


def _summary(calendar: Calendar, settings: WorkspaceSettings) -> str:
    place = f"{calendar.country}-{calendar.region}" if calendar.region else calendar.country
    extras = [
        f"holidays of {place}" if place else "",
        _count(len(calendar.days_off), "day off", "days off"),
        _count(len(calendar.extra_days), "extra day", "extra days"),
    ]
    where = ", ".join([calendar.zone, *filter(None, extras)])
    return "\n".join(
        [f"*{one_line(calendar.name, LONGEST_NAME)}*", hours_text(calendar), where, _used(calendar, settings)]
    )


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}" if number else ""


def _used(calendar: Calendar, settings: WorkspaceSettings) -> str:
    """Whose time runs by it, in words."""
    queues = [one_line(queue.name, 60) for queue in settings.queues if queue.calendar == calendar.name]
    profiles = settings.clock.profiles  # what a store keeps of them has any order
    sites = [choice(each) for each in get_args(OccupancyProfile) if profiles.get(each) == calendar.name]
    levels = [one_line(each.name, 60) for each in settings.clock.policies if each.calendar == calendar.name]
    users = {"Queues": queues, "Sites": sites, "Service levels": levels}
    used = [f"{what}: {listed(_few(names), 'and')}" for what, names in users.items() if names]
    return " · ".join(used) or "_Nothing runs by it yet: choose it in a queue, or for sites below._"


def _few(names: list[str]) -> list[str]:
    return [*names[:_NAMED], f"{len(names) - _NAMED} more"] if len(names) > _NAMED else names


def _profile(profile: str, settings: WorkspaceSettings) -> Block:
    options = {NONE: "Around the clock"} | {each.name: each.name for each in settings.clock.calendars}
    chosen = next((name for each, name in settings.clock.profiles.items() if each == profile), None)
    select = menu(options, chosen) | {"action_id": f"{ids.CALENDAR_PROFILE}:{profile}"}
    return section(f"Occupied: *{choice(profile)}*", accessory=select)
