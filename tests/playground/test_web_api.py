"""The Web API refuses what Slack refuses, with Slack's words."""

import asyncio

import pytest
from aiohttp import ClientSession

from bot.playground.standin import StandIn, start_standin
from bot.playground.wire import Json
from tests.playground.conftest import MANIFEST, Bot, refusal


async def call(slack: StandIn, method: str, token: str | None = None, **fields: object) -> Json:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        ClientSession() as session,
        session.post(f"{slack.api_url}{method}", data=fields, headers=headers) as response,
    ):
        answer: Json = await response.json()
        return answer | {"scopes": response.headers.get("x-oauth-scopes")}


async def test_a_call_without_a_token_or_with_a_wrong_one_is_refused(slack: StandIn) -> None:
    assert (await call(slack, "auth.test"))["error"] == "not_authed"
    assert (await call(slack, "auth.test", "xoxb-wrong"))["error"] == "invalid_auth"


async def test_a_token_may_come_as_a_field_and_the_answer_names_its_scopes(slack: StandIn) -> None:
    answer = await call(slack, "auth.test", token=slack.bot_token)
    assert answer["ok"]
    assert answer["team_id"] == slack.world.team.id
    assert "chat:write" in answer["scopes"].split(",")


async def test_an_unknown_method_is_named_so(slack: StandIn) -> None:
    assert (await call(slack, "chat.shout", slack.bot_token))["error"] == "unknown_method"


async def test_a_body_that_cannot_be_read_is_refused(slack: StandIn) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json"}
    async with (
        ClientSession() as session,
        session.post(f"{slack.api_url}auth.test", data=b"{", headers=headers) as response,
    ):
        assert (await response.json())["error"] == "invalid_form_data"


async def test_a_missing_scope_is_named_with_those_there_are(slack: StandIn) -> None:
    answer = await call(slack, "team.info", slack.bot_token)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "team:read")
    assert "chat:write" in answer["provided"]


async def test_only_the_app_token_opens_a_socket(slack: StandIn) -> None:
    assert (await call(slack, "apps.connections.open", slack.bot_token))["error"] == "not_allowed_token_type"
    assert (await call(slack, "apps.connections.open", slack.app_token))["url"].startswith("ws://127.0.0.1:")


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0HIDDEN", "channel_not_found"),
        ("C0RANDOM", "not_in_channel"),
        ("C0NETWORK", "is_archived"),
    ],
)
async def test_a_message_is_refused_where_the_bot_may_not_post(
    slack: StandIn, bot: Bot, channel: str, error: str
) -> None:
    slack.channel("support-leads").conversation.id = "C0HIDDEN"
    slack.world.conversations["C0HIDDEN"] = slack.channel("support-leads").conversation
    slack.channel("support-leads").remove_bot()
    slack.channel("network").archive()
    assert await refusal(bot.client.chat_postMessage(channel=channel, text="Hi")) == error


async def test_an_invited_bot_may_post_until_it_is_removed(slack: StandIn, bot: Bot) -> None:
    random = slack.channel("random")
    random.invite_bot()
    await bot.client.chat_postMessage(channel=random.id, text="Hello")
    random.remove_bot()
    assert await refusal(bot.client.chat_postMessage(channel=random.id, text="Hi")) == "not_in_channel"


async def test_a_message_needs_words_and_blocks_that_slack_takes(bot: Bot) -> None:
    assert (
        await refusal(
            bot.client.chat_postMessage(
                channel="C0SUPPORT", text="", blocks=[], attachments=[{"fallback": "x"}]
            )
        )
        == "no_text"
    )
    wrong = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    assert (
        await refusal(bot.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=wrong))
        == "invalid_blocks"
    )
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}} for _ in range(5)]
    assert (
        await refusal(bot.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=long))
        == "msg_blocks_too_long"
    )


async def test_a_message_is_cut_at_40000_characters_and_an_update_refused_over_4000(
    slack: StandIn, bot: Bot
) -> None:
    answer = await bot.client.chat_postMessage(channel="C0SUPPORT", text="x" * 40_001)
    assert len(slack.channel("support").messages[-1].text) == 40_000
    update = bot.client.chat_update(channel="C0SUPPORT", ts=answer["ts"], text="x" * 4_001)
    assert await refusal(update) == "msg_too_long"


