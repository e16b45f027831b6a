"""What the page has to do with: the stand-in's parts, and how to find in them what a person sees."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from bot.playground import connect
from bot.playground.client import Client
from bot.playground.deliveries import Deliveries
from bot.playground.dnd import next_window
from bot.playground.exchanges import Exchanges
from bot.playground.faults import Faults
from bot.playground.installs import Installs
from bot.playground.records import Conversation, Message, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


class Refusal(Exception):
    """What somebody asked for cannot be done; the words are for them."""


@dataclass(frozen=True)
class Scene:
    """One workspace. `url` is the stand-in's own address, `bot_url` gives the bot's, None where nobody has said; `start_over`
    makes everything as it was at first."""

    url: str
    world: World
    client: Client
    deliveries: Deliveries
    faults: Faults
    exchanges: Exchanges
    installs: Installs
    bot_url: Callable[[], str | None]
    start_over: Callable[[], Awaitable[None]]

    def has(self, user_id: str) -> bool:
        """Whether somebody of this workspace has this id."""
        user = self.world.users.get(user_id)
        return user is not None and not user.is_bot

    def person(self, user_id: str) -> User:
        if not self.has(user_id):
            raise Refusal("Nobody here has this id.")
        return self.world.users[user_id]

    def workspaces(self) -> list[Json]:
        """All there are, each with somebody as whom to come to it: an admin where there is one."""
        return [
            {
                "id": world.team.id,
                "name": world.team.name,
                "person": _somebody(world),
                "waits": world.unread.has_mentions,
            }
            for world in self.world.worlds
        ]

    def install(self) -> Json:
        """Whether the app is installed here, and the bot's page for installing it."""
        bot = self.bot_url()
        return {
            "isInstalled": self.world.installation is not None,
            "url": f"{bot}/slack/install?team={self.world.team.id}" if bot else None,
        }

    def people(self) -> list[Json]:
        """Strangers too, who share a channel with this workspace: they have the name of theirs."""
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
                "from": None if user.id in self.world.users else connect.home_of(self.world, user.id).name,
            }
            for user in (*self.world.users.values(), *connect.strangers(self.world))
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
        home = self.world.views.homes.get(user.id)
        for each in (*connect.modals(self.world, user.id), *([home] if home else [])):
            if each.id == view_id:
                return each
        raise Refusal("This form is not open any more.")


def find_scene(scenes: list[Scene], user_id: str) -> Scene:
    """That of somebody's workspace; of the first one where nobody has this id."""
    return next((each for each in scenes if each.has(user_id)), scenes[0])


def _somebody(world: World) -> str | None:
    people = [user for user in world.users.values() if not user.is_bot and user.team_id == world.team.id]
    people.sort(key=lambda user: not user.is_admin)
    return people[0].id if people else None
