"""Several tickets of a list at once.

ana: (presses “Pick tickets…”, picks T-1 and T-2, “Assign to a person”: Ben)   -> “T-1 is assigned. T-2 was left as
                                                                                  it is. T-2 is closed, so …”
"""

from pydantic import JsonValue

from bot.domain.bulk import Bulk, chosen, steps_of
from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.services.work import Command
from handlers.bulk import bulk_view as bulk
from handlers.bulk.bulk_view import BulkMeta
from handlers.home import home
from handlers.slack.actors import opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Respond, Response
from handlers.tickets import lists


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
    choice = chosen(str(held[bulk.DOING]), held)
    value = held.get(choice.field)
    key = f"bulk:{submission.view.id}"
    done: list[Ticket] = []
    refused: dict[int, str] = {}
    for number in _picked(submission):
        try:
            done.append(await _one(visit, number, choice, value, Command(visit.actor, f"{key}:{number}")))
        except StoreUnavailable:
            raise
        except DeskError as error:
            refused[number] = error.message
    view = bulk.summary(choice, done, refused)
    fresh = await _page(visit, meta)
    return Response({"response_action": "update", "view": view}, fresh.follow_ups)


def _picked(submission: ViewSubmission) -> list[int]:
    boxes = submission.view.state.values[bulk.PICKED][bulk.PICKED]
    return [int(option.value) for option in boxes.selected_options]


async def _one(visit: Visit, number: int, choice: Bulk, value: JsonValue, by: Command) -> Ticket:
    action = STEPS[choice.step].action
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, action, by.actor)
    for step, fields in steps_of(choice, ticket, value):
        each = by if step == choice.step else Command(by.actor, f"{by.key}:{step}")
        ticket = await visit.tools.work.step(visit.workspace, number, step, fields, each)
    return ticket


async def _page(visit: Visit, meta: BulkMeta) -> Response:
    """The page that the tickets were picked from, as it is now."""
    offset, words = lists.place(meta.page)
    if meta.response_url is None:
        return await home.again(visit, offset)
    message = await lists.page(visit, words, offset)
    return Response(follow_ups=(Respond(meta.response_url, message),))
