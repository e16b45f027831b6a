"""Very many workspaces and one desk, installed by OAuth: Slack for all of them, and the people who write from them.

Every ID and every text of a workspace carries its mark, and Slack holds each call to that: what is called with one workspace's
token may name no other.
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientSession, TCPConnector
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import app
from bot.domain.installation import Installation, Tokens
from bot.domain.people import MemberSyncProgress, Person
from bot.domain.workspace import Workspace
from bot.http import server
from bot.services.ports.store import Store, Transaction
from bot.settings import Settings
from storage import installation_store, open_store
from tests.directories import fill
from tests.storage.samples import DIRECTORY
from tests.stores import store_url

Json = dict[str, Any]

SIGNING_SECRET, CLIENT_SECRET = "signing-secret-of-many", "client-secret-of-many"
KEY = Fernet.generate_key().decode()
_MARK = re.compile(r"W\d{3}")


def team_of(number: int) -> str:
    return f"T0W{number:03}"


def mark_of(team: str) -> str:
    """What stands in everything of a workspace."""
    return team.removeprefix("T0")


def token_of(team: str) -> str:
    return f"xoxb-of-{mark_of(team)}"


def people_of(team: str) -> tuple[str, ...]:
    return tuple(f"U0{mark_of(team)}{name}" for name in ("ANA", "BEN", "CHLOE"))


def bot_of(team: str) -> str:
    return f"U0{mark_of(team)}BOT"


@dataclass(frozen=True)
class Message:
    channel: str
    ts: str
    blocks: Sequence[Json]


@dataclass
class ManySlack:
    """`wrong`: the calls with one workspace's token that named another, or with none. `refused`: the teams whose token it
    takes no more."""

    api_url: str = ""
    wrong: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: defaultdict[str, dict[str, Message]] = field(default_factory=lambda: defaultdict(dict))
    """By team and ts."""
    views: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    _called: asyncio.Event = field(default_factory=asyncio.Event)
    _ts: "count[int]" = field(default_factory=lambda: count(1))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        routes = [
            Route("/api/{method}", self._method, methods=["GET", "POST"]),
            Route("/hooks/{team}", self._hook, methods=["POST"]),
        ]
        async with server.listening(Starlette(routes=routes), host="127.0.0.1", port=0) as port:
            self.api_url = f"http://127.0.0.1:{port}/api/"
            yield

    async def called(self) -> None:
        """Returns at the next call, once it is answered to the one who waits for it here."""
        await self._called.wait()

    def hook(self, team: str) -> str:
        """A response_url."""
        return self.api_url.replace("/api/", f"/hooks/{team}")

    async def _hook(self, request: Request) -> JSONResponse:
        team = request.path_params["team"]
        self._hold(team, "response_url", (await request.body()).decode())
        return JSONResponse({"ok": True})

    async def _method(self, request: Request) -> JSONResponse:
        method, text = request.path_params["method"], (await request.body()).decode() + request.url.query
        team = f"T0{request.headers.get('authorization', '').removeprefix('Bearer xoxb-of-')}"
        self._hold(team, method, text)
        self.calls[team, method] += 1
        self._called.set()
        self._called.clear()
        if team in self.refused:
            return JSONResponse({"ok": False, "error": "account_inactive"})
        asked = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
        return JSONResponse({"ok": True, **self._answer(team, method, asked)})

    def _hold(self, team: str, what: str, text: str) -> None:
        if not _MARK.fullmatch(mark_of(team)) or {*_MARK.findall(text)} - {mark_of(team)}:
            self.wrong.append(f"{team} {what} {text}")

    def _answer(self, team: str, method: str, asked: Json) -> Json:
        match method:
            case "chat.postMessage":
                channel, ts = asked["channel"], f"1800000000.{next(self._ts):06}"
                channel = channel.replace("U0", "D0", 1) if channel.startswith("U0") else channel
                self.messages[team][ts] = Message(channel, ts, asked.get("blocks", ()))
                posted = {"ts": ts, "thread_ts": asked.get("thread_ts")}
                return {"channel": channel, "ts": ts, "message": posted}
            case "chat.update":
                channel, ts = asked["channel"], asked["ts"]
                self.messages[team][ts] = Message(channel, ts, asked.get("blocks", ()))
                return {"channel": channel, "ts": ts}
            case "users.list":
                return {"members": [{"id": each, "name": each.lower()} for each in people_of(team)]}
            case "users.info":
                return {"user": {"id": asked["user"], "name": asked["user"].lower()}}
            case "usergroups.list":
                return {"usergroups": []}
            case "views.open":
                self.views[team].append(asked["view"])
                return {"view": {"id": f"V0{mark_of(team)}", "hash": "1", **asked["view"]}}
            case _:
                return {"messages": [], "members": []}


class Desk:
    """The desk of all of them, and what people send to it."""

    def __init__(self, slack: ManySlack, runtime: app.Runtime, session: ClientSession, url: str) -> None:
        self.slack = slack
        self.runtime = runtime
        self._session = session
        self._url = url
        self._triggers = count(1)

    async def command(self, team: str, user: str, text: str, *, trigger: str = "") -> Json:
        """`/ticket` and this. Gives the answer, which names no other workspace."""
        mark = mark_of(team)
        return await self._form(
            team,
            {
                "command": "/ticket",
                "text": text,
                "team_id": team,
                "team_domain": mark.lower(),
                "channel_id": f"C0{mark}{next(self._triggers):06}",
                "channel_name": "support",
                "user_id": user,
                "user_name": user.lower(),
                "response_url": self.slack.hook(team),
                "trigger_id": trigger or self._trigger(),
            },
        )

    async def press(self, team: str, user: str, message: Message, action: Json) -> Json:
        """A button of a message, as somebody of the workspace has it before them."""
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": team},
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
            "trigger_id": self._trigger(),
            "team": {"id": team, "domain": mark_of(team).lower()},
            "channel": {"id": message.channel, "name": "support"},
            "message": {"ts": message.ts, "text": "", "blocks": message.blocks},
            "response_url": self.slack.hook(team),
            "actions": [{"type": "button", "block_id": "b", "action_ts": "1800000000.000001", **action}],
        }
        return await self._form(team, {"payload": json.dumps(payload)})

    async def submit(self, team: str, user: str, view: Json, typed: str) -> Json:
        """A form, with this in each of its inputs that takes text."""
        state: Json = {}
        for block in view["blocks"]:
            element = block.get("element", {})
            if element.get("type") == "plain_text_input":
                state[block["block_id"]] = {element["action_id"]: {"type": element["type"], "value": typed}}
        payload = {
            "type": "view_submission",
            "team": {"id": team, "domain": mark_of(team).lower()},
            "user": {"id": user, "username": user.lower(), "team_id": team},
            "trigger_id": self._trigger(),
            "view": {
                "id": f"V0{mark_of(team)}",
                "team_id": team,
                "hash": "1",
                "app_installed_team_id": team,
                **view,
                "state": {"values": state},
            },
        }
        return await self._form(team, {"payload": json.dumps(payload)})

    async def event(self, team: str, event: Mapping[str, object], *, at: float | None = None) -> None:
        body = {
            "type": "event_callback",
            "team_id": team,
            "event": event,
            "event_id": f"Ev{next(self._triggers):08}",
            "event_time": int(time.time() if at is None else at),
            "authorizations": [{"team_id": team, "user_id": bot_of(team), "is_bot": True}],
        }
        await self._post(team, json.dumps(body), "application/json")

    async def _form(self, team: str, form: Mapping[str, str]) -> Json:
        text = await self._post(team, urlencode(form), "application/x-www-form-urlencoded")
        return json.loads(text) if text else {}

    async def _post(self, team: str, body: str, content_type: str) -> str:
        stamp = str(int(time.time()))
        signed = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        headers = {
            "content-type": content_type,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={signed.hexdigest()}",
        }
        async with self._session.post(self._url, data=body.encode(), headers=headers) as response:
            text = await response.text()
        assert response.status == 200, f"{response.status} {text}"
        assert not {*_MARK.findall(text)} - {mark_of(team)}, "an answer names no other workspace"
        return text

    def _trigger(self) -> str:
        return f"{next(self._triggers)}.{time.time_ns()}"


async def installed(folder: Path, teams: Iterable[str]) -> None:
    """A data folder in which these have the app, a directory and people, as it is after a while."""
    store = open_store(store_url(folder))
    kept = installation_store(store, (SecretStr(KEY),))
    for team in teams:
        await kept.change(team, partial(_made, installation(team, datetime.now(UTC) - timedelta(days=1))))
        await settle(store, team)
    await store.close()


def _made(new: Installation, _: Installation | None) -> Installation:
    return new


def installation(team: str, since: datetime) -> Installation:
    return Installation(
        id=team,
        name=f"{mark_of(team)} Ltd",
        team_id=team,
        bot_user=bot_of(team),
        installed_by=people_of(team)[0],
        since=since,
        tokens=Tokens(access=SecretStr(token_of(team))),
        welcomed_at=since,
        noted_at=since,
    )


async def settle(store: Store, team: str) -> None:
    now = datetime.now(UTC)

    async def work(tx: Transaction) -> None:
        await fill(tx, DIRECTORY)
        for person in people_of(team):
            await tx.keep_person(Person(id=person, names=(person.lower(),)))
        await tx.keep_member_sync_progress(MemberSyncProgress(people_read_at=now, groups_read_at=now))

    await store.change(Workspace(team_id=team), work)


@asynccontextmanager
async def desk_of(slack: ManySlack, folder: Path, *, most_open: int, **also: object) -> AsyncIterator[Desk]:
    settings = Settings.model_validate(
        {
            "signing_secret": SIGNING_SECRET,
            "client_id": "1.2",
            "client_secret": CLIENT_SECRET,
            "public_url": "https://desk.example.com",
            "secret_keys": KEY,
            "allowed_teams": "*",
            "api_url": slack.api_url,
            "store": store_url(folder),
            "open_workspaces": most_open,
            **also,
        }
    )
    async with (
        app.build(settings, held=timedelta()) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=0) as port,
        ClientSession(connector=TCPConnector(force_close=True)) as session,
    ):
        yield Desk(slack, runtime, session, f"http://127.0.0.1:{port}/slack/events")
