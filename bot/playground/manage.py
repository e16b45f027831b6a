"""Slack's page on which an organisation's admin chooses which of its workspaces have an app.

Source: https://docs.slack.dev/enterprise/organization-ready-apps (where an app leads its installer).
"""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.playground.authorize_page import Choice, draw_choice, draw_error
from bot.playground.installs import Installs
from bot.playground.page.guard import HEADERS, is_local, is_own, policy

ADDRESS = "/manage/{enterprise}/integrations/profile/{app}/workspaces/add"


class Manage:
    def __init__(self, installs: Installs) -> None:
        self._installs = installs

    async def answer(self, request: Request) -> Response:
        app = self._installs.worlds[0].app
        if not is_local(request.headers):
            return HTMLResponse("The playground is for this machine only.", 403, HEADERS)
        enterprise = request.path_params["enterprise"]
        worlds = [each for each in self._installs.worlds if each.team.enterprise_id == enterprise]
        if enterprise not in self._installs.organisations:
            words = "This organisation has not installed the app."
            return HTMLResponse(draw_error(app, "app_not_installed", words), 404, HEADERS)
        if request.method == "GET":
            choices = [Choice(each.team.id, each.team.name, is_on=bool(each.installation)) for each in worlds]
            more = {"Content-Security-Policy": policy(form_action="'self'"), "Referrer-Policy": "same-origin"}
            return HTMLResponse(draw_choice(app, choices), headers=HEADERS | more)
        if not is_own(request.headers):
            return HTMLResponse("Another site may not act here.", 403, HEADERS)
        chosen = {value for name, value in parse_qsl((await request.body()).decode()) if name == "team"}
        self._installs.grant([each for each in worlds if each.team.id in chosen and not each.installation])
        self._installs.withdraw([each for each in worlds if each.team.id not in chosen and each.installation])
        return RedirectResponse("/", 303)
