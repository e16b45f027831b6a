"""Looking tickets up.

ana: /ticket list                                    -> the open tickets, newest first, in pages
ana: /ticket list priority:high assignee:none        -> those that nobody has yet
ana: /ticket list stauts:open                        -> “There is no filter “stauts”. Did you mean “status”?”
"""

from bot.domain.errors import InvalidInput
from bot.domain.filters import Asker, read_filter
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter, seen_by
from bot.domain.workspace import Workspace
from handlers.blocks.kit import Message, message
from handlers.slack.actors import actor_of
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Answer, FollowUp, LookUp, Respond, Tools
from handlers.tickets import lists_view as lists


async def listed(tools: Tools, workspace: Workspace, command: SlashCommand, words: str) -> Answer:
    """`/ticket list <words>`."""
    if len(words) > lists.WORDS:
        return Answer(message("That is more than I can look for at once. Please use fewer words."))
    actor = await actor_of(tools, workspace, command)
    try:
        return Answer(await page(tools, workspace, actor, words, 0))
    except InvalidInput as invalid:
        return Answer(lists.not_understood(words, invalid.message), unknown(tools, workspace, actor))


async def turned(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Another page, in place of the one whose button was pressed."""
    if press.response_url is None:
        return Answer()
    offset, words = place(press.actions[0].value)
    actor = await actor_of(tools, workspace, press)
    shown = await page(tools, workspace, actor, words, offset)
    return Answer(follow_ups=(Respond(press.response_url, shown),))


async def page(tools: Tools, workspace: Workspace, actor: Actor, words: str, offset: int) -> Message:
    """A page of what `actor` may see. Raises InvalidInput where the words are not understood."""
    wanted = await asked(tools, workspace, actor, words)
    found = await tools.desk.tickets(workspace, wanted, offset=offset, limit=lists.PER_PAGE)
    now = tools.clock()
    return lists.page(found, wanted, words, user=actor.user, now=now, bulk=actor.is_agent)


async def asked(tools: Tools, workspace: Workspace, actor: Actor, words: str) -> TicketFilter:
    """What somebody asks for by these words, among what they may see. Raises InvalidInput."""
    set_up = (await tools.preferences.settings(workspace)).queues
    asker = Asker(
        user=actor.user,
        at=tools.clock(),
        zone=tools.people.zone(workspace, actor.user),
        directory=await tools.desk.directory(workspace),
        people=lambda name: tools.people.called(workspace, name),
        queues={*await tools.desk.queue_names(workspace), *(queue.name for queue in set_up)},
    )
    return read_filter(words, asker).model_copy(update={"within": seen_by(actor)})


def place(value: str | None) -> tuple[int, str]:
    """The offset and the words that a button carries."""
    offset, _, words = (value or "0").partition(" ")
    return int(offset), words


def unknown(tools: Tools, workspace: Workspace, actor: Actor) -> tuple[FollowUp, ...]:
    """Somebody who is not known yet has no time zone: they are looked up for the next time."""
    return () if tools.people.knows(workspace, actor.user) else (LookUp(actor.user),)
