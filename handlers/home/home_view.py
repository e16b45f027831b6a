"""App Home: whose tickets there are, and how many; the words that narrow them, and a page of them.

Home takes no table block, so a ticket is two lines.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from pydantic import JsonValue

from bot.domain.bulk import may_pick
from bot.domain.clock.settings import ClockSettings
from bot.domain.elsewhere import SeenPage
from bot.domain.home import Home, HomeTab
from bot.domain.permissions import Actor, may
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import Level
from handlers.blocks import elsewhere, ticket_list
from handlers.blocks.buttons import button_row
from handlers.blocks.installation_notice import welcome
from handlers.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    header,
    input_block,
    json_of,
    option,
    section,
)
from handlers.blocks.text import plain, user_text
from handlers.blocks.values import LEVELS
from handlers.slack import ids

_NAMES: Mapping[HomeTab, str] = {
    "mine": "Mine",
    "queues": "My queues",
    "asked": "I asked for",
    "unassigned": "Unassigned",
    "due": "Due soon",
    "open": "All open",
    "done": "Resolved lately",
    "elsewhere": "From others",
}
_NOTHING: Mapping[HomeTab, str] = {
    "mine": "Nothing is assigned to you. *Unassigned* has what nobody has yet.",
    "queues": "Your queues are empty. Well done.",
    "asked": "You have asked for nothing that is still open. *New ticket* does.",
    "unassigned": "Everything is somebody's already.",
    "due": "Nothing is due in the next 24 hours.",
    "open": "Nothing is open. Well done.",
    "done": "Nothing that you asked for is resolved yet.",
    "elsewhere": "No other workspace shares an open ticket with this one.",
}


class HomeContents(NamedTuple):
    """What Home shows. `counts`: the tabs there are, each with its number of open tickets. `fault`: what was wrong
    with the words. `actor`: whose Home it is. `is_new`: whether no queue is set up yet."""

    home: Home
    counts: Mapping[HomeTab, int]
    page: TicketPage | SeenPage
    wanted: TicketFilter
    fault: str
    actor: Actor
    is_new: bool = False


def home(contents: HomeContents, level: Level, now: datetime, clock: ClockSettings) -> View:
    tabs = [_tab(tab, count, is_current=tab == contents.home.tab) for tab, count in contents.counts.items()]
    first = welcome(offers_form=False) if contents.is_new and contents.actor.is_admin else []
    blocks = [
        header("Deskhand"),
        *first,
        actions(button("New ticket", ids.OPEN_FORM, primary=True)),
        actions(*tabs),
        _words(contents.home.words),
    ]
    if contents.fault:
        blocks.append(section(f":warning: {user_text(contents.fault, 2000)}"))
    blocks += [*_list(contents, now, clock), _told(level)]
    blocks.append(context("`/ticket help` shows all that you can type."))
    return {
        "type": "home",
        "callback_id": ids.HOME,
        "private_metadata": str(contents.page.offset),
        "blocks": list[JsonValue](blocks),
    }


def _list(contents: HomeContents, now: datetime, clock: ClockSettings) -> list[Block]:
    page, tab = contents.page, contents.home.tab
    if not page.tickets:
        is_narrowed = contents.home.words and not contents.fault
        return [section("Nothing here matches these words." if is_narrowed else _NOTHING[tab])]
    last = page.offset + len(page.tickets)
    order = ticket_list.ORDERS[contents.wanted.sort]
    blocks = [
        section(f"*{_NAMES[tab]} {page.offset + 1:,}–{last:,} of {ticket_list.count(page.total)}*, {order}")
    ]
    buttons = ticket_list.page_buttons(page, ids.HOME_PAGE)
    if isinstance(page, SeenPage):
        for seen in page.tickets:
            blocks += elsewhere.ticket_lines(seen, seen.shared) if seen.shared else []
        return [*blocks, actions(*buttons)] if buttons else blocks
    for ticket in page.tickets:
        blocks += [*ticket_list.ticket_lines(ticket, now, clock), _actions(ticket, contents.actor)]
    if may_pick(contents.actor):
        buttons.append(ticket_list.pick_button(page))
    return [*blocks, actions(*buttons)] if buttons else blocks


def _told(level: Level) -> Block:
    offered = {each: option(each, words) for each, words in LEVELS.items()}
    select: Block = {
        "type": "static_select",
        "action_id": ids.HOME_LEVEL,
        "options": list(offered.values()),
        "initial_option": offered[level],
    }
    return section("*I tell you of*", accessory=select)


def _actions(ticket: Ticket, actor: Actor) -> Block:
    """*Open*, and what this person may do."""
    rest = button_row(ticket, lambda step: may(actor, step.action, ticket), without="show")
    elements = [each for row in rest for each in cast(list[JsonValue], row["elements"])]
    opening = button(STEPS["show"].button, f"{ids.STEP}:show", value=str(ticket.number))
    return {"type": "actions", "elements": [opening, *elements]}


def _tab(tab: HomeTab, count: int, *, is_current: bool) -> Block:
    words = f"{_NAMES[tab]} · {ticket_list.count(count)}"
    return button(words, f"{ids.HOME_TAB}:{tab}", value=tab, primary=is_current)


def _words(words: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.HOME_WORDS,
        "max_length": ticket_list.WORDS,
        "placeholder": json_of(plain("priority:high,critical assignee:none due:<24h lamp", 150)),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if words:
        element["initial_value"] = words
    block = input_block(ids.HOME_WORDS, "Narrow it down, then press Enter", element, optional=True)
    return block | {"dispatch_action": True}
