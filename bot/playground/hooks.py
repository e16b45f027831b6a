"""response_urls: how a bot answers where it may not post. Ephemeral unless it says otherwise.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.playground.answering import Cut
from bot.playground.api.args import Args
from bot.playground.api.messages import read_content
from bot.playground.exchanges import Exchanges, read_body
from bot.playground.faults import Faults
from bot.playground.grants import Hook
from bot.playground.records import Message
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

_GONE = {"expired_url", "used_url", "no_such_url"}


def respond(world: World, hook: Hook, fields: Json) -> None:
    """Does what a body sent to a response_url, or given as the answer to a slash command, asks for.

    Raises SlackError.
    """
    args = Args(fields)
    source = hook.source
    if args.flag("delete_original"):
        if source:
            world.delete(source)
        return
    text, blocks = read_content(args)
    if args.flag("replace_original") and source and source.author is world.bot:
        world.edit(source, text, blocks or [])
        return
    in_channel = args.text("response_type") == "in_channel"
    world.post(
        Message(
            world.next_ts(),
            hook.conversation,
            world.bot,
            text,
            blocks or [],
            thread_ts=args.text("thread_ts") or None,
            only_for=None if in_channel else hook.user,
            via=hook.id,
        )
    )


class HookEndpoint:
    """Each workspace has its own addresses, which are good as long as the app is installed there."""

    def __init__(self, worlds: list[World], faults: Faults, exchanges: Exchanges) -> None:
        self._worlds = worlds
        self._clock = worlds[0].clock
        self._faults = faults
        self._exchanges = exchanges

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        try:
            fields = read_body(request.headers.get("content-type", ""), body)
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        now = self._clock.now()
        fault = self._faults.of_call("response_url")
        exchange = self._exchanges.begin(
            "from_bot", "response_url", request.url.path, request.headers, fields, now.timestamp()
        )
        exchange.team = request.path_params["team"]
        if fault:
            await fault.wait(self._clock)
        if fault and (fault.status or fault.error):
            status, answer = fault.status or 400, fault.error or "Internal Server Error"
        else:
            status, answer = self._use(**request.path_params, fields=fields)
        self._exchanges.end(exchange, status, answer)
        headers = {"Retry-After": str(fault.retry_after)} if fault and fault.retry_after is not None else {}
        response = PlainTextResponse(answer, status, headers)
        return Cut(response) if fault and fault.drops_answer else response

    def _use(self, team: str, hook: str, fields: Json, **_: str) -> tuple[int, str]:
        world = next((each for each in self._worlds if each.team.id == team), None)
        if world is None or not world.installation:
            return 404, "no_such_url"
        try:
            found = world.grants.find_hook(hook)
            found.use(self._clock.now())
            respond(world, found, fields)
        except SlackError as error:
            return (404 if error.code in _GONE else 400), error.code
        return 200, "ok"
