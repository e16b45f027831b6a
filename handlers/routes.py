"""One middleware of Bolt's for all that Slack sends: a table from kind to Kind, and in it one from id to handler.

It stands behind Bolt's check of the signature. Bolt's own listeners would be tried in order, and each is given
everything it could ask for: 60 µs a request, against 1 for two tables, however many ids they hold. Each request is
answered once, after its handler has validated and saved (law 1).
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import getrandbits
from time import perf_counter
from typing import Any, Generic, NamedTuple, Protocol

import orjson
import structlog
from pydantic import JsonValue, ValidationError
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse
from structlog.contextvars import bind_contextvars

from bot.domain.characters import storable
from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from handlers import loading
from handlers.loading import Loading
from handlers.outbound.after_answer import AfterAnswer
from handlers.slack import errors
from handlers.slack.context import Tools, Visit
from handlers.slack.events import Event
from handlers.slack.installed_in import IS_GUESSED, IS_TOLD, InstalledIn, Rule, installed_in
from handlers.slack.journey import Handler, P, Reads
from handlers.slack.payload_fields import Unreadable
from handlers.slack.payloads import Interaction, Payload, SlashCommand, Team
from handlers.slack.response import FollowUp, LookUp, LookUpChannel, LookUpGroups, Response
from handlers.slack.stamps import stamped, unstamped


class Observer(Protocol):
    """Counts what comes, for nobody in particular: no figure is a workspace's own."""

    def observe(self, kind: str, outcome: str, seconds: float) -> None:
        """The kind of a request, its outcome (ok, refused, unknown, failed, malformed, not_installed, loading) and the seconds its
        answer took."""

    def events_held_back(self) -> None:
        """Slack has said that it sends no more events of a workspace for a minute."""


_NO_MORE_EVENTS = "app_rate_limited"
"""Slack sends no more events for a minute: https://docs.slack.dev/apis/events-api#rate-limiting."""

_STRANGERS = 5  # who are looked up for one request, if it names people that are not known

_log = structlog.get_logger()
_ID = re.compile(r"[TE][A-Za-z0-9_-]{0,59}")
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
    reads: Reads = lambda _: False
    """Whether a request saves nothing, and says nothing of it where the store is away."""
    without_store: Callable[[P], Response | None] = lambda _: None
    """What is answered even then."""


@dataclass(frozen=True)
class Around:
    """What of the deployment stands around the handlers of a workspace."""

    loading: Loading
    use: Callable[[Workspace], None] = lambda _: None
    """Hears where somebody is, unless it knows."""
    in_use: Collection[str] = ()
    """The ids of the workspaces where it knows that somebody is."""
    note_domain: Callable[[Workspace, str], None] = lambda _, __: None
    """Hears what stands before .slack.com there, once."""
    of_installations: Mapping[str, Callable[[Event], Awaitable[None]]] = field(default_factory=dict)
    """The events that are about installations, by their types: before anybody asks whether there is one."""
    install_url: str | None = None
    """Where somebody can install the app."""


