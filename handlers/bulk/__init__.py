"""Several tickets of a list, or of Home, at once."""

from handlers.bulk import bulk
from handlers.slack import ids
from handlers.slack.journey import Journey, reading

JOURNEY = Journey(
    submissions={ids.BULK_FORM: bulk.on_submit},
    actions={ids.PICK: bulk.on_pick},
    reads=reading(ids.PICK),
)
