"""The pages of installing, as HTML: one that went well, and one for each way in which it does not. Pure.

They are read on phones, too, and load nothing: a policy forbids it, and scripts with it.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

_SLACK = "slack.com"
HEADERS: Mapping[str, str] = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",  # the address of this page holds Slack's code
    "x-content-type-options": "nosniff",
}

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --dim: #565856; --ground: #f4f5f7; --card: #fff; --deep: #1d3557; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --dim: #ababad; --ground: #17191c; --card: #222529; --deep: #a8c7ee; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--ground);
  color: var(--ink); font: 17px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 30rem; padding: 28px 24px; border-radius: 14px; background: var(--card); }
h1 { margin: 0 0 12px; font-size: 1.45rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
.small { margin: 16px 0 0; color: var(--dim); font-size: .9rem; }
.button { display: block; padding: 13px 18px; border-radius: 10px; background: #1d3557; color: #fff; font-weight: 600;
  text-align: center; text-decoration: none; }
.button:focus-visible, a:focus-visible { outline: 3px solid #457b9d; outline-offset: 2px; }
.small a { color: var(--deep); }
"""


class Link(NamedTuple):
    words: str
    address: str


class Page(NamedTuple):
    """`status`: HTTP's. `way_on`: the one button. `small`: what else may be of use."""

    status: int
    title: str
    words: str
    way_on: Link | None = None
    small: str = ""
    other: Link | None = None
    opens: str | None = None


def html(page: Page) -> str:
    """Escapes all that it is given."""
    opens = f'<meta http-equiv="refresh" content="0; url={escape(page.opens)}">' if page.opens else ""
    button = (
        f'<a class="button" href="{escape(page.way_on.address)}">{escape(page.way_on.words)}</a>'
        if page.way_on
        else ""
    )
    other = f' <a href="{escape(page.other.address)}">{escape(page.other.words)}</a>' if page.other else ""
    small = f'<p class="small">{escape(page.small)}{other}</p>' if page.small or other else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,">{opens}<title>{escape(page.title)}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(page.title)}</h1><p>{escape(page.words)}</p>{button}{small}</main></body></html>"
    )


def installed(name: str, team_id: str, app_id: str, slack: str) -> Page:
    """Opens Slack at the app's Home. `slack`: the address of Slack's website.

    Source: https://docs.slack.dev/interactivity/deep-linking
    """
    in_browser = f"{slack}app_redirect?{urlencode({'app': app_id, 'team': team_id})}"
    in_app = f"slack://app?{urlencode({'team': team_id, 'id': app_id, 'tab': 'home'})}"
    has_app = _is_slack(slack)  # a stand-in has none that could open
    opens = in_app if has_app else in_browser
    return Page(
        200,
        f"Deskhand is in {name}",
        "Slack opens at Deskhand's Home in a moment. A message from Deskhand there says what to do first.",
        Link("Open Deskhand in Slack", opens),
        "Does nothing happen?" if has_app else "",
        Link("Open Slack in this browser", in_browser) if has_app else None,
        opens,
    )


def installed_org_wide(name: str, enterprise_id: str, app_id: str, slack: str) -> Page:
    """Which teams have it, the organisation's admins choose in Slack."""
    address = f"{slack}manage/{enterprise_id}/integrations/profile/{app_id}/workspaces/add"
    if _is_slack(slack):
        address = f"https://app.{_SLACK}/manage/{enterprise_id}/integrations/profile/{app_id}/workspaces/add"
    return Page(
        200,
        f"Deskhand is in {name}",
        "It is in your organisation now. Next, choose in Slack which of its workspaces have it: each gets a desk of its own.",
        Link("Choose workspaces in Slack", address),
    )


def _is_slack(address: str) -> bool:
    return (urlsplit(address).hostname or "").endswith(_SLACK)


class Failure(NamedTuple):
    """`can_retry`: whether to begin again may help."""

    status: int
    title: str
    words: str
    can_retry: bool = True
    small: str = ""


_OPERATOR = "Tell whoever runs this Deskhand:"
_NOTHING = "Nothing was installed."

