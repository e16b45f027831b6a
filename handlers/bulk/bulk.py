"""Several tickets of a list at once.

ana: (presses “Pick tickets…”, picks T-1 and T-2, “Assign to a person”: Ben)   -> “T-1 is assigned. T-2 was left as
                                                                                  it is. T-2 is closed, so …”
"""

from collections.abc import Mapping
from typing import get_args

from pydantic import JsonValue

from bot.domain.errors import DeskError, InvalidInput, Problem, StoreUnavailable
from bot.domain.ticket import Ticket
from bot.services.work import Command
from handlers.bulk import bulk_view as bulk
from handlers.bulk.bulk_view import BulkMeta, Doing
from handlers.home import home
from handlers.slack.actors import opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Respond, Response
from handlers.tickets import lists

_ASKS: Mapping[Doing, str] = {
    "assign": "Choose a person.",
    "move": "Choose a queue.",
}


async def picking(visit: Visit, press: BlockActions) -> Response:
    """The form with the tickets that stand on the page: the button carries their numbers, and the page."""
    numbers, _, page = (press.actions[0].value or "").partition(" ")
    tickets = [
        await visit.tools.work.ticket_for(visit.workspace, int(number), "see", visit.actor)
        for number in numbers.split(",")
    ]
    return opening(press, bulk.form(BulkMeta(page=page, response_url=press.response_url), tickets))


async def submitted(visit: Visit, submission: ViewSubmission) -> Response:
    """Each ticket is a transaction of its own. Says what was done, and what was not and why."""
    meta = BulkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    doing: Doing = next(each for each in get_args(Doing) if each == held[bulk.DOING])
    field = bulk.NEEDS[doing]
    value = held.get(field)
    if doing in _ASKS and not value:
        raise InvalidInput([Problem(field=field, code="missing", message=_ASKS[doing])])
    key = f"bulk:{submission.view.id}"
    done: list[Ticket] = []
    refused: dict[int, str] = {}
    for number in _picked(submission):
        try:
            done.append(
                await _one(visit, number, doing, {field: value}, Command(visit.actor, f"{key}:{number}"))
            )
        except StoreUnavailable:
            raise
        except DeskError as error:
            refused[number] = error.message
    view = bulk.summary(doing, done, refused)
    fresh = await _page(visit, meta)
    return Response({"response_action": "update", "view": view}, fresh.follow_ups)


def _picked(submission: ViewSubmission) -> list[int]:
    boxes = submission.view.state.values[bulk.PICKED][bulk.PICKED]
    return [int(option.value) for option in boxes.selected_options]


async def _one(
    visit: Visit,
    number: int,
    doing: Doing,
    fields: Mapping[str, JsonValue],
    by: Command,
) -> Ticket:
    if doing != "close":
        return await visit.tools.work.step(visit.workspace, number, "assign", fields, by)
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, "close", by.actor)
    if ticket.is_open and fields["resolution"]:
        await visit.tools.work.step(
            visit.workspace, number, "resolve", fields, Command(by.actor, f"{by.key}:resolve")
        )
    return await visit.tools.work.step(visit.workspace, number, "close", {}, by)


async def _page(visit: Visit, meta: BulkMeta) -> Response:
    """The page that the tickets were picked from, as it is now."""
    offset, words = lists.place(meta.page)
    if meta.response_url is None:
        return await home.again(visit, offset)
    message = await lists.page(visit, words, offset)
    return Response(follow_ups=(Respond(meta.response_url, message),))
