"""What Slack's client does with a form before and after the bot hears of it."""

from datetime import UTC, datetime

import pytest

from bot.playground.client import CANNOT_CONNECT
from bot.playground.form import Form
from bot.playground.inputs import REQUIRED, elements
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, button, modal, text_input


def option(value: str, text: str) -> Json:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def an_input(kind: str, name: str, **also: object) -> Json:
    block = text_input(name, optional=True)
    dispatch = {"dispatch_action": also.pop("dispatch_action")} if "dispatch_action" in also else {}
    return block | dispatch | {"element": {"type": kind, "action_id": name, **also}}


async def open_form(slack: StandIn, bot: Bot, *blocks: Json) -> Form:
    async def opens(body: Json) -> None:
        await bot.client.views_open(trigger_id=body["trigger_id"], view=modal(*blocks))

    bot.on["shortcut"] = opens
    return await slack.person("ana").uses_shortcut("New ticket")


async def test_a_required_input_must_be_filled_before_the_bot_hears_of_it(slack: StandIn, bot: Bot) -> None:
    form = await open_form(slack, bot, text_input("summary"), text_input("notes", optional=True))
    submission = await form.submit()
    assert not submission.sent
    assert form.errors == {"summary": REQUIRED}
    assert bot.of("view_submission") == []


@pytest.mark.parametrize(
    ("block", "typed", "refused"),
    [
        (an_input("plain_text_input", "x", min_length=3), "ab", True),
        (an_input("plain_text_input", "x", max_length=3), "abcd", True),
        (an_input("plain_text_input", "x", max_length=3), "abc", False),
        (an_input("number_input", "x", is_decimal_allowed=False), "1.5", True),
        (an_input("number_input", "x", is_decimal_allowed=True), "1.5", False),
        (an_input("number_input", "x", is_decimal_allowed=True, min_value="0"), "-1", True),
        (an_input("number_input", "x", is_decimal_allowed=True, max_value="8"), "9", True),
        (an_input("number_input", "x", is_decimal_allowed=True), "many", True),
        (an_input("number_input", "x", is_decimal_allowed=True), "NaN", True),
        (an_input("email_text_input", "x"), "ana", True),
    ],
)
async def test_the_client_refuses_what_the_input_does_not_take(
    slack: StandIn, bot: Bot, block: Json, typed: str, *, refused: bool
) -> None:
    form = await open_form(slack, bot, block)
    await form.fill(x=typed)
    submission = await form.submit()
    assert submission.sent is not refused
    assert bool(form.errors) is refused


async def test_every_kind_of_input_arrives_as_slack_writes_it(slack: StandIn, bot: Bot) -> None:
    options = [option("high", "High"), option("low", "Low & slow")]
    form = await open_form(
        slack,
        bot,
        an_input("static_select", "priority", options=options, initial_option=options[0]),
        an_input("multi_static_select", "tags", options=options),
        an_input("users_select", "assignee"),
        an_input("channels_select", "room"),
        an_input("datetimepicker", "due"),
        an_input("datepicker", "day"),
        an_input("plain_text_input", "empty"),
    )
    due = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    assert form.value("priority") == "high"
    await form.fill(
        priority="Low & slow", tags=["high"], assignee="ben", room="network", due=due, day="2026-12-01"
    )
    assert (form.value("due"), form.value("tags")) == (due, ["high"])
    assert (await form.submit()).closed
    values = bot.of("view_submission")[0]["view"]["state"]["values"]
    assert values == {
        "priority": {"priority": {"type": "static_select", "selected_option": options[1]}},
        "tags": {"tags": {"type": "multi_static_select", "selected_options": [options[0]]}},
        "assignee": {"assignee": {"type": "users_select", "selected_user": "U0BEN"}},
        "room": {"room": {"type": "channels_select", "selected_channel": "C0NETWORK"}},
        "due": {"due": {"type": "datetimepicker", "selected_date_time": int(due.timestamp())}},
        "day": {"day": {"type": "datepicker", "selected_date": "2026-12-01"}},
        "empty": {"empty": {"type": "plain_text_input", "value": None}},
    }


async def test_text_typed_into_a_form_travels_raw(slack: StandIn, bot: Bot) -> None:
    form = await open_form(slack, bot, text_input("summary"))
    await form.fill(summary="A & B <!channel>")
    await form.submit()
    held = bot.of("view_submission")[0]["view"]["state"]["values"]["summary"]["summary"]
    assert held["value"] == "A & B <!channel>"


async def test_an_external_select_asks_for_what_was_typed(slack: StandIn, bot: Bot) -> None:
    bot.on["block_suggestion"] = lambda _: {"options": [option("acme", "Acme"), option("zeta", "Zeta")]}
    form = await open_form(slack, bot, an_input("external_select", "customer", min_query_length=0))
    await form.fill(customer="zet")
    assert form.value("customer") == "zeta"
    assert bot.of("block_suggestion")[-1]["value"] == "zet"
    with pytest.raises(LookupError, match="only Acme, Zeta"):
        await form.fill(customer="Bluewater")