FAILURES: Mapping[str, Failure] = {
    "access_denied": Failure(
        200,
        "Nothing was installed",
        "You cancelled at Slack. That is fine: you can install Deskhand whenever you like.",
    ),
    "no_cookie": Failure(
        400,
        "This link works only once",
        "It was used already, or it began in another browser, or this one keeps no cookies of this site. "
        "Is Deskhand not in Slack yet? Begin again here.",
    ),
    "invalid_browser": Failure(
        400,
        "This did not start in this browser",
        f"{_NOTHING} Perhaps you began twice, or somebody sent you this link. Begin again here.",
    ),
    "invalid_state": Failure(
        400,
        "This link was used, or is too old",
        f"An installation has ten minutes, and its link works once. {_NOTHING} Begin again here.",
    ),
    "missing_code": Failure(400, "Slack sent too little", f"{_NOTHING} Begin again here."),
    "invalid_code": Failure(400, "Slack takes this link no more", f"{_NOTHING} Begin again here."),
    "credentials": Failure(
        500,
        "Deskhand is not set up right",
        f"Slack does not know it by the client ID and secret that it has. {_NOTHING}",
        can_retry=False,
        small=f"{_OPERATOR} SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must be those at Basic Information on the app's page.",
    ),
    "bad_redirect_uri": Failure(
        500,
        "Deskhand is not set up right",
        f"Slack does not know the address that it should lead back to. {_NOTHING}",
        can_retry=False,
        small=f"{_OPERATOR} DESKHAND_PUBLIC_URL with /slack/oauth_redirect must be among the Redirect URLs at OAuth & "
        "Permissions on the app's page.",
    ),
    "cannot_install_an_org_installed_app": Failure(
        400,
        "Your organisation has Deskhand already",
        "It is installed for the whole organisation. Ask one of its admins to add this workspace to it in Slack.",
        can_retry=False,
    ),
    "not_allowed": Failure(
        403,
        "This workspace may not install Deskhand here",
        "Whoever runs this Deskhand decides who may.",
        can_retry=False,
        small=f"{_OPERATOR} add {{place}} to DESKHAND_ALLOWED_TEAMS and start Deskhand again.",
    ),
    "not_distributed": Failure(
        400,
        "Slack lets only one workspace have it",
        f"This app is not distributed: only the workspace that it was made in can install it. {_NOTHING}",
        can_retry=False,
        small=f"{_OPERATOR} activate it at Manage Distribution on the app's page.",
    ),
    "slack_down": Failure(503, "Slack does not answer", f"{_NOTHING} Wait a minute, and begin again here."),
    "not_saved": Failure(
        503,
        "This could not be saved",
        "Slack has let Deskhand in, and Deskhand could not write that down. Wait a minute, and begin again here.",
        small=f"{_OPERATOR} the log says why.",
    ),
}
"""By Slack's code, Bolt's, or our own."""

_SAME: Mapping[str, str] = {
    "bad_client_secret": "credentials",
    "invalid_client_id": "credentials",
    "invalid_client": "credentials",
    "code_already_used": "invalid_code",
    "code_expired": "invalid_code",
    "redirect_uri_mismatch": "bad_redirect_uri",
    "invalid_team_for_non_distributed_app": "not_distributed",
    "org_login_required": "slack_down",
    "team_added_to_org": "slack_down",
}
_CODE = re.compile(r"[a-z_]{1,40}")
"""What a code of Slack's looks like. Anybody can put anything else into a link to this page."""


def failed(reason: str, start: str, place: str = "") -> Page:
    """`start`: the address to begin again at. `place`: the ID of the workspace or organisation, where it is known."""
    why = f"Slack says why: {reason}. " if _CODE.fullmatch(reason) else ""
    failure = FAILURES.get(_SAME.get(reason, reason)) or Failure(
        400, "Slack did not install it", f"{why}{_NOTHING}"
    )
    way_on = Link("Begin again", start) if failure.can_retry else None
    small = failure.small.format(place=place)
    return Page(failure.status, failure.title, failure.words, way_on, small)
