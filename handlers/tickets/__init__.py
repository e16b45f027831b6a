"""Making tickets, looking them up, and what has happened to one."""

from bot.domain.fields import TICKET_FIELDS
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word, reading
from handlers.tickets import create, history, lists, message_form, options, show
from handlers.tickets.authors import requester_of, source_of
from handlers.tickets.correction import open_correction, save_correction
from handlers.tickets.create import keepable, nonce_after, read_typed
from handlers.tickets.form_view import FormMeta
from handlers.tickets.history import changed_since, open_history
from handlers.tickets.lists import list_page, page_place, read_words
from handlers.tickets.message_form import form_for_message, make_of_message, offer_form, read_message
from handlers.tickets.related import related_ticket
from handlers.tickets.show import open_ticket, refreshed

__all__ = [
    "JOURNEY",
    "FormMeta",
    "changed_since",
    "form_for_message",
    "keepable",
    "list_page",
    "make_of_message",
    "nonce_after",
    "offer_form",
    "open_correction",
    "open_history",
    "open_ticket",
    "page_place",
    "read_message",
    "read_typed",
    "read_words",
    "refreshed",
    "related_ticket",
    "requester_of",
    "save_correction",
    "source_of",
]
"""What other journeys may use."""

JOURNEY = Journey(
    subcommands=by_word(
        *lists.SUBCOMMANDS,
        Subcommand(
            "show",
            "`/ticket show 42`, or `T-42` alone, shows T-42: it takes a ticket's number.",
            show.on_command,
            show.asks_to_see,
        ),
    ),
    message_shortcuts={ids.MESSAGE_SHORTCUT: message_form.on_message_shortcut},
    global_shortcuts={ids.GLOBAL_SHORTCUT: create.on_global_shortcut},
    submissions={ids.FORM: create.on_submit},
    closings={ids.FORM: create.on_cancel, ids.CORRECTION: create.on_cancel},
    actions={
        ids.MORE_FIELDS: create.on_change,
        "customerId": create.on_change,
        "siteId": create.on_change,
        ids.OPEN_FORM: create.on_open_form,
        ids.HISTORY_PAGE: history.on_page,
        ids.LIST_PAGE: lists.on_page,
        ids.COMMENTS_PAGE: show.on_comments_page,
        ids.OPEN_TICKET: show.on_open,
    },
    suggestions=dict.fromkeys(TICKET_FIELDS, options.on_search),
    reads=reading(ids.GLOBAL_SHORTCUT, ids.HISTORY_PAGE, ids.LIST_PAGE, ids.COMMENTS_PAGE, ids.OPEN_TICKET),
)
