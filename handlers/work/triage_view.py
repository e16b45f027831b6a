"""The triage form: what somebody finds out about a ticket before anybody works it."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.steps import STEPS, parts_of
from bot.domain.ticket import Ticket
from handlers.blocks import buttons
from handlers.blocks.kit import View
from handlers.slack import ids
from handlers.work.steps_view import WorkMeta, step_inputs, work_form


def form(
    meta: WorkMeta,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    *,
    changed: str = "",
    headlines: Mapping[str, str] | None = None,
) -> View:
    """`fields` in wire form fill the inputs. `headlines` are those of the tickets that they name, by field."""
    triage = STEPS["triage"]
    inputs = step_inputs(triage, fields, headlines or {})
    for part in parts_of(triage):  # each may stay empty: it is another way to end
        inputs += [each | {"optional": True} for each in step_inputs(part, fields, headlines or {})]
    blocks = [*inputs, buttons.withdraw(ticket)]
    titled = f"{triage.title} {ticket.name}"
    return work_form(ids.TRIAGE_FORM, titled, triage.submit, meta, ticket, blocks, changed=changed)
