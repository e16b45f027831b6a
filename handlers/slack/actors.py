"""Who asks for what, on which ticket, and how a form opens: what the journeys around a card have in common."""

from bot.services.step_requests import StepRequest
from handlers.blocks.kit import View
from handlers.slack import ids
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import OpenView, Response, UpdateView

Opener = BlockActions | MessageShortcut | SlashCommand
"""What has a trigger that a form can open upon."""


def press_request(visit: Visit, press: BlockActions) -> StepRequest:
    return StepRequest(visit.actor, key=f"press:{press.trigger_id}")


def command_request(visit: Visit, command: SlashCommand, *, note: str | None = None) -> StepRequest:
    return StepRequest(visit.actor, key=f"command:{command.trigger_id}", note=note)


def ticket_number(press: BlockActions) -> int:
    """Buttons of a card carry its ticket's number."""
    return number_in(press.actions[0].value)


def open_view(opener: Opener, view: View) -> Response:
    """The view as a modal, which opens upon what somebody did: in a ticket's own view, on top of that."""
    below = opener.view if isinstance(opener, BlockActions) else None
    on_top = below is not None and below.callback_id == ids.TICKET
    return Response(
        follow_ups=(OpenView(opener.trigger_id, view, opener.actor, opener.response_url, on_top),)
    )


def home_offset(opener: Opener) -> int | None:
    """Which page of Home somebody pressed a button on; None where that was elsewhere."""
    view = opener.view if isinstance(opener, BlockActions) else None
    return int(view.private_metadata or 0) if view and view.callback_id == ids.HOME else None


def update_view(press: BlockActions, view: View) -> Response:
    """Another view, in place of the one that the button stands in."""
    if press.view is None:
        return Response()
    update = UpdateView(press.view.id, press.view.hash, view, press.trigger_id, press.actor)
    return Response(follow_ups=(update,))
