"""One ticket: `/ticket show 42`, its card and what was said about it."""

from bot.domain.workspace import Workspace
from handlers.blocks.kit import Message
from handlers.slack.actors import actor_of
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import Answer, Respond, Tools
from handlers.threads import comments_view as comments


async def shown(tools: Tools, workspace: Workspace, command: SlashCommand, number: int) -> Answer:
    return Answer(await _shown(tools, workspace, command, number))


async def turned(tools: Tools, workspace: Workspace, press: BlockActions) -> Answer:
    """Other comments, in place of those whose button was pressed."""
    if press.response_url is None:
        return Answer()
    number, _, before = (press.actions[0].value or "").partition(":")
    page = await _shown(tools, workspace, press, int(number), before=int(before))
    return Answer(follow_ups=(Respond(press.response_url, page),))


async def _shown(
    tools: Tools,
    workspace: Workspace,
    asked: BlockActions | SlashCommand,
    number: int,
    *,
    before: int | None = None,
) -> Message:
    actor = await actor_of(tools, workspace, asked)
    ticket = await tools.work.ticket_for(workspace, number, "see", actor)
    said = await tools.comments.of(workspace, actor, ticket)
    return comments.shown(ticket, await tools.desk.directory(workspace), said, before=before)
