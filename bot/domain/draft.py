"""What an open form stands for but cannot hold itself (an input takes 3,000 characters, private_metadata too)."""

from bot.domain.record import Instant, Record
from bot.domain.ticket import SourceMessage


class Draft(Record):
    """Kept under the form's nonce until the form is submitted or closed.

    `overlong` are texts by contract field that were longer than their input: the form shows their beginning,
    and where that was not edited the ticket gets the whole.
    """

    nonce: str
    created_at: Instant
    message: SourceMessage | None = None
    overlong: dict[str, str] = {}
