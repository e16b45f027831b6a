"""What tickets of a channel begin with: `/ticket channel`."""

from handlers.slack.journey import Journey

JOURNEY = Journey()
