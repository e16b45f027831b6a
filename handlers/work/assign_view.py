"""The assign form: a person, a queue, and a note for whoever gets the ticket."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from handlers.blocks.kit import View
from handlers.slack import ids
from handlers.work.steps_view import WorkMeta, step_inputs, work_form


def form(meta: WorkMeta, ticket: Ticket, fields: Mapping[str, JsonValue], *, changed: str = "") -> View:
    """`fields` in wire form fill the inputs."""
    assign = STEPS["assign"]
    inputs = step_inputs(assign, fields, {})
    titled = f"{assign.title} {ticket.name}"
    return work_form(ids.ASSIGN_FORM, titled, assign.submit, meta, ticket, inputs, changed=changed)
