"""What people do on the page goes through the stand-in's signed requests, and has its rules."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError

from bot.playground.clock import Clock
from bot.playground.page import fault
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.playground.views import View
from bot.playground.wire import Json
from tests.playground.conftest import Bot, button, modal, text_input

ALARM = "1748847600.000100"  # Ben's message of the example, in #support
SUPPORT = "C0SUPPORT"


class Page:
    """What a browser would ask for, as Ana unless told otherwise."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def send(self, body: object) -> tuple[int, Json]:
        async with self._session.post("/page/do", json=body) as response:
            return response.status, await response.json()

    async def ask(self, action: str, *, who: str = "U0ANA", **fields: object) -> Json:
        status, answer = await self.send({"as": who, "action": action, **fields})
        assert status == 200, answer
        return answer

    async def does(self, action: str, **fields: Any) -> Json:  # noqa: ANN401  (who, and what the action takes)
        answer = await self.ask(action, **fields)
        assert answer["ok"], answer
        return answer

    async def is_refused(self, action: str, **fields: Any) -> str:  # noqa: ANN401
        answer = await self.ask(action, **fields)
        assert not answer["ok"]
        return str(answer["trouble"])


@pytest.fixture
async def page(slack: StandIn) -> AsyncIterator[Page]:
    async with ClientSession(slack.url) as session:
        yield Page(session)


def select(kind: str, **also: object) -> Json:
    return {"type": kind, "action_id": "site", "placeholder": words("Choose"), **also}


def words(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": words(text), "value": text.lower()}


def field(element: Json, **also: object) -> Json:
    return {"type": "input", "block_id": "site", "label": words("Site"), "element": element, **also}


async def open_form(slack: StandIn, bot: Bot, *blocks: Json, **also: object) -> View:
    async def opening(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks, **also))

    bot.on["slash_command"] = opening
    return (await (await slack.person("ana").types("/ticket")).form()).view


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"as": "U0ANA", "action": "dance"},
        {"as": "U0ANA", "action": "say", "channel": SUPPORT},
        {"as": "U0ANA", "action": "say", "channel": SUPPORT, "text": 5},
        {"as": "U0ANA", "action": "say", "channel": SUPPORT, "text": "x", "colour": "red"},
        {"action": "openHome"},
        {"as": "U0ANA", "action": "fault", "method": "*", "kind": "earthquake"},
        {"as": "U0ANA", "action": "moveTime", "move": "yesterday"},
        {"as": "U0ANA", "action": "press", "source": {}, "blockId": "a", "actionId": "b"},
        {"as": "U0ANA", "action": "press", "source": {"channel": SUPPORT}, "blockId": "a", "actionId": "b"},
    ],
)
async def test_what_is_malformed_is_refused_with_a_reason(page: Page, body: object) -> None:
    status, answer = await page.send(body)
    assert status == 400
    assert not answer["ok"]
    assert answer["trouble"]


async def test_a_command_is_sent_signed_and_its_answer_is_shown(slack: StandIn, bot: Bot, page: Page) -> None:
    bot.on["slash_command"] = lambda body: f"Heard {body['text']}"
    await page.does("command", channel=SUPPORT, text="  /ticket Printer down for @ben ")
    assert bot.of("slash_command")[0]["text"] == "Printer down for <@U0BEN|ben>"
    (answer,) = slack.ephemerals(to=slack.person("ana"))
    assert answer.shown.startswith("Heard Printer down")


async def test_a_command_that_fails_says_so_as_slack_does(slack: StandIn, bot: Bot, page: Page) -> None:
    def broken(_: Json) -> None:
        raise ValueError("the bot's own fault")

    assert (
        await page.is_refused("command", channel=SUPPORT, text="/dance") == "/dance is not a valid command."
    )
    bot.on["slash_command"] = broken
    trouble = await page.is_refused("command", channel=SUPPORT, text="/ticket x")
    assert trouble == "/ticket failed with the error “dispatch_failed”."
    assert len(slack.exchanges.of("slash_command")) == 1


async def test_people_talk_edit_react_and_delete(slack: StandIn, page: Page) -> None:
    said = await page.does("say", channel=SUPPORT, text="Thanks @ben <3", threadTs=ALARM)
    message = slack.world.conversation(SUPPORT).find(said["ts"])
    assert message
    assert (message.text, message.thread_ts) == ("Thanks <@U0BEN> &lt;3", ALARM)
    about = {"channel": SUPPORT, "ts": message.ts}
    await page.does("edit", **about, text="Thanks @dana")
    assert (message.text, message.edits) == ("Thanks <@U0DANA>", 1)
    await page.does("react", **about, name="tada", who="U0BEN")
    assert message.reactions == {"tada": ["U0BEN"]}
    await page.does("react", **about, name="tada", remove=True, who="U0BEN")
    assert message.reactions == {"tada": []}
    await page.does("delete", **about)
    assert message.deleted
    assert "not there any more" in await page.is_refused("edit", **about, text="late")


