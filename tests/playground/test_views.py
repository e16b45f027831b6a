"""Modals behave as Slack's do: triggers, the stack, hashes, and what inputs keep."""

import pytest

from bot.playground.form import Form
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, button, modal, refusal, text_input


@pytest.fixture
async def form(slack: StandIn, bot: Bot) -> Form:
    """A form that ana has open, with a required `summary` and a button."""

    async def opens(body: Json) -> None:
        view = modal(text_input("summary"), button("more"), notify_on_close=True, private_metadata="kept")
        await bot.client.views_open(trigger_id=body["trigger_id"], view=view)

    bot.on["slash_command"] = opens
    return await (await slack.person("ana").types("/ticket")).form()


async def trigger(slack: StandIn, bot: Bot) -> str:
    """A trigger that has not been used."""
    bot.on.pop("slash_command", None)
    await slack.person("ana").types("/ticket")
    return str(bot.of("slash_command")[-1]["trigger_id"])


async def test_a_trigger_opens_one_view(slack: StandIn, bot: Bot) -> None:
    trigger_id = await trigger(slack, bot)
    await bot.client.views_open(trigger_id=trigger_id, view=modal(text_input("a")))
    again = bot.client.views_open(trigger_id=trigger_id, view=modal(text_input("a")))
    assert await refusal(again) == "exchanged_trigger_id"


async def test_a_trigger_lives_three_seconds(slack: StandIn, bot: Bot) -> None:
    trigger_id = await trigger(slack, bot)
    slack.clock.advance(3)
    late = bot.client.views_open(trigger_id=trigger_id, view=modal(text_input("a")))
    assert await refusal(late) == "expired_trigger_id"


async def test_nonsense_is_no_trigger(bot: Bot) -> None:
    assert (
        await refusal(bot.client.views_open(trigger_id="1.2.x", view=modal(text_input("a"))))
        == "invalid_trigger_id"
    )


async def test_a_view_that_slack_would_refuse_is_refused_with_its_place(slack: StandIn, bot: Bot) -> None:
    view = modal(text_input("a"), title={"type": "plain_text", "text": "x" * 25})
    assert await refusal(bot.client.views_open(trigger_id="1.2.x", view=view)) == "invalid_trigger_id"
    opened = bot.client.views_open(trigger_id=await trigger(slack, bot), view=view)
    assert await refusal(opened) == "invalid_arguments"
    assert "/view/title/text" in str(slack.exchanges.of("views.open")[-1].answer)


async def test_a_view_over_250_kb_is_too_large(slack: StandIn, bot: Bot) -> None:
    texts = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 90
    opened = bot.client.views_open(trigger_id=await trigger(slack, bot), view=modal(*texts))
    assert await refusal(opened) == "view_too_large"


@pytest.mark.usefixtures("form")
async def test_three_views_are_the_most_in_a_stack(slack: StandIn, bot: Bot) -> None:
    for _ in range(2):
        await bot.client.views_push(trigger_id=await trigger(slack, bot), view=modal(text_input("a")))
    fourth = bot.client.views_push(trigger_id=await trigger(slack, bot), view=modal(text_input("a")))
    assert await refusal(fourth) == "push_limit_reached"
    first, second, third = slack.person("ana").modals
    assert (second.previous_id, third.previous_id, third.root_id) == (first.id, second.id, first.id)


async def test_a_pushed_view_closes_to_the_one_below(slack: StandIn, bot: Bot, form: Form) -> None:
    below = form.view
    await bot.client.views_push(trigger_id=await trigger(slack, bot), view=modal(text_input("above")))
    assert form.fields == ["above"]
    await form.close()
    assert form.view is below


async def test_nothing_can_be_pushed_where_nothing_is_open(slack: StandIn, bot: Bot) -> None:
    pushed = bot.client.views_push(trigger_id=await trigger(slack, bot), view=modal(text_input("a")))
    assert await refusal(pushed) == "not_found"


async def test_a_stale_hash_is_a_conflict(bot: Bot, form: Form) -> None:
    view_id, stale = form.view.id, form.view.hash
    await bot.client.views_update(view_id=view_id, hash=stale, view=modal(text_input("a")))
    again = bot.client.views_update(view_id=view_id, hash=stale, view=modal(text_input("b")))
    assert await refusal(again) == "hash_conflict"
    assert form.fields == ["a"]


async def test_a_view_is_found_by_its_own_or_the_apps_id_and_no_other(bot: Bot, form: Form) -> None:
    view_id = form.view.id
    await bot.client.views_update(view_id=view_id, view=modal(text_input("a"), external_id="mine"))
    await bot.client.views_update(external_id="mine", view=modal(text_input("b"), external_id="mine"))
    assert form.fields == ["b"]
    unknown = bot.client.views_update(view_id="V0NONE", view=modal(text_input("a")))
    assert await refusal(unknown) == "not_found"
    await form.close()
    closed = bot.client.views_update(view_id=view_id, view=modal(text_input("a")))
    assert await refusal(closed) == "not_found"


async def test_inputs_keep_their_value_only_where_both_ids_stay(bot: Bot, form: Form) -> None:
    await form.fill(summary="Printer down")
    view_id = form.view.id
    same = modal(text_input("summary", initial_value="ignored"), text_input("new", initial_value="given"))
    await bot.client.views_update(view_id=view_id, view=same)
    assert (form.value("summary"), form.value("new")) == ("Printer down", "given")
    moved = modal(text_input("summary", block_id="summary:2"))
    await bot.client.views_update(view_id=view_id, view=moved)
    assert form.value("summary") is None


async def test_a_closed_form_is_told_where_it_asked_to_be(bot: Bot, form: Form) -> None:
    await form.close()
    assert not form.is_open
    assert [each["view"]["private_metadata"] for each in bot.of("view_closed")] == ["kept"]


async def test_home_is_published_and_pressed(slack: StandIn, bot: Bot) -> None:
    ana = slack.person("ana")
    ana.opens_home()
    await slack.events_taken()
    (opened,) = bot.of("app_home_opened")
    assert (opened["event"]["user"], opened["event"]["tab"]) == ("U0ANA", "home")
    await bot.client.views_publish(user_id=ana.id, view={"type": "home", "blocks": [button("more")]})
    assert ana.home
    assert "More" in ana.home.shown
    await ana.presses(ana.home, "more")
    assert bot.of("block_actions")[-1]["container"] == {"type": "view", "view_id": ana.home.id}
    unknown = bot.client.views_publish(user_id="U0NOBODY", view={"type": "home", "blocks": []})
    assert await refusal(unknown) == "user_not_found"
