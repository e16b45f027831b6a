"""Several tickets at once: the form in which they are picked, and what came of it."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from bot.domain.bulk import BULK_CHOICES, BulkChoice
from bot.domain.directory import Directory
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from bot.domain.words import listed
from handlers.blocks import card
from handlers.blocks.inputs import field_input
from handlers.blocks.kit import Block, View, context, form_modal, input_block, json_of, modal, option, section
from handlers.blocks.text import plain, user_text, with_mentions
from handlers.slack import ids

PICKED, DOING = "tickets", "doing"


class BulkMeta(Record):
    """What rides in private_metadata: the page of a list that the tickets were picked from; Home's, without a
    response_url."""

    page: str
    response_url: str | None = Field(None, repr=False)


def form(meta: BulkMeta, tickets: Sequence[Ticket]) -> View:
    """At most ten tickets, which is what checkboxes take."""
    boxes: Block = {
        "type": "checkboxes",
        "action_id": PICKED,
        "options": [option(str(ticket.number), card.title(ticket)) for ticket in tickets],
    }
    choices: Block = {
        "type": "radio_buttons",
        "action_id": DOING,
        "options": [option(choice.name, choice.words) for choice in BULK_CHOICES.values()],
    }
    inputs = [
        field_input(choice.field, None, Directory(), name=choice.label) for choice in BULK_CHOICES.values()
    ]
    inputs[-1]["hint"] = json_of(plain("Tickets that are not resolved yet are closed with this.", 150))
    return form_modal(
        "Pick tickets",
        [input_block(PICKED, "Tickets", boxes), input_block(DOING, "What to do", choices), *inputs],
        callback_id=ids.BULK_FORM,
        submit="Do it",
        private_metadata=meta.model_dump_json(),
    )


def summary(choice: BulkChoice, done: Sequence[Ticket], refused: Mapping[int, str]) -> View:
    """`refused`: by the ticket's number, why."""
    blocks: list[Block] = []
    if done:
        names = listed([ticket.name for ticket in done], "and")
        blocks.append(
            section(f":white_check_mark: {names} {'is' if len(done) == 1 else 'are'} {choice.done}.")
        )
    blocks += [
        section(f":warning: *T-{number}* is not {choice.done}: {with_mentions(user_text(why, 250))}")
        for number, why in refused.items()
    ]
    title = f"{len(done)} done, {len(refused)} not" if refused else f"{len(done)} done"
    blocks.append(context("The cards are being brought up to date."))
    return modal(title, blocks, callback_id=ids.NOTICE, close="Done")