async def test_an_update_with_text_alone_removes_the_blocks(slack: StandIn, bot: Bot) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "T-1"}}]
    posted = await bot.client.chat_postMessage(channel="C0SUPPORT", text="T-1", blocks=blocks)
    card = await slack.channel("support").shows("T-1")
    assert card.blocks
    await bot.client.chat_update(channel="C0SUPPORT", ts=posted["ts"], text="T-1 is closed")
    assert (card.blocks, card.text) == ([], "T-1 is closed")


async def test_only_own_messages_that_are_there_can_be_changed(slack: StandIn, bot: Bot) -> None:
    theirs = slack.person("ana").says("Mine")
    update = bot.client.chat_update(channel="C0SUPPORT", ts=theirs.ts, text="Yours")
    assert await refusal(update) == "cant_update_message"
    gone = bot.client.chat_update(channel="C0SUPPORT", ts="1.000000", text="Yours")
    assert await refusal(gone) == "message_not_found"
    assert await refusal(bot.client.chat_delete(channel="C0SUPPORT", ts=theirs.ts)) == "cant_delete_message"


async def test_a_reaction_of_the_bot_shows_and_is_told_of(slack: StandIn, bot: Bot) -> None:
    said = slack.person("ana").says("@Deskhand take T-1")
    await bot.client.reactions_add(channel="C0SUPPORT", timestamp=said.ts, name="white_check_mark")
    await slack.events_taken()
    assert said.reactions == {"white_check_mark": ["U0DESK"]}
    (event,) = [body["event"] for body in bot.of("reaction_added")]
    assert (event["user"], event["item"]["ts"]) == ("U0DESK", said.ts)


async def test_a_reaction_is_refused_where_slack_refuses_it(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    said, elsewhere = ana.says("Hi"), ana.says("Hi", "random")

    async def refused(channel: str = "C0SUPPORT", ts: str = said.ts, name: str = "eyes") -> str:
        return await refusal(bot.client.reactions_add(channel=channel, timestamp=ts, name=name))

    await bot.client.reactions_add(channel="C0SUPPORT", timestamp=said.ts, name="eyes")
    assert await refused() == "already_reacted"
    assert await refused(name="no name") == "invalid_name"
    assert await refused(ts="1.000000") == "message_not_found"
    assert await refused("C0RANDOM", elsewhere.ts) == "not_in_channel"
    assert await refused("C0NOWHERE") == "channel_not_found"
    slack.channel("support").archive()
    assert await refused() == "is_archived"
    assert said.reactions == {"eyes": ["U0DESK"]}


async def test_a_reply_lands_in_the_channel_when_its_parent_was_deleted(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    parent = ana.says("Help")
    reply = await bot.client.chat_postMessage(channel="C0SUPPORT", text="One", thread_ts=parent.ts)
    assert reply["message"]["thread_ts"] == parent.ts
    assert [each.text for each in parent.replies] == ["One"]
    ana.deletes(parent)
    late = await bot.client.chat_postMessage(channel="C0SUPPORT", text="Two", thread_ts=parent.ts)
    assert "thread_ts" not in late["message"]


async def test_a_thread_that_never_was_is_refused(bot: Bot) -> None:
    post = bot.client.chat_postMessage(channel="C0SUPPORT", text="Hi", thread_ts="1.000000")
    assert await refusal(post) == "thread_not_found"


async def test_a_message_to_a_person_opens_their_direct_messages(slack: StandIn, bot: Bot) -> None:
    ben = slack.person("ben")
    await bot.client.chat_postMessage(channel=ben.id, text="Psst")
    assert [each.text for each in ben.messages.messages] == ["Psst"]


async def test_an_ephemeral_message_is_seen_by_one_person_of_the_channel(slack: StandIn, bot: Bot) -> None:
    await bot.client.chat_postEphemeral(channel="C0SUPPORT", user="U0BEN", text="Only you <!channel>")
    assert [each.shown for each in slack.ephemerals(to=slack.person("ben"))] == ["Only you <!channel>"]
    assert slack.channel("support").messages[-1].text != "Only you"
    assert slack.paged == []
    outside = bot.client.chat_postEphemeral(channel="C0ONCALL", user="U0BEN", text="Hi")
    assert await refusal(outside) == "user_not_in_channel"


async def test_who_is_notified_is_recorded(slack: StandIn, bot: Bot) -> None:
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0ANA> see &lt;!channel&gt;"}},
        {"type": "section", "text": {"type": "plain_text", "text": "<!here>"}},
    ]
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="<!channel> look", blocks=blocks)
    assert [page.who for page in slack.paged] == ["!channel", "U0ANA"]


