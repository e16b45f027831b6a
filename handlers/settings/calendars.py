"""The calendars of a workspace, by which working time runs.

dana: (Calendars) (Add a calendar) Business hours, Mon-Fri 9:00-17:00, DE   -> in the list, with “Change”
dana: (Change) (Remove this calendar)                                      -> whatever ran by it runs around the clock
"""

import asyncio
from typing import get_args

from bot.domain import calendar_words
from bot.domain.sites import OccupancyProfile
from handlers.settings import calendar_view
from handlers.settings.calendar_view import CalendarMeta
from handlers.settings.inputs_view import NONE, UTC
from handlers.slack.actors import update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Response

_PROFILES: dict[str, OccupancyProfile] = {profile: profile for profile in get_args(OccupancyProfile)}


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Add a calendar”, or “Change” next to one."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    calendar = settings.clock.calendar(press.actions[0].value)
    view = calendar_view.form(calendar, zone=visit.people.zone_name(press.actor) or UTC)
    return update_view(press, view)


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = CalendarMeta.model_validate_json(submission.view.private_metadata)
    await visit.tools.settings.read(
        visit.workspace, visit.actor
    )  # who may not is not told what is misspelled
    typed = {field: str(value) for field, value in fields_of(submission.view.state).items()}
    calendar = await asyncio.to_thread(calendar_words.calendar, typed)  # it may load the library of holidays
    settings = await visit.tools.clock_settings.save_calendar(
        visit.workspace, visit.actor, calendar, instead_of=meta.calendar
    )
    return Response({"response_action": "update", "view": calendar_view.page(settings)})


async def on_remove(visit: Visit, press: BlockActions) -> Response:
    settings = await visit.tools.clock_settings.remove_calendar(
        visit.workspace, visit.actor, press.actions[0].value or ""
    )
    return update_view(press, calendar_view.page(settings))


async def on_profile(visit: Visit, press: BlockActions) -> Response:
    """The calendar of a kind of sites was chosen."""
    action = press.actions[0]
    profile = _PROFILES.get(action.action_id.partition(":")[2])
    if profile is None or action.selected_option is None:
        raise Unreadable
    value = action.selected_option.value
    settings = await visit.tools.clock_settings.choose_profile(
        visit.workspace, visit.actor, profile, None if value == NONE else value
    )
    return update_view(press, calendar_view.page(settings))