async def test_an_external_select_does_not_ask_before_its_least_query(slack: StandIn, bot: Bot) -> None:
    form = await open_form(slack, bot, an_input("external_select", "customer"))
    assert await form.options("customer", "ac") == []
    assert bot.of("block_suggestion") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"options": [option("x", "x" * 76)]},
        {"options": [option("x" * 151, "x")]},
        {"options": [option(str(n), str(n)) for n in range(101)]},
        {"options": [{"text": "no text object", "value": "x"}]},
        {"nothing": 1},
    ],
)
async def test_options_that_break_a_rule_are_not_shown(slack: StandIn, bot: Bot, answer: Json) -> None:
    bot.on["block_suggestion"] = lambda _: answer
    form = await open_form(slack, bot, an_input("external_select", "customer", min_query_length=0))
    assert await form.options("customer") == []


async def test_groups_of_options_are_offered(slack: StandIn, bot: Bot) -> None:
    label = {"type": "plain_text", "text": "Acme"}
    bot.on["block_suggestion"] = lambda _: {
        "option_groups": [{"label": label, "options": [option("hq", "HQ")]}]
    }
    form = await open_form(slack, bot, an_input("external_select", "site", min_query_length=0))
    assert await form.options("site") == ["HQ"]


async def test_a_choice_that_dispatches_is_waited_for_until_the_form_has_changed(
    slack: StandIn, bot: Bot
) -> None:
    async def updates(body: Json) -> None:
        view = modal(text_input("customer"), text_input("site"))
        await bot.client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    bot.on["block_actions"] = updates
    form = await open_form(slack, bot, text_input("customer") | {"dispatch_action": True})
    await form.fill(customer="acme", site="hq")
    (action,) = bot.of("block_actions")[0]["actions"]
    assert action["value"] == "acme"
    assert (form.value("customer"), form.value("site")) == ("acme", "hq")


async def test_errors_stand_below_their_inputs_and_what_was_typed_stays(slack: StandIn, bot: Bot) -> None:
    errors = {"summary": "Too short", "notes": "Too vague"}
    bot.on["view_submission"] = lambda _: {"response_action": "errors", "errors": errors}
    form = await open_form(slack, bot, text_input("summary"), text_input("notes"))
    await form.fill(summary="a", notes="b")
    submission = await form.submit()
    assert submission.errors == form.errors == errors
    assert form.shows("Too vague")
    assert form.value("summary") == "a"


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"more": "No input block"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "explode"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"text": "Saved"},
    ],
)
async def test_an_answer_that_slack_does_not_understand_keeps_the_form_with_an_excuse(
    slack: StandIn, bot: Bot, answer: Json
) -> None:
    bot.on["view_submission"] = lambda _: answer
    form = await open_form(slack, bot, text_input("summary"), button("more") | {"block_id": "more"})
    await form.fill(summary="a")
    submission = await form.submit()
    assert not submission.closed
    assert form.shows(CANNOT_CONNECT)


async def test_a_submission_can_update_push_or_clear(slack: StandIn, bot: Bot) -> None:
    form = await open_form(slack, bot, text_input("one"))
    for action, name in (("update", "two"), ("push", "three")):
        bot.on["view_submission"] = lambda _, a=action, n=name: {
            "response_action": a,
            "view": modal(text_input(n)),
        }
        await form.fill(**{form.fields[0]: "x"})
        assert not (await form.submit()).closed
        assert form.fields == [name]
    bot.on["view_submission"] = lambda _: {"response_action": "clear"}
    await form.fill(three="x")
    assert (await form.submit()).closed


async def test_a_menu_on_a_message_says_what_was_chosen(slack: StandIn, bot: Bot) -> None:
    options = [option("ben", "Ben"), option("emil", "Emil")]
    menu = {"type": "static_select", "action_id": "assign", "options": options}
    blocks = [{"type": "actions", "elements": [menu]}]
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="T-1", blocks=blocks)
    card = await slack.channel("support").shows("T-1")
    await slack.person("ana").selects(card, "assign", "Emil")
    (body,) = bot.of("block_actions")
    assert body["actions"][0]["selected_option"] == options[1]
    assert body["message"]["ts"] == card.ts


async def test_what_a_bot_escapes_in_a_form_is_shown_decoded(slack: StandIn, bot: Bot) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "A &amp; B &lt;C&gt;"}}
    form = await open_form(slack, bot, section, text_input("summary"))
    assert form.shows("A & B <C>")


def test_what_a_card_and_a_container_hold_can_be_used() -> None:
    button = {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "Take"}}
    card = {"type": "card", "block_id": "card", "actions": [button]}
    held = {"type": "container", "block_id": "box", "child_blocks": [card]}
    assert list(elements([card])) == [(card, button)]
    assert list(elements([held])) == [(card, button)]
