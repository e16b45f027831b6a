"""Cards on their way to Slack: once whatever is lost, in step with their ticket, no faster than Slack takes them."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot import app
from bot.domain.outbox import Job, updates
from bot.domain.ticket import Ticket
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.services.ports.store import Transaction
from tests.bot.test_cli import environment
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_strangers import Post
from tests.patience import PATIENCE

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


def cards(channel: Channel) -> list[Message]:
    return [message for message in channel.messages if "T-1" in message.shown]


async def change(office: Office, summary: str) -> Ticket:
    """What every use case does that changes a ticket."""
    workspace, now = office.workspace, office.slack.clock.now()

    async def work(tx: Transaction) -> tuple[Ticket, Sequence[Job]]:
        ticket = await tx.ticket(1)
        assert ticket
        changed = ticket.model_copy(update={"summary": summary, "version": ticket.version + 1})
        await tx.save(changed, now=now)
        jobs = updates(changed, now)
        for job in jobs:
            await tx.enqueue(job)
        return changed, jobs

    changed, jobs = await office.runtime.store.change(workspace, work)
    office.runtime.courier.wake(workspace, jobs)
    return changed


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_card_whose_answer_was_lost_is_found_and_not_posted_again(
    office: Office, ana: Person, support: Channel, *, is_heard: bool
) -> None:
    """By its own event, which spares the history; and by the history where that does not come in time."""
    if not is_heard:
        office.slack.faults.hold("message")
    office.slack.faults.drop_answer("chat.postMessage")
    await ana.types(LINE)
    await office.runtime.settled()
    (card,) = cards(support)
    assert [place.ts for place in (await office.ticket(1)).cards] == [card.ts]
    assert len(office.slack.exchanges.of("chat.postMessage")) == 1
    assert bool(office.slack.exchanges.of("conversations.history")) is not is_heard


@pytest.mark.parametrize(("app_id", "is_ours"), [(None, True), ("A0OTHER", False)])
async def test_metadata_of_our_own_app_alone_tells_where_a_card_stands(
    app_id: str | None, office: Office, ana: Person, *, is_ours: bool
) -> None:
    hanging = office.slack.faults.hang("chat.postMessage")
    await ana.types(LINE)
    (job,) = await office.runtime.store.read(office.workspace).jobs()
    own = office.slack.world.app.id
    event = {
        "type": "message_metadata_posted",
        "app_id": app_id or own,
        "channel_id": "C0SUPPORT",
        "message_ts": "1795854580.000100",
        "metadata": {"event_type": "deskhand_card", "event_payload": {"delivery": str(job.id)}},
    }
    body = {"type": "event_callback", "api_app_id": own, "team_id": office.workspace.team_id, "event": event}
    async with ClientSession() as session:
        post = Post(session, office.slack.deliveries.url, office.slack.signing_secret)
        assert (await post(json.dumps(body).encode(), "application/json"))[0] == 200
    (noted,) = await office.runtime.store.read(office.workspace).jobs()
    assert (noted.seen is not None) is is_ours
    hanging.release()


async def test_an_answer_that_names_no_message_makes_no_second_card(
    office: Office, ana: Person, support: Channel
) -> None:
    office.slack.faults.garble("chat.postMessage", ts=None)
    await ana.types(LINE)
    await office.runtime.settled()
    (card,) = cards(support)
    assert [place.ts for place in (await office.ticket(1)).cards] == [card.ts]
    assert len(office.slack.exchanges.of("chat.postMessage")) == 1


async def test_a_card_is_brought_up_to_date_when_its_channel_is_open_again(
    office: Office, ana: Person, support: Channel
) -> None:
    await ana.types(LINE)
    await support.shows("Printer down")
    await office.runtime.settled()
    office.slack.faults.fail("chat.update", "not_in_channel")
    await change(office, "Printer on fire")
    await office.runtime.settled()
    await change(office, "Printer burnt down")
    await office.runtime.settled()
    (card,) = cards(support)
    assert "Printer burnt down" in card.shown


async def test_many_changes_are_one_update(office: Office, ana: Person, support: Channel) -> None:
    await ana.types(LINE)
    await support.shows("Printer down")
    await office.runtime.settled()
    slow = office.slack.faults.hang("chat.update")
    for number in range(20):
        await change(office, f"Printer at {number} degrees")
    slow.release()
    await office.runtime.settled()
    (card,) = cards(support)
    assert "Printer at 19 degrees" in card.shown
    assert len(office.slack.exchanges.of("chat.update")) == 2


async def test_a_card_that_somebody_deleted_is_let_go(office: Office, ana: Person, support: Channel) -> None:
    await ana.types(LINE)
    card = await support.shows("Printer down")
    await office.runtime.settled()
    office.slack.world.delete(card)
    for _ in range(2):
        await change(office, "Printer on fire")
        await office.runtime.settled()
    assert (await office.ticket(1)).cards == ()
    assert len(office.slack.exchanges.of("chat.update")) == 1
    assert not cards(support)


async def test_a_burst_goes_no_faster_than_slack_takes_it(
    office: Office, ana: Person, support: Channel
) -> None:
    office.slack.limits.enforced = True
    for number in (1, 2, 3):
        await (await ana.types(LINE)).shows(f"*T-{number}* is saved")
    await office.runtime.settled()
    posts = office.slack.exchanges.of("chat.postMessage")
    assert [post.status for post in posts] == [200] * 3
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(posts))
    assert all(f"T-{number}" in each.shown for number, each in enumerate(support.messages[-3:], 1))


async def test_a_desk_whose_token_was_refused_still_answers_and_keeps_the_cards(
    office: Office, ana: Person, support: Channel
) -> None:
    office.slack.faults.fail("chat.postMessage", "token_revoked")
    await (await ana.types(LINE)).shows("*T-1* is saved")
    async with asyncio.timeout(PATIENCE):
        while not office.runtime.courier.status().stopped:
            await office.slack.clock.sleep(0.01)
    assert (await (await ana.types("/ticket show 1")).form()).shows("Printer down")
    assert await office.runtime.not_ready() == "Slack refuses the token (token_revoked)"
    wait = "has to wait: Slack does not accept my token (`token_revoked`)"
    await (await ana.types(LINE)).shows(f"Its card {wait}")
    await (await ana.types("/ticket comment T-1 It smokes")).shows(f"Your comment {wait}")
    await (await ana.types("/ticket comment T-1, T-2 It smokes")).shows(f"What you wrote {wait}")
    form = await (await ana.types("/ticket")).form()
    await form.fill(summary="Lamp", customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (told := (await form.submit()).view)
    assert wait in str(told.content)
    office.runtime.courier.retry()
    await support.shows("T-1")
    assert await office.runtime.not_ready() is None
    await (await ana.types(LINE)).shows("Its card is on its way.")


async def test_a_token_that_is_refused_at_the_start_is_told_before_anything_is_sent(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.faults.fail("auth.test", "account_inactive")
    async with app.build(settings_for(slack, tmp_path / "data")) as runtime:
        async with asyncio.timeout(PATIENCE):
            while not await runtime.not_ready():
                await slack.clock.sleep(0.01)
        assert await runtime.not_ready() == "Slack refuses the token (account_inactive)"
        await runtime.introduced()
        assert await runtime.not_ready() is None, "the next try was taken"


async def start(slack: StandIn, folder: Path) -> Process:
    """Deskhand as a process of its own."""
    settings = {
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment(folder, **settings), stderr=PIPE
    )
    assert process.stderr
    async for line in process.stderr:
        event = json.loads(line)
        if event["event"] == "serving":
            slack.connect(f"http://127.0.0.1:{event['port']}/slack/events")
            break
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
async def test_a_desk_that_is_killed_while_it_posts_finds_its_card_when_it_is_back(
    slack: StandIn, tmp_path: Path
) -> None:
    hanging = slack.faults.hang("chat.postMessage")
    process = await start(slack, tmp_path)
    await slack.person("ana").types("/ticket Printer down customer:acme site:acme-hq type:break_fix")
    await slack.until(lambda: hanging.struck)
    process.kill()
    await process.communicate()
    hanging.release()
    support = slack.channel("support")
    await support.shows("T-1")
    process = await start(slack, tmp_path)
    # What it had shown is not known. Where a store is shared, the hold of the one that was killed has to end first.
    await slack.until(lambda: slack.exchanges.of("chat.update"), within=20)
    process.terminate()
    await process.communicate()
    assert len(cards(support)) == 1
    assert len(slack.exchanges.of("chat.postMessage")) == 1
