"""Slack's own page on which somebody lets an app into their workspace, and where it leads.

Sources: https://docs.slack.dev/authentication/installing-with-oauth; optional scopes: …/changelog/2026/03/16/optional-scopes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.playground.app import App, Installation
from bot.playground.authorize_page import Asked, draw, draw_error
from bot.playground.installs import Installs
from bot.playground.page.guard import HEADERS, is_local, is_own, policy
from bot.playground.records import User
from bot.playground.world import World

Fields = dict[str, str]


@dataclass(frozen=True)
class Refused(Exception):
    """What was wrong with the way here: Slack's code, and words for whoever sees the page."""

    code: str
    words: str


class Authorize:
    """`redirect_urls` are those that the app has named to Slack."""

    def __init__(self, installs: Installs) -> None:
        self._installs = installs
        self.redirect_urls: list[str] = []

    async def answer(self, request: Request) -> Response:
        if not is_local(request.headers):
            return HTMLResponse("The playground is for this machine only.", 403, HEADERS)
        if request.method == "GET":
            return self._show(dict(request.query_params))
        if not is_own(request.headers):
            return HTMLResponse("Another site may not act here.", 403, HEADERS)
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        return self._decide(dict(pairs), {value for name, value in pairs if name == "grant"})

    async def open_app(self, request: Request) -> Response:
        """`/app_redirect?app=…&team=…`: leads to the app's Home in this workspace, as whoever has installed it."""
        team = request.query_params.get("team")
        world = next(
            (each for each in self._installs.worlds if each.team.id == team), self._installs.worlds[0]
        )
        admins = [each.id for each in _admins(world)]
        installer = world.installation.installer if world.installation else ""
        who = installer if installer in world.users else next(iter(admins), "")
        return RedirectResponse(f"/?{urlencode({'as': who})}#/app/home", 302)

    def _show(self, asked: Fields) -> Response:
        try:
            scopes, redirect = self._check(asked)
        except Refused as refused:
            return HTMLResponse(draw_error(self._app, refused.code, refused.words), 400, HEADERS)
        places = {each.team.id: each.team.name for each in self._installs.worlds} | self._organisations()
        place = asked.get("team") if asked.get("team") in places else next(iter(places))
        page = draw(
            Asked(
                app=self._app,
                fields=asked,
                places=places,
                place=str(place),
                people=[(each.id, each.real_name) for each in _admins(self._world(str(place)))],
                required=sorted(scopes - self._app.optional),
                optional=sorted(scopes & self._app.optional),
            )
        )
        parts = urlsplit(redirect)
        own = policy(form_action=f"'self' {parts.scheme}://{parts.netloc}")
        # Without a referrer, browsers say of a form's origin that it is none
        more = {"Content-Security-Policy": own, "Referrer-Policy": "same-origin"}
        return HTMLResponse(page, headers=HEADERS | more)

    def _decide(self, asked: Fields, granted: set[str]) -> Response:
        try:
            scopes, redirect = self._check(asked)
            if asked.get("decision") != "allow":
                return _back(redirect, asked, {"error": "access_denied"})
            installation = self._chosen(asked.get("place", ""), asked.get("person", ""))
        except Refused as refused:
            return HTMLResponse(draw_error(self._app, refused.code, refused.words), 400, HEADERS)
        kept = scopes - (self._app.optional - granted)
        code = self._installs.allow(installation, kept, asked.get("redirect_uri") or None)
        return _back(redirect, asked, {"code": code})

    def _chosen(self, place: str, person: str) -> Installation:
        """Raises Refused unless this is somewhere, and somebody who may install apps there."""
        if place not in {each.team.id for each in self._installs.worlds} | self._organisations().keys():
            raise Refused("invalid_team", "There is no such workspace.")
        if person not in {each.id for each in _admins(self._world(place))}:
            raise Refused("access_denied", "Ask an admin of this workspace to install the app.")
        return Installation(place, person)

    def _check(self, asked: Fields) -> tuple[frozenset[str], str]:
        """The scopes that are asked for, and where to go from here. Raises Refused."""
        if asked.get("client_id") != self._app.client_id:
            raise Refused("invalid_client_id", "The app that sent you here is not known.")
        redirect = asked.get("redirect_uri") or next(iter(self.redirect_urls), "")
        if not any(redirect.startswith(each) for each in self.redirect_urls):
            raise Refused(
                "bad_redirect_uri", f"{redirect or 'No address'} is not one that the app has named."
            )
        scopes = frozenset(filter(None, asked.get("scope", "").split(",")))
        if not scopes:
            raise Refused("invalid_scope", "The app asks for nothing.")
        if unknown := scopes - self._app.asked:
            raise Refused("invalid_scope", f"The app's manifest has no {', '.join(sorted(unknown))}.")
        return scopes, redirect

    def _organisations(self) -> dict[str, str]:
        """Those that may install the app everywhere at once, by id."""
        if not self._app.is_org_ready:
            return {}
        teams = [each.team for each in self._installs.worlds]
        return {
            each.enterprise_id: f"{each.enterprise_name} (the organisation)"
            for each in teams
            if each.enterprise_id
        }

    def _world(self, place: str) -> World:
        return next(
            each for each in self._installs.worlds if place in {each.team.id, each.team.enterprise_id}
        )

    @property
    def _app(self) -> App:
        return self._installs.worlds[0].app


def _admins(world: World) -> Iterable[User]:
    return [each for each in world.users.values() if each.is_admin and not each.is_bot and not each.deleted]


def _back(redirect: str, asked: Fields, result: Fields) -> Response:
    state = {"state": asked["state"]} if "state" in asked else {}
    return RedirectResponse(f"{redirect}?{urlencode(result | state)}", 302)
