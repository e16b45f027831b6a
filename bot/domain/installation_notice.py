"""What is said to people about the installation in their workspace."""

from typing import Literal

from bot.domain.record import Instant, Record

InstallationEvent = Literal["installed", "token_refused"]
"""They are stored: never rename one."""


class InstallationNotice(Record):
    """`installed`: for whoever did it. `token_refused`: that it has to be installed again; the token serves until `ends_at`.
    `install_url`: where somebody does that."""

    event: InstallationEvent
    team: str
    install_url: str = ""
    ends_at: Instant | None = None
