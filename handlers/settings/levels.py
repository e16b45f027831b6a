"""The service levels of a workspace: what is promised of which tickets.

dana: (Service levels) (Add “Business hours”)              -> in the list, with “Change”
dana: (Add a service level) VIP, first response 1h, Acme   -> tickets of Acme are answered within an hour
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.clock.service_level_words import policy
from bot.domain.clock.settings import ClockSettings
from bot.domain.directory import Directory
from bot.domain.lookup import Lookup
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import OPTIONS, View, option
from handlers.settings import levels_view
from handlers.settings.inputs_view import NONE, UTC
from handlers.settings.levels_view import PolicyMeta
from handlers.slack.actors import update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, BlockSuggestion, ViewSubmission
from handlers.slack.response import Response


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Add a service level”, or “Change” next to one."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    known = settings.clock.policy(press.actions[0].value)
    return update_view(press, levels_view.form(known, settings, await _directory(visit, settings.clock)))


async def on_ready(visit: Visit, press: BlockActions) -> Response:
    """One press adds a sensible one."""
    settings = await visit.tools.clock_settings.add_ready_policy(
        visit.workspace,
        visit.actor,
        press.actions[0].value or "",
        visit.people.zone_name(press.actor) or UTC,
    )
    return update_view(press, await page(visit, settings))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = PolicyMeta.model_validate_json(submission.view.private_metadata)
    settings = await visit.tools.clock_settings.save_policy(
        visit.workspace,
        visit.actor,
        policy(_chosen(fields_of(submission.view.state))),
        instead_of=meta.policy,
    )
    return Response({"response_action": "update", "view": await page(visit, settings)})


async def on_remove(visit: Visit, press: BlockActions) -> Response:
    settings = await visit.tools.clock_settings.remove_policy(
        visit.workspace, visit.actor, press.actions[0].value or ""
    )
    return update_view(press, await page(visit, settings))


async def on_customer_search(visit: Visit, asked: BlockSuggestion) -> Response:
    found = await visit.tools.tickets.items_like(
        visit.workspace, visit.actor, "customer", asked.value, within=None, limit=OPTIONS
    )
    return Response({"options": [option(item.id, item.name) for item in found]})


async def page(visit: Visit, settings: WorkspaceSettings) -> View:
    return levels_view.page(settings, await _directory(visit, settings.clock))


async def _directory(visit: Visit, clock: ClockSettings) -> Directory:
    """With the customers that have service levels of their own."""
    customers = dict.fromkeys(each for known in clock.policies for each in known.customers)
    lookups = [Lookup("customer", each) for each in customers]
    return await visit.tools.tickets.directory(visit.workspace, visit.actor, lookups)


def _chosen(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in fields.items() if (name, value) != ("calendar", NONE)}
