"""What somebody is told whose words to another workspace's ticket were not heard there."""

from bot.domain.record import Record


class UnheardNotice(Record):
    """`ticket` is what it is called here (`acme/T-42`), `home` its workspace's name. `comment`: the key of what they wrote; `text` is
    read from there at delivery, and never kept here."""

    ticket: str
    home: str
    comment: str
    text: str = ""
