"""What tickets of a channel begin with, and whether its messages become tickets.

ana: (#acme) /ticket channel              -> the form: customer Acme, site HQ, queue network, “Save”
ben: (#acme) /ticket Printer down         -> a ticket of Acme, at HQ, in network
ana: (#acme) /ticket channel intake off   -> messages there become none, at once
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.channel_defaults import FILLED, INTAKES, NOTHING, ChannelDefaults, gone_text, intake_named
from bot.domain.lookup import Lookup, ids_of
from handlers import settings
from handlers.blocks.kit import OPTIONS, View, option
from handlers.channels import channel_view
from handlers.channels.channel_view import ChannelMeta
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of
from handlers.slack.payloads import BlockActions, BlockSuggestion, SlashCommand, ViewSubmission
from handlers.slack.response import Respond, Response


async def on_command(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket channel`, `/ticket channel intake off`, `/ticket channel off`."""
    first, *others = words.casefold().split() or [""]
    intake = intake_named(" ".join(others)) if first == "intake" else None
    if intake is None and (others or first not in {"", "off", "clear"}):
        return None
    channel = command.channel_id
    if channel.startswith("D"):
        return Response(channel_view.not_here())
    channels = visit.tools.channels
    if intake:
        await channels.switch(visit.workspace, visit.actor, channel, intake)
        return Response(channel_view.switched(intake))
    if first:
        await channels.forget(visit.workspace, visit.actor, channel)
        return Response(channel_view.forgotten())
    return open_view(
        command, await _form(visit, ChannelMeta(channel=channel, response_url=command.response_url))
    )


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Change” beside a channel in the settings."""
    meta = ChannelMeta(channel=press.actions[0].value or "", of_settings=True)
    return update_view(press, await _form(visit, meta))


async def on_customer(visit: Visit, press: BlockActions) -> Response:
    """Another customer was chosen: the same form, without a site that is not theirs."""
    if press.view is None:
        return Response()
    meta = ChannelMeta.model_validate_json(press.view.private_metadata)
    chosen = _chosen(fields_of(press.view.state))
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(chosen.fields))
    chosen = chosen.model_copy(update={"fields": directory.pruned(chosen.fields)})
    return update_view(press, channel_view.form(meta, chosen, directory))


async def on_customer_search(visit: Visit, asked: BlockSuggestion) -> Response:
    found = await visit.tools.tickets.items_like(
        visit.workspace, visit.actor, "customer", asked.value, within=None, limit=OPTIONS
    )
    return Response({"options": [option(item.id, item.name) for item in found]})


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = ChannelMeta.model_validate_json(submission.view.private_metadata)
    chosen = _chosen(fields_of(submission.view.state))
    saved = await visit.tools.channels.save(visit.workspace, visit.actor, meta.channel, chosen)
    if meta.of_settings:
        return Response({"response_action": "update", "view": await settings.overview(visit)})
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(saved.fields))
    told = channel_view.saved(saved, directory)
    return Response(follow_ups=(Respond(meta.response_url, told),) if meta.response_url else ())


async def on_clear(visit: Visit, press: BlockActions) -> Response:
    """“Clear”."""
    if press.view is None:
        return Response()
    meta = ChannelMeta.model_validate_json(press.view.private_metadata)
    await visit.tools.channels.forget(visit.workspace, visit.actor, meta.channel)
    view = await settings.overview(visit) if meta.of_settings else channel_view.forgotten_view()
    return update_view(press, view)


async def _form(visit: Visit, meta: ChannelMeta) -> View:
    chosen = await visit.tools.channels.read(visit.workspace, visit.actor, meta.channel)
    lookups: list[Lookup] = ids_of(chosen.fields)
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, lookups)
    gone = chosen.gone(directory)
    return channel_view.form(meta, chosen.without(gone), directory, gone_text(gone) if gone else "")


def _chosen(fields: Mapping[str, JsonValue]) -> ChannelDefaults:
    """What the form says. Raises Unreadable."""
    intake = INTAKES.get(str(fields.get("intake", "off")))
    if intake is None:
        raise Unreadable
    minutes, told = fields.get("joinsWithin", float(NOTHING.joins_within)), fields.get("told")
    return ChannelDefaults(
        fields={field: str(value) for field in FILLED if (value := fields.get(field))},
        told=tuple(str(each) for each in told) if isinstance(told, list) else (),
        intake=intake,
        joins_within=int(minutes) if isinstance(minutes, float) and minutes.is_integer() else 0,
    )
