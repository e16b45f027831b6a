"""The settings of a workspace: one view of all there is, and a form for each queue.

A choice in the view is saved as it is made; the form has a button of its own, and leads back to the view.
"""

from collections.abc import Collection, Mapping

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.directory import Directory
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.channel_text import chosen_text
from handlers.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    modal,
    section,
)
from handlers.blocks.text import one_line, person
from handlers.blocks.values import LEVELS
from handlers.settings import beyond_view, clock_view
from handlers.settings.beyond_view import NOTHING, Beyond
from handlers.settings.inputs_view import NONE, menu
from handlers.slack import ids

_NAME = 60
_CHANNELS = 40
_NO_CHANNELS = (
    "`/ticket channel` in a channel sets what its tickets begin with: customer, site, queue and more."
)
_EVERYBODY = (
    "No queue is set up, so everybody in this workspace is an agent; guests and people of other organisations are not.\n"
    "A queue has a channel where its new tickets are announced, and agents of its own."
)


def overview(
    settings: WorkspaceSettings,
    agents: Mapping[str, Collection[str] | None],
    groups: Mapping[str, str],
    directory: Directory,
    *,
    asked: str | None = None,
    beyond: Beyond = NOTHING,
) -> View:
    """`agents` of each queue by its name, None where they are not known; the handles of `groups` by their ID; in the directory
    what the shown channels' defaults point at.

    `asked`: the queue whose channel's members Slack is being asked for. `beyond`: what reaches beyond the workspace.
    """
    blocks = [section(_EVERYBODY)] if not settings.queues else []
    for number, queue in enumerate(settings.queues):
        change = button("Change", f"{ids.SETTINGS_QUEUE}:{number}", value=queue.name)
        blocks.append(
            section(
                _summary(queue, agents.get(queue.name), groups, is_asked=queue.name == asked),
                accessory=change,
            )
        )
    blocks += [actions(button("Add a queue", ids.SETTINGS_QUEUE)), divider()]
    if settings.queues:
        names = {NONE: "None"} | {queue.name: queue.name for queue in settings.queues}
        blocks.append(
            _choice(
                "*Default queue*, for tickets that name none",
                "default_queue",
                names,
                settings.default_queue or NONE,
            )
        )
        readers = {"agents": "All agents", "queue": "The queue's own agents"}
        blocks.append(_choice("*Private notes* are read by", "notes", readers, settings.notes))
    emoji = "*Emoji* of agents: :ticket: makes a ticket, :eyes: takes it, :white_check_mark: resolves it"
    blocks.append(_choice(emoji, "emoji", {"false": "Off", "true": "On"}, str(settings.emoji).lower()))
    told = "*People are told*, unless they choose otherwise in Home"
    blocks.append(
        _choice(told, "level", {str(level): words for level, words in LEVELS.items()}, settings.level)
    )
    blocks.append(context("Each choice holds at once."))
    blocks += [*beyond_view.blocks(beyond), *clock_view.overview_blocks(settings)]
    blocks += _channels(settings, directory)
    return modal("Settings", blocks, callback_id=ids.NOTICE, close="Done")


def shown_channels(settings: WorkspaceSettings) -> Mapping[str, ChannelDefaults]:
    """As many as the view has room for, by channel: what a store keeps of them has any order."""
    return dict(sorted(settings.channels.items())[:_CHANNELS])


def _channels(settings: WorkspaceSettings, directory: Directory) -> list[Block]:
    """What tickets of channels begin with, each with a button to change it."""
    if not settings.channels:
        return [divider(), context(_NO_CHANNELS)]
    blocks = [divider(), section("*Channels* whose tickets begin with something")]
    for number, (channel, defaults) in enumerate(shown_channels(settings).items()):
        change = button("Change", f"{ids.SETTINGS_CHANNEL}:{number}", value=channel)
        blocks.append(section(f"<#{channel}>\n{chosen_text(defaults, directory)}", accessory=change))
    more = len(settings.channels) - _CHANNELS
    if more > 0:
        blocks.append(context(f"and {more} more: `/ticket channel` there shows it."))
    return blocks


def _summary(
    queue: Queue, agents: Collection[str] | None, groups: Mapping[str, str], *, is_asked: bool
) -> str:
    of = f"@{one_line(groups.get(queue.group, queue.group), 60)}" if queue.group else "the channel"
    if agents is not None:
        count = "1 agent" if len(agents) == 1 else f"{len(agents)} agents"
        who = f"{count}, who are in {of}"
    elif queue.group:
        who = f":warning: I do not know yet who is in {of}"
    elif is_asked:
        who = "Its agents are whoever is in the channel"
    else:
        who = ":warning: I cannot see who is in there. `/invite @Deskhand` lets me"
    lines = [f"*{one_line(queue.name, _NAME)}* in <#{queue.channel}>", who]
    if queue.rotation and queue.rotation.people:
        lines.append("On call in turns: " + ", ".join(person(each) for each in queue.rotation.people[:20]))
    if follows := queue.on_call_group:
        lines.append(f"Whoever is on call is @{one_line(groups.get(follows, follows), 60)}")
    return "\n".join(lines)


def _choice(words: str, choice: str, options: Mapping[str, str], chosen: str) -> Block:
    return section(words, accessory=menu(options, chosen) | {"action_id": f"{ids.SETTINGS_CHOICE}:{choice}"})
