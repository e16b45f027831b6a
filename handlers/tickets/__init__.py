"""Making tickets, looking them up, and what has happened to one."""

from bot.domain.fields import TICKET_FIELDS
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word
from handlers.tickets import create, history, lists, options, show

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand("list", "`/ticket list` shows the open tickets.", lists.followed),
        Subcommand("show", "`/ticket show 42` shows T-42: it takes a ticket's number.", show.followed),
    ),
    message_shortcuts={ids.MESSAGE_SHORTCUT: create.from_message},
    global_shortcuts={ids.GLOBAL_SHORTCUT: create.anywhere},
    submissions={ids.FORM: create.submitted},
    closings={ids.FORM: create.closed},
    actions={
        ids.MORE_FIELDS: create.changed,
        "customerId": create.changed,
        "siteId": create.changed,
        ids.OPEN_FORM: create.reopened,
        ids.HISTORY_PAGE: history.turned,
        ids.LIST_PAGE: lists.turned,
        ids.COMMENTS_PAGE: show.turned,
    },
    suggestions=dict.fromkeys(TICKET_FIELDS, options.suggested),
)
