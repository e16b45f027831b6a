"""What happens in threads and on messages: comments, replies to the requester, reactions."""

from handlers.slack import ids
from handlers.slack.journey import Journey, reading
from handlers.threads import reactions, thread
from handlers.threads.gestures import heed
from handlers.threads.thread import by_a_person, note_delivery, open_reply_form, record

__all__ = [
    "JOURNEY",
    "by_a_person",
    "heed",
    "note_delivery",
    "open_reply_form",
    "record",
]
"""What other journeys may use."""

JOURNEY = Journey(
    message_shortcuts={ids.REPLY_SHORTCUT: thread.on_reply_shortcut},
    submissions={ids.REPLY_FORM: thread.on_reply_submit},
    actions={ids.OPEN_MESSAGE_FORM: reactions.on_open_form},
    events={
        "message_metadata_posted": thread.on_metadata,
        "reaction_added": reactions.on_reaction,
    },
    reads=reading(ids.REPLY_SHORTCUT),
)
