"""What tickets of a channel begin with: `/ticket channel`."""

from handlers.channels import channel
from handlers.slack import ids
from handlers.slack.journey import Journey, Subcommand, by_word, reading

JOURNEY = Journey(
    subcommands=by_word(
        Subcommand(
            "channel",
            "`/ticket channel` sets what tickets of the channel begin with. `/ticket channel intake on`, `offer` or `off` says "
            "whether new messages there become tickets, `/ticket channel off` forgets all of it.",
            channel.on_command,
            lambda words: not words,
        ),
    ),
    submissions={ids.CHANNEL_FORM: channel.on_submit},
    actions={
        ids.CHANNEL_CUSTOMER: channel.on_customer,
        ids.CHANNEL_CLEAR: channel.on_clear,
        ids.SETTINGS_CHANNEL: channel.on_open,
    },
    suggestions={ids.CHANNEL_CUSTOMER: channel.on_customer_search},
    reads=reading(ids.CHANNEL_CUSTOMER, ids.SETTINGS_CHANNEL),
)
