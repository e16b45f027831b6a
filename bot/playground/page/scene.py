"""What the page has to do with: the stand-in's parts, and how to find in them what a person sees."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from bot.playground.client import Client
from bot.playground.deliveries import Deliveries
from bot.playground.dnd import next_window
from bot.playground.exchanges import Exchanges
from bot.playground.faults import Faults
from bot.playground.records import Conversation, Message, User
from bot.playground.views import View
from bot.playground.wire import Json, SlackError
from bot.playground.world import World


class Refusal(Exception):
    """What somebody asked for cannot be done; the words are for them."""


@dataclass(frozen=True)
class Scene:
    """`url` is the stand-in's own address; `start_over` makes everything as it was at first."""

    url: str
    world: World
    client: Client
    deliveries: Deliveries
    faults: Faults
    exchanges: Exchanges
    start_over: Callable[[], Awaitable[None]]

    def person(self, user_id: str) -> User:
        user = self.world.users.get(user_id)
        if user is None or user.is_bot:
            raise Refusal("Nobody here has this id.")
        return user

    def people(self) -> list[Json]:
        now = self.world.clock.now()
        return [
            {
                "id": user.id,
                "name": user.name,
                "realName": user.real_name,
                "displayName": user.display_name,
                "tz": user.tz,
                "isAdmin": user.is_admin,
                "isBot": user.is_bot,
                "restsAtNight": user.rests_at_night,
                "quiet": next_window(user, now),
            }
            for user in self.world.users.values()
        ]

    def conversations(self, user: User) -> Iterator[Conversation]:
        """Those that this person is in."""
        return (each for each in self.world.conversations.values() if user.id in each.members)

    def conversation(self, user: User, channel: str) -> Conversation:
        found = self.world.conversations.get(channel)
        if found is None or user.id not in found.members:
            raise Refusal("You are not in this channel.")
        return found

    def message(self, user: User, channel: str, ts: str) -> Message:
        found = self.conversation(user, channel).find(ts)
        if found is None or found.deleted or found.only_for not in {None, user.id}:
            raise Refusal("This message is not there any more.")
        return found

    def view(self, user: User, view_id: str) -> View:
        try:
            found = self.world.views.find(view_id)
        except SlackError:
            found = None
        if found is None or found.user != user.id or found.closed:
            raise Refusal("This form is not open any more.")
        return found
