"""What a page is told of the workspace, and when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import perf_counter

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError

from bot.playground import seed
from bot.playground.page.sight import Sight
from bot.playground.page.stream import _PAUSE
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, button, modal, text_input
from tests.playground.page_kit import Window
from tests.work import steps_of

Opens = Callable[[str], Awaitable[Window]]


@pytest.fixture
async def opens(slack: StandIn) -> AsyncIterator[Opens]:
    """Opens the page as somebody, by id."""
    async with AsyncExitStack() as stack, ClientSession(slack.url) as session:

        async def window(who: str) -> Window:
            async with session.get("/page/bootstrap") as about:
                since = (await about.json())["since"]
            asked = session.get("/page/events", params={"as": who, "since": since})
            response = await stack.enter_async_context(asked)
            assert response.content_type == "text/event-stream"
            return Window(response, await Window.read(response))

        yield window


async def test_the_first_event_is_everything_that_somebody_sees(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0BEN")
    first = window.first
    assert first["whole"]
    names = {each["name"] for each in first["conversations"]}
    shown = {"support", "network", "general", "acme-hq", "help-desk"}
    assert names == shown | {"random"}, "neither on-call's nor the leads' channel"
    assert {each["channel"] for each in first["messages"]} == {
        each.id for each in slack.world.conversations.values() if each.name in shown
    }
    printer = first["messages"][0]
    assert printer["id"] == "C0SUPPORT:1748847600.000100"
    assert printer["author"] == "U0BEN"
    assert printer["files"] == [
        {"id": "F0PRINTER", "name": "printer-panel.jpg", "mimetype": "image/jpeg", "size": 184_302}
    ]
    assert (first["modals"], first["home"], first["faults"]) == ([], None, [])
    assert slack.signing_secret not in str(first)


async def test_somebody_unknown_or_the_bot_has_no_page(slack: StandIn) -> None:
    async with ClientSession(slack.url) as session:
        for who in ("U0NOBODY", "U0DESK", ""):
            async with session.get("/page/events", params={"as": who}) as response:
                assert response.status == 404


async def test_two_windows_see_a_message_and_its_changes_at_once(slack: StandIn, opens: Opens) -> None:
    ana, ben = await opens("U0ANA"), await opens("U0BEN")
    message = slack.person("ana").says("Lift is stuck")
    for window in (ana, ben):
        told = await window.message(message)
        assert (told["text"], told["editedTs"], told["edits"]) == ("Lift is stuck", None, 0)
    slack.person("ana").edits(message, "Lift runs again")
    for window in (ana, ben):
        told = await window.message(message)
        assert (told["text"], told["edits"]) == ("Lift runs again", 1)
    slack.person("ben").reacts(message, "tada")
    assert (await ana.message(message))["reactions"] == {"tada": ["U0BEN"]}
    slack.person("ben").reacts(message, "tada", remove=True)
    assert (await ana.message(message))["reactions"] == {}
    slack.person("ana").deletes(message)
    event = await ana.event("gone")
    assert event["gone"] == [f"C0SUPPORT:{message.ts}"]
    assert "messages" not in event


async def test_only_what_has_changed_is_told(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0ANA")
    message = slack.person("ben").says("Lift is stuck")
    event = await window.event("messages")
    assert set(event) == {"version", "whole", "messages", "unread"}
    assert not event["whole"]
    assert event["unread"] == {"channels": {"C0SUPPORT": {"messages": 1, "mentions": 0}}, "people": {}}
    assert [each["ts"] for each in event["messages"]] == [message.ts]


async def test_a_reply_is_told_with_its_thread_s_count(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0ANA")
    root = slack.channel("support").messages[0]
    reply = slack.person("ben").says("Still down", reply_to=root)
    assert (await window.message(root))["replyCount"] == 1
    assert window.known[f"C0SUPPORT:{reply.ts}"]["threadTs"] == root.ts
    slack.person("ben").deletes(reply)
    assert (await window.message(root))["replyCount"] == 0


async def test_what_only_one_person_sees_is_told_to_no_other(slack: StandIn, bot: Bot, opens: Opens) -> None:
    ana, ben = await opens("U0ANA"), await opens("U0BEN")
    await bot.client.chat_postEphemeral(channel="C0SUPPORT", user="U0BEN", text="Psst")
    bot_says = (await bot.client.chat_postMessage(channel="C0SUPPORT", text="All hear this"))["ts"]
    (psst,) = slack.ephemerals(to=slack.person("ben"))
    assert (await ben.message(psst))["onlyForMe"]
    loud = slack.channel("support").conversation.find(bot_says)
    assert loud
    assert (await ana.message(loud))["isApp"]
    assert not any(each["text"] == "Psst" for each in ana.known.values())


async def test_who_joins_a_channel_sees_all_of_it(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0BEN")
    secret = slack.person("dana").says("Budget", in_="support-leads")
    leads = slack.world.conversation("support-leads")
    slack.world.join(slack.world.user("ben"), leads)
    assert (await window.message(secret))["text"] == "Budget"
    slack.world.leave(slack.world.user("ben"), leads)
    event = await window.event("conversations")
    assert event["whole"]
    assert "C0LEADS" not in {each["channel"] for each in event["messages"]}


async def test_forms_and_home_follow_what_the_bot_does(slack: StandIn, bot: Bot, opens: Opens) -> None:
    async def open_form(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("summary")))

    bot.on["slash_command"] = open_form
    ana, ben = await opens("U0ANA"), await opens("U0BEN")
    form = await (await slack.person("ana").types("/ticket")).form()
    (view,) = (await ana.event("modals"))["modals"]
    assert view["content"]["blocks"][0]["block_id"] == "summary"
    assert view["values"] == {"summary": {"summary": {"type": "plain_text_input", "value": None}}}
    await form.fill(summary="Lift")
    (view,) = (await ana.event("modals"))["modals"]
    assert view["values"]["summary"]["summary"]["value"] == "Lift"
    await bot.client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": [button("go")]})
    home = (await ben.event("home"))["home"]
    assert (home["kind"], home["content"]["blocks"][0]["elements"][0]["action_id"]) == ("home", "go")
    await form.close()
    assert (await ana.event("modals"))["modals"] == []


async def test_what_only_one_person_sees_for_a_moment_is_gone_from_a_page_that_comes_up_later(
    slack: StandIn, bot: Bot, opens: Opens
) -> None:
    async def answer(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("summary")))
        await bot.client.chat_postEphemeral(channel="C0SUPPORT", user="U0ANA", text="Psst")

    bot.on["slash_command"] = answer
    before = await opens("U0ANA")
    form = await (await slack.person("ana").types("/ticket")).form()
    (psst,) = slack.ephemerals(to=slack.person("ana"))
    assert (await before.message(psst))["onlyForMe"]
    later = await opens("U0ANA")
    assert not any(each["onlyForMe"] for each in later.first["messages"])
    assert later.first["modals"] == []
    slack.world.edit(psst, "Psst again")
    loud = slack.person("ben").says("All hear this")
    await later.message(loud)
    assert f"C0SUPPORT:{psst.ts}" not in later.known, "nor does a change bring it back"
    assert slack.ephemerals(to=slack.person("ana")) == [psst]
    assert slack.person("ana").modals == [form.view]
    await form.close()
    again = await (await slack.person("ana").types("/ticket")).form()
    (view,) = (await later.event("modals"))["modals"]
    assert view["id"] == again.view.id


async def test_an_exchange_is_told_when_it_begins_and_when_it_is_answered(
    slack: StandIn, bot: Bot, opens: Opens
) -> None:
    window = await opens("U0ANA")
    hang = slack.faults.hang("auth.test")
    call = asyncio.create_task(bot.client.auth_test())
    (begun,) = (await window.event("exchanges"))["exchanges"]
    assert (begun["direction"], begun["kind"], begun["status"]) == ("from_bot", "auth.test", None)
    hang.release()
    await call
    (ended,) = (await window.event("exchanges"))["exchanges"]
    assert (ended["number"], ended["status"], ended["error"]) == (begun["number"], 200, None)
    assert ended["milliseconds"] > 0


async def test_slack_s_refusal_of_a_call_is_told(slack: StandIn, bot: Bot, opens: Opens) -> None:
    slack.faults.fail("auth.test", "account_inactive")
    with pytest.raises(SlackApiError):
        await bot.client.auth_test()
    (told,) = (await opens("U0ANA")).first["exchanges"]
    assert (told["status"], told["error"]) == (200, "account_inactive")


async def test_many_changes_come_in_few_events(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0ANA")
    messages, started = [], perf_counter()
    for number in range(200):
        messages.append(slack.person("ben").says(f"Alarm {number}"))
        await asyncio.sleep(0)
    await window.message(messages[-1])
    assert len(window.known) >= 200
    assert window.events <= 2 + (perf_counter() - started) / _PAUSE


async def test_half_a_character_from_a_bot_is_refused_and_breaks_no_page(
    slack: StandIn, bot: Bot, opens: Opens
) -> None:
    window = await opens("U0ANA")
    with pytest.raises(SlackApiError, match="invalid_form_data"):
        await bot.client.chat_postMessage(channel="C0SUPPORT", text="half \ud83d")
    message = slack.person("ben").says("whole \U0001f600")
    assert (await window.message(message))["text"] == "whole \U0001f600"


async def test_how_far_the_time_was_moved_is_told(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0ANA")
    assert window.first["ahead"] == 0
    slack.person("ben").moves_time("hour")
    assert (await window.event("ahead"))["ahead"] == 3600
    assert (await opens("U0CHLOE")).first["ahead"] == 3600


async def test_starting_over_is_told_as_a_whole(slack: StandIn, opens: Opens) -> None:
    window = await opens("U0ANA")
    message = slack.person("ana").says("Lift is stuck")
    await window.message(message)
    slack.world.clear()
    seed.fill(slack.world)
    event = await window.event("conversations")
    assert event["whole"]
    assert message.ts not in {each["ts"] for each in event["messages"]}


async def test_a_change_among_many_messages_costs_no_more_than_a_look_at_each(slack: StandIn) -> None:
    support = slack.channel("support").conversation
    sight = Sight(slack.page.scene, slack.world.user("ana"))
    costs, news = [], list[str | None]()
    for many in (range(100), range(100, 1_500)):
        for number in many:
            blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "Card " * 40}}] * 4
            slack.world.keep(Message(f"1750000000.{number:06d}", support, slack.world.bot, "Card", blocks))
        assert sight.news()
        slack.person("ben").says("Alarm")
        costs.append(steps_of(lambda: news.append(sight.news())))
    assert all(len(each or "") in range(1, 2_000) for each in news)
    assert costs[1] - costs[0] < 5 * 1_400
