"""Slack Connect: a channel that workspaces share, and whose people are strangers to one another.

Sources: https://docs.slack.dev/apis/slack-connect, and for forms the recorded view_submission_connect_channel.json.
"""

from bot.playground.records import Conversation, Message, Team, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


def share(conversation: Conversation, host: World, guest: World) -> None:
    """The channel of `host` is in `guest` too from now on: whoever joins it there sees all of it. Each side's bot has to be
    invited."""
    teams = conversation.teams or (host.team.id,)
    conversation.teams = (*teams, guest.team.id)
    guest.add_conversation(conversation)


def unshare(conversation: Conversation, guest: World) -> None:
    """The channel is gone from `guest`, and its people from the channel."""
    rest = tuple(each for each in conversation.teams if each != guest.team.id)
    conversation.teams = rest if len(rest) > 1 else ()
    conversation.members -= {each.id for each in guest.users.values() if each.team_id == guest.team.id}
    del guest.conversations[conversation.id]
    guest.changes.note()


def home_of(world: World, user_id: str) -> Team:
    """The workspace whom somebody belongs to, who does something in this one."""
    for each in (world, *world.worlds):
        user = each.users.get(user_id)
        if user is not None and user.team_id == each.team.id:
            return each.team
    return world.team


def known(world: World, user_id: str) -> User | None:
    """Somebody of this workspace, or a stranger who shares a channel with it."""
    if user := world.users.get(user_id):
        return user
    shares = any(each.teams and user_id in each.members for each in world.conversations.values())
    return (
        next((each.users[user_id] for each in world.worlds if user_id in each.users), None)
        if shares
        else None
    )


def strangers(world: World) -> list[User]:
    """Whoever shares a channel with this workspace and is of another."""
    ids = {who for each in world.conversations.values() if each.teams for who in each.members}
    found = {who: known(world, who) for who in sorted(ids - world.users.keys())}
    return [user for user in found.values() if user]


def owner(world: World, source: Message | View) -> World:
    """The workspace where the app is installed that has posted this message or opened this view: what somebody of `world`
    does with it, that app hears of."""
    for each in (world, *world.worlds):
        if each.views.has(source) if isinstance(source, View) else source.author is each.bot:
            return each
    return world


def modals(world: World, user_id: str) -> list[View]:
    """What somebody of this workspace has open, the topmost last: another workspace's app may have opened it."""
    return [view for each in (world, *_others(world, user_id)) for view in each.views.stack(user_id)]


def wire(world: World, view: View) -> Json:
    """A view of this workspace's app as Slack writes it down: it says whose it is and where the app is installed."""
    return view.to_wire(world.team, world.app) | {"team_id": home_of(world, view.user).id}


def _others(world: World, user_id: str) -> list[World]:
    return [each for each in world.worlds if each is not world and user_id not in each.users]
