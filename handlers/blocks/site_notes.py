"""What one must know on site, hazards first. For whoever works the ticket, and never on what others see."""

from bot.domain.directory import Directory, Site
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks.kit import Block, context, section
from handlers.blocks.text import user_text

_TEXT = 2000  # three of them and the worst card are what a message holds


def site_notes(ticket: Ticket, directory: Directory) -> list[Block]:
    site = directory.get("site", ticket.site_id)
    if not isinstance(site, Site):
        return []
    texts = {
        ":warning: *Hazards:*": site.hazards_notes,
        "*Access:*": site.access_instructions,
        "*Service:*": site.service_instructions,
    }
    told = [section(f"{name} {user_text(text, _TEXT)}") for name, text in texts.items() if text]
    used = [choice(value) for value in (site.site_type, site.occupancy_profile) if value]
    return [*told, context(f"*Site:* {' · '.join(used)}")] if used else told
