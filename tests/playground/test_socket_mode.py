"""The same deliveries over Socket Mode, to a real Bolt app."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, make_bot, modal, text_input


@pytest.fixture
async def bot(slack: StandIn) -> AsyncIterator[Bot]:
    async with ClientSession() as session:
        made = make_bot(slack, session, signs=False)
        handler = AsyncSocketModeHandler(made.app, slack.app_token, web_client=made.client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.until(lambda: slack.sockets.connected)
        yield made
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_command_is_answered_over_the_socket(slack: StandIn, bot: Bot) -> None:
    bot.on["slash_command"] = lambda body: f"You said {body['text']}"
    answer = await slack.person("ana").types("/ticket Printer down")
    assert (answer.status, answer.trouble) == (200, None)
    await answer.shows("You said Printer down")


async def test_a_form_is_opened_refused_and_sent_over_the_socket(slack: StandIn, bot: Bot) -> None:
    async def opens(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("a")))

    bot.on["shortcut"] = opens
    form = await slack.person("ana").uses_shortcut("New ticket")
    bot.on["view_submission"] = lambda _: {"response_action": "errors", "errors": {"a": "Too short"}}
    await form.fill(a="x")
    assert (await form.submit()).errors == {"a": "Too short"}
    bot.on.clear()
    assert (await form.submit()).closed


async def test_events_come_over_the_socket(slack: StandIn, bot: Bot) -> None:
    slack.person("ana").says("Hello")
    await slack.events_taken()
    assert [body["event"]["text"] for body in bot.of("message")] == ["Hello"]


async def test_a_socket_needs_the_address_that_slack_gave_once(slack: StandIn) -> None:
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(f"{slack.url}/socket?ticket=guessed")
