"""Slack failing on purpose, once, several times, or until it is told to stop."""

import asyncio

import pytest
from aiohttp import ClientPayloadError
from slack_sdk.errors import SlackApiError

from bot.playground.faults import EVERY
from bot.playground.standin import StandIn
from tests.playground.conftest import Bot, refusal


async def post(bot: Bot, text: str = "Hi") -> None:
    await bot.client.chat_postMessage(channel="C0SUPPORT", text=text)


async def test_a_method_fails_as_often_as_asked_and_then_works(slack: StandIn, bot: Bot) -> None:
    slack.faults.fail("chat.postMessage", "internal_error", times=2)
    assert [await refusal(post(bot)) for _ in range(2)] == ["internal_error"] * 2
    await bot.client.auth_test()
    await post(bot)
    assert len(slack.channel("support").messages) == 4


async def test_everything_fails_until_it_is_cleared(slack: StandIn, bot: Bot) -> None:
    slack.faults.break_down(EVERY, 503, times=None)
    for call in (bot.client.auth_test, bot.client.users_list, bot.client.auth_test):
        with pytest.raises(SlackApiError) as caught:
            await call()
        assert caught.value.response.status_code == 503
    slack.faults.clear()
    await bot.client.auth_test()


async def test_a_limited_call_says_when_to_come_back(slack: StandIn, bot: Bot) -> None:
    slack.faults.limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await post(bot)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert caught.value.response["error"] == "ratelimited"


async def test_a_hanging_call_goes_on_when_released(slack: StandIn, bot: Bot) -> None:
    fault = slack.faults.hang("chat.postMessage")
    posting = asyncio.create_task(post(bot, "late"))
    await slack.until(lambda: fault.struck)
    assert not posting.done()
    fault.release()
    await posting
    assert slack.channel("support").messages[-1].text == "late"


async def test_a_dropped_answer_leaves_the_deed_done(slack: StandIn, bot: Bot) -> None:
    slack.faults.drop_answer("chat.postMessage")
    with pytest.raises(ClientPayloadError):
        await post(bot, "done")
    assert slack.channel("support").messages[-1].text == "done"


async def test_clearing_lets_what_hangs_go_on(slack: StandIn, bot: Bot) -> None:
    fault = slack.faults.hang("chat.postMessage", times=None)
    posting = asyncio.create_task(post(bot))
    await slack.until(lambda: fault.struck)
    slack.faults.clear()
    await posting


async def test_a_fault_lets_the_first_calls_through(slack: StandIn, bot: Bot) -> None:
    slack.faults.limit("users.list", retry_after=9, after=2)
    for _ in range(2):
        await bot.client.users_list()
    assert await refusal(bot.client.users_list()) == "ratelimited"
    await bot.client.users_list()


async def test_a_cursor_that_has_expired_leads_nowhere(slack: StandIn, bot: Bot) -> None:
    first = await bot.client.users_list(limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    await bot.client.users_list(limit=2, cursor=cursor)
    slack.world.expire_cursors()
    assert await refusal(bot.client.users_list(limit=2, cursor=cursor)) == "invalid_cursor"
    again = await bot.client.users_list(limit=2)
    await bot.client.users_list(limit=2, cursor=again["response_metadata"]["next_cursor"])
