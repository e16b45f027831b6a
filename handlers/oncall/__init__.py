"""Who is on call, and who stands in."""

from handlers.oncall import oncall, paging
from handlers.oncall.oncall import with_on_call
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word, reading

__all__ = [
    "JOURNEY",
    "with_on_call",
]
"""What other journeys may use."""

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "oncall",
            "`/ticket oncall` shows who is on call, `/ticket oncall swap` lets somebody stand in,"
            " `/ticket oncall page network VPN is down` pages whoever is on call for network.",
            oncall.on_command,
            lambda words: words.casefold() in {"", "swap"},
        ),
    ),
    submissions={ids.ONCALL_FORM: oncall.on_swap_submit},
    actions={
        ids.ONCALL_SWAP: oncall.on_swap_open,
        ids.ONCALL_END: oncall.on_end,
        ids.ONCALL_PICK: oncall.on_choose,
        ids.PAGE_ON_IT: paging.on_answer,
        "assignedQueue": oncall.on_queue_choice,
    },
    reads=reading(ids.ONCALL_SWAP, ids.ONCALL_PICK, "assignedQueue"),
)
