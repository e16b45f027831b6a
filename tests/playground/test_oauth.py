"""Installing the app by Slack's OAuth, and what ends it."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import ClientSession

from bot.playground import seed
from bot.playground.app import Installation
from bot.playground.clock import Clock
from bot.playground.installing import Browser
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.playground.wire import Json
from tests.playground.conftest import MANIFEST, refusal
from tests.playground.oauth_kit import REDIRECT, InstallableBot, installable

OTHER = Team("T0OTHER", "Other Company", "other")
SCOPES = ["chat:write", "commands", "dnd:read", "users:read"]


def manifest(**settings: object) -> Json:
    oauth = {"scopes": {"bot": SCOPES, "bot_optional": ["dnd:read"]}}
    events = {"bot_events": ["app_uninstalled", "tokens_revoked", "app_home_opened"]}
    return MANIFEST | {
        "oauth_config": oauth,
        "settings": {"event_subscriptions": events, **settings},
    }


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[StandIn]:
    """Nobody has installed the app."""
    async with await start_standin(manifest(), clock=clock, installed=False) as standin:
        standin.add_workspace(OTHER)
        yield standin


@pytest.fixture
async def rotating(clock: Clock) -> AsyncIterator[StandIn]:
    async with await start_standin(
        manifest(token_rotation_enabled=True), clock=clock, installed=False
    ) as standin:
        yield standin


@pytest.fixture
async def bot(slack: StandIn) -> AsyncIterator[InstallableBot]:
    async with installable(slack, SCOPES) as made:
        yield made


@pytest.fixture
async def fetch(slack: StandIn, bot: InstallableBot) -> AsyncIterator[Callable[..., object]]:
    """Opens Slack's page with these fields of its query changed: its status and its text."""
    async with ClientSession(slack.url) as session:

        async def fetched(**changed: str) -> tuple[int, str]:
            asked = {
                "client_id": slack.client_id,
                "scope": "chat:write",
                "redirect_uri": bot.url + REDIRECT,
                "state": "s",
            }
            async with session.get("/oauth/v2/authorize", params=asked | changed) as answer:
                return answer.status, await answer.text()

        yield fetched


async def test_an_admin_installs_it_and_the_bot_gets_a_token_of_that_workspace(
    slack: StandIn, bot: InstallableBot
) -> None:
    landing = await slack.install(by="dana")
    assert (landing.status, landing.text) == (200, "installed")
    (grant,) = bot.grants
    assert grant.pop("access_token").startswith("xoxb-")
    assert grant == {
        "ok": True,
        "app_id": slack.world.app.id,
        "authed_user": {"id": "U0DANA"},
        "scope": "chat:write,commands,dnd:read,users:read",
        "token_type": "bot",
        "bot_user_id": "U0DESK",
        "team": {"id": "T0NORTHGATE", "name": "Northgate Building Services"},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    assert (await bot.client(slack.bot_token).auth_test())["team_id"] == "T0NORTHGATE"
    await slack.install(slack.worlds[1], by="ada")
    assert (await bot.client().auth_test())["user_id"] == "U0DESKOTHER"


async def test_who_is_no_admin_cannot_install_it(slack: StandIn, bot: InstallableBot) -> None:
    landing = await slack.install(by="ben")
    assert landing.status == 400
    assert "Ask an admin" in landing.text
    assert bot.grants == []


async def test_what_is_optional_can_be_left_out_and_nothing_else(slack: StandIn, bot: InstallableBot) -> None:
    await slack.install(by="dana", leaves_out=("dnd:read", "chat:write"))
    assert bot.grants[0]["scope"] == "chat:write,commands,users:read"
    assert await refusal(bot.client().dnd_info(user="U0ANA")) == "missing_scope"


@pytest.mark.usefixtures("bot")
async def test_cancelling_leads_back_with_the_state(slack: StandIn) -> None:
    landing = await slack.cancel_install()
    assert landing.text == "not installed: access_denied"
    assert set(parse_qs(urlsplit(landing.url).query)) == {"error", "state"}
    assert slack.world.installation is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, "bad_redirect_uri"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "chat:write,files:write"}, "invalid_scope"),
    ],
)
async def test_a_wrong_way_to_slacks_page_ends_there(
    fetch: Callable[..., asyncio.Future[tuple[int, str]]], changed: dict[str, str], code: str
) -> None:
    status, text = await fetch(**changed)
    assert (status, f"Error details: {code}" in text) == (400, True)
    assert (await fetch())[0] == 200


