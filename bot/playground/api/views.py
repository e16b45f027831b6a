"""views.*: modals and App Homes.

Source: https://docs.slack.dev/reference/methods/views.open and its neighbours.
"""

from bot.playground import connect
from bot.playground.api.args import Args, Method
from bot.playground.views import View
from bot.playground.wire import Json, SlackError
from bot.playground.world import World


def open_view(world: World, args: Args) -> Json:
    content = _content(args)
    trigger = world.grants.redeem(args.needed("trigger_id"), world.clock.now())
    view = world.views.open(trigger.user, content)
    trigger.view_id = view.id
    return _answer(world, view)


def push(world: World, args: Args) -> Json:
    content = _content(args)
    trigger = world.grants.redeem(args.needed("trigger_id"), world.clock.now())
    view = world.views.push(trigger.user, content)
    trigger.view_id = view.id
    return _answer(world, view)


def update(world: World, args: Args) -> Json:
    content = _content(args)
    view = world.views.find(args.text("view_id"), args.text("external_id"))
    return _answer(world, world.views.update(view, content, args.text("hash")))


def publish(world: World, args: Args) -> Json:
    user = args.needed("user_id")
    if user not in world.users:
        raise SlackError("user_not_found")
    return _answer(world, world.views.publish(user, _content(args), args.text("hash")))


def _content(args: Args) -> Json:
    view = args.json("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    return view


def _answer(world: World, view: View) -> Json:
    world.changes.note()
    return {"view": connect.wire(world, view)}


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