class Routes(AsyncMiddleware):
    """Answers the requests of all `kinds`, which are named by the `type` of their bodies; slash commands have none."""

    def __init__(
        self,
        kinds: Mapping[str, RequestKind[Any]],
        tools: Tools,
        follow_ups: AfterAnswer,
        observer: Observer,
        around: Around,
    ) -> None:
        self._kinds = kinds
        self._tools = tools
        self._after_answer = follow_ups
        self._observer = observer
        self._around = around
        self._noted = set[str]()  # the workspaces of which it is known what stands before .slack.com

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
            self._observer.events_held_back()
            return BoltResponse(status=200)
        started = perf_counter()
        body = req.body if kind.is_typed or _NUL not in req.raw_body else storable(req.body)
        outcome, response = await self._answered(kind, body)
        self._observer.observe(kind.name, outcome, perf_counter() - started)
        return response

    async def _answered(self, kind: RequestKind[P], body: JsonValue) -> tuple[str, BoltResponse]:
        try:
            found, stamps = unstamped(body)
            payload = kind.payload.model_validate(found)
            named = self._named(payload, stamps)
        except ValidationError as error:
            return self._malformed(kind, _faults(error))
        if not (named.team_id or named.enterprise_id):
            return self._malformed(kind, ["team"])
        if isinstance(payload, Event) and (hear := self._around.of_installations.get(payload.event.type)):
            return await self._heard(payload, hear)
        workspace = self._workspace(named)
        if workspace is None:
            try:
                await self._around.loading.catch_up(None)  # another process may have installed it just now
            except StoreUnavailable as error:
                return "refused", self._given(_unknown(named), _refused(kind, payload, error))
            workspace = self._workspace(self._named(payload, stamps))
        if workspace is None:
            return self._not_installed(kind, payload, named)
        reference = f"{getrandbits(32):08x}"  # no secret, and drawn without a system call
        # For the rest of the task, which is this request's own, and for what it starts.
        bind_contextvars(request_id=reference, kind=kind.name, workspace=workspace.id, user=payload.actor)
        if stamps - {workspace.id}:
            _log.warning("of another workspace", stamped=sorted(stamps))
            outcome, answer = "refused", errors.error_response(errors.OtherWorkspace(payload), payload)
        else:
            if workspace.id not in self._around.in_use:
                self._around.use(workspace)
            if workspace.id not in self._noted and (domain := _domain(payload, workspace)):
                self._noted.add(workspace.id)
                self._around.note_domain(workspace, domain)
            request = _Request(kind, payload, workspace, stamps, reference)
            outcome, answer = await self._opened_and_handled(request)
        return outcome, self._given(workspace, answer)

    async def _heard(
        self, event: Event, hear: Callable[[Event], Awaitable[None]]
    ) -> tuple[str, BoltResponse]:
        try:
            await self._around.loading.catch_up(None)
            await hear(event)
        except Exception:  # noqa: BLE001  (whatever it is: Slack tells it again)
            _log.exception("an installation's event was not heard", type=event.event.type)
            return "failed", BoltResponse(status=503)
        return "ok", BoltResponse(status=200)

    def _malformed(self, kind: RequestKind[P], fields: list[str]) -> tuple[str, BoltResponse]:
        _log.warning("malformed payload", kind=kind.name, fields=fields)
        return "malformed", BoltResponse(status=kind.malformed, body={"error": "malformed_payload"})

    def _named(self, payload: Payload, stamps: frozenset[str]) -> InstalledIn:
        """A stamp says where something of an organisation was shown, and nothing more: of a team that Slack has not said to be
        one of it, it says nothing."""
        named = installed_in(payload, next(iter(stamps), None))
        is_of_use = named.rule is not Rule.STAMP or self._workspace(named)
        return named if is_of_use else installed_in(payload)

    def _workspace(self, named: InstalledIn) -> Workspace | None:
        """None where nothing is installed, and of what is no ID at all."""
        ids_ = (named.enterprise_id, named.team_id)
        if not all(each is None or _ID.fullmatch(each) for each in ids_):
            return None
        installations, rule = self._tools.installations, named.rule
        if rule in IS_GUESSED and not installations.has_team(*ids_):
            return None
        return installations.workspace_of(*ids_, is_told=rule in IS_TOLD)

    def _not_installed(
        self, kind: RequestKind[P], payload: P, named: InstalledIn
    ) -> tuple[str, BoltResponse]:
        _log.warning("not installed", kind=kind.name, team=named.team_id, enterprise=named.enterprise_id)
        answer = errors.not_installed_response(payload, self._around.install_url)
        return "not_installed", self._given(_unknown(named), answer)

    def _given(self, workspace: Workspace, answer: Response) -> BoltResponse:
        self._after_answer.start(workspace, answer.follow_ups)
        body = _json(stamped(answer.body, workspace)) if answer.body else ""
        return BoltResponse(status=answer.status, body=body)

    async def _opened_and_handled(self, request: "_Request[P]") -> tuple[str, Response]:
        """Slack waits three seconds; a store may take longer to open."""
        payload, workspace = request.payload, request.workspace
        around = self._around.loading
        try:
            opening = None if around.is_ready(workspace) else await around.opened(workspace)
        except DeskError as error:
            return "refused", _refused(request.kind, payload, error)
        except Exception:  # noqa: BLE001  (whatever it is, the user hears of it)
            _log.exception("a store did not open")
            return "failed", errors.error_response(errors.internal_error(request.reference), payload)
        if opening is None:
            return await self._handled(request)
        if loading.follows(payload):

            async def handled() -> Response:
                return (await self._handled(request))[1]

            around.later(opening, payload, handled, partial(self._given, workspace))
        return loading.LOADING, loading.answer(payload)

    async def _handled(self, request: "_Request[P]") -> tuple[str, Response]:
        kind, payload, workspace, stamps, reference = request
        if self._around.loading.is_shared and self._workspace(self._named(payload, stamps)) != workspace:
            return "not_installed", errors.not_installed_response(payload, self._around.install_url)
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
            return "refused", _refused(kind, payload, error)
        except Exception:  # noqa: BLE001  (whatever it is, the user hears of it)
            # Ours to mend, and the user's to know of: the log has the traceback, the user its reference.
            _log.exception("a handler failed")
            return "failed", errors.error_response(errors.internal_error(reference), payload)

    async def _visit(self, workspace: Workspace, payload: Payload) -> Visit:
        actor = await self._tools.settings.actor(
            workspace, payload.actor, outsider=payload.is_from_outside(workspace)
        )
        return Visit(workspace, actor, self._tools, await self._tools.people.of(workspace))


class _Request(NamedTuple, Generic[P]):
    """`reference`: by which the user who hears of a fault names it."""

    kind: RequestKind[P]
    payload: P
    workspace: Workspace
    stamps: frozenset[str]
    reference: str


def _refused(kind: RequestKind[P], payload: P, error: DeskError) -> Response:
    answer = kind.without_store(payload) if isinstance(error, StoreUnavailable) else None
    return answer or errors.error_response(errors.as_read(error) if kind.reads(payload) else error, payload)


def _unknown(named: InstalledIn) -> Workspace:
    """Where nothing is installed: for response_urls alone."""
    return Workspace(team_id=named.team_id or named.enterprise_id)


def _domain(payload: Payload, workspace: Workspace) -> str:
    match payload:
        case SlashCommand() if payload.team_id == workspace.id:
            return payload.team_domain
        case Interaction(team=Team() as team) if team.id == workspace.id:
            return team.domain or ""
        case _:
            return ""


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