async def test_a_reply_to_a_reply_stays_in_the_thread(slack: StandIn, page: Page) -> None:
    first = await page.does("say", channel=SUPPORT, text="One", threadTs=ALARM)
    second = await page.does("say", channel=SUPPORT, text="Two", threadTs=first["ts"])
    message = slack.world.conversation(SUPPORT).find(second["ts"])
    assert message
    assert message.thread_ts == ALARM


async def test_a_file_is_sent_by_its_name_and_size(slack: StandIn, page: Page) -> None:
    files = [{"name": "pump.jpg", "mimetype": "image/jpeg", "size": 5_000}]
    await page.does("say", channel=SUPPORT, text="", files=files)
    (file,) = slack.channel("support").messages[-1].files
    assert (file.name, file.size, file.user) == ("pump.jpg", 5_000, "U0ANA")


async def test_nobody_acts_where_they_are_not_or_on_what_is_not_theirs(slack: StandIn, page: Page) -> None:
    assert "not in" in await page.is_refused("say", channel="C0LEADS", text="Hi", who="U0BEN")
    assert "not in" in await page.is_refused("command", channel="C0LEADS", text="/ticket x", who="U0BEN")
    assert "not yours" in await page.is_refused("edit", channel=SUPPORT, ts=ALARM, text="Mine")
    assert "not yours" in await page.is_refused("delete", channel=SUPPORT, ts=ALARM)
    assert "Nobody" in await page.is_refused("say", channel=SUPPORT, text="Hi", who="U0DESK")
    assert "nothing" in await page.is_refused("say", channel=SUPPORT, text=" ")
    assert "40,000" in await page.is_refused("say", channel=SUPPORT, text="x" * 40_001)
    slack.channel("support").archive()
    assert "archived" in await page.is_refused("say", channel=SUPPORT, text="Hi")


async def test_what_only_one_sees_can_be_dismissed_and_not_shared(
    slack: StandIn, bot: Bot, page: Page
) -> None:
    await bot.client.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="Psst")
    (psst,) = slack.ephemerals(to=slack.person("ana"))
    about = {"channel": SUPPORT, "ts": psst.ts}
    assert "Only you" in await page.is_refused("react", **about, name="tada")
    assert "not there" in await page.is_refused("delete", **about, who="U0BEN")
    await page.does("delete", **about)
    assert not slack.ephemerals(to=slack.person("ana"))


async def test_shortcuts_reach_the_bot(bot: Bot, page: Page) -> None:
    await page.does("messageShortcut", channel=SUPPORT, ts=ALARM, callbackId="create_ticket")
    await page.does("globalShortcut", callbackId="new_ticket")
    assert bot.of("message_action")[0]["message"]["ts"] == ALARM
    assert len(bot.of("shortcut")) == 1
    assert "No app" in await page.is_refused("globalShortcut", callbackId="create_ticket")
    assert "No app" in await page.is_refused(
        "messageShortcut", channel=SUPPORT, ts=ALARM, callbackId="new_ticket"
    )


async def test_opening_home_tells_the_bot(slack: StandIn, bot: Bot, page: Page) -> None:
    await page.does("openHome")
    await slack.events_taken()
    assert bot.of("app_home_opened")[0]["event"]["user"] == "U0ANA"


async def test_time_is_moved_for_everybody_by_the_days_of_whoever_asks(
    slack: StandIn, page: Page, clock: Clock
) -> None:
    await page.does("moveTime", move="hour", who="U0BEN")
    assert f"{clock.now():%d %H:%M}" == "23 10:00"
    await page.does("moveTime", move="morning", who="U0BEN")
    assert f"{clock.now():%d %H:%M}" == "24 14:00", "nine in New York"
    await page.does("moveTime", move="week", who="U0ANA")
    assert f"{slack.world.clock.now():%m-%d %H:%M}" == "12-01 14:00"


async def moves_on(clock: Clock, *, until: asyncio.Task[Any]) -> None:
    """Time passes, half a second at a time."""
    while not until.done():
        clock.advance(0.5)
        await asyncio.sleep(0)


async def posted(slack: StandIn, bot: Bot, *blocks: Json) -> Message:
    ts = (await bot.client.chat_postMessage(channel=SUPPORT, text="Card", blocks=list(blocks)))["ts"]
    message = slack.world.conversation(SUPPORT).find(ts)
    assert message
    return message


