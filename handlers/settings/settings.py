"""The workspace's settings, which are its admins'.

dana: /ticket settings                  -> what is set up, with a button for each queue
dana: (Add a queue) network, #network   -> its new tickets are announced there, and its members are the agents
ben:  /ticket settings                  -> “Settings are for the workspace's admins. Ask dana.”
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.lookup import ids_of
from bot.domain.queues import Queue, Rotation, edited_rotation, queue_name, rotation
from bot.domain.scopes import missing_features
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.workspace_settings import Choice
from handlers.blocks.kit import OPTIONS, View, option
from handlers.settings import calendar_view, levels, queue_view, rules_view, settings_view
from handlers.settings.beyond_view import Beyond
from handlers.settings.inputs_view import NONE, UTC
from handlers.settings.queue_view import QueueMeta
from handlers.slack import ids
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of, needed
from handlers.slack.payloads import BlockActions, BlockSuggestion, SlashCommand, ViewSubmission
from handlers.slack.response import LookUpChannel, LookUpGroups, OpenView, Response

_CHOICES: Mapping[str, Choice] = {name: name for name in ("default_queue", "emoji", "notes", "level")}


async def on_command(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket settings`."""
    if words:
        return None
    form = OpenView(command.trigger_id, await overview(visit), command.actor, command.response_url)
    return Response(follow_ups=(form, LookUpGroups()))


async def on_queue_open(visit: Visit, press: BlockActions) -> Response:
    """“Add a queue”, or “Change” next to one."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    queue = settings.queue(press.actions[0].value)
    view = queue_view.form(
        queue,
        groups=await _handles(visit),
        zone=visit.people.zone_name(press.actor) or UTC,
        calendars=[calendar.name for calendar in settings.clock.calendars],
        now=visit.tools.clock(),
    )
    in_settings = press.view is not None and press.view.callback_id != ids.HOME
    return update_view(press, view) if in_settings else open_view(press, view)


async def on_queue_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = QueueMeta.model_validate_json(submission.view.private_metadata)
    old = (await visit.tools.settings.read(visit.workspace, visit.actor)).queue(meta.queue)
    queue = _queue(visit, fields_of(submission.view.state), submission.actor, old, meta)
    settings = await visit.tools.settings.save_queue(
        visit.workspace, visit.actor, queue, instead_of=meta.queue
    )
    return Response(
        {"response_action": "update", "view": await _overview(visit, settings, asked=queue.name)},
        (LookUpChannel(queue.channel),),
    )


async def on_queue_remove(visit: Visit, press: BlockActions) -> Response:
    settings = await visit.tools.settings.remove_queue(
        visit.workspace, visit.actor, press.actions[0].value or ""
    )
    return update_view(press, await _overview(visit, settings))


async def on_page(visit: Visit, press: BlockActions) -> Response:
    """A button that leads to another page of the settings."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    match press.actions[0].action_id.partition(":")[2]:
        case "calendars":
            return update_view(press, calendar_view.page(settings))
        case "levels":
            return update_view(press, await levels.page(visit, settings))
        case "rules":
            return update_view(press, rules_view.page(settings))
        case _:
            return update_view(press, await _overview(visit, settings))


async def on_choice(visit: Visit, press: BlockActions) -> Response:
    """A choice in one of the view's menus."""
    action = press.actions[0]
    choice = _CHOICES.get(action.action_id.partition(":")[2])
    if choice is None:
        raise Unreadable
    value = action.selected_option.value if action.selected_option else NONE
    settings = await visit.tools.settings.choose(
        visit.workspace, visit.actor, choice, None if value == NONE else value
    )
    return update_view(press, await _overview(visit, settings))


async def on_confirm_shared(visit: Visit, press: BlockActions) -> Response:
    """“Confirm…”, of tickets that say they are shared or global from before that meant anything."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    confirmed = await visit.tools.sharing.confirm(visit.workspace, visit.actor)
    return update_view(press, await _overview(visit, settings, confirmed=confirmed))


async def on_group_search(visit: Visit, asked: BlockSuggestion) -> Response:
    """The user groups that have these letters in their handle."""
    found = await visit.tools.settings.groups_like(visit.workspace, visit.actor, asked.value)
    return Response({"options": [option(group.id, f"@{group.name}") for group in found[:OPTIONS]]})


def _queue(
    visit: Visit, fields: Mapping[str, JsonValue], actor: str, old: Queue | None, meta: QueueMeta
) -> Queue:
    """What the form says of a queue. Raises InvalidInput."""
    calendar = _text(fields, "calendar")
    return Queue(
        name=queue_name(str(fields.get("name") or "")),
        channel=needed(fields, "channel"),
        group=_text(fields, "group"),
        owner=actor,
        lead=_text(fields, "lead"),
        on_call_group=_text(fields, "onCallGroup"),
        calendar=None if calendar == NONE else calendar,
        rotation=_rotation(visit, fields, old.rotation if old else None, meta),
    )


def _text(fields: Mapping[str, JsonValue], name: str) -> str | None:
    return str(value) if (value := fields.get(name)) else None


def _rotation(
    visit: Visit, fields: Mapping[str, JsonValue], old: Rotation | None, meta: QueueMeta
) -> Rotation | None:
    """Who takes turns; None where nobody is on call."""
    named = fields.get("people")
    people = tuple(str(each) for each in named) if isinstance(named, list) else ()
    if not people:
        return None
    rule, zone = str(fields.get("ownRule") or fields.get("rule")), str(fields.get("zone") or "")
    return edited_rotation(old, rotation(people, rule, zone, visit.tools.clock()), meta.shown_at)


async def overview(visit: Visit) -> View:
    """All there is, for an admin."""
    return await _overview(visit, await visit.tools.settings.read(visit.workspace, visit.actor))


async def _overview(
    visit: Visit, settings: WorkspaceSettings, *, asked: str | None = None, confirmed: int | None = None
) -> View:
    now = visit.tools.clock()
    agents = {queue.name: visit.people.agents(queue, now) for queue in settings.queues}
    shown = settings_view.shown_channels(settings)
    lookups = [lookup for defaults in shown.values() for lookup in ids_of(defaults.fields)]
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, lookups)
    beyond = await _beyond(visit, confirmed)
    groups = await _handles(visit)
    return settings_view.overview(settings, agents, groups, directory, asked=asked, beyond=beyond)


async def _beyond(visit: Visit, confirmed: int | None) -> Beyond:
    asker = (visit.workspace, visit.actor)
    installation = visit.tools.installations.of(visit.workspace)
    return Beyond(
        unconfirmed=0 if visit.tools.is_alone else await visit.tools.sharing.unconfirmed(*asker),
        confirmed=confirmed,
        partners=[each.calls for each in await visit.tools.partners.of(*asker)],
        missing=missing_features(installation.scopes if installation else ()),
    )


async def _handles(visit: Visit) -> dict[str, str]:
    groups = await visit.tools.settings.groups(visit.workspace, visit.actor)
    return {group.id: group.name for group in groups}
