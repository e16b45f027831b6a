"""The form of a step, made from its row: triage, assign, hold, resolve, edit, link, private note."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

from pydantic import Field, JsonValue

from bot.domain.directory import Directory
from bot.domain.presets import Preset
from bot.domain.record import Record
from bot.domain.steps import Step, StepName, parts_of
from bot.domain.ticket import Place, Ticket
from handlers.blocks import card
from handlers.blocks.inputs import field_input, may_be_empty
from handlers.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    form_modal,
    input_block,
    option,
    section,
)
from handlers.blocks.text import one_line
from handlers.slack import ids

_NAME = 150


class StepMeta(Record):
    """What rides in private_metadata: whose form this is, and the version of the ticket that it shows."""

    nonce: str = Field(default_factory=lambda: uuid4().hex)
    number: int
    version: int
    home: int | None = Field(None, description="The page of Home that it was opened from")
    answers: str | None = Field(
        None, repr=False, description="The response_url of the warning, or page, whose button opened it"
    )
    doing: str | None = Field(
        None, description="The name of the step; triage and assign did not always say it"
    )
    kept: dict[str, str | float | None] = Field(
        default_factory=dict, description="What was typed under choices that it does not show now"
    )


class FormContext(NamedTuple):
    """What a form shows beside its inputs. `choice`: how the step is to end, where there are several ways. `about` and
    `changed` are mrkdwn: where the ticket comes from, and what others did while the form was open. `headlines` are those of
    the tickets that its fields name, by field."""

    choice: Step | None = None
    about: str = ""
    changed: str = ""
    headlines: Mapping[str, str] = {}
    presets: Sequence[Preset] = ()


_CALLBACKS: Mapping[StepName, str] = {"triage": ids.TRIAGE_FORM, "assign": ids.ASSIGN_FORM}


def form(
    meta: StepMeta,
    step: Step,
    ticket: Ticket,
    fields: Mapping[str, JsonValue],
    shown: FormContext = FormContext(),  # noqa: B008  (frozen)
) -> View:
    """`fields` in wire form fill the inputs.

    Slack keeps what an input holds as long as its block_id stays. So a form that comes back for a newer version has
    new ones, and shows what it is given: what somebody typed, and for the rest what others wrote meanwhile.
    """
    choice = shown.choice or step
    inputs = [*_choices(step, choice), *_inputs(step, choice, fields, shown)]
    fresh = [each | {"block_id": f"{each['block_id']}:{meta.version}"} for each in inputs]
    above = [context(f"*{ticket.name}* · {one_line(ticket.summary, 200)}")]
    if shown.about:
        above.append(context(shown.about))
    if shown.changed:
        above.insert(0, section(shown.changed, block_id=ids.FAULTS))
    return form_modal(
        f"{step.title} {ticket.name}",
        [*above, *fresh],
        callback_id=_CALLBACKS.get(step.name, ids.WORK_FORM),
        submit=choice.submit or choice.button,
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )


def about(ticket: Ticket, directory: Directory, thread: Place | None) -> str:
    """`Acme, HQ · #support · Requested by Ben · Thread`, of what there is. `thread`: as far as the reader may be there."""
    customer = one_line(directory.name_of("customerId", ticket.customer_id), _NAME)
    site = one_line(directory.name_of("siteId", ticket.site_id), _NAME)
    channel = f"<#{thread.channel}>" if thread and not thread.is_direct else ""
    return " · ".join(filter(None, [f"*{customer}*, {site}", channel, card.places(ticket, thread)]))


def fields_under(step: Step, choice: Step) -> Sequence[str]:
    """The ticket's fields that a step's form takes under a choice; the notes go with each."""
    return step.takes if choice is step else [field for field in step.takes if field == "triageNotes"]


def _choices(step: Step, choice: Step) -> list[Block]:
    """How the step is to end, where there are several ways. Another choice is heard of at once."""
    parts = parts_of(step)
    if not parts:
        return []
    offered = {each.name: option(each.name, each.button) for each in (step, *parts)}
    radio: Block = {
        "type": "radio_buttons",
        "action_id": ids.TRIAGE_CHOICE,
        "options": [*offered.values()],
        "initial_option": offered[choice.name],
    }
    return [input_block(ids.TRIAGE_CHOICE, "What it is", radio) | {"dispatch_action": True}]


def _inputs(step: Step, choice: Step, fields: Mapping[str, JsonValue], shown: FormContext) -> list[Block]:
    """The inputs of what is taken under a choice, presets below its time, and its note."""
    own = () if choice is step else choice.takes
    inputs: list[Block] = []
    for field in (*own, *fields_under(step, choice)):
        optional = field not in choice.needs and may_be_empty(field)
        headline = shown.headlines.get(field, "")
        inputs.append(field_input(field, fields.get(field), Directory(), related=headline, optional=optional))
        if field == choice.until and shown.presets:
            inputs.append(_presets(field, shown.presets))
    if choice.note:
        optional = "note" not in choice.needs
        inputs.append(
            field_input("note", fields.get("note"), Directory(), name=choice.note, optional=optional)
        )
    return inputs


def _presets(field: str, presets: Sequence[Preset]) -> Block:
    """Each sets the time above it when it is pressed."""
    pressed = [button(each.words, f"{ids.TIME_PRESET}:{each.name}", value=field) for each in presets]
    return actions(*pressed, block_id=ids.TIME_PRESET)