async def test_a_button_and_a_menu_of_a_message_can_be_used(slack: StandIn, bot: Bot, page: Page) -> None:
    menu = select("static_select", options=[option("HQ"), option("Lab")])
    section = {"type": "section", "block_id": "where", "text": words("Where?"), "accessory": menu}
    message = await posted(slack, bot, button("go") | {"block_id": "go"}, section)
    source = {"channel": SUPPORT, "ts": message.ts}
    await page.does("press", source=source, blockId="go", actionId="go")
    await page.does("press", source=source, blockId="where", actionId="site", value=option("Lab"))
    pressed, chosen = (body["actions"][0] for body in bot.of("block_actions"))
    assert pressed["type"] == "button"
    assert chosen["selected_option"] == option("Lab")
    assert "not there" in await page.is_refused("press", source=source, blockId="go", actionId="stop")
    assert "cannot" in await page.is_refused(
        "press", source=source, blockId="where", actionId="site", value="lab"
    )


async def test_inputs_are_filled_and_submitted_with_errors_below_them(
    slack: StandIn, bot: Bot, page: Page
) -> None:
    view = await open_form(slack, bot, text_input("summary"))
    about = {"view": view.id, "blockId": "summary", "actionId": "summary"}
    required = {"summary": "Please complete this required field."}
    assert (await page.does("submit", view=view.id))["errors"] == required
    await page.does("fill", **about, value="Lift")
    bot.on["view_submission"] = lambda _: {"response_action": "errors", "errors": {"summary": "Say more."}}
    assert (await page.does("submit", view=view.id))["errors"] == {"summary": "Say more."}
    del bot.on["view_submission"]
    assert "errors" not in await page.does("submit", view=view.id)
    assert view.closed
    assert not bot.of("block_actions")
    assert "not open" in await page.is_refused("fill", **about, value="Late")


async def test_what_the_bot_was_sent_stays_as_it_was_sent(slack: StandIn, bot: Bot, page: Page) -> None:
    menu = select("static_select", options=[option("HQ"), option("Lab")])
    view = await open_form(slack, bot, field(menu, dispatch_action=True))
    about = {"view": view.id, "blockId": "site", "actionId": "site"}
    await page.does("fill", **about, value=option("HQ"))
    await page.does("fill", **about, value=option("Lab"))
    first, second = (
        each.body["view"]["state"]["values"]["site"] for each in slack.exchanges.of("block_actions")
    )
    assert first["site"]["selected_option"] == option("HQ")
    assert second["site"]["selected_option"] == option("Lab")


@pytest.mark.parametrize(
    ("config", "heard"),
    [({}, 1), ({"trigger_actions_on": ["on_character_entered"]}, 3)],
    ids=["enter", "each"],
)
async def test_a_dispatching_text_is_told_on_enter_or_for_each_character(
    slack: StandIn, bot: Bot, page: Page, config: Json, heard: int
) -> None:
    given = text_input("code", **({"dispatch_action_config": config} if config else {}))
    view = await open_form(slack, bot, given | {"dispatch_action": True})
    about = {"blockId": "code", "actionId": "code"}
    await page.does("fill", view=view.id, **about, value="4")
    await page.does("fill", view=view.id, **about, value="42")
    await page.does("press", source={"view": view.id}, **about)
    actions = [body["actions"][0]["value"] for body in bot.of("block_actions")]
    assert len(actions) == heard
    assert actions[-1] == "42"


async def test_an_external_select_offers_what_the_bot_says(slack: StandIn, bot: Bot, page: Page) -> None:
    bot.on["block_suggestion"] = lambda body: {
        "option_groups": [{"label": words("Acme"), "options": [option(f"{body['value']} HQ")]}]
    }
    view = await open_form(slack, bot, field(select("external_select", min_query_length=0)))
    about = {"source": {"view": view.id}, "blockId": "site", "actionId": "site"}
    offered = await page.does("suggest", **about, text="ac")
    assert offered["options"] == [option("ac HQ")]
    assert offered["optionGroups"] == [{"label": words("Acme"), "options": [option("ac HQ")]}]
    bot.on["block_suggestion"] = lambda _: {"options": [option("Lab")]}
    assert "optionGroups" not in await page.does("suggest", **about, text="l")


async def test_options_that_take_longer_than_three_seconds_are_given_up(
    slack: StandIn, bot: Bot, page: Page, clock: Clock
) -> None:
    never = asyncio.Event()
    bot.on["block_suggestion"] = lambda _: never.wait()
    view = await open_form(slack, bot, field(select("external_select", min_query_length=0)))
    about = {"source": {"view": view.id}, "blockId": "site", "actionId": "site"}
    asking = asyncio.create_task(page.is_refused("suggest", **about, text=""))
    await moves_on(clock, until=asking)
    assert await asking == "Deskhand did not answer within 3 seconds."


