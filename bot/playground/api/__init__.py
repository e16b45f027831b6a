"""Slack's Web API over HTTP: `/api/<method>`, with Slack's tokens, scopes, limits and error codes."""

from base64 import b64decode
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.answering import Cut
from bot.playground.api import dnd, messages, oauth, reactions, usergroups, views, workspace
from bot.playground.api.args import Args, Method, need_scope
from bot.playground.api.reach import reached
from bot.playground.exchanges import Exchange, Exchanges, read_body
from bot.playground.faults import CallFault, Faults
from bot.playground.installs import Installs
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
    """The token decides the workspace. `limits` gives those of each; `socket_url` gives a new address for Socket
    Mode."""

    def __init__(
        self,
        installs: Installs,
        faults: Faults,
        limits: Callable[[World], Limits],
        exchanges: Exchanges,
        socket_url: Callable[[], str],
    ) -> None:
        self._installs = installs
        self._clock = installs.worlds[0].clock
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
            fields = _client_of(request.headers.get("authorization", "")) | fields
        except ValueError:
            fields, malformed = {}, True
        fault = self._faults.of_call(name)
        exchange = self._exchanges.begin(
            "from_bot", name, request.url.path, request.headers, fields, self._now()
        )
        if fault:
            await fault.wait(self._clock)
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or str(
            fields.pop("token", "")
        )
        if fault and fault.status:
            return self._broken(exchange, fault)
        error = "invalid_form_data" if malformed else fault.error if fault else None
        answer = {"ok": False, "error": error} if error else self._answer(exchange, name, token, fields)
        if fault:
            answer = {name: value for name, value in (answer | fault.garbled).items() if value is not None}
        headers = self._scopes(exchange)
        status = 200
        if wait := answer.pop("retry_after", None):
            status, headers["Retry-After"] = 429, str(wait)
        self._exchanges.end(exchange, status, answer)
        response = JSONResponse(answer, status, headers)
        return Cut(response) if fault and fault.drops_answer else response

    def _answer(self, exchange: Exchange, name: str, token: str, fields: Json) -> Json:
        try:
            return {"ok": True, **self._done(exchange, name, token, fields)}
        except SlackError as error:
            return {"ok": False, "error": error.code, **error.also}

    def _done(self, exchange: Exchange, name: str, token: str, fields: Json) -> Json:
        """Does what is asked where this token may ask for it now. Raises SlackError."""
        first = self._installs.worlds[0]
        if name == "oauth.v2.access":
            return oauth.access(self._installs, Args(fields))
        method = self._methods.get(name)
        about_token = oauth.METHODS.get(name)
        if method is None and about_token is None:
            raise SlackError("unknown_method")
        if name == "api.test" and method:
            return method.run(first, Args(fields))
        if not token:
            raise SlackError("not_authed")
        if (token == first.app.app_token) != (method is not None and method.app_token):
            raise SlackError("not_allowed_token_type" if self._is_ours(token) else "invalid_auth")
        if method and method.app_token:
            self._need_time(first, name, method.tier, fields)
            return method.run(first, Args(fields))
        found = self._installs.find(token)
        if about_token:
            of = (*self._installs.served(found.owner), first)[0]
            self._need_time(of, name, about_token.tier, fields)
            return about_token.run(self._installs, found, Args(fields))
        world = reached(self._installs, found, name, fields)
        exchange.team = world.team.id
        return self._run(world, name, fields)

    def _run(self, world: World, name: str, fields: Json) -> Json:
        method = self._methods[name]
        if method.scope:
            need_scope(world, method.scope)
        self._need_time(world, name, method.tier, fields)
        return method.run(world, Args(fields))

    def _need_time(self, world: World, name: str, tier: int | None, fields: Json) -> None:
        """Raises `ratelimited`. Each workspace has limits of its own."""
        if wait := self._limits(world).wait(name, tier, fields, self._now()):
            raise SlackError("ratelimited", retry_after=wait)

    def _is_ours(self, token: str) -> bool:
        if token == self._installs.worlds[0].app.app_token:
            return True
        self._installs.find(token)
        return True

    def _scopes(self, exchange: Exchange) -> dict[str, str]:
        world = next((each for each in self._installs.worlds if each.team.id == exchange.team), None)
        return {"x-oauth-scopes": ",".join(sorted(world.app.scopes))} if world else {}

    def _broken(self, exchange: Exchange, fault: CallFault) -> Response:
        status = fault.status or 500
        answer = {"ok": False, "error": fault.error} if fault.error else "Internal Server Error"
        self._exchanges.end(exchange, status, answer)
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        if isinstance(answer, dict):
            return JSONResponse(answer, status, headers)
        return PlainTextResponse(answer, status, headers)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _client_of(authorization: str) -> Json:
    """The client id and secret of HTTP's basic authentication. Raises ValueError."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return {}
    client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    return {"client_id": client_id, "client_secret": secret}
