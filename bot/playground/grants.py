"""What Slack lends a bot for a short time: triggers (3 s, one use) and response_urls (30 min, five uses).

Source: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from bot.playground.records import Conversation, Message
from bot.playground.wire import SlackError

_TRIGGER_LIVES = timedelta(seconds=3)
_HOOK_LIVES = timedelta(minutes=30)
_HOOK_USES = 5


@dataclass(eq=False)
class Trigger:
    """`view_id` is the view that was opened with it."""

    user: str
    expires: datetime
    id: str = field(
        default_factory=lambda: f"{int(token_hex(4), 16)}.{int(token_hex(4), 16)}.{token_hex(16)}"
    )
    used: bool = False
    view_id: str | None = None


@dataclass(eq=False)
class Hook:
    """A response_url: who sees what is sent to it, where, and which message it can replace."""

    user: str
    conversation: Conversation
    source: Message | None
    expires: datetime
    id: str = field(default_factory=lambda: token_hex(12), repr=False)
    uses: int = 0

    def use(self, now: datetime) -> None:
        """Raises SlackError where it has expired or is used up."""
        if now >= self.expires:
            raise SlackError("expired_url")
        if self.uses >= _HOOK_USES:
            raise SlackError("used_url")
        self.uses += 1


class Grants:
    def __init__(self) -> None:
        self._triggers: dict[str, Trigger] = {}
        self._hooks: dict[str, Hook] = {}

    def trigger(self, user: str, now: datetime) -> Trigger:
        trigger = Trigger(user, now + _TRIGGER_LIVES)
        self._triggers[trigger.id] = trigger
        return trigger

    def knows(self, trigger_id: str) -> bool:
        return trigger_id in self._triggers

    def redeem(self, trigger_id: str, now: datetime) -> Trigger:
        """Uses a trigger up. Raises SlackError with Slack's code where it is none, too old or used."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if now >= trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def hook(self, user: str, conversation: Conversation, source: Message | None, now: datetime) -> Hook:
        hook = Hook(user, conversation, source, now + _HOOK_LIVES)
        self._hooks[hook.id] = hook
        return hook

    def find_hook(self, hook_id: str) -> Hook:
        if hook_id not in self._hooks:
            raise SlackError("no_such_url")
        return self._hooks[hook_id]
