"""The triage form: what somebody finds out about a ticket before anybody works it."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.ticket import Ticket
from handlers.blocks import buttons
from handlers.blocks.kit import View
from handlers.slack import ids
from handlers.tickets.form_view import field_input
from handlers.work.steps_view import WorkMeta, work_form

FIELDS = (
    "ticketType",
    "priority",
    "severity",
    "category",
    "assignedQueue",
    "assignedUserId",
    "slaDueAt",
    "visibilityMode",
    "relatedTicketId",
    "triageNotes",
)
VERBS = ("duplicateOf", "snoozedUntil")
_REQUIRED = {"ticketType", "priority", "visibilityMode"}


def form(
    meta: WorkMeta,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    *,
    changed: str = "",
    headlines: Mapping[str, str] | None = None,
) -> View:
    """`fields` in wire form fill the inputs. `headlines` are those of the tickets that they name, by field."""
    inputs = [
        field_input(
            field,
            fields.get(field),
            Directory(),
            related=(headlines or {}).get(field, ""),
            optional=field not in _REQUIRED,
        )
        for field in (*FIELDS, *VERBS)
    ]
    blocks = [*inputs, buttons.withdraw(ticket)]
    return work_form(
        ids.TRIAGE_FORM, f"Triage {ticket.name}", "Accept", meta, ticket, blocks, changed=changed
    )
