"""The settings of a workspace: one view of all there is, and a form for each queue.

A choice in the view is saved as it is made; the form has a button of its own, and leads back to the view.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import JsonValue

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.directory import Directory
from bot.domain.queues import RULES, Queue, Rotation, turns
from bot.domain.record import Instant, Record
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.channel_text import chosen_text
from handlers.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    form_modal,
    input_block,
    json_of,
    modal,
    option,
    section,
)
from handlers.blocks.text import one_line, person, plain
from handlers.blocks.values import LEVELS
from handlers.slack import ids

NONE = "-"
"""The option that stands for no queue: Slack takes no empty value."""

_NAME = 60
_CHANNELS = 40
_NO_CHANNELS = (
    "`/ticket channel` in a channel sets what its tickets begin with: customer, site, queue and more."
)
_EVERYBODY = (
    "No queue is set up, so everybody in this workspace is an agent; guests and people of other organisations are not.\n"
    "A queue has a channel where its new tickets are announced, and agents of its own."
)


class QueueMeta(Record):
    """What rides in private_metadata: the queue that the form changes, and when it showed whose turn it was."""

    queue: str | None = None
    shown_at: Instant


def overview(
    settings: WorkspaceSettings,
    agents: Mapping[str, Collection[str] | None],
    groups: Mapping[str, str],
    directory: Directory,
    *,
    asked: str | None = None,
) -> View:
    """`agents` of each queue by its name, None where they are not known; the handles of `groups` by their ID; in the directory
    what the shown channels' defaults point at.

    `asked`: the queue whose channel's members Slack is being asked for.
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
    blocks += _channels(settings, directory)
    return modal("Settings", blocks, callback_id=ids.NOTICE, close="Done")


def shown_channels(settings: WorkspaceSettings) -> Mapping[str, ChannelDefaults]:
    """As many as the view has room for, by channel."""
    return dict([*settings.channels.items()][:_CHANNELS])


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


def queue_form(queue: Queue | None, *, groups: Mapping[str, str], zone: str, now: datetime) -> View:
    """For a new queue, or a known one. The handles of `groups` by their ID; `zone` is what a rotation begins with."""
    rotation = queue.rotation if queue else None
    blocks = [
        _input(
            "name", "Name", _text(queue.name if queue else None, _NAME), hint="As people type it: #network"
        ),
        _input(
            "channel", "Triage channel", _channel(queue), hint="New tickets of the queue are announced there."
        ),
        _input(
            "group",
            "Agents",
            _group(queue.group if queue else None, groups, "Members of the triage channel"),
            hint="Without a user group, the channel's members.",
            optional=True,
        ),
        *_rotation_inputs(rotation, zone, now),
        _input(
            "onCallGroup",
            "On-call group",
            _group(queue.on_call_group if queue else None, groups, "None"),
            hint="I keep in this user group whoever is on call, and nobody else.",
            optional=True,
        ),
    ]
    if queue:
        blocks.append(actions(_remove(queue)))
    return form_modal(
        queue.name if queue else "New queue",
        blocks,
        callback_id=ids.QUEUE_FORM,
        submit="Save",
        private_metadata=QueueMeta(queue=queue.name if queue else None, shown_at=now).model_dump_json(),
    )


def _rotation_inputs(rotation: Rotation | None, zone: str, now: datetime) -> list[Block]:
    people: list[JsonValue] = [*turns(rotation, now)] if rotation else []
    own_rule = rotation.rule if rotation and rotation.rule not in RULES.values() else None
    return [
        _input(
            "people",
            "On call",
            _people(people),
            hint="In the order of their turns, the first from now on.",
            optional=True,
        ),
        _input("rule", "Hand-off", _rules(rotation.rule if rotation else None)),
        _input(
            "ownRule",
            "Another hand-off",
            _text(own_rule, 150),
            hint="An RRULE such as FREQ=WEEKLY;BYDAY=TU;BYHOUR=10. It goes before the choice above.",
            optional=True,
        ),
        _input("zone", "Time zone of the hand-off", _text(rotation.zone if rotation else zone, 60)),
    ]


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
    offered = [option(value, text) for value, text in options.items()]
    initial = next((each for each in offered if each["value"] == chosen), offered[0])
    select: Block = {
        "type": "static_select",
        "action_id": f"{ids.SETTINGS_CHOICE}:{choice}",
        "options": list(offered),
        "initial_option": initial,
    }
    return section(words, accessory=select)


def _input(field: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    return input_block(field, label, element | {"action_id": field}, hint=hint, optional=optional)


def _text(value: str | None, longest: int) -> Block:
    element: Block = {"type": "plain_text_input", "max_length": longest}
    return element | {"initial_value": value} if value else element


def _channel(queue: Queue | None) -> Block:
    element: Block = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    return element | {"initial_conversation": queue.channel} if queue else element


def _group(group: str | None, groups: Mapping[str, str], placeholder: str) -> Block:
    element: Block = {
        "type": "external_select",
        "min_query_length": 0,
        "placeholder": json_of(plain(placeholder, 150)),
    }
    return element | {"initial_option": option(group, f"@{groups.get(group, group)}")} if group else element


def _people(people: list[JsonValue]) -> Block:
    element: Block = {"type": "multi_users_select"}
    return element | {"initial_users": people} if people else element


def _rules(rule: str | None) -> Block:
    offered = [option(value, words) for words, value in RULES.items()]
    initial = next((each for each in offered if each["value"] == rule), offered[0])
    return {"type": "static_select", "options": list(offered), "initial_option": initial}


def _remove(queue: Queue) -> Block:
    words = f"Its tickets keep the name {one_line(queue.name, _NAME)}. Its rotation is forgotten."
    confirm: Block = {
        "title": json_of(plain("Remove this queue?", 100)),
        "text": json_of(plain(words, 300)),
        "confirm": json_of(plain("Remove", 30)),
        "deny": json_of(plain("Keep it", 30)),
    }
    return button("Remove this queue", ids.SETTINGS_REMOVE, value=queue.name) | {"confirm": confirm}
