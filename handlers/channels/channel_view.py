"""The form that says what tickets of a channel begin with."""

from collections.abc import Mapping

from pydantic import Field, JsonValue

from bot.domain.channel_defaults import LONGEST_JOIN, MOST_TOLD, ChannelDefaults, Intake
from bot.domain.directory import Directory
from bot.domain.record import Record
from handlers.blocks.channel_text import BECOME, chosen_text
from handlers.blocks.inputs import element_of, field_input
from handlers.blocks.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    form_modal,
    input_block,
    json_of,
    message,
    modal,
    option,
    section,
)
from handlers.blocks.text import plain
from handlers.slack import ids

_HINTS = {
    "siteId": "Without a customer, the site says whose it is.",
    "assignedQueue": "One that is set up.",
}
_INTAKE: Mapping[Intake, str] = {"off": "Nothing", "ticket": "Become tickets", "offer": "Get an offer"}
_HEARD = "I hear new messages only where I am a member: `/invite @Deskhand`."


class ChannelMeta(Record):
    """What rides in private_metadata. `of_settings`: it was opened from the settings, and leads back there."""

    channel: str
    response_url: str | None = Field(None, repr=False)
    of_settings: bool = False


def form(meta: ChannelMeta, defaults: ChannelDefaults, directory: Directory, gone: str = "") -> View:
    """`gone` says what is not in the directory any more."""
    head = f"What new tickets of <#{meta.channel}> begin with. Whatever somebody says goes before it."
    blocks = [section(head)]
    if gone:
        blocks.append(section(f":warning: {gone}"))
    blocks += [
        _field("customerId", defaults, directory),
        _field("siteId", defaults, directory),
        *(_field(each, defaults, directory) for each in ("ticketType", "sourceChannel")),
        *(_field(each, defaults, directory) for each in ("assignedQueue", "priority")),
        _told(defaults),
        _intake(defaults),
        _joins_within(defaults),
        actions(_clear(meta)),
    ]
    return form_modal(
        "This channel",
        blocks,
        callback_id=ids.CHANNEL_FORM,
        submit="Save",
        private_metadata=meta.model_dump_json(exclude_defaults=True),
    )


def saved(defaults: ChannelDefaults, directory: Directory) -> Message:
    heard = f"\n{_HEARD}" if defaults.intake != "off" else ""
    return message(f":white_check_mark: Saved for this channel.\n{chosen_text(defaults, directory)}{heard}")


def switched(intake: Intake) -> Message:
    words = f"{BECOME[intake]} from now on."
    if intake == "off":
        return message(f"{words} `/ticket channel intake on` makes tickets of them again.")
    return message(f"{words} `/ticket channel intake off` stops that at once. {_HEARD}")


def forgotten() -> Message:
    return message("Tickets of this channel begin with nothing now, and its messages become none.")


def forgotten_view() -> View:
    return modal("Cleared", [section(forgotten()["text"])], callback_id=ids.NOTICE, close="Done")


def not_here() -> Message:
    return message(
        "A channel has these, and direct messages have none. Type `/ticket channel` in the channel."
    )


def _field(field: str, defaults: ChannelDefaults, directory: Directory) -> Block:
    block = field_input(field, defaults.fields.get(field), directory, optional=True)
    if hint := _HINTS.get(field):
        block["hint"] = json_of(plain(hint, 150))
    element = element_of(block)
    if field == "customerId" and element["type"] == "external_select":
        return block | {"element": element | {"action_id": ids.CHANNEL_CUSTOMER}, "dispatch_action": True}
    customer = directory.get("customer", defaults.fields.get("customerId", ""))
    if field == "siteId" and customer and directory.knows("site"):
        return block | {"block_id": f"siteId:{customer.id}"}  # so that another customer drops the site
    return block


def _told(defaults: ChannelDefaults) -> Block:
    element: Block = {"type": "multi_users_select", "action_id": "told", "max_selected_items": MOST_TOLD}
    if defaults.told:
        element["initial_users"] = [*defaults.told]
    hint = "In a direct message of each new ticket, where they may see it."
    return input_block("told", "Who is told", element, hint=hint, optional=True)


def _intake(defaults: ChannelDefaults) -> Block:
    options = {value: option(value, words) for value, words in _INTAKE.items()}
    element: Block = {
        "type": "static_select",
        "action_id": "intake",
        "options": [*options.values()],
        "initial_option": options[defaults.intake],
    }
    return input_block("intake", "New messages here", element, hint="Those of people, outside of threads.")


def _joins_within(defaults: ChannelDefaults) -> Block:
    minutes = min(max(defaults.joins_within, 1), LONGEST_JOIN)
    element: Block = {
        "type": "number_input",
        "action_id": "joinsWithin",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(LONGEST_JOIN),
        "initial_value": str(minutes),
    }
    hint = "What the same person adds within so many minutes joins their ticket."
    return input_block("joinsWithin", "Joins within minutes", element, hint=hint)


def _clear(meta: ChannelMeta) -> Block:
    words = "Tickets of this channel begin with nothing then, and its messages become none."
    confirm: dict[str, JsonValue] = {
        "title": json_of(plain("Clear all of this?", 100)),
        "text": json_of(plain(words, 300)),
        "confirm": json_of(plain("Clear", 30)),
        "deny": json_of(plain("Keep it", 30)),
    }
    return button("Clear", ids.CHANNEL_CLEAR, value=meta.channel) | {"confirm": confirm}
