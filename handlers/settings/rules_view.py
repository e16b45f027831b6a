"""The rules by which the clock acts: which are on, and the form of one."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.domain.clock.escalation_words import NAMES, channel_of, steps_text
from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.record import Record
from bot.domain.words import listed
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import Block, View, actions, button, context, form_modal, modal, section
from handlers.blocks.text import one_line
from handlers.settings.inputs_view import back, field, many, menu, number, text
from handlers.slack import ids


class NumberOfRule(NamedTuple):
    """`name` is the field of ClockSettings that it is."""

    name: str
    label: str
    most: int


class RuleRow(NamedTuple):
    """`words` say what it does; `{}` is its number."""

    title: str
    words: str
    number: NumberOfRule | None = None


ROWS: Mapping[RuleName, RuleRow] = {
    "levels": RuleRow("Service levels", "Tickets get the due times that your service levels promise."),
    "warn": RuleRow(
        "Warnings",
        "Before a promise of a service level is broken, the assignee hears of it; without one, whoever is on call.",
    ),
    "escalate": RuleRow(
        "Escalation", "Once a promise is broken, people are paged until somebody is on it: {}."
    ),
    "unclaimed": RuleRow(
        "Unclaimed tickets",
        "A critical ticket that nobody takes within {} pages whoever is on call.",
        NumberOfRule("unclaimed_minutes", "Minutes until then", 24 * 60),
    ),
    "stale": RuleRow(
        "Stale tickets",
        "After {} without news the assignee is asked, and then the queue's lead. "
        "A requester who asks again is answered at once.",
        NumberOfRule("stale_days", "Working days until then", 100),
    ),
    "close": RuleRow(
        "Closing",
        "A resolved ticket closes after {}, unless it is opened again.",
        NumberOfRule("close_days", "Working days until then", 365),
    ),
    "hand_over": RuleRow(
        "Hand-over", "When shifts change, both people get the queue's open, late and critical tickets."
    ),
}
_ALWAYS = (
    "Always on: holds and snoozes end, reminders come, and a due time that somebody gave is warned of once and told "
    "once when it has passed."
)
_STEPS_HINT = "A line each, minutes first. Whom: assignee, on-call, next on-call, lead, channel."


class RuleMeta(Record):
    """What rides in private_metadata: the rule that the form changes."""

    rule: RuleName


def page(settings: WorkspaceSettings) -> View:
    """All rules, each with a button to change it."""
    blocks = [
        section(
            f"*{row.title}*: {_state(rule, settings.clock)}\n{rule_words(rule, settings.clock)}",
            accessory=button("Change", f"{ids.SETTINGS_RULE}:{rule}", value=rule),
        )
        for rule, row in ROWS.items()
    ]
    return modal(
        "Rules",
        [*blocks, actions(back("overview", "Settings")), context(_ALWAYS)],
        callback_id=ids.NOTICE,
        close="Done",
    )


def form(rule: RuleName, settings: WorkspaceSettings) -> View:
    clock, row = settings.clock, ROWS[rule]
    state = "on" if rule in clock.since else "off"
    blocks = [
        section(rule_words(rule, clock)),
        field("on", "This rule", menu({"on": "On", "off": "Off"}, state)),
    ]
    if row.number:
        value = int(getattr(clock, row.number.name))
        blocks.append(field("number", row.number.label, number(value, row.number.most)))
    if rule == "escalate":
        blocks += _steps(clock)
    if settings.queues:
        queues = {queue.name: queue.name for queue in settings.queues}
        blocks.append(
            field("queuesOff", "Off for these queues", many(queues, clock.off.get(rule, ())), optional=True)
        )
    return form_modal(
        row.title,
        blocks,
        callback_id=ids.RULE_FORM,
        submit="Save",
        private_metadata=RuleMeta(rule=rule).model_dump_json(),
    )


def rule_words(rule: RuleName, clock: ClockSettings) -> str:
    """What it does, with its numbers."""
    row = ROWS[rule]
    if rule == "escalate":
        return row.words.format(_steps_words(clock))
    if row.number is None:
        return row.words
    value = int(getattr(clock, row.number.name))
    unit = "minute" if rule == "unclaimed" else "working day"
    return row.words.format(f"{value} {unit}" if value == 1 else f"{value} {unit}s")


def _steps_words(clock: ClockSettings) -> str:
    """`assignee and on-call at once, next on-call after 15 min`."""
    minutes = dict.fromkeys(step.after for step in clock.steps)
    return ", ".join(
        f"{listed([NAMES[step.to] for step in clock.steps if step.after == after], 'and')} "
        f"{f'after {after} min' if after else 'at once'}"
        for after in minutes
    )


def _state(rule: RuleName, clock: ClockSettings) -> str:
    if rule not in clock.since:
        return "off"
    off = [one_line(name, 60) for name in clock.off.get(rule, ())]
    return f"*on*, but for {listed(off, 'and')}" if off else "*on*"


def _steps(clock: ClockSettings) -> list[Block]:
    channel: Block = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
    if chosen := channel_of(clock.steps):
        channel["initial_conversation"] = chosen
    return [
        field("steps", "Who is paged", text(steps_text(clock.steps), 1000, multiline=True), hint=_STEPS_HINT),
        field(
            "channel",
            "Which channel",
            channel,
            hint="That a step names. Without one, the queue's own.",
            optional=True,
        ),
    ]
