"""The Messenger against the stand-in, over real HTTP: where cards go, how they are found, what failures mean."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot import manifest
from bot.domain.directory import Directory
from bot.domain.outbox import Job, Target
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.playground.faults import CallFault
from bot.playground.records import Message
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.messenger import (
    Closed,
    NoAnswer,
    NotDelivered,
    RateLimited,
    Refused,
    Unauthorized,
    Undeliverable,
)
from handlers.outbound import slack_errors as failures
from handlers.outbound.messenger import SlackMessenger
from tests.handlers.conftest import ticket

HERE = Workspace(team_id="T1")
SUPPORT = "C0SUPPORT"


class Desk:
    """A messenger in the stand-in's workspace, and the jobs it is asked to do."""

    def __init__(self, slack: StandIn, client: AsyncWebClient) -> None:
        self.slack = slack
        self.client = client
        self.messenger = SlackMessenger(lambda _: client)

    def job(self, **fields: object) -> Job:
        now = datetime.now(UTC)
        target = Target.model_validate({"channel": SUPPORT, "user": "U0ANA", **fields.pop("target", {})})  # type: ignore[dict-item]
        made = Job(id=UUID(int=7), number=1, target=target, created_at=now, due_at=now, claimed_at=now)
        return made.model_copy(update=fields)

    async def show(self, job: Job, summary: str = "Printer down") -> Place | None:
        return await self.messenger.show(HERE, job, ticket(summary=summary), Directory())

    async def find(self, job: Job) -> Place | None:
        return await self.messenger.find(HERE, job)

    def message(self, place: Place | None) -> Message:
        assert place
        found = self.slack.channel(place.channel).conversation.find(place.ts)
        assert found
        return found

    async def says(self, text: str, thread_ts: str | None = None) -> Place:
        answer = await self.client.chat_postMessage(channel=SUPPORT, text=text, thread_ts=thread_ts)
        return Place(channel=SUPPORT, ts=answer["ts"])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with await start_standin(manifest.read()) as slack, ClientSession() as session:
        client = AsyncWebClient(
            token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        yield Desk(slack, client)


def revoke(desk: Desk, *scopes: str) -> None:
    world = desk.slack.world
    world.app = replace(world.app, scopes=world.app.scopes - set(scopes))


async def test_a_card_is_posted_and_found_by_its_delivery(desk: Desk) -> None:
    job = desk.job()
    await desk.says("something else")
    place = await desk.show(job)
    assert "Printer down" in desk.message(place).shown
    assert await desk.find(job) == place
    assert await desk.find(desk.job(id=UUID(int=8))) is None


async def test_another_apps_message_with_the_same_delivery_is_not_the_card(desk: Desk) -> None:
    job = desk.job()
    metadata = {"event_type": "parcel", "event_payload": {"delivery": str(job.id)}}
    await desk.client.chat_postMessage(channel=SUPPORT, text="Your parcel", metadata=metadata)
    assert await desk.find(job) is None


async def test_a_card_is_brought_up_to_date_and_found_all_the_same(desk: Desk) -> None:
    job = desk.job()
    place = await desk.show(job)
    assert await desk.show(desk.job(place=place), "Printer on fire") == place
    assert "Printer on fire" in desk.message(place).shown
    assert await desk.find(job) == place


async def test_a_card_in_a_thread_is_found_there(desk: Desk) -> None:
    parent = await desk.says("It smokes")
    job = desk.job(target={"thread_ts": parent.ts})
    place = await desk.show(job)
    assert desk.message(place).thread_ts == parent.ts
    assert await desk.find(job) == place


async def test_a_card_whose_thread_was_deleted_stands_in_the_channel_and_is_found_there(desk: Desk) -> None:
    parent = await desk.says("It smokes")
    desk.slack.world.delete(desk.message(parent))
    job = desk.job(target={"thread_ts": parent.ts})
    place = await desk.show(job)
    assert desk.message(place).thread_ts is None
    assert await desk.find(job) == place


async def test_a_card_in_direct_messages_is_found_there(desk: Desk) -> None:
    job = desk.job(target={"channel": None})
    place = await desk.show(job)
    assert place
    assert place.channel.startswith("D")
    assert await desk.find(job) == place


async def test_a_card_is_found_below_hundreds_of_messages(desk: Desk) -> None:
    job = desk.job()
    place = await desk.show(job)
    support = desk.slack.channel(SUPPORT).conversation
    for number in range(450):
        desk.slack.world.say(desk.slack.world.user("ana"), support, f"noise {number}")
    assert await desk.find(job) == place
    assert len(desk.slack.exchanges.of("conversations.history")) == 3


async def test_it_is_looked_for_around_the_claim_only(desk: Desk) -> None:
    await desk.show(desk.job())
    for hours, seen in ((-2, False), (-0.5, True), (0.5, True), (2, False)):
        job = desk.job(claimed_at=datetime.now(UTC) + timedelta(hours=hours))
        assert bool(await desk.find(job)) == seen


@pytest.mark.parametrize("scopes", [("channels:history",), ("im:write",), ("im:history",)])
async def test_where_the_bot_may_not_read_nothing_is_found(desk: Desk, scopes: tuple[str, ...]) -> None:
    job = desk.job(target={} if scopes == ("channels:history",) else {"channel": None})
    await desk.show(job)
    revoke(desk, *scopes)
    assert await desk.find(job) is None


async def test_where_the_bot_is_no_member_any_more_nothing_is_found(desk: Desk) -> None:
    job = desk.job()
    await desk.show(job)
    desk.slack.channel(SUPPORT).remove_bot()
    assert await desk.find(job) is None


async def test_what_is_private_goes_to_the_response_url_and_says_how_to_open_the_channel(desk: Desk) -> None:
    ana = desk.slack.person("ana")
    world = desk.slack.world
    hook = world.grants.hook(ana.id, desk.slack.channel(SUPPORT).conversation, None, world.clock.now())
    url = f"{desk.slack.url}/hooks/commands/{world.team.id}/{hook.id}"
    job = desk.job(target={"response_url": url}, private=True)
    assert await desk.show(job) is None
    (message,) = desk.slack.ephemerals(to=ana)
    assert "/invite @Deskhand" in message.shown


async def test_where_the_response_url_is_used_up_it_goes_by_direct_message(desk: Desk) -> None:
    job = desk.job(target={"response_url": f"{desk.slack.url}/hooks/commands/T1/none"}, private=True)
    place = await desk.show(job)
    assert place
    assert place.channel.startswith("D")
    assert "/invite @Deskhand" in desk.message(place).shown


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("not_in_channel", Closed),
        ("is_archived", Closed),
        ("message_not_found", Closed),
        ("token_revoked", Unauthorized),
        ("account_inactive", Unauthorized),
        ("missing_scope", Unauthorized),
        ("invalid_blocks", Undeliverable),
        ("msg_too_long", Undeliverable),
        ("internal_error", NoAnswer),
        ("ratelimited", RateLimited),
        ("never_heard_of", Refused),
    ],
)
async def test_every_error_has_its_kind(desk: Desk, code: str, kind: type[NotDelivered]) -> None:
    desk.slack.faults.fail("chat.postMessage", code)
    with pytest.raises(NotDelivered, match=code) as caught:
        await desk.show(desk.job())
    assert type(caught.value) is kind


