"""Working a ticket: triage, assignment and every other step, from its card, a message's menu or a typed line."""

from handlers.slack import ids
from handlers.slack.journey import Journey, by_word
from handlers.work import assign, steps, ticket_commands, triage

JOURNEY = Journey(
    subcommands=by_word(*ticket_commands.subcommands()),
    message_shortcuts={
        ids.TRIAGE_SHORTCUT: triage.from_message,
        ids.ASSIGN_SHORTCUT: assign.from_message,
    },
    submissions={
        ids.TRIAGE_FORM: triage.submitted,
        ids.ASSIGN_FORM: assign.submitted,
        ids.WORK_FORM: steps.submitted,
    },
    actions={
        ids.CLAIM: steps.claimed,
        ids.TRIAGE: triage.pressed,
        ids.ASSIGN: assign.pressed,
        ids.STEP: steps.stepped,
        ids.MORE: steps.more,
        ids.WITHDRAW: triage.withdrawn,
        ids.UNDO: steps.undone,
    },
)
