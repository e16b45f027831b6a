"""What each person has not read yet, as Slack's sidebar shows it. What only one person sees is never unread."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.playground.records import Conversation, Message


@dataclass(frozen=True)
class Count:
    """Unread messages, and how many of them are for the person: a direct message, or one that mentions them."""

    messages: int
    mentions: int


class Unread:
    def __init__(self) -> None:
        self._waiting: dict[
            tuple[str, str], dict[Message, bool]
        ] = {}  # by user and conversation: is it for them?

    def add(self, message: Message, readers: Iterable[str], mentioned: Collection[str]) -> None:
        """`readers` and `mentioned` are user ids. A reply waits only for those whom it mentions, since it does not
        show in the channel."""
        for who in readers:
            is_for = message.conversation.kind == "im" or who in mentioned
            if is_for or message.broadcast or not message.is_reply:
                self._waiting.setdefault((who, message.conversation.id), {})[message] = is_for

    def drop(self, message: Message) -> None:
        for waiting in self._waiting.values():
            waiting.pop(message, None)

    def read(self, who: str, conversation: Conversation, ts: str) -> bool:
        """Somebody has seen a conversation up to this message. False where nothing was unread."""
        waiting = self._waiting.get((who, conversation.id), {})
        seen = [each for each in waiting if each.ts <= ts]
        for each in seen:
            del waiting[each]
        return bool(seen)

    @property
    def has_mentions(self) -> bool:
        """Of anybody."""
        return any(is_for for each in self._waiting.values() for is_for in each.values())

    def count(self, who: str, conversation: Conversation) -> Count:
        waiting = self._waiting.get((who, conversation.id), {})
        return Count(len(waiting), sum(waiting.values()))
