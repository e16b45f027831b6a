"""Who is on call, and who stands in."""

from handlers.oncall import oncall
from handlers.oncall.oncall import with_on_call
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word

__all__ = [
    "JOURNEY",
    "with_on_call",
]
"""What other journeys may use."""

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "oncall",
            "`/ticket oncall` shows who is on call, `/ticket oncall swap` lets somebody stand in.",
            oncall.followed,
        ),
    ),
    submissions={ids.ONCALL_FORM: oncall.swapped},
    actions={
        ids.ONCALL_SWAP: oncall.swap_opened,
        ids.ONCALL_PICK: oncall.picked,
        "assignedQueue": oncall.queue_chosen,
    },
)