async def test_a_429_says_how_long_to_wait(desk: Desk) -> None:
    desk.slack.faults.limit("chat.postMessage", retry_after=30)
    with pytest.raises(RateLimited) as caught:
        await desk.show(desk.job())
    assert caught.value.after == 30


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        ("-5", 1),
        ("1e9", 3600),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_retry_after_is_taken_within_reason(header: str, seconds: float | None) -> None:
    assert failures._retry_after({"retry-after": header}) == seconds


async def test_a_5xx_is_no_answer_and_neither_is_a_proxys_page(desk: Desk) -> None:
    for status in (500, 503, 403):
        desk.slack.faults.break_down("chat.postMessage", status)
        with pytest.raises(NoAnswer, match=f"HTTP {status}"):
            await desk.show(desk.job())


async def test_an_answer_that_is_lost_is_no_answer_and_the_card_is_found(desk: Desk) -> None:
    desk.slack.faults.drop_answer("chat.postMessage")
    job = desk.job()
    with pytest.raises(NoAnswer):
        await desk.show(job)
    assert await desk.find(job)


async def test_a_slack_that_hangs_is_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_CALL", 0.05)
    hanging: CallFault = desk.slack.faults.hang("chat.postMessage")
    with pytest.raises(NoAnswer, match="TimeoutError"):
        await desk.show(desk.job())
    hanging.release()


async def test_a_slack_that_is_not_there_is_no_answer() -> None:
    client = AsyncWebClient(token="xoxb-1", base_url="http://127.0.0.1:1/api/", retry_handlers=[])  # noqa: S106
    now = datetime.now(UTC)
    job = Job(id=UUID(int=7), number=1, target=Target(channel="C1", user="U1"), created_at=now, due_at=now)
    with pytest.raises(NoAnswer) as caught:
        await SlackMessenger(lambda _: client).show(HERE, job, ticket(), Directory())
    assert "127.0.0.1" not in str(caught.value)


async def test_what_cannot_be_looked_for_now_is_looked_for_again(desk: Desk) -> None:
    job = desk.job()
    place = await desk.show(job)
    desk.slack.faults.limit("conversations.history", retry_after=9)
    with pytest.raises(RateLimited):
        await desk.find(job)
    desk.slack.faults.fail("conversations.history", "token_revoked")
    with pytest.raises(Unauthorized):
        await desk.find(job)
    assert await desk.find(job) == place
