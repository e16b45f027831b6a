"""Workspaces that see each other's tickets: partners, what is shared with whom, and others' tickets."""

from bot.domain.steps import STEPS
from handlers.sharing import elsewhere, partners, share
from handlers.sharing.elsewhere import on_order, refuse_elsewhere
from handlers.sharing.elsewhere_view import only_its_own
from handlers.sharing.share import on_typed, open_share_form
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word, reading

__all__ = [
    "AMONG_OTHERS",
    "JOURNEY",
    "on_order",
    "on_typed",
    "only_its_own",
    "open_share_form",
    "refuse_elsewhere",
]
"""What other journeys may use."""

AMONG_OTHERS = frozenset({"partners", *STEPS["share"].words, *STEPS["unshare"].words})
"""First words of `/ticket` that mean something only where there can be other workspaces."""

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "partners",
            "`/ticket partners` shows the workspaces that share tickets with this one; admins invite one with"
            " `/ticket partners invite acme`. `acme/T-42` shows a ticket of theirs, `/ticket list from:acme` what they share.",
            partners.on_command,
            partners.asks_to_see,
        ),
    ),
    submissions={
        ids.SHARE_FORM: share.on_submit,
        ids.PARTNER_INVITE_FORM: partners.on_invite_submit,
        ids.PARTNER_NAME_FORM: partners.on_name_submit,
        ids.ELSEWHERE_COMMENT_FORM: elsewhere.on_comment_submit,
    },
    actions={
        ids.PARTNERS_OPEN: partners.on_open,
        ids.PARTNER_INVITE: partners.on_invite,
        ids.PARTNER_ACCEPT: partners.on_accept,
        ids.PARTNER_END: partners.on_end,
        ids.PARTNER_LET: partners.on_let,
        ids.PARTNER_NAME: partners.on_name,
        ids.PARTNER_CHANNEL: partners.on_channel,
        ids.ELSEWHERE_SHOW: elsewhere.on_show,
        ids.ELSEWHERE_OPEN: elsewhere.on_open,
        ids.ELSEWHERE_COMMENT: elsewhere.on_comment,
        ids.ELSEWHERE_PAGE: elsewhere.on_comments_page,
    },
    reads=reading(
        ids.PARTNERS_OPEN,
        ids.PARTNER_INVITE,
        ids.PARTNER_NAME,
        ids.ELSEWHERE_SHOW,
        ids.ELSEWHERE_OPEN,
        ids.ELSEWHERE_COMMENT,
        ids.ELSEWHERE_PAGE,
    ),
)
