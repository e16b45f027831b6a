"""The assign form: a person, a queue, and a note for whoever gets the ticket."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.ticket import Ticket
from handlers.blocks.kit import View
from handlers.slack import ids
from handlers.tickets.form_view import field_input
from handlers.work.steps_view import WorkMeta, work_form

FIELDS = ("assignedUserId", "assignedQueue")


def form(meta: WorkMeta, ticket: Ticket, fields: Mapping[str, JsonValue], *, changed: str = "") -> View:
    """`fields` in wire form fill the inputs."""
    inputs = [field_input(field, fields.get(field), Directory()) for field in FIELDS]
    inputs.append(field_input("note", fields.get("note"), Directory(), name="Note for the assignee"))
    return work_form(
        ids.ASSIGN_FORM, f"Assign {ticket.name}", "Assign", meta, ticket, inputs, changed=changed
    )
