"""What tickets of a channel begin with, and whether its messages become tickets by themselves."""

from collections.abc import Mapping
from typing import Literal, TypeVar

from bot.domain.record import Record

Value = TypeVar("Value")
Intake = Literal["off", "ticket", "offer"]
"""What becomes of a new message: nothing, a ticket at once, or the offer to make one."""

FILLED = ("customerId", "siteId", "ticketType", "sourceChannel", "assignedQueue", "priority")
"""The fields that a channel may fill, by the contract's names."""


class ChannelDefaults(Record):
    """`fields` are in wire form, those of FILLED that are chosen. `told` hear of each new ticket of the channel. What the
    same person writes within `joins_within` minutes of a message that became a ticket joins it."""

    fields: Mapping[str, str] = {}
    told: tuple[str, ...] = ()
    intake: Intake = "off"
    joins_within: int = 10

    def fill(self, fields: Mapping[str, Value]) -> dict[str, Value | str]:
        """What was said, and of what is open what is chosen here. A customer or a site that was said leaves the other of
        the two open: what is chosen belongs together."""
        said = {field for field, value in fields.items() if value is not None and str(value).strip()}
        chosen = {field: value for field, value in self.fields.items() if field not in said}
        if said & {"customerId", "siteId"}:
            same = all(
                str(fields[field]) == self.fields.get(field) for field in said & {"customerId", "siteId"}
            )
            chosen = {
                field: value
                for field, value in chosen.items()
                if same or field not in {"customerId", "siteId"}
            }
        return {**fields, **chosen}
