"""response_urls: five uses in thirty minutes, ephemeral unless said otherwise, also where the bot is no member."""

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, button


async def response_url(slack: StandIn, bot: Bot, channel: str = "support") -> str:
    await slack.person("ana").types("/ticket", in_=channel)
    return str(bot.of("slash_command")[-1]["response_url"])


async def send(url: str, **body: object) -> tuple[int, str]:
    response = await AsyncWebhookClient(url).send_dict(dict(body))
    return response.status_code, response.body


async def test_an_address_takes_five_messages(slack: StandIn, bot: Bot) -> None:
    url = await response_url(slack, bot)
    assert [await send(url, text=str(n)) for n in range(5)] == [(200, "ok")] * 5
    assert await send(url, text="6") == (404, "used_url")
    assert len(slack.ephemerals(to=slack.person("ana"))) == 5


async def test_an_address_lives_thirty_minutes(slack: StandIn, bot: Bot) -> None:
    url = await response_url(slack, bot)
    slack.clock.advance(30 * 60 - 1)
    assert await send(url, text="in time") == (200, "ok")
    slack.clock.advance(1)
    assert await send(url, text="late") == (404, "expired_url")


async def test_an_address_works_where_the_bot_is_no_member(slack: StandIn, bot: Bot) -> None:
    url = await response_url(slack, bot, "random")
    await send(url, text="For all", response_type="in_channel")
    assert slack.channel("random").messages[-1].text == "For all"


async def test_what_slack_would_not_show_is_refused(slack: StandIn, bot: Bot) -> None:
    url = await response_url(slack, bot)
    assert await send(url, response_type="in_channel") == (400, "no_text")
    assert await send(url, text="x", blocks=[{"type": "nonsense"}]) == (400, "invalid_blocks")


async def test_the_message_with_the_button_can_be_replaced_or_deleted(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    blocks = [button("more")]
    bot.on["slash_command"] = lambda _: {"text": "Choose", "blocks": blocks}
    answer = await ana.types("/ticket")
    await ana.presses(answer, "More")
    url = str(bot.of("block_actions")[-1]["response_url"])
    await send(url, text="Chosen", replace_original=True)
    assert [each.text for each in slack.ephemerals(to=ana)] == ["Chosen"]
    await send(url, text="Another")
    assert [each.text for each in slack.ephemerals(to=ana)] == ["Chosen", "Another"]
    await send(url, delete_original=True)
    assert [each.text for each in slack.ephemerals(to=ana)] == ["Another"]


async def test_an_answer_over_the_address_belongs_to_what_was_asked(slack: StandIn, bot: Bot) -> None:
    async def answers(body: Json) -> None:
        await send(body["response_url"], text="Here you are")

    bot.on["slash_command"] = answers
    answer = await slack.person("ana").types("/ticket")
    assert (await answer.shows("Here")).only_for == "U0ANA"


async def test_an_address_can_fail_on_purpose(slack: StandIn, bot: Bot) -> None:
    url = await response_url(slack, bot)
    slack.faults.break_down("response_url")
    assert (await send(url, text="x"))[0] == 500
    assert await send(url, text="x") == (200, "ok")
