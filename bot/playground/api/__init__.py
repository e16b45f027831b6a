"""Slack's Web API over HTTP: `/api/<method>`, with Slack's tokens, scopes, limits and error codes."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.answering import Cut
from bot.playground.api import dnd, messages, reactions, usergroups, views, workspace
from bot.playground.api.args import Args, Method, need_scope
from bot.playground.exchanges import Exchange, Exchanges, read_body
from bot.playground.faults import CallFault, Faults
from bot.playground.limits import Limits
from bot.playground.wire import Json, SlackError
from bot.playground.world import World

METHODS = {
    **messages.METHODS,
    **reactions.METHODS,
    **workspace.METHODS,
    **usergroups.METHODS,
    **dnd.METHODS,
    **views.METHODS,
}
"""What a bot token can call."""


class WebApi:
    """`socket_url` gives a new address for Socket Mode."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        limits: Limits,
        exchanges: Exchanges,
        socket_url: Callable[[], str],
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._exchanges = exchanges
        connect = Method(lambda _, __: {"url": socket_url()}, tier=1, app_token=True)
        self._methods: Mapping[str, Method] = {**METHODS, "apps.connections.open": connect}

    async def answer(self, request: Request) -> Response:
        name = request.path_params["method"]
        body = await request.body()
        malformed = False
        try:
            fields = {**request.query_params, **read_body(request.headers.get("content-type", ""), body)}
        except ValueError:
            fields, malformed = {}, True
        fault = self._faults.of_call(name)
        exchange = self._exchanges.begin(
            "from_bot", name, request.url.path, request.headers, fields, self._now()
        )
        if fault:
            await fault.wait(self._world.clock)
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or str(
            fields.pop("token", "")
        )
        if fault and fault.status:
            return self._broken(exchange, fault)
        error = "invalid_form_data" if malformed else fault.error if fault else None
        answer = {"ok": False, "error": error} if error else self._answer(name, token, fields)
        if fault:
            answer = {name: value for name, value in (answer | fault.garbled).items() if value is not None}
        headers = {"x-oauth-scopes": ",".join(sorted(self._world.app.scopes))}
        status = 200
        if wait := answer.pop("retry_after", None):
            status, headers["Retry-After"] = 429, str(wait)
        self._exchanges.end(exchange, status, answer)
        response = JSONResponse(answer, status, headers)
        return Cut(response) if fault and fault.drops_answer else response

    def _answer(self, name: str, token: str, fields: Json) -> Json:
        try:
            method = self._allowed(name, token, fields)
            return {"ok": True, **method.run(self._world, Args(fields))}
        except SlackError as error:
            return {"ok": False, "error": error.code, **error.also}

    def _allowed(self, name: str, token: str, fields: Json) -> Method:
        """The method, where this token may call it now. Raises SlackError."""
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method")
        app = self._world.app
        if name != "api.test":
            if not token:
                raise SlackError("not_authed")
            if token not in {app.bot_token, app.app_token}:
                raise SlackError("invalid_auth")
            if (token == app.app_token) != method.app_token:
                raise SlackError("not_allowed_token_type")
        if method.scope:
            need_scope(self._world, method.scope)
        if wait := self._limits.wait(name, method.tier, fields, self._now()):
            raise SlackError("ratelimited", retry_after=wait)
        return method

    def _broken(self, exchange: Exchange, fault: CallFault) -> Response:
        status = fault.status or 500
        answer = {"ok": False, "error": fault.error} if fault.error else "Internal Server Error"
        self._exchanges.end(exchange, status, answer)
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        if isinstance(answer, dict):
            return JSONResponse(answer, status, headers)
        return PlainTextResponse(answer, status, headers)

    def _now(self) -> float:
        return self._world.clock.now().timestamp()
