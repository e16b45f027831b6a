"""Which messages of a workspace have changed, and when: what a page has to draw again."""

from collections.abc import Iterator

from bot.playground.records import Message


class ChangedMessages:
    def __init__(self) -> None:
        self._at: dict[Message, int] = {}  # at which version, the newest last

    def note(self, message: Message, version: int) -> None:
        self._at.pop(message, None)
        self._at[message] = version

    def since(self, version: int) -> Iterator[Message]:
        """The messages that are new or not what they were, deleted ones included, the newest change first."""
        for message, changed in reversed(self._at.items()):
            if changed <= version:
                return
            yield message
