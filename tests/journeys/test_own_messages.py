"""Our own messages are never comments, whatever an event leaves out: else a card would answer itself for ever."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot import app
from bot.domain.people import Person as Member
from bot.domain.workspace import Workspace
from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from handlers.outbound import clients, slack_errors
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_strangers import Post
from tests.patience import PATIENCE


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    async with ClientSession() as session:
        yield Post(session, office.slack.deliveries.url, office.slack.signing_secret)


@pytest.fixture
async def card(office: Office, ana: Person, support: Channel) -> Message:
    await ana.types("/ticket Printer down customer:acme site:hq type:break_fix")
    await office.runtime.settled()
    return await support.shows("T-1")


async def hear(office: Office, post: Post, card: Message, said: Json, **more: object) -> int:
    """Sends the event of a message below the card. How many comments the ticket has then."""
    event = {
        "type": "message",
        "channel": card.conversation.id,
        "ts": "1900000000.000100",
        "thread_ts": card.ts,
        "text": "T-1 · Printer down",
        **said,
    }
    body = {"type": "event_callback", "team_id": office.workspace.team_id, "event": event, **more}
    status, _ = await post(json.dumps(body).encode(), "application/json")
    assert status == 200
    return (await office.runtime.store.read(office.workspace).comments(1)).total


async def test_what_carries_our_metadata_is_no_comment(office: Office, post: Post, card: Message) -> None:
    mark = {"event_type": "deskhand_card", "event_payload": {"delivery": "1"}}
    assert await hear(office, post, card, {"user": "U0UNKNOWN", "metadata": mark}) == 0
    changed = {"user": "U0UNKNOWN", "ts": "1.0", "thread_ts": card.ts, "metadata": mark}
    assert await hear(office, post, card, {"subtype": "message_changed", "message": changed}) == 0


async def test_somebody_elses_metadata_makes_no_difference(office: Office, post: Post, card: Message) -> None:
    mark = {"event_type": "parcel", "event_payload": {}}
    assert await hear(office, post, card, {"user": "U0BEN", "metadata": mark}) == 1


@pytest.mark.parametrize("position", [0, 1])
async def test_what_a_user_wrote_whom_the_event_names_as_ours_is_no_comment(
    office: Office, post: Post, card: Message, position: int
) -> None:
    team = office.workspace.team_id
    named = [{"team_id": team, "user_id": "U0X"}, {"team_id": team, "user_id": "U0Y"}]
    author = named[position]["user_id"]
    assert await hear(office, post, card, {"user": author}, authorizations=named) == 0


async def test_what_our_own_user_wrote_is_no_comment_though_nobody_else_is_known(
    office: Office, post: Post, card: Message
) -> None:
    own = office.slack.world.bot.id
    await office.slack.until(lambda: office.runtime.installations.own_user(office.workspace) == own)
    no_bot = Member(id=own, names=("deskhand",))  # as far as anybody was told
    await office.runtime.people.learn(office.workspace, [no_bot])
    assert await hear(office, post, card, {"user": own}) == 0


async def test_what_a_known_bot_wrote_is_no_comment(office: Office, post: Post, card: Message) -> None:
    joined = {"type": "team_join", "user": {"id": "U0MON", "name": "monitor", "is_bot": True}}
    assert await hear(office, post, card, joined) == 0
    assert await hear(office, post, card, {"user": "U0MON"}) == 0


async def test_a_slack_that_does_not_tell_who_we_are_keeps_nobody_from_work(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.faults.fail("auth.test", "internal_error")
    async with app.build(settings_for(slack, tmp_path)) as runtime:
        await runtime.introduced()
        assert await runtime.not_ready() is None


async def test_a_slack_that_never_tells_who_we_are_does_not_hold_up_the_end(
    slack: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.runtime, "_GRACE", 3600)
    for room in (clients, slack_errors):
        monkeypatch.setattr(room, "CALL_SECONDS", 3600)
    hanging = slack.faults.hang("auth.test")
    async with asyncio.timeout(PATIENCE):
        async with app.build(settings_for(slack, tmp_path)) as runtime:
            await slack.until(lambda: hanging.struck > 0)
    hanging.release()
    assert runtime.installations.own_user(Workspace(team_id=slack.world.team.id)) is None
