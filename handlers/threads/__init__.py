"""What happens in threads and on messages: comments, replies to the requester, reactions."""

from handlers.slack import ids
from handlers.slack.journey import Journey
from handlers.threads import reactions, thread

JOURNEY = Journey(
    message_shortcuts={ids.REPLY_SHORTCUT: thread.reply},
    submissions={ids.REPLY_FORM: thread.replied},
    actions={ids.OPEN_MESSAGE_FORM: reactions.opened},
    events={"message": thread.on_message, "reaction_added": reactions.added},
)
