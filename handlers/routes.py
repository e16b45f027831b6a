"""One middleware of Bolt's for all that Slack sends: a table from kind to Kind, and in it one from id to handler.

It stands behind Bolt's check of the signature. Bolt's own listeners would be tried in order, and each is given
everything it could ask for: 60 µs a request, against 1 for two tables, however many ids they hold. Each request is
answered once, after its handler has validated and saved (law 1).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import getrandbits
from time import perf_counter
from typing import Any, Generic

import orjson
import structlog
from pydantic import JsonValue, ValidationError
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from structlog.contextvars import bind_contextvars

from bot.domain.characters import storable
from bot.domain.errors import DeskError
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from handlers.outbound.after_answer import AfterAnswer
from handlers.slack import errors
from handlers.slack.context import Tools, Visit
from handlers.slack.installed_in import installed_in
from handlers.slack.journey import Handler, P
from handlers.slack.payload_fields import Unreadable
from handlers.slack.payloads import Payload
from handlers.slack.response import FollowUp, LookUp, LookUpChannel, LookUpGroups, Response

Observe = Callable[[str, str, float], None]
"""Takes the kind of a request, its outcome (ok, refused, unknown, failed, malformed) and the seconds its answer took."""

_NO_MORE_EVENTS = "app_rate_limited"
"""Slack sends no more events for a minute: https://docs.slack.dev/apis/events-api#rate-limiting."""

_STRANGERS = 5  # who are looked up for one request, if it names people that are not known

_log = structlog.get_logger()
_NUL = "u0000"  # as JSON spells it, and a form's JSON


@dataclass(frozen=True)
class RequestKind(Generic[P]):
    """One kind of request: how it is read, how it names its handler, and the handlers by that name."""

    name: str
    payload: type[P]
    id_of: Callable[[P], str]
    table: Mapping[str, Handler[P]]
    unknown: str = "I don't know that one. Type `/ticket help` to see what I can do."
    """What the user is told where no handler has that id."""
    malformed: int = 400
    """The HTTP status that answers what cannot be read."""
    is_typed: bool = True
    """Whether somebody waits who can mend what no store can hold. Of a message, it becomes a character that all can."""


class Routes(AsyncMiddleware):
    """Answers the requests of all `kinds`, which are named by the `type` of their bodies; slash commands have none."""

    def __init__(
        self, kinds: Mapping[str, RequestKind[Any]], tools: Tools, follow_ups: AfterAnswer, observe: Observe
    ) -> None:
        self._kinds = kinds
        self._tools = tools
        self._after_answer = follow_ups
        self._observe = observe

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  (Bolt's signature)
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse:
        kind = self._kinds.get("command" if "command" in req.body else req.body.get("type", ""))
        if kind is None:
            if req.body.get("type") != _NO_MORE_EVENTS:
                return await next()
            _log.warning(_NO_MORE_EVENTS, team=str(req.body.get("team_id")))
            return BoltResponse(status=200)
        started = perf_counter()
        body = req.body if kind.is_typed or _NUL not in req.raw_body else storable(req.body)
        outcome, response = await self._answered(kind, body)
        self._observe(kind.name, outcome, perf_counter() - started)
        return response

    async def _answered(self, kind: RequestKind[P], body: JsonValue) -> tuple[str, BoltResponse]:
        try:
            payload = kind.payload.model_validate(body)
            _, enterprise, team = installed_in(payload)
            workspace = self._tools.workspaces.of(enterprise, team)
        except ValidationError as error:
            _log.warning("malformed payload", kind=kind.name, fields=_faults(error))
            return "malformed", BoltResponse(status=kind.malformed, body={"error": "malformed_payload"})
        reference = f"{getrandbits(32):08x}"  # no secret, and drawn without a system call
        # For the rest of the task, which is this request's own, and for what it starts.
        bind_contextvars(request_id=reference, kind=kind.name, workspace=workspace.id, user=payload.actor)
        outcome, answer = await self._handled(kind, payload, workspace, reference)
        self._after_answer.start(workspace, answer.follow_ups)
        return outcome, BoltResponse(status=answer.status, body=_json(answer.body) if answer.body else "")

    async def _handled(
        self, kind: RequestKind[P], payload: P, workspace: Workspace, reference: str
    ) -> tuple[str, Response]:
        handler = kind.table.get(kind.id_of(payload))
        if handler is None:
            return "unknown", errors.error_response(DeskError(kind.unknown), payload)
        try:
            visit = await self._visit(workspace, payload)
            strangers = [user for user in payload.named if not visit.people.remembers(user)]
            looked_up = map(LookUp, strangers[:_STRANGERS])
            self._after_answer.start(workspace, (*_look_ups(visit.actor), *looked_up))
            return "ok", await handler(visit, payload)
        except ValidationError as error:  # of what a button or a form carries for us
            _log.warning("unreadable", record=error.title, fields=_faults(error))
            return "malformed", errors.error_response(Unreadable(), payload)
        except DeskError as error:
            _log.info("refused", code=error.code)
            return "refused", errors.error_response(error, payload)
        except Exception:  # noqa: BLE001  (whatever it is, the user hears of it)
            # Ours to mend, and the user's to know of: the log has the traceback, the user its reference.
            _log.exception("a handler failed")
            return "failed", errors.error_response(errors.internal_error(reference), payload)

    async def _visit(self, workspace: Workspace, payload: Payload) -> Visit:
        actor = await self._tools.settings.actor(
            workspace, payload.actor, outsider=payload.is_from_outside(workspace)
        )
        return Visit(workspace, actor, self._tools, await self._tools.people.of(workspace))


def _faults(error: ValidationError) -> list[str]:
    """The fields that are at fault, the first few of them."""
    return [".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False)[:5]]


def _look_ups(actor: Actor) -> tuple[FollowUp, ...]:
    """Of what the rights of the actor hang on and is not known yet, for their next request."""
    if not actor.user:
        return ()
    person = () if actor.is_known else (LookUp(actor.user),)
    channels = {queue.channel for queue in actor.unread if queue.group is None}
    groups = (LookUpGroups(),) if any(queue.group for queue in actor.unread) else ()
    return (*person, *(LookUpChannel(each, has_changed=False) for each in sorted(channels)), *groups)


def _json(body: Mapping[str, object]) -> str:
    try:
        return orjson.dumps(body).decode()
    except orjson.JSONEncodeError:  # half a character, of an answer that quotes it and must still be sent
        return json.dumps(body)
