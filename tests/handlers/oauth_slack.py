"""Slack's side of installing, as far as a test of ours needs it: codes become tokens, and refresh tokens become others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.http import server

CLIENT_ID, CLIENT_SECRET = "1.2", "client-secret-5f3a"
LIVES = 43_200
NAME = "Acme <b>& Co"


@dataclass
class OAuthSlack:
    """`error`: what oauth.v2.access says in place of tokens. `hangs`: it never answers. `codes`: those that it has given."""

    api_url: str = ""
    error: str = ""
    status: int = 200
    hangs: bool = False
    rotates: bool = True
    kind: str = "bot"
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    def allow(self, team: str = "T1", *, enterprise: str | None = None, org_wide: bool = False) -> str:
        """Somebody presses Allow: the code that Slack leads back with."""
        code = f"code-{len(self.codes)}-{team}"
        place = {"id": team, "name": NAME}
        organisation = {"id": enterprise, "name": "Acme Group"} if enterprise else None
        self.codes[code] = {
            "team": None if org_wide else place,
            "enterprise": organisation,
            "is_enterprise_install": org_wide,
            "authed_user": {"id": "U1"},
            "bot_user_id": f"UBOT{team}",
            "app_id": "A1",
            "scope": "commands,chat:write",
            "token_type": self.kind,
        }
        return code

    def _pair(self) -> dict[str, Any]:
        number = len(self.tokens)
        access, refresh = f"xoxe.xoxb-1-access{number}", f"xoxe-1-refresh{number}"
        if not self.rotates:
            access = f"xoxb-1-access{number}"
        self.tokens.append(access)
        pair: dict[str, Any] = {"ok": True, "access_token": access}
        if self.rotates:
            self.refresh_tokens.add(refresh)
            pair |= {"refresh_token": refresh, "expires_in": LIVES}
        return pair

    async def access(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        if self.hangs:
            await self.ends.wait()
        if self.status != 200:
            return PlainTextResponse("down", self.status)
        if self.error:
            return JSONResponse({"ok": False, "error": self.error})
        if form.get("grant_type") == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return JSONResponse({"ok": False, "error": "invalid_refresh_token"})
            self.refresh_tokens.discard(form["refresh_token"])
            return JSONResponse({**self._pair(), "token_type": self.kind})
        granted = self.codes.pop(form["code"], None)
        if granted is None:
            return JSONResponse({"ok": False, "error": "invalid_code"})
        return JSONResponse({**self._pair(), **granted})

    async def test(self, _: Request) -> Response:
        return JSONResponse(
            {"ok": True, "url": "https://acme.slack.com/", "team_id": "T1", "user_id": "UBOTT1"}
        )

    async def revoke(self, request: Request) -> Response:
        self.revoked.append(request.headers["authorization"].removeprefix("Bearer "))
        return JSONResponse({"ok": True, "revoked": True})

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        routes = [
            Route("/api/oauth.v2.access", self.access, methods=["POST"]),
            Route("/api/auth.test", self.test, methods=["POST"]),
            Route("/api/auth.revoke", self.revoke, methods=["GET"]),
        ]
        async with server.listening(Starlette(routes=routes), host="127.0.0.1", port=0) as port:
            self.api_url = f"http://127.0.0.1:{port}/api/"
            yield
            self.ends.set()
