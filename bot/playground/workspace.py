"""One workspace of the stand-in, with all that belongs to it alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground.client import Client
from bot.playground.driver import Channel, Person
from bot.playground.installs import Installs
from bot.playground.limits import Limits
from bot.playground.payloads import Payloads
from bot.playground.records import Message
from bot.playground.world import World


@dataclass(frozen=True)
class Workspace:
    """`world` is its state, `client` what people do in it, `fill` what it is begun with, and with the app or without."""

    world: World
    payloads: Payloads
    client: Client
    fill: Callable[[World], None]
    begins_installed: bool
    limits: Limits = field(default_factory=Limits)

    @property
    def bot_token(self) -> str:
        """The newest one."""
        return self.world.app.bot_token

    def start_over(self, installs: Installs, *, keeps_app: bool) -> None:
        """Only what it was begun with is there."""
        installation = self.world.installation
        if installation and not (keeps_app or self.begins_installed):
            installs.uninstall(installation.id)
        self.world.clear()
        self.fill(self.world)

    def need_own_ids(self) -> None:
        """Raises ValueError where another workspace has something with the id of something here, which is not the same."""
        for other in self.world.worlds:
            if other is not self.world and (taken := _taken(self.world, other)):
                message = f"{self.world.team.name} and {other.team.name} both have {', '.join(sorted(taken))}"
                raise ValueError(message)

    def person(self, name: str) -> Person:
        """Somebody of the workspace, by name or id, who can do things. Raises LookupError."""
        return Person(self.world, self.client, self.world.user(name))

    def channel(self, name: str) -> Channel:
        """By name or id. Raises LookupError."""
        return Channel(self.world, self.world.conversation(name))

    def ephemerals(self, *, to: Person) -> list[Message]:
        """What only this person sees, oldest first."""
        return [
            message
            for conversation in self.world.conversations.values()
            for message in conversation.messages
            if message.only_for == to.id and not message.deleted
        ]


def _taken(one: World, other: World) -> set[str]:
    people = {who for who, user in one.users.items() if other.users.get(who, user) is not user}
    rooms = {
        where for where, room in one.conversations.items() if other.conversations.get(where, room) is not room
    }
    is_one_organisation = (
        one.team.enterprise_id is not None and one.team.enterprise_id == other.team.enterprise_id
    )
    return (people | rooms) - ({one.bot.id} if is_one_organisation else set())