async def test_people_come_in_pages(slack: StandIn, bot: Bot) -> None:
    names: list[str] = []
    cursor = ""
    for _ in range(len(slack.world.users)):
        answer = await bot.client.users_list(limit=2, cursor=cursor)
        names += [member["name"] for member in answer["members"]]
        if not (cursor := answer["response_metadata"]["next_cursor"]):
            break
    assert sorted(names) == ["ana", "ben", "chloe", "dana", "deskhand", "emil"]
    assert (await bot.client.users_info(user="U0BEN"))["user"]["tz"] == "America/New_York"
    assert await refusal(bot.client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_a_private_channel_needs_a_scope_of_its_own(bot: Bot) -> None:
    assert (await bot.client.conversations_info(channel="C0RANDOM"))["channel"]["is_member"] is False
    assert await refusal(bot.client.conversations_info(channel="C0LEADS")) == "missing_scope"


async def test_a_thread_and_a_history_can_be_read_where_the_bot_is_a_member(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    parent = ana.says("Parent")
    ana.says("Reply", reply_to=parent)
    thread = await bot.client.conversations_replies(channel="C0SUPPORT", ts=parent.ts)
    assert [each["text"] for each in thread["messages"]] == ["Parent", "Reply"]
    assert thread["messages"][0]["reply_count"] == 1
    history = await bot.client.conversations_history(channel="C0SUPPORT", limit=1)
    assert [each["text"] for each in history["messages"]] == ["Parent"]
    assert history["has_more"]
    assert await refusal(bot.client.conversations_history(channel="C0RANDOM")) == "not_in_channel"


async def test_a_permalink_leads_to_the_message(slack: StandIn, bot: Bot) -> None:
    message = slack.person("ana").says("Here")
    answer = await bot.client.chat_getPermalink(channel="C0SUPPORT", message_ts=message.ts)
    assert answer["permalink"].endswith(f"/archives/C0SUPPORT/p{message.ts.replace('.', '')}")


async def test_message_times_are_unique_and_grow_even_when_time_stands_still(slack: StandIn) -> None:
    ana = slack.person("ana")
    times = [ana.says("x").ts for _ in range(5)]
    assert times == sorted(set(times))


async def test_limits_hold_a_channel_to_one_message_a_second_when_asked_for(slack: StandIn, bot: Bot) -> None:
    slack.limits.enforced = True
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="1")
    assert await refusal(bot.client.chat_postMessage(channel="C0SUPPORT", text="2")) == "ratelimited"
    slack.clock.advance(1)
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="2")


async def test_limits_hold_a_method_to_its_tier_when_asked_for(slack: StandIn, bot: Bot) -> None:
    slack.limits.enforced = True
    for _ in range(20):
        await bot.client.users_list()
    assert await refusal(bot.client.users_list()) == "ratelimited"
    slack.clock.advance(60)
    await bot.client.users_list()


async def test_two_workspaces_run_side_by_side_and_do_not_know_each_others_tokens() -> None:
    async with await start_standin(MANIFEST) as one, await start_standin(MANIFEST) as other:
        assert one.url != other.url
        assert (await call(one, "auth.test", other.bot_token))["error"] == "invalid_auth"


async def test_the_stand_in_ends_without_a_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        asked.append(seconds)
        await sleep(seconds)

    standin = await start_standin(MANIFEST)
    async with ClientSession() as session:  # its connection stays open
        async with session.post(f"{standin.api_url}auth.test") as response:
            assert response.status == 200
        monkeypatch.setattr(asyncio, "sleep", noted)
        await standin.stop()
    assert not any(asked)
