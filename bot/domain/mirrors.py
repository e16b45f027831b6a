"""What a workspace keeps of another one's ticket that is shown in a channel of its own: the card, and what stands below it."""

from pydantic import Field

from bot.domain.record import Record
from bot.domain.ticket import Place


class MirrorRef(Record):
    """Ticket `number` of the team `home`."""

    home: str
    number: int

    @property
    def key(self) -> str:
        return f"{self.home}/{self.number}"


class Mirror(Record):
    """The card here of a ticket of `home`. `version`: that of the ticket's newest state that we were told of; `told` names that
    state, so that telling it twice changes nothing. `visible`: whether it may be seen here. `place`: where the card stands, None
    where there is none (yet); `at` names that message.
    """

    key: str
    ref: MirrorRef
    version: int
    told: str
    visible: bool = True
    place: Place | None = None
    at: str | None = Field(None, description="`comments.key_of` of its place, by which it is found")
