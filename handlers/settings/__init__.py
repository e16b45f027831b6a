"""What a workspace's admins choose: queues, agents, rotations, and what the clock does."""

from handlers.settings import calendars, levels, rules, settings
from handlers.settings.settings import overview
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word, reading

__all__ = ["JOURNEY", "overview"]
"""What other journeys may use."""

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "settings",
            "`/ticket settings` stands alone. It is for the workspace's admins.",
            settings.on_command,
            lambda words: not words,
        ),
    ),
    submissions={
        ids.QUEUE_FORM: settings.on_queue_submit,
        ids.CALENDAR_FORM: calendars.on_submit,
        ids.RULE_FORM: rules.on_submit,
        ids.POLICY_FORM: levels.on_submit,
    },
    actions={
        ids.SETTINGS_QUEUE: settings.on_queue_open,
        ids.SETTINGS_CHOICE: settings.on_choice,
        ids.SETTINGS_REMOVE: settings.on_queue_remove,
        ids.SETTINGS_PAGE: settings.on_page,
        ids.SETTINGS_CALENDAR: calendars.on_open,
        ids.CALENDAR_REMOVE: calendars.on_remove,
        ids.CALENDAR_PROFILE: calendars.on_profile,
        ids.SETTINGS_POLICY: levels.on_open,
        ids.POLICY_READY: levels.on_ready,
        ids.POLICY_REMOVE: levels.on_remove,
        ids.SETTINGS_RULE: rules.on_open,
        ids.CLOCK_PREVIEW: rules.on_preview,
        ids.CLOCK_SWITCH_ON: rules.on_switch_on,
        ids.CONFIRM_SHARED: settings.on_confirm_shared,
    },
    suggestions={
        "group": settings.on_group_search,
        "onCallGroup": settings.on_group_search,
        ids.POLICY_CUSTOMERS: levels.on_customer_search,
    },
    reads=reading(
        ids.SETTINGS_QUEUE,
        ids.SETTINGS_PAGE,
        ids.SETTINGS_CALENDAR,
        ids.SETTINGS_POLICY,
        ids.SETTINGS_RULE,
        ids.CLOCK_PREVIEW,
    ),
)
