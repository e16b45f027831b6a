"""What of the settings reaches beyond the workspace: tickets that wait to be shared, partners, and what Slack was not asked for."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.scopes import MissingFeature
from bot.domain.words import listed
from handlers.blocks.kit import SECTION, Block, button, divider, json_of, section
from handlers.blocks.text import fitting, one_line, plain
from handlers.slack import ids

_NAME = 60
_NAMED = 10


class Beyond(NamedTuple):
    """`unconfirmed`: how many tickets name a mode other than local that nobody has confirmed; `confirmed`: what has just become of
    some. `partners`: what they are called here."""

    unconfirmed: int = 0
    confirmed: int | None = None
    partners: Sequence[str] = ()
    missing: Sequence[MissingFeature] = ()


NOTHING = Beyond()


def blocks(beyond: Beyond) -> list[Block]:
    """Empty where there is nothing to say."""
    shown = [*_unconfirmed(beyond), *_partners(beyond.partners), *_missing(beyond.missing)]
    return [divider(), *shown] if shown else []


def _unconfirmed(beyond: Beyond) -> list[Block]:
    if not beyond.unconfirmed and beyond.confirmed is None:
        return []
    told = ""
    if beyond.confirmed:
        told = f"{beyond.confirmed:,} confirmed. "
    elif beyond.confirmed == 0:
        told = "None of these is yours to confirm: the agents of their queues do. "
    if not beyond.unconfirmed:
        return [section(f":white_check_mark: {told}All tickets are as visible as they say.")]
    are = "1 ticket says" if beyond.unconfirmed == 1 else f"{beyond.unconfirmed:,} tickets say"
    words = (
        f"{told}*{are} shared or global*, from before that meant anything. Nobody elsewhere sees them until an agent confirms it. "
        "`/ticket list visibility:shared,global status:any` shows them."
    )
    confirm: JsonValue = {
        "title": json_of(plain("Let others see them?", 100)),
        "text": json_of(
            plain("Global ones can be found by all joined workspaces; shared ones wait for partners.", 300)
        ),
        "confirm": json_of(plain("Confirm", 30)),
        "deny": json_of(plain("Not now", 30)),
    }
    return [section(words, accessory=button("Confirm…", ids.CONFIRM_SHARED) | {"confirm": confirm})]


def _partners(names: Sequence[str]) -> list[Block]:
    if not names:
        return []
    shown = [one_line(each, _NAME) for each in names[:_NAMED]]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    words = f"*Partners*, who share tickets with this workspace: {listed([*shown, *more], 'and')}"
    return [section(words, accessory=button("Partners…", ids.PARTNERS_OPEN))]


def _missing(features: Sequence[MissingFeature]) -> list[Block]:
    if not features:
        return []
    head = "*What Slack was not asked for*, so that it is missing. Installing Deskhand again adds it."
    lines = [f"• `{each.scope}`: {each.words}" for each in features]
    return [section(fitting([head, *lines], "\n", SECTION))]
