"""The clock in the settings: what it does by itself, and one press for a sensible set of it."""

from bot.domain.clock.settings import WARN_AND_ESCALATE, ClockSettings
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import Block, View, actions, button, divider, modal, section
from handlers.blocks.text import one_line
from handlers.settings.inputs_view import back
from handlers.settings.rules_view import ROWS, rule_words
from handlers.slack import ids


def overview_blocks(settings: WorkspaceSettings) -> list[Block]:
    """Its part of all the settings."""
    clock = settings.clock
    on = [row.title for rule, row in ROWS.items() if rule in clock.since]
    words = f"On: {', '.join(on)}" if on else "Nobody is warned or paged yet."
    buttons = [
        button("Rules", f"{ids.SETTINGS_PAGE}:rules"),
        button("Service levels", f"{ids.SETTINGS_PAGE}:levels"),
        button("Calendars", f"{ids.SETTINGS_PAGE}:calendars"),
    ]
    if not is_switched_on(clock):
        buttons.insert(0, button("Warn and escalate…", ids.CLOCK_PREVIEW, primary=True))
    return [
        divider(),
        section(f"*The clock*: due times, warnings and escalation\n{words}"),
        actions(*buttons),
    ]


def is_switched_on(clock: ClockSettings) -> bool:
    """Whether the sensible set is on."""
    return all(rule in clock.since for rule in WARN_AND_ESCALATE)


def preview_page(after: ClockSettings, messages: int, recipients: int, *, is_partial: bool) -> View:
    """What one press would switch on, and how many messages it would send at once to how many people and channels.
    `is_partial`: not all tickets were looked at."""
    lines = [f"• *{ROWS[rule].title}*: {rule_words(rule, after)}" for rule in WARN_AND_ESCALATE]
    promised = ", ".join(one_line(policy.name, 60) for policy in after.policies)
    lines.append(f"These are promised: {promised}. *Service levels* in the settings changes them.")
    return modal(
        "Warn and escalate",
        [
            section("This switches on:\n" + "\n".join(lines)),
            section(
                f"{_messages(messages, recipients, is_partial=is_partial)}\nWhat began before counts from now on."
            ),
            actions(
                button("Switch on", ids.CLOCK_SWITCH_ON, primary=True),
                back("overview", "Settings"),
            ),
        ],
        callback_id=ids.NOTICE,
        close="Cancel",
    )


def _messages(messages: int, recipients: int, *, is_partial: bool) -> str:
    if not messages:
        known = ", as far as the 1,000 tickets tell that are due first" if is_partial else ""
        return f"*It sends no message now*{known}."
    least = "at least " if is_partial else ""
    count = "1 message" if messages == 1 else f"{messages} messages"
    to = "1 person or channel" if recipients == 1 else f"{recipients} people and channels"
    return f"*It sends {least}{count} now*, to {to}. Whoever has more than a few gets one digest."
