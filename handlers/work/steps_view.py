"""The small forms of a ticket's card: hold, resolve, edit, link, private note. And what every form of a ticket has."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.directory import Directory
from bot.domain.record import Record
from bot.domain.steps import Step
from bot.domain.ticket import Ticket
from handlers.blocks.inputs import field_input, may_be_empty
from handlers.blocks.kit import Block, View, context, json_of, modal, section
from handlers.blocks.text import one_line, plain
from handlers.slack import ids


class WorkMeta(Record):
    """What rides in private_metadata: whose form this is, and the version of the ticket that it shows."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    number: int
    version: int
    doing: str | None = Field(
        None, description="The name of the step; triage and assign have forms of their own"
    )


def form(
    meta: WorkMeta,
    step: Step,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    *,
    changed: str = "",
    headlines: Mapping[str, str] | None = None,
) -> View:
    """`fields` in wire form fill the inputs; `headlines` are those of the tickets that they name, by field; for
    `changed` see `work_form`."""
    inputs = step_inputs(step, fields, headlines or {})
    titled = f"{step.title} {ticket.name}"
    return work_form(ids.WORK_FORM, titled, step.submit, meta, ticket, inputs, changed=changed)


def step_inputs(step: Step, fields: Mapping[str, JsonValue], headlines: Mapping[str, str]) -> list[Block]:
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


def work_form(  # noqa: PLR0913  (a form's parts, each named where it is called)
    callback_id: str,
    title: str,
    submit: str,
    meta: WorkMeta,
    ticket: Ticket,
    inputs: Sequence[Block],
    *,
    changed: str = "",
) -> View:
    """A form about a ticket. `changed` is mrkdwn that says what others did while it was open.

    Slack keeps what an input holds as long as its block_id stays. So a form that comes back for a newer version has
    new ones, and shows what it is given: what somebody typed, and for the rest what others wrote meanwhile.
    """
    fresh = [
        each | {"block_id": f"{each['block_id']}:{meta.version}"} if each["type"] == "input" else each
        for each in inputs
    ]
    above = [context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}")]
    if changed:
        above.insert(0, section(changed, block_id=ids.FAULTS))
    view = modal(title, [*above, *fresh], callback_id=callback_id, close="Cancel")
    view |= {"submit": json_of(plain(submit, 24)), "private_metadata": meta.model_dump_json()}
    return view
