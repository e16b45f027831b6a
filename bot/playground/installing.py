"""Somebody at a browser who installs the app: from the bot's page over Slack's and back, with the bot's cookies."""

import re
from dataclasses import dataclass
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from bot.playground.world import World

_MOST_STEPS = 10
_MOVED = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Landing:
    """The page at which a browser ends."""

    url: str
    status: int
    text: str


class Browser:
    """One window; it keeps its cookies until it is closed. `slack` and `bot` are the addresses of both."""

    def __init__(self, slack: str, bot: str) -> None:
        self._slack = slack
        self._bot = bot
        # The cookie may be for https alone, which browsers do not insist on for this machine, and aiohttp's jar does
        self._session = ClientSession(cookie_jar=DummyCookieJar())
        self._cookies: dict[str, str] = {}

    async def install(
        self, world: World, by: str, *, leaves_out: tuple[str, ...] = (), org: bool = False
    ) -> Landing:
        asked = await self.begins(world)
        scopes = set(asked["scope"].split(",")) - set(leaves_out)
        place = world.team.enterprise_id if org else world.team.id
        choice = {"place": place or "", "person": world.user(by).id, "decision": "allow"}
        return await self.decides(asked, choice, scopes)

    async def cancel(self, world: World) -> Landing:
        asked = await self.begins(world)
        return await self.decides(asked, {"place": world.team.id, "decision": "cancel"}, set())

    async def begins(self, world: World) -> dict[str, str]:
        """Opens the bot's page for installing: what Slack's page is then asked. Raises LookupError."""
        url = f"{self._bot}/slack/install?team={world.team.id}"
        for _ in range(_MOST_STEPS):
            async with self._session.get(url, headers=self._sent(url), allow_redirects=False) as response:
                self._keep(response)
                text = await response.text()
                link = re.search(r'href="([^"]*/oauth/v2/authorize[^"]*)"', text)
                url = response.headers.get("Location") or unescape(link[1] if link else "")
                if not url:
                    message = f"the bot's page does not lead to Slack's: {response.status}, {text[:200]}"
                    raise LookupError(message)
            if url.startswith(f"{self._slack}/oauth/v2/authorize"):
                return dict(parse_qsl(urlsplit(url).query))
        raise LookupError("the bot's page leads nowhere")

    async def decides(self, asked: dict[str, str], choice: dict[str, str], scopes: set[str]) -> Landing:
        """Presses a button of Slack's page, and goes where that leads."""
        body = [*asked.items(), *choice.items(), *(("grant", each) for each in sorted(scopes))]
        url = f"{self._slack}/oauth/v2/authorize"
        answer = await self._session.post(url, data=body, allow_redirects=False)
        for _ in range(_MOST_STEPS):
            async with answer:
                self._keep(answer)
                if answer.status not in _MOVED:
                    return Landing(str(answer.url), answer.status, await answer.text())
                url = answer.headers["Location"]
            if not url.startswith(("http:", "https:")):
                return Landing(url, answer.status, "")
            answer = await self._session.get(url, headers=self._sent(url), allow_redirects=False)
        raise LookupError("the bot's answer leads nowhere")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def _sent(self, url: str) -> dict[str, str]:
        """The bot's cookies are for the bot alone."""
        if not self._cookies or not url.startswith(self._bot):
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _keep(self, response: ClientResponse) -> None:
        if not str(response.url).startswith(self._bot):
            return
        for name, cookie in response.cookies.items():
            if cookie.value and cookie["max-age"] not in {"0", 0}:
                self._cookies[name] = cookie.value
            else:
                self._cookies.pop(name, None)