async def test_slacks_page_escapes_what_it_shows(
    fetch: Callable[..., asyncio.Future[tuple[int, str]]],
) -> None:
    status, text = await fetch(state='"><script>alert(1)</script>')
    assert (status, "<script>" in text, "&lt;script&gt;" in text) == (200, False, True)


async def test_a_code_is_good_once_for_ten_minutes_and_for_its_own_address(
    slack: StandIn, bot: InstallableBot, clock: Clock
) -> None:
    def code() -> str:
        return slack.installs.allow(Installation("T0OTHER", "U0OTHERADA"), SCOPES, bot.url + REDIRECT)

    used, late = code(), code()
    await bot.exchange(code=used)
    assert await refusal(bot.exchange(code=used)) == "code_already_used"
    assert await refusal(bot.exchange(code="nonsense")) == "invalid_code"
    clock.advance(600)
    assert await refusal(bot.exchange(code=late)) == "invalid_code"
    slack.connect("http://127.0.0.1:9/slack/events")
    async with ClientSession(slack.url) as session:
        fields = {"code": code(), "client_id": slack.client_id, "client_secret": slack.client_secret}
        async with session.post("/api/oauth.v2.access", data=fields) as answer:
            assert (await answer.json())["error"] == "bad_redirect_uri"


@pytest.mark.parametrize(
    ("client_id", "secret", "error"),
    [("1.2", "x", "invalid_client_id"), (None, "x", "bad_client_secret"), (None, None, "invalid_code")],
)
async def test_the_bot_shows_its_secret_by_basic_authentication_or_in_the_form(
    slack: StandIn, client_id: str | None, secret: str | None, error: str
) -> None:
    client, word = client_id or slack.client_id, secret or slack.client_secret
    async with ClientSession(slack.url) as session:
        in_form = {"client_id": client, "client_secret": word, "code": "c"}
        async with session.post("/api/oauth.v2.access", data=in_form) as answer:
            assert (await answer.json())["error"] == error
        basic = {"Authorization": f"Basic {b64encode(f'{client}:{word}'.encode()).decode()}"}
        async with session.post("/api/oauth.v2.access", data={"code": "c"}, headers=basic) as answer:
            assert (await answer.json())["error"] == error


