"""The form of a queue: where its tickets are announced, who works them, and who is on call when."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.queues import RULES, Queue, Rotation, turns
from bot.domain.record import Instant, Record
from handlers.blocks.kit import Block, View, actions, form_modal, json_of, option
from handlers.blocks.text import one_line, plain
from handlers.settings.inputs_view import NONE, field, menu, remove, text, user
from handlers.slack import ids

_NAME = 60
_RULES = {rule: words for words, rule in RULES.items()}


class QueueMeta(Record):
    """What rides in private_metadata: the queue that the form changes, and when it showed whose turn it was."""

    queue: str | None = None
    shown_at: Instant


def form(
    queue: Queue | None, *, groups: Mapping[str, str], zone: str, calendars: Sequence[str], now: datetime
) -> View:
    """For a new queue, or a known one. The handles of `groups` by their ID; `zone` is what a rotation begins with,
    `calendars` are the names of those that there are."""
    rotation = queue.rotation if queue else None
    blocks = [
        field("name", "Name", text(queue.name if queue else None, _NAME), hint="As people type it: #network"),
        field(
            "channel", "Triage channel", _channel(queue), hint="New tickets of the queue are announced there."
        ),
        field(
            "group",
            "Agents",
            _group(queue.group if queue else None, groups, "Members of the triage channel"),
            hint="Without a user group, the channel's members.",
            optional=True,
        ),
        *_rotation_inputs(rotation, zone, now),
        field(
            "onCallGroup",
            "On-call group",
            _group(queue.on_call_group if queue else None, groups, "None"),
            hint="I keep in this user group whoever is on call, and nobody else.",
            optional=True,
        ),
        field(
            "lead",
            "Lead",
            user(queue.lead if queue else None),
            hint="Hears of what nobody else has answered. Without one, whoever set the queue up.",
            optional=True,
        ),
    ]
    if calendars:
        blocks.append(_calendar(queue, calendars))
    if queue:
        follows = f"Its tickets keep the name {one_line(queue.name, _NAME)}. Its rotation is forgotten."
        blocks.append(actions(remove("queue", ids.SETTINGS_REMOVE, queue.name, follows)))
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
        field(
            "people",
            "On call",
            _people(people),
            hint="In the order of their turns, the first from now on.",
            optional=True,
        ),
        field("rule", "Hand-off", menu(_RULES, rotation.rule if rotation else None)),
        field(
            "ownRule",
            "Another hand-off",
            text(own_rule, 150),
            hint="An RRULE such as FREQ=WEEKLY;BYDAY=TU;BYHOUR=10. It goes before the choice above.",
            optional=True,
        ),
        field("zone", "Time zone of the hand-off", text(rotation.zone if rotation else zone, 60)),
    ]


def _calendar(queue: Queue | None, calendars: Sequence[str]) -> Block:
    options = {NONE: "None of its own"} | {name: name for name in calendars}
    hint = "By which working time runs. Without one, by that of the ticket's site, else around the clock."
    return field("calendar", "Calendar", menu(options, queue.calendar if queue else None), hint=hint)


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
