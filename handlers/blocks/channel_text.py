"""What is chosen for a channel, in words."""

from collections.abc import Mapping

from bot.domain.channel_defaults import ChannelDefaults, Intake
from bot.domain.directory import Directory
from handlers.blocks.text import fitting, person
from handlers.blocks.values import values_text

_HALF = 1400
BECOME: Mapping[Intake, str] = {
    "off": "New messages become nothing",
    "ticket": "New messages become tickets",
    "offer": "New messages get an offer to become a ticket",
}


def chosen_text(defaults: ChannelDefaults, directory: Directory) -> str:
    """A line for each kind of choice. mrkdwn."""
    values = values_text(dict(defaults.fields), directory)
    lines = [f"Tickets begin with {values}" if values else "Tickets begin with nothing filled in"]
    if defaults.told:
        lines.append("Told of each: " + fitting([person(user) for user in defaults.told], ", ", _HALF))
    if defaults.intake != "off":
        minutes = "a minute" if defaults.joins_within == 1 else f"{defaults.joins_within} minutes"
        lines.append(f"{BECOME[defaults.intake]}; what the same person adds within {minutes} joins")
    return "\n".join(lines)