async def test_uninstalling_ends_the_token_and_tells_the_bot(slack: StandIn, bot: InstallableBot) -> None:
    await slack.install(by="dana")
    await slack.install(slack.worlds[1], by="ada")
    token = slack.bot_token
    ana = slack.person("ana")
    await ana.types("/invite @Deskhand", in_="random")
    slack.uninstall()
    await slack.events_taken()
    (gone,), (revoked,) = bot.events("app_uninstalled"), bot.events("tokens_revoked")
    assert gone["event"] == {"type": "app_uninstalled"}
    assert revoked["event"] == {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0DESK"]}}
    assert (gone["team_id"], "authorizations" in gone) == ("T0NORTHGATE", False)
    assert gone["event_time"] == int(slack.clock.now().timestamp())
    assert await refusal(bot.client(token).auth_test()) == "account_inactive"
    with pytest.raises(LookupError):
        await ana.types("/ticket")
    assert slack.world.bot.id not in slack.channel("random").conversation.members
    assert (await bot.client().auth_test())["team_id"] == "T0OTHER", "the other one works on"


async def test_installed_again_it_has_the_same_bot_and_another_token(
    slack: StandIn, bot: InstallableBot
) -> None:
    for _ in range(2):
        await slack.install(by="dana")
        slack.uninstall()
    await slack.install(by="dana")
    first, _, last = bot.grants
    assert first["bot_user_id"] == last["bot_user_id"]
    assert first["access_token"] != last["access_token"]
    assert await refusal(bot.client(first["access_token"]).auth_test()) == "invalid_auth"
    assert (await bot.client().auth_test())["ok"]


async def test_what_the_bot_is_told_of_the_end_may_come_late_twice_and_backwards(
    slack: StandIn, bot: InstallableBot, clock: Clock
) -> None:
    await slack.install(by="dana")
    slack.faults.repeat("app_uninstalled", 2)
    hold = slack.faults.hold("*")
    slack.uninstall()
    at = int(clock.now().timestamp())
    await slack.until(lambda: len(hold.waiting) == 2)
    clock.advance(60)
    await slack.install(by="dana")
    assert bot.events("app_uninstalled") == []
    await hold.release(backwards=True)
    await slack.events_taken()
    kinds = [each["event"]["type"] for each in bot.heard]
    assert kinds == ["tokens_revoked", "app_uninstalled", "app_uninstalled"]
    assert {each["event_time"] for each in bot.heard} == {at}, "when it happened, not when it was sent"


async def test_a_revoked_token_of_a_person_is_nothing_to_the_bots(
    slack: StandIn, bot: InstallableBot
) -> None:
    await slack.install(by="dana")
    slack.installs.revoke_user(slack.world, slack.world.user("ana"))
    await slack.events_taken()
    (told,) = bot.events("tokens_revoked")
    assert told["event"]["tokens"] == {"oauth": ["U0ANA"], "bot": []}
    assert (await bot.client().auth_test())["ok"]


async def test_a_bot_that_revokes_its_last_token_is_uninstalled(slack: StandIn, bot: InstallableBot) -> None:
    await slack.install(by="dana")
    client = bot.client()
    assert (await client.auth_revoke(test=True))["revoked"] is False
    assert (await client.auth_revoke())["revoked"] is True
    assert await refusal(client.auth_test()) == "token_revoked"
    await slack.events_taken()
    assert len(bot.events("app_uninstalled")) == 1


async def test_a_bot_may_uninstall_itself(slack: StandIn, bot: InstallableBot) -> None:
    await slack.install(by="dana")
    wrong = bot.client().apps_uninstall(client_id=slack.client_id, client_secret="x")  # noqa: S106
    assert await refusal(wrong) == "bad_client_secret"
    await bot.client().apps_uninstall(client_id=slack.client_id, client_secret=slack.client_secret)
    assert slack.world.installation is None


async def test_tokens_are_rotated_where_the_manifest_says_so(rotating: StandIn, clock: Clock) -> None:
    async with installable(rotating, SCOPES) as bot:
        await rotating.install(by="dana")
        first = bot.grants[-1]
        assert first["access_token"].startswith("xoxe.xoxb-1-")
        assert first["expires_in"] == 43_200
        clock.advance(43_000)
        second = await bot.exchange(grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert second["team"]["id"] == "T0NORTHGATE"
        assert (await bot.client(first["access_token"]).auth_test())["ok"], "until it ends"
        again = bot.exchange(grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert await refusal(again) == "invalid_refresh_token"
        clock.advance(200)
        assert await refusal(bot.client(first["access_token"]).auth_test()) == "token_expired"
        assert (await bot.client(second["access_token"]).auth_test())["ok"]


async def test_a_lost_answer_loses_the_refresh_token(rotating: StandIn) -> None:
    async with installable(rotating, SCOPES) as bot:
        await rotating.install(by="dana")
        refresh = {"grant_type": "refresh_token", "refresh_token": bot.grants[-1]["refresh_token"]}
        rotating.faults.garble("oauth.v2.access", ok=False)
        assert await refusal(bot.exchange(**refresh)) is not None
        assert await refusal(bot.exchange(**refresh)) == "invalid_refresh_token"


async def test_no_secret_of_the_flow_is_in_the_inspector(rotating: StandIn) -> None:
    async with installable(rotating, SCOPES) as bot:
        await rotating.install(by="dana")
        grant = bot.grants[-1]
        seen = "".join(f"{vars(each)}" for each in rotating.exchanges.all)
        assert rotating.calls("oauth.v2.access") != []
        for secret in (grant["access_token"], grant["refresh_token"], rotating.client_secret):
            assert secret not in seen


async def test_the_bots_page_must_lead_to_slacks(slack: StandIn, bot: InstallableBot) -> None:
    async with Browser(slack.url, f"{bot.url}/nowhere") as browser:
        with pytest.raises(LookupError, match="does not lead to Slack's: 404"):
            await browser.begins(slack.world)
    slack.deliveries.url = None
    with pytest.raises(LookupError, match="where the bot is"):
        await slack.install(by="dana")


@pytest.mark.usefixtures("bot")
async def test_slacks_link_to_an_app_opens_its_home_as_whoever_installed_it(slack: StandIn) -> None:
    await slack.install(slack.worlds[1], by="ada")
    async with ClientSession(slack.url) as session:
        query = urlencode({"app": slack.world.app.id, "team": "T0OTHER"})
        async with session.get(f"/app_redirect?{query}", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/?as=U0OTHERADA#/app/home"


async def test_to_start_over_is_to_uninstall_where_it_was_not_at_first(clock: Clock) -> None:
    async with await start_standin(manifest(), clock=clock) as slack:
        world = slack.add_workspace(OTHER)
        async with installable(slack, SCOPES) as bot:
            await slack.install(world, by="ada")
            await slack._start_over()
            await slack.events_taken()
            assert [each["team_id"] for each in bot.events("app_uninstalled")] == ["T0OTHER"]
            assert (slack.world.installation, world.installation) == (Installation(seed.TEAM.id), None)
