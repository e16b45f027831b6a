"""Whose do-not-disturb lies in their shift, for whoever looks at who is on call."""

from collections.abc import Sequence

from bot.domain.clock.dnd import DndInShift
from handlers.blocks.kit import SECTION, Message, context, message, section
from handlers.blocks.text import fitting, moment, one_line, person

_NAME = 60
_HEAD = ":warning: *Do-not-disturb in a shift*: Slack keeps from them what I say then, and I page the next person."
_HINT = "They change it in Slack, behind their picture at *Pause notifications*."


def message_of(found: Sequence[DndInShift]) -> Message:
    lines = [
        f"• {person(each.person)} on *{one_line(each.queue, _NAME)}*: from {moment(each.start)} until {moment(each.end)}"
        for each in found
    ]
    return message(_HEAD, [section(fitting([_HEAD, *lines], "\n", SECTION)), context(_HINT)])
