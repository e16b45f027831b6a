"""Working a ticket: triage, assignment and every other step, from its card, a message's menu or a typed line."""

from handlers.slack import ids
from handlers.slack.journey import Journey, by_word, reading
from handlers.work import alerts, assign, stale, step_form, steps, ticket_commands, triage, verdict

JOURNEY = Journey(
    subcommands=by_word(*ticket_commands.subcommands()),
    message_shortcuts={
        ids.TRIAGE_SHORTCUT: triage.on_message_shortcut,
        ids.ASSIGN_SHORTCUT: assign.on_message_shortcut,
    },
    submissions={
        ids.TRIAGE_FORM: step_form.on_submit,
        ids.ASSIGN_FORM: step_form.on_submit,
        ids.WORK_FORM: step_form.on_submit,
        ids.CORRECTION: steps.on_correction,
    },
    actions={
        ids.CLAIM: steps.on_claim,
        ids.TRIAGE: triage.on_press,
        ids.ASSIGN: assign.on_press,
        ids.STEP: steps.on_step,
        ids.MORE: steps.on_more,
        ids.WITHDRAW: triage.on_not_a_ticket,
        ids.TRIAGE_CHOICE: step_form.on_choice,
        ids.TIME_PRESET: step_form.on_preset,
        ids.UNDO: steps.on_undo,
        ids.SOLVED: verdict.on_solved,
        ids.NOT_YET: verdict.on_not_yet,
        ids.STILL_WORKING: stale.on_still_working,
        ids.GIVE_BACK: stale.on_give_back,
        ids.ON_IT: alerts.on_it_pressed,
        ids.PUT_OFF: alerts.on_put_off,
        ids.GIVE: alerts.on_give,
    },
    reads={
        **reading(
            ids.TRIAGE,
            ids.ASSIGN,
            ids.TRIAGE_CHOICE,
            ids.TIME_PRESET,
        ),
        ids.STEP: steps.step_opens,
        ids.MORE: steps.more_opens,
    },
)
