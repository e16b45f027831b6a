"""The clock in the settings: what it does by itself."""

from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import Block, actions, button, divider, section
from handlers.slack import ids


def overview_blocks(settings: WorkspaceSettings) -> list[Block]:
    """Its part of all the settings."""
    calendars = len(settings.clock.calendars)
    words = "1 calendar" if calendars == 1 else f"{calendars} calendars"
    return [
        divider(),
        section(f"*The clock*: due times, warnings and escalation\n{words}"),
        actions(button("Calendars", f"{ids.SETTINGS_PAGE}:calendars")),
    ]
