"""What an open form stands for but cannot hold itself (an input takes 3,000 characters, private_metadata too)."""

from collections.abc import Mapping

from pydantic import Field, JsonValue

from bot.domain.comments import ThreadMessage
from bot.domain.record import Instant, Record
from bot.domain.ticket import SourceMessage


class Overlong(Record):
    """A text that was longer than its input, and the beginning that the input shows instead."""

    whole: str
    shown: str


class Draft(Record):
    """Kept under the form's nonce until the form is submitted or closed. `overlong` is by contract field.

    `owner` is whose form it is; of older drafts that is not known. `line` is a typed line too long for the button that
    opens its form again. `waiting`: of an offer, the messages that become comments of the ticket, its own first.
    """

    nonce: str
    created_at: Instant
    owner: str | None = None
    line: str | None = None
    message: SourceMessage | None = None
    overlong: Mapping[str, Overlong] = Field(default_factory=dict)
    waiting: tuple[ThreadMessage, ...] = ()

    def restored(self, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """A form's fields, with the whole of each text whose beginning nobody edited."""
        whole = {
            field: text.whole
            for field, text in self.overlong.items()
            if str(fields.get(field, "")).strip() == text.shown.strip()
        }
        return {**fields, **whole}
