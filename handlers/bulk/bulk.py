"""Several tickets of a list at once.

ana: (presses “Pick tickets…”, picks T-1 and T-2, “Assign to a person”: Ben)   -> “T-1 is assigned.” and “T-2 is not
                                                                                  assigned: T-2 is closed, so …”
ana: (the same, “Close”, without a word)                                       -> its input asks what was done
"""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.domain.bulk import BulkChoice, choice_of, require_value, steps_of
from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.services.step_requests import StepRequest
from handlers.bulk import bulk_view
from handlers.bulk.bulk_view import BulkMeta
from handlers.home import redraw
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import fields_of, needed, number_in
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Respond, Response
from handlers.tickets import list_page, page_place


async def on_pick(visit: Visit, press: BlockActions) -> Response:
    """The form with the tickets that stand on the page: the button carries their numbers, and the page."""
    numbers, _, page = (press.actions[0].value or "").partition(" ")
    tickets = [
        await visit.tools.tickets.ticket(visit.workspace, visit.actor, number_in(number))
        for number in numbers.split(",")
    ]
    return open_view(press, bulk_view.form(BulkMeta(page=page, response_url=press.response_url), tickets))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    """Each ticket is a transaction of its own. Says what was done, and what was not and why."""
    meta = BulkMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    choice = choice_of(needed(held, bulk_view.DOING))
    value = held.get(choice.field)
    tickets, refused = await _reached(visit, choice, _picked(submission))
    require_value(choice, value, tickets)
    key = f"bulk:{submission.view.id}"
    done: list[Ticket] = []
    for ticket in tickets:
        try:
            done.append(
                await _one(visit, ticket, choice, value, StepRequest(visit.actor, f"{key}:{ticket.number}"))
            )
        except StoreUnavailable:
            raise
        except DeskError as error:
            refused[ticket.number] = error.message
    view = bulk_view.summary(choice, done, refused)
    fresh = await _page(visit, meta)
    return Response({"response_action": "update", "view": view}, fresh.follow_ups)


def _picked(submission: ViewSubmission) -> list[int]:
    boxes = submission.view.state.values.get(bulk_view.PICKED, {}).get(bulk_view.PICKED)
    return [number_in(option.value) for option in boxes.selected_options] if boxes else []


async def _reached(
    visit: Visit, choice: BulkChoice, numbers: Sequence[int]
) -> tuple[list[Ticket], dict[int, str]]:
    """Those that somebody may do this to; and of the others, why not."""
    action, reached, refused = STEPS[choice.step].action, list[Ticket](), dict[int, str]()
    for number in numbers:
        try:
            reached.append(await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=action))
        except StoreUnavailable:
            raise
        except DeskError as error:
            refused[number] = error.message
    return reached, refused


async def _one(
    visit: Visit, ticket: Ticket, choice: BulkChoice, value: JsonValue, request: StepRequest
) -> Ticket:
    for step, fields in steps_of(choice, ticket, value):
        each = request if step == choice.step else StepRequest(request.actor, f"{request.key}:{step}")
        ticket = await visit.tools.steps.take(visit.workspace, ticket.number, step, fields, each)
    return ticket


async def _page(visit: Visit, meta: BulkMeta) -> Response:
    """The page that the tickets were picked from, as it is now."""
    offset, words = page_place(meta.page)
    if meta.response_url is None:
        return await redraw(visit, offset)
    message = await list_page(visit, words, offset)
    return Response(follow_ups=(Respond(meta.response_url, message),))
