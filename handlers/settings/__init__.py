"""What a workspace's admins choose: queues, agents, rotations."""

from handlers.settings import settings
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "settings",
            "`/ticket settings` stands alone. It is for the workspace's admins.",
            settings.followed,
        ),
    ),
    submissions={ids.QUEUE_FORM: settings.queue_saved},
    actions={
        ids.SETTINGS_QUEUE: settings.queue_opened,
        ids.SETTINGS_CHOICE: settings.chosen,
        ids.SETTINGS_REMOVE: settings.queue_removed,
    },
    suggestions={"group": settings.groups_suggested},
)