async def test_files_of_a_form_become_slack_s(slack: StandIn, bot: Bot, page: Page) -> None:
    view = await open_form(slack, bot, field({"type": "file_input", "action_id": "site"}))
    about = {"view": view.id, "blockId": "site", "actionId": "site"}
    await page.does("fill", **about, value=[{"name": "pump.jpg", "mimetype": "image/jpeg", "size": 5}])
    (kept,) = view.values["site"]["site"]["files"]
    assert (kept["name"], kept["id"][:2]) == ("pump.jpg", "F0")
    second = {"name": "log.txt", "mimetype": "text/plain", "size": 7}
    await page.does("fill", **about, value=[kept, second])
    assert [each["name"] for each in view.values["site"]["site"]["files"]] == ["pump.jpg", "log.txt"]
    assert "cannot" in await page.is_refused("fill", **about, value=[{"name": "x"}])


async def test_nobody_uses_somebody_else_s_form(slack: StandIn, bot: Bot, page: Page) -> None:
    view = await open_form(slack, bot, text_input("summary"))
    for action in ("submit", "close"):
        assert "not open" in await page.is_refused(action, view=view.id, who="U0BEN")
    await page.does("close", view=view.id)
    assert view.closed


async def test_slack_can_be_slow_down_or_busy_one_at_a_time(
    slack: StandIn, bot: Bot, page: Page, clock: Clock
) -> None:
    await page.does("fault", method="*", kind="slow")
    before = clock.now()
    call = asyncio.create_task(bot.client.auth_test())
    await moves_on(clock, until=call)
    assert (await call)["ok"]
    assert (clock.now() - before).total_seconds() >= 2
    await page.does("fault", method="*", kind="down")
    assert [each["id"] for each in fault.listed(slack.faults)] == ["down:*"]
    await refused_with(bot, 500)
    await page.does("fault", method="*", kind="429")
    await refused_with(bot, 429)
    await page.does("fault", method="*", kind="429", on=False)
    assert (await bot.client.auth_test())["ok"]
    assert slack.exchanges.of("auth.test")[-1].status == 200


async def refused_with(bot: Bot, status: int) -> None:
    with pytest.raises(SlackApiError) as caught:
        await bot.client.auth_test()
    assert caught.value.response.status_code == status


async def test_what_hangs_goes_on_when_slack_is_no_longer_slow(slack: StandIn, bot: Bot, page: Page) -> None:
    await page.does("fault", method="auth.test", kind="slow")
    call = asyncio.create_task(bot.client.auth_test())
    await slack.until(lambda: slack.exchanges.of("auth.test"))
    assert fault.listed(slack.faults) == [
        {"id": "slow:auth.test", "label": "Slack takes 2 seconds to answer (auth.test)"}
    ]
    await page.does("clearFaults")
    assert (await call)["ok"]
    assert fault.listed(slack.faults) == []


async def test_everything_can_be_delivered_twice(slack: StandIn, bot: Bot, page: Page) -> None:
    await page.does("fault", method="*", kind="twice")
    await page.does("command", channel=SUPPORT, text="/ticket once")
    assert len(bot.of("slash_command")) == 2
    assert [each["id"] for each in fault.listed(slack.faults)] == ["twice:*"]
    await page.does("fault", method="*", kind="twice", on=False)
    await page.does("command", channel=SUPPORT, text="/ticket again")
    assert len(bot.of("slash_command")) == 3


async def test_a_delivery_can_be_sent_again_and_is_believed(bot: Bot, page: Page) -> None:
    await page.does("command", channel=SUPPORT, text="/ticket once")
    assert (await page.does("replay", number=1))["status"] == 200
    first, second = bot.of("slash_command")
    assert first == second
    await bot.client.auth_test()
    assert "sent to the bot" in await page.is_refused("replay", number=3)
    assert "sent to the bot" in await page.is_refused("replay", number=99)


async def test_starting_over_leaves_the_example_and_clears_the_bot_s_data_first(
    slack: StandIn, bot: Bot, page: Page
) -> None:
    seen: list[int] = []

    async def forget() -> None:
        seen.append(len(slack.channel("support").messages))

    slack.start_over = forget
    before = len(slack.channel("support").messages)
    await posted(slack, bot, button("go"))
    await bot.client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [button("go")]})
    await page.does("startOver")
    assert seen == [before + 1]
    assert len(slack.channel("support").messages) == before
    assert slack.person("ana").home is None
    await page.does("say", channel=SUPPORT, text="Hello again")
    assert slack.channel("support").messages[-1].text == "Hello again"
