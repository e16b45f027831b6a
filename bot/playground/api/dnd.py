"""dnd.info: whether somebody must not be disturbed, and until when.

Source: https://docs.slack.dev/reference/methods/dnd.info. What only the person themselves is told of, snooze_*, no bot
is; a pause is in the window. `dnd_enabled` says that there is a schedule, not that it is night.
"""

from bot.playground.api.args import Args, Method
from bot.playground.dnd import next_window
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_NEVER = (1, 1)


def info(world: World, args: Args) -> Json:
    user = world.users.get(args.text("user", world.bot.id))
    if user is None:
        raise SlackError("user_not_found")
    start, end = next_window(user, world.clock.now()) or _NEVER
    return {"dnd_enabled": user.rests_at_night, "next_dnd_start_ts": int(start), "next_dnd_end_ts": int(end)}


METHODS = {"dnd.info": Method(info, "dnd:read", tier=3)}
