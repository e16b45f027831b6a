"""Slack's requests to the bot: signed, in three seconds, at least once."""

import asyncio
import hashlib
import hmac
from functools import partial
from typing import Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, modal, refusal, text_input


class RawBot:
    """Takes requests as they are, without Bolt. It answers with the next of `statuses`, then with 200."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self._statuses = list(statuses)
        self._headers = headers or {}
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        app = web.Application()
        app.router.add_post("/", self._take)
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.requests.append(request)
        return web.Response(status=self._statuses.pop(0) if self._statuses else 200, headers=self._headers)

    async def __aenter__(self) -> Self:
        await self.server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()


async def test_a_request_is_signed_with_the_secret(slack: StandIn) -> None:
    async with RawBot() as raw:
        slack.connect(str(raw.server.make_url("/")))
        await slack.person("ana").types("/ticket Printer down")
        (request,), (body,) = raw.requests, raw.bodies
    base = b"v0:" + request.headers["X-Slack-Request-Timestamp"].encode() + b":" + body
    digest = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert request.headers["X-Slack-Signature"] == f"v0={digest}"
    assert request.content_type == "application/x-www-form-urlencoded"


async def test_the_text_of_a_command_is_escaped_and_names_are_marked_where_the_manifest_asks(
    slack: StandIn, bot: Bot
) -> None:
    ana = slack.person("ana")
    typed = "A & <B> @ben #support @nobody a@ben https://x.example/?a=1&b=2"
    await ana.types(f"/ticket {typed}")
    await ana.types(f"/plain {typed}")
    marked, plain = (body["text"] for body in bot.of("slash_command"))
    escaped = "A &amp; &lt;B&gt; "
    link = "https://x.example/?a=1&amp;b=2"
    assert marked == f"{escaped}<@U0BEN|ben> <#C0SUPPORT|support> @nobody a@ben <{link}>"
    assert plain == f"{escaped}@ben #support @nobody a@ben {link}"


async def test_an_answer_is_ephemeral_unless_it_says_in_channel(slack: StandIn, bot: Bot) -> None:
    ana, support = slack.person("ana"), slack.channel("support")
    before = len(support.messages)
    bot.on["slash_command"] = lambda _: "Only ana sees this"
    await (await ana.types("/ticket")).shows("Only ana")
    assert [each.text for each in slack.ephemerals(to=ana)] == ["Only ana sees this"]
    assert len(support.messages) == before
    bot.on["slash_command"] = lambda _: {"response_type": "in_channel", "text": "All see this"}
    await ana.types("/ticket")
    assert support.messages[-1].text == "All see this"


async def test_after_three_seconds_the_user_sees_a_timeout(slack: StandIn, bot: Bot) -> None:
    asked = asyncio.Event()

    async def never(_: Json) -> None:
        asked.set()
        await asyncio.Event().wait()

    bot.on["slash_command"] = never
    typing = asyncio.create_task(slack.person("ana").types("/ticket"))
    await asked.wait()
    slack.clock.advance(2.9)
    await asyncio.sleep(0)
    assert not typing.done()
    slack.clock.advance(0.1)
    assert (await typing).trouble == "operation_timeout"


async def test_where_the_bot_fails_or_is_away_the_user_sees_that(slack: StandIn) -> None:
    ana = slack.person("ana")
    assert (await ana.types("/ticket")).trouble == "dispatch_failed"
    async with RawBot(500) as raw:
        slack.connect(str(raw.server.make_url("/")))
        assert (await ana.types("/ticket")).trouble == "dispatch_failed"


async def test_only_events_that_were_subscribed_to_and_can_be_seen_are_sent(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    ana.says("in a private channel, without message.groups", "support-leads")
    ana.says("where the bot is no member", "random")
    message = ana.says("Hello @Deskhand")
    ana.reacts(message, "eyes")
    ana.reacts(message, "eyes", remove=True)
    await slack.events_taken()
    assert sorted(body["event"]["type"] for body in bot.heard) == ["app_mention", "message", "reaction_added"]
    assert bot.of("message")[0]["event"]["text"] == "Hello <@U0DESK>"


def mentions(bot: Bot) -> list[Json]:
    return [body["event"] for body in bot.of("app_mention")]


async def test_a_mention_is_told_of_beside_its_message_with_the_thread_it_stands_in(
    slack: StandIn, bot: Bot
) -> None:
    ana = slack.person("ana")
    said = ana.says("The lobby printer is dead")
    order = ana.says("@Deskhand take", reply_to=said)
    await slack.events_taken()
    (mention,) = mentions(bot)
    (message,) = [body["event"] for body in bot.of("message") if body["event"]["ts"] == order.ts]
    assert (mention["text"], mention["ts"], mention["thread_ts"]) == ("<@U0DESK> take", order.ts, said.ts)
    assert mention["client_msg_id"] == message["client_msg_id"] == order.client_msg_id
    assert "channel_type" not in mention


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_mention_and_its_message_come_in_either_order_and_more_than_once(
    slack: StandIn, bot: Bot, *, backwards: bool
) -> None:
    hold = slack.faults.hold("*")
    slack.faults.repeat("app_mention")
    slack.person("ana").says("@Deskhand take T-1")
    await slack.until(lambda: len(hold.waiting) == 2, within=1)
    await hold.release(backwards=backwards)
    await slack.events_taken()
    kinds = ["message", "app_mention", "app_mention"]
    assert [body["event"]["type"] for body in bot.heard] == (kinds[::-1] if backwards else kinds)
    one, other = bot.of("app_mention")
    assert one["event_id"] == other["event_id"]


async def test_an_edit_of_a_mention_is_told_of_as_a_mention_again(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    said = ana.says("Take it")
    ana.edits(said, "<@U0DESK> take it")
    ana.edits(said, "<@U0DESK> take T-1")
    await slack.events_taken()
    first, second = sorted(mentions(bot), key=lambda event: str(event["event_ts"]))
    assert first["ts"] == second["ts"] == said.ts
    assert first["client_msg_id"] == second["client_msg_id"]
    assert "edited" in first


async def test_where_the_bot_is_no_member_and_in_direct_messages_no_mention_is_told_of(
    slack: StandIn, bot: Bot
) -> None:
    ana = slack.person("ana")
    ana.says("@Deskhand take T-1", "random")
    ana.says("@Deskhand mine", ana.messages)
    await slack.events_taken()
    assert mentions(bot) == []
    assert [body["event"]["channel_type"] for body in bot.of("message")] == ["im"]


async def test_an_event_that_fails_is_sent_three_times_more(slack: StandIn) -> None:
    async with RawBot(500, 500, 500, 500, 500) as raw:
        slack.connect(str(raw.server.make_url("/")))
        slack.person("ana").says("Hi")

        def failed(times: int) -> bool:
            return len(raw.requests) == times and slack.deliveries.waiting == 1

        for tries, wait in ((2, 60), (3, 300)):
            await slack.until(partial(failed, tries))
            slack.clock.advance(wait)
        await slack.events_taken()
        retries = [request.headers.get("X-Slack-Retry-Num") for request in raw.requests]
        reasons = {request.headers.get("X-Slack-Retry-Reason") for request in raw.requests[1:]}
    assert retries == [None, "1", "2", "3"]
    assert reasons == {"http_error"}
    assert len(set(raw.bodies)) == 1


async def test_a_bot_can_decline_retries(slack: StandIn) -> None:
    async with RawBot(500, headers={"X-Slack-No-Retry": "1"}) as raw:
        slack.connect(str(raw.server.make_url("/")))
        slack.person("ana").says("Hi")
        await slack.events_taken()
        assert len(raw.requests) == 1


async def test_a_delivery_can_come_five_times_at_once(slack: StandIn, bot: Bot) -> None:
    async def opens(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("a")))

    bot.on["slash_command"] = opens
    form = await (await slack.person("ana").types("/ticket")).form()
    await form.fill(a="x")
    slack.faults.repeat("view_submission", 5)
    assert (await form.submit()).closed
    submissions = bot.of("view_submission")
    assert len(submissions) == 5
    assert len({body["trigger_id"] for body in submissions}) == 1


async def test_deliveries_can_come_late_and_in_another_order(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    hold = slack.faults.hold("message")
    for text in ("one", "two", "three"):
        ana.says(text)
    await slack.until(lambda: len(hold.waiting) == 3, within=1)
    assert bot.of("message") == []
    await hold.release(backwards=True)
    await slack.events_taken()
    assert [body["event"]["text"] for body in bot.of("message")] == ["three", "two", "one"]


async def test_a_command_that_arrives_late_has_an_expired_trigger(slack: StandIn, bot: Bot) -> None:
    hold = slack.faults.hold("slash_command")
    typing = asyncio.create_task(slack.person("ana").types("/ticket"))
    await slack.until(lambda: hold.waiting, within=1)
    slack.clock.advance(3)
    await hold.release()
    await typing
    trigger_id = bot.of("slash_command")[0]["trigger_id"]
    late = bot.client.views_open(trigger_id=trigger_id, view=modal(text_input("a")))
    assert await refusal(late) == "expired_trigger_id"


async def test_every_request_is_on_record_without_its_secrets(slack: StandIn, bot: Bot) -> None:
    bot.on["slash_command"] = lambda _: "Done"
    await slack.person("ana").types("/ticket Printer down")
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="Hi")
    (command,), (post,) = slack.exchanges.of("slash_command"), slack.exchanges.of("chat.postMessage")
    assert (command.direction, command.status, command.answer) == ("to_bot", 200, "Done")
    assert command.body["text"] == "Printer down"
    assert command.milliseconds is not None
    assert command.milliseconds > 0
    assert (post.direction, post.body["text"]) == ("from_bot", "Hi")
    assert slack.calls("chat.postMessage") == [post.body]
    recorded = str([vars(exchange) for exchange in slack.exchanges.all])
    for secret in (slack.bot_token, slack.signing_secret, slack.world.app.verification_token):
        assert secret not in recorded
        assert secret not in repr(slack.world.app)


@pytest.mark.usefixtures("bot")
async def test_a_deleted_message_that_has_a_thread_is_told_of_as_a_tombstone(slack: StandIn) -> None:
    ana = slack.person("ana")
    parent = ana.says("Parent")
    reply = ana.says("Reply", reply_to=parent)
    ana.deletes(parent)
    ana.deletes(reply)
    await slack.events_taken()
    buried, gone = [exchange.body["event"] for exchange in slack.exchanges.of("message")][-2:]
    assert (buried["subtype"], buried["message"]["subtype"]) == ("message_changed", "tombstone")
    assert (buried["message"]["ts"], buried["previous_message"]["text"]) == (parent.ts, "Parent")
    assert (gone["subtype"], gone["previous_message"]["thread_ts"]) == ("message_deleted", parent.ts)
