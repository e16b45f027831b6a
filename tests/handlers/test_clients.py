"""Each workspace's client calls Slack with the token of its installation, and holds none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from bot import manifest
from bot.domain.installation import Installation, Tokens
from bot.domain.workspace import Workspace
from bot.playground.standin import StandIn, start_standin
from bot.services.installations import OneInstallation
from bot.services.ports.messenger import Unauthorized
from handlers.blocks.kit import actions, button
from handlers.outbound.clients import Clients
from handlers.outbound.slack_errors import call_slack

SECRET = "xoxb-of-a-workspace"  # noqa: S105  (of the stand-in)
ONE, TWO = Workspace(team_id="T1"), Workspace(enterprise_id="E1", team_id="T2")


class Installed:
    """Installations with a token each, which a test takes away and gives anew."""

    def __init__(self, **tokens: str) -> None:
        self.tokens = tokens
        self.org_wide: set[str] = set()
        self.renewed: str | None = None  # the next token of one that has expired

    async def catch_up(self, since: float | None = None) -> None:
        """Nobody else changes them."""

    async def load(self) -> None: ...

    def workspace_of(
        self,
        enterprise_id: str | None,
        team_id: str | None,
        *,
        is_told: bool = False,  # noqa: ARG002
    ) -> Workspace | None:
        return Workspace(enterprise_id=enterprise_id, team_id=team_id)

    def has_team(self, enterprise_id: str | None, team_id: str | None) -> bool:  # noqa: ARG002
        return team_id in self.tokens

    def of(self, workspace: Workspace) -> Installation | None:
        if workspace.id not in self.tokens:
            return None
        return Installation(
            id=workspace.id,
            is_org_wide=workspace.id in self.org_wide,
            bot_user="U1",
            installed_by="U2",
            since=datetime.now(UTC),
            tokens=Tokens(access=SecretStr(self.tokens[workspace.id])),
        )

    async def token(self, workspace: Workspace, *, expired: str | None = None) -> str:
        if self.renewed and expired == self.tokens[workspace.id]:
            self.tokens[workspace.id] = self.renewed
        if workspace.id not in self.tokens:
            raise Unauthorized("not_installed")
        return self.tokens[workspace.id]

    def own_user(self, workspace: Workspace) -> str | None:
        return "U1" if workspace.id in self.tokens else None

    def on_change(self, tell: object) -> None: ...


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(manifest.read()) as slack:
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def test_the_token_is_asked_for_at_each_call(slack: StandIn, session: ClientSession) -> None:
    installed = Installed(T1="xoxb-old")
    client = Clients(installed, slack.api_url, session).of(ONE)
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await client.auth_test()
    installed.tokens["T1"] = slack.bot_token
    assert (await client.auth_test())["ok"]
    assert (await client.post("chat.postMessage", {"channel": "C0SUPPORT", "text": "hi"}))["ok"]
    del installed.tokens["T1"]
    for call in (client.auth_test(), client.post("chat.postMessage", {"channel": "C1", "text": "hi"})):
        with pytest.raises(Unauthorized, match="not_installed"):
            await call_slack(call)
    assert len(slack.exchanges.of("chat.postMessage")) == 1, "nothing is sent without a token"


async def test_where_slack_says_that_a_token_has_expired_the_call_is_made_with_the_next_one(
    slack: StandIn, session: ClientSession
) -> None:
    """Our clock may be slow, or was set back: to us it is good for hours."""
    installed = Installed(T1="xoxb-old")
    client = Clients(installed, slack.api_url, session).of(ONE)

    async def post() -> object:
        return await client.post("chat.postMessage", {"channel": "C0SUPPORT", "text": "hi"})

    for method, call in (("auth.test", client.auth_test), ("chat.postMessage", post)):
        installed.tokens["T1"], installed.renewed = "xoxb-old", slack.bot_token
        slack.faults.fail(method, "token_expired")
        await call()
        assert len(slack.exchanges.of(method)) == 2
        slack.faults.fail(method, "token_expired")
        with pytest.raises(SlackApiError, match="token_expired"):
            await call()  # there is no other
        slack.faults.fail(method, "token_revoked")
        with pytest.raises(SlackApiError, match="token_revoked"):
            await call()
        assert len(slack.exchanges.of(method)) == 4
        slack.faults.break_down(method, 503)
        with pytest.raises(SlackApiError):
            await call()
        assert len(slack.exchanges.of(method)) == 5


async def test_every_call_with_an_organisations_token_names_the_team(
    slack: StandIn, session: ClientSession
) -> None:
    installed = Installed(T1=slack.bot_token, T2=slack.bot_token)
    installed.org_wide.add("T2")
    clients = Clients(installed, slack.api_url, session)
    for workspace in (ONE, TWO):
        client = clients.of(workspace)
        await client.users_list(limit=1)
        await client.post("chat.postMessage", {"channel": "C0SUPPORT", "text": "hi"})
        await client.chat_postEphemeral(channel="C0SUPPORT", user="U0ANA", text="hi")
    for method in ("users.list", "chat.postMessage", "chat.postEphemeral"):
        assert [call.get("team_id") for call in slack.calls(method)] == [None, "T2"], method


async def test_what_goes_out_is_stamped_whatever_way_it_goes(slack: StandIn, session: ClientSession) -> None:
    client = Clients(Installed(T1=slack.bot_token), slack.api_url, session).of(ONE)
    blocks = [actions(button("Claim", "claim", value="1"))]
    await client.post("chat.postMessage", {"channel": "C0SUPPORT", "text": "hi", "blocks": blocks})
    await client.chat_postEphemeral(channel="C0SUPPORT", user="U0ANA", text="hi", blocks=blocks)
    await client.views_publish(user_id="U0ANA", view={"type": "home", "callback_id": "h", "blocks": blocks})
    for method in ("chat.postMessage", "chat.postEphemeral"):
        (call,) = slack.calls(method)
        assert _json(call["blocks"])[0]["elements"][0]["value"] == "~T1~1"
    (published,) = slack.calls("views.publish")
    assert _json(published["view"])["private_metadata"] == "~T1~"


def _json(value: object) -> Any:  # noqa: ANN401
    return value


async def test_no_client_and_no_error_of_it_shows_a_token(
    slack: StandIn, session: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    clients = Clients(Installed(T1=SECRET), slack.api_url, session)
    client = clients.of(ONE)
    with pytest.raises(SlackApiError) as raised:
        await client.auth_test()
    with pytest.raises(SlackApiError) as posted:
        await client.post("chat.postMessage", {"channel": "C1", "text": "hi"})
    shown = [repr(clients), repr(client), repr(vars(client)), str(raised.value), str(posted.value)]
    assert SECRET not in "".join([*shown, caplog.text])
    assert client.token is None


def test_many_workspaces_do_not_keep_many_clients() -> None:
    clients = Clients(Installed(), "http://127.0.0.1:1/")
    first = clients.of(ONE)
    assert clients.of(ONE) is first
    for number in range(600):
        clients.of(Workspace(team_id=f"T{number + 10}"))
    assert clients.of(ONE) is not first


def test_a_team_that_joins_an_organisation_gets_another_client() -> None:
    clients = Clients(OneInstallation(None, lambda _: None, lambda: datetime.now(UTC)), "http://127.0.0.1:1/")
    assert clients.of(Workspace(team_id="T2")) is not clients.of(TWO)
