"""The form of a step, made from its row: triage, assign, hold, resolve, edit, link, private note."""

from collections.abc import Mapping
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.directory import Directory
from bot.domain.record import Record
from bot.domain.steps import Step, StepName, parts_of
from bot.domain.ticket import Ticket
from handlers.blocks import buttons
from handlers.blocks.inputs import field_input, may_be_empty
from handlers.blocks.kit import Block, View, context, form_modal, section
from handlers.blocks.text import one_line
from handlers.slack import ids


class StepMeta(Record):
    """What rides in private_metadata: whose form this is, and the version of the ticket that it shows."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    number: int
    version: int
    home: int | None = Field(None, description="The page of Home that it was opened from")
    doing: str | None = Field(
        None, description="The name of the step; triage and assign did not always say it"
    )


_CALLBACKS: Mapping[StepName, str] = {"triage": ids.TRIAGE_FORM, "assign": ids.ASSIGN_FORM}


def form(
    meta: StepMeta,
    step: Step,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    *,
    changed: str = "",
    headlines: Mapping[str, str] | None = None,
) -> View:
    """`fields` in wire form fill the inputs; `headlines` are those of the tickets that they name, by field. `changed`
    is mrkdwn that says what others did while it was open.

    Slack keeps what an input holds as long as its block_id stays. So a form that comes back for a newer version has
    new ones, and shows what it is given: what somebody typed, and for the rest what others wrote meanwhile.
    """
    inputs = _inputs(step, fields, headlines or {})
    for part in parts_of(step):  # each may stay empty: it is another way to end
        inputs += [each | {"optional": True} for each in _inputs(part, fields, headlines or {})]
    fresh = [each | {"block_id": f"{each['block_id']}:{meta.version}"} for each in inputs]
    above = [context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}")]
    if changed:
        above.insert(0, section(changed, block_id=ids.FAULTS))
    below = [buttons.withdraw_button(ticket)] if step.name == "triage" else []
    return form_modal(
        f"{step.title} {ticket.name}",
        [*above, *fresh, *below],
        callback_id=_CALLBACKS.get(step.name, ids.WORK_FORM),
        submit=step.submit,
        private_metadata=meta.model_dump_json(),
    )


def _inputs(step: Step, fields: Mapping[str, JsonValue], headlines: Mapping[str, str]) -> list[Block]:
    """The inputs of what a step takes, and of its note. `headlines` are those of the tickets that fields name."""
    inputs = [
        field_input(
            field,
            fields.get(field),
            Directory(),
            related=headlines.get(field, ""),
            optional=field not in step.needs and may_be_empty(field),
        )
        for field in step.takes
    ]
    if step.note:
        optional = "note" not in step.needs
        inputs.append(field_input("note", fields.get("note"), Directory(), name=step.note, optional=optional))
    return inputs
