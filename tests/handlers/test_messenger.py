"""The Messenger against the stand-in, over real HTTP: where cards go, how they are found, what failures mean."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientSession

from bot import manifest
from bot.domain.comments import Comment
from bot.domain.directory import Directory
from bot.domain.elsewhere import HomeName, SeenComment, SeenTicket, SharedTicket
from bot.domain.outbox import Fetch, Job, Search, Target
from bot.domain.people import Person
from bot.domain.queues import Override
from bot.domain.swaps import SwapNotice
from bot.domain.ticket import Place
from bot.domain.visibility import cut
from bot.domain.workspace import Workspace
from bot.playground.faults import CallFault
from bot.playground.records import Message, Team
from bot.playground.standin import StandIn, start_standin
from bot.services.people import People
from bot.services.ports.messenger import (
    ChannelClosed,
    MessageGone,
    NoAnswer,
    NotDelivered,
    PerhapsTaken,
    RateLimited,
    Refused,
    ThreadClosed,
    Unauthorized,
    Undeliverable,
)
from handlers.outbound import slack_errors as failures
from handlers.outbound.clients import WorkspaceClient
from handlers.outbound.messenger import SlackMessenger
from storage import open_store
from tests.handlers.conftest import ticket
from tests.installed import clients_of
from tests.stores import store_url

HERE = Workspace(team_id="T1")
SUPPORT = "C0SUPPORT"


class Desk:
    """A messenger in the stand-in's workspace, and the jobs it is asked to do."""

    def __init__(self, slack: StandIn, client: WorkspaceClient, people: People) -> None:
        self.slack = slack
        self.client = client
        self.people = people
        self.messenger = SlackMessenger(lambda _: client, people, lambda _: None)

    def job(self, **fields: object) -> Job:
        now = datetime.now(UTC)
        target = Target.model_validate({"channel": SUPPORT, "user": "U0ANA", **fields.pop("target", {})})  # type: ignore[dict-item]
        made = Job(id=UUID(int=7), number=1, target=target, created_at=now, due_at=now, claimed_at=now)
        return made.model_copy(update=fields)

    async def show(self, job: Job, summary: str = "Printer down") -> Place | None:
        return await self.messenger.show(HERE, job, ticket(summary=summary), Directory(), "team", ())

    async def find(self, job: Job) -> Place | None:
        """As the courier does it, page after page."""
        place, further = await self.messenger.find(HERE, job)
        if place or further is None:
            return place
        return await self.find(job.model_copy(update={"search": further}))

    def message(self, place: Place | None) -> Message:
        assert place
        found = self.slack.channel(place.channel).conversation.find(place.ts)
        assert found
        return found

    async def says(self, text: str, thread_ts: str | None = None) -> Place:
        answer = await self.client.chat_postMessage(channel=SUPPORT, text=text, thread_ts=thread_ts)
        return Place(channel=SUPPORT, ts=answer["ts"])


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    store = open_store(store_url(tmp_path))
    yield People(store, lambda: datetime.now(UTC))
    await store.close()


@pytest.fixture
async def desk(people: People) -> AsyncIterator[Desk]:
    async with await start_standin(manifest.read()) as slack, ClientSession() as session:
        yield Desk(slack, clients_of(slack, session).of(HERE), people)


def a_notice(**fields: object) -> SwapNotice:
    """Ana has put Ben on call for network, from noon until six, in her place."""
    now = datetime.now(UTC)
    made = {
        "event": "made",
        "queue": "network",
        "override": Override(person="U0BEN", start=now, end=now + timedelta(hours=6)),
        "relieved": "U0ANA",
        "by": "U0ANA",
        "on_call": "U0BEN",
    }
    return SwapNotice.model_validate(made | fields)


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


async def test_a_card_of_another_workspace_does_not_stand_where_people_from_outside_read(desk: Desk) -> None:
    made = ticket()
    shared = SharedTicket(home="T0ACME", ticket=cut(made))
    seen = SeenTicket(HomeName("T0ACME", "acme", "Acme"), 1, "partner_sees", shared)
    assert await desk.messenger.mirror(HERE, desk.job(), seen)
    other = desk.slack.add_workspace(Team("T0OTHER", "Other Company", "other"))
    desk.slack.share_channel("support", desk.slack.world, other)
    before = len(desk.slack.channel("support").messages)
    with pytest.raises(ChannelClosed, match="shared_with_outsiders"):
        await desk.messenger.mirror(HERE, desk.job(id=UUID(int=8)), seen)
    written = Comment(key="k", number=1, author="U0ROSA", at=datetime.now(UTC), text="The code is 4711")
    said = SeenComment(written, "Rosa", "acme")
    with pytest.raises(ChannelClosed, match="shared_with_outsiders"):
        await desk.messenger.mirror_comment(HERE, desk.job(target={"thread_ts": "1.2"}), seen, said)
    assert len(desk.slack.channel("support").messages) == before


async def test_where_it_is_not_known_who_reads_a_card_of_another_workspace_does_not_stand(desk: Desk) -> None:
    seen = SeenTicket(HomeName("T0ACME", "acme", "Acme"), 1, "partner_sees", None)
    revoke(desk, "channels:read")
    with pytest.raises(ChannelClosed, match="missing_scope"):
        await desk.messenger.mirror(HERE, desk.job(), seen)


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


async def test_an_app_that_is_sold_reads_fifteen_messages_a_minute_and_goes_on_where_it_was(
    desk: Desk,
) -> None:
    job = desk.job()
    place = await desk.show(job)
    support = desk.slack.channel(SUPPORT).conversation
    for number in range(20):
        desk.slack.world.say(desk.slack.world.user("ana"), support, f"noise {number}")
    desk.slack.world.most_history, desk.slack.limits.of_a_sold_app = 15, True
    found, further = await desk.messenger.find(HERE, job)
    assert found is None
    assert further
    later = job.model_copy(update={"search": further})
    with pytest.raises(RateLimited) as limited:
        await desk.messenger.find(HERE, later)
    assert limited.value.after
    desk.slack.limits.of_a_sold_app = False  # the minute is over
    assert await desk.messenger.find(HERE, later) == (place, None)


async def test_a_cursor_that_was_kept_for_too_long_begins_the_search_again(desk: Desk) -> None:
    job = desk.job(search=Search(cursor="0:after:15"))
    place = await desk.show(job)
    desk.slack.world.cursors_expired += 1
    found, further = await desk.messenger.find(HERE, job)
    assert (found, further) == (None, Search())
    assert await desk.find(job) == place


async def test_a_message_is_known_by_its_client_msg_id_alone(desk: Desk) -> None:
    job = desk.job()
    place = await desk.show(job)
    desk.message(place).metadata = None
    assert await desk.find(job) == place


async def test_an_id_that_slack_has_had_is_looked_for(desk: Desk) -> None:
    desk.slack.faults.fail("chat.postMessage", "duplicate_message_not_found")
    with pytest.raises(PerhapsTaken):
        await desk.show(desk.job())


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
    ("because", "channel", "said"),
    [
        ("not_in_channel", SUPPORT, "since I am not in <#C0SUPPORT>. Type `/invite @Deskhand` there"),
        ("channel_not_found", SUPPORT, "since I am not in <#C0SUPPORT>. Type `/invite @Deskhand` there"),
        (None, SUPPORT, "since I am not in <#C0SUPPORT>. Type `/invite @Deskhand` there"),
        ("is_archived", SUPPORT, "since <#C0SUPPORT> is archived."),
        ("restricted_action_read_only_channel", SUPPORT, "since I may not post in <#C0SUPPORT>."),
        ("channel_not_found", "D0OTHERS", "since I cannot be in that conversation."),
    ],
)
async def test_what_is_private_tells_to_invite_only_where_that_helps(
    desk: Desk, because: str | None, channel: str, said: str
) -> None:
    job = desk.job(target={"channel": channel}, private=True, private_because=because)
    hint = desk.message(await desk.show(job)).blocks[-1]["elements"][0]["text"]
    assert hint.startswith(f"Only you see this card, {said}")
    assert ("/invite" in hint) is ("/invite" in said)


@pytest.mark.parametrize(
    "code", ["thread_not_found", "restricted_action_thread_locked", "cannot_reply_to_message"]
)
async def test_where_the_thread_is_closed_the_card_stands_in_the_channel_and_is_found_there(
    desk: Desk, code: str
) -> None:
    parent = await desk.says("Printer?")
    desk.slack.faults.fail("chat.postMessage", code)
    place = await desk.show(job := desk.job(target={"thread_ts": parent.ts}))
    assert desk.message(place).thread_ts is None
    assert await desk.find(job) == place


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("not_in_channel", ChannelClosed),
        ("is_archived", ChannelClosed),
        ("message_not_found", MessageGone),
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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("message_not_found", MessageGone),
        ("cant_update_message", ChannelClosed),
        ("channel_not_found", ChannelClosed),
        ("edit_window_closed", ChannelClosed),
        ("is_archived", ChannelClosed),
        ("is_inactive", ChannelClosed),
        ("not_in_channel", ChannelClosed),
        ("restricted_action", ChannelClosed),
        ("thread_not_found", ThreadClosed),
        ("external_channel_migrating", Refused),
        ("no_permission", Refused),
        ("update_failed", Refused),
    ],
)
async def test_of_a_change_one_error_alone_says_that_the_message_is_gone(
    desk: Desk, code: str, kind: type[NotDelivered]
) -> None:
    place = await desk.show(desk.job())
    desk.slack.faults.fail("chat.update", code)
    with pytest.raises(NotDelivered, match=code) as caught:
        await desk.show(desk.job(place=place))
    assert type(caught.value) is kind


@pytest.mark.parametrize("ts", [None, "", 1748847600.0001, {}])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_an_answer_that_does_not_say_where_the_message_stands_is_none(
    desk: Desk, method: str, ts: object
) -> None:
    place = await desk.show(desk.job()) if method == "chat.update" else None
    desk.slack.faults.garble(method, ts=ts)
    with pytest.raises(NoAnswer, match="no_ts"):
        await desk.show(desk.job(place=place))
    assert await desk.find(desk.job()), "it was taken all the same"


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
    monkeypatch.setattr(failures, "CALL_SECONDS", 0.05)
    hanging: CallFault = desk.slack.faults.hang("chat.postMessage")
    with pytest.raises(NoAnswer, match="TimeoutError"):
        await desk.show(desk.job())
    hanging.release()


async def test_a_slack_that_is_not_there_is_no_answer(desk: Desk) -> None:
    desk.client.base_url = "http://127.0.0.1:1/api/"
    with pytest.raises(NoAnswer) as caught:
        await desk.show(desk.job())
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


async def test_a_notice_is_said_with_its_button_and_found_by_its_delivery(desk: Desk) -> None:
    job = desk.job(target={"channel": None, "user": "U0BEN"}, number=None, notice=a_notice())
    place = await desk.messenger.notify(HERE, job)
    assert place
    said = desk.slack.person("ben").messages.messages[-1]
    assert "U0ANA put you on call for *network* until " in said.text
    (button,) = said.blocks[-1]["elements"]
    assert button["text"]["text"] == "End this swap"
    assert await desk.find(job) == place


async def test_a_notice_for_all_names_people_and_pages_nobody_whatever_a_queue_is_called(desk: Desk) -> None:
    for event in ("made", "ended"):
        notice = a_notice(event=event, queue="<!channel> & <@U0BEN>")
        said = desk.message(await desk.messenger.notify(HERE, desk.job(notice=notice)))
        assert "&lt;!channel&gt; &amp; &lt;@U0BEN&gt;" in said.text
        assert all(each["type"] == "section" for each in said.blocks), "a button that most may not press"
    assert desk.slack.paged == []


async def test_a_private_notice_goes_to_the_response_url(desk: Desk) -> None:
    ana, world = desk.slack.person("ana"), desk.slack.world
    hook = world.grants.hook(ana.id, desk.slack.channel(SUPPORT).conversation, None, world.clock.now())
    url = f"{desk.slack.url}/hooks/commands/{world.team.id}/{hook.id}"
    job = desk.job(target={"response_url": url}, private=True, notice=a_notice())
    assert await desk.messenger.notify(HERE, job) is None
    (message,) = desk.slack.ephemerals(to=ana)
    assert "is on call for *network*" in message.text


class Thread:
    """A thread in #support, which people, bots and we ourselves write in."""

    def __init__(self, desk: Desk) -> None:
        world = desk.slack.world
        self._desk = desk
        self.support = desk.slack.channel(SUPPORT).conversation
        self.parent = world.say(world.user("ben"), self.support, "It smokes")

    def says(self, who: str, text: str) -> Message:
        world = self._desk.slack.world
        return world.say(world.user(who), self.support, text, thread_ts=self.parent.ts)

    def job(self, cursor: str | None = None) -> Job:
        return self._desk.job(fetch=Fetch(channel=SUPPORT, thread_ts=self.parent.ts, cursor=cursor))


async def test_what_people_wrote_in_a_thread_is_read_and_nothing_else(desk: Desk) -> None:
    thread = Thread(desk)
    first = thread.says("ben", "It smells of <glue> & tar")
    await desk.client.chat_postMessage(channel=SUPPORT, text="T-1", thread_ts=thread.parent.ts)
    second = thread.says("ana", "On my way")
    replies = await desk.messenger.read(HERE, thread.job())
    assert [(each.ts, each.author) for each in replies.messages] == [
        (first.ts, first.author.id),
        (second.ts, second.author.id),
    ]
    assert (replies.messages[1].text, replies.cursor) == ("On my way", None)
    assert replies.messages[0].thread_ts == thread.parent.ts


async def test_a_long_thread_is_read_in_pages(desk: Desk) -> None:
    thread = Thread(desk)
    for number in range(450):
        thread.says("ben", f"Reply {number}")
    read: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        replies = await desk.messenger.read(HERE, thread.job(cursor))
        read += [each.text for each in replies.messages]
        cursor = replies.cursor
    assert (read, cursor) == ([f"Reply {number}" for number in range(450)], None)


async def test_a_cursor_that_is_too_old_begins_anew(desk: Desk) -> None:
    thread = Thread(desk)
    thread.says("ben", "It smells")
    desk.slack.faults.fail("conversations.replies", "invalid_cursor")
    replies = await desk.messenger.read(HERE, thread.job("long ago"))
    assert [each.text for each in replies.messages] == ["It smells"]


async def test_a_bot_that_is_known_and_we_ourselves_are_not_read(desk: Desk) -> None:
    thread = Thread(desk)
    for who in ("ben", "ana", "chloe"):
        thread.says(who, f"I am {who}")
    ben, ana = desk.slack.person("ben").id, desk.slack.person("ana").id
    await desk.people.learn(HERE, [Person(id=ben, names=("ben",), is_bot=True)])
    messenger = SlackMessenger(lambda _: desk.client, desk.people, lambda _: ana)
    replies = await messenger.read(HERE, thread.job())
    assert [each.text for each in replies.messages] == ["I am chloe"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("thread_not_found", MessageGone),
        ("missing_scope", Undeliverable),
        ("not_in_channel", ChannelClosed),
        ("token_revoked", Unauthorized),
        ("internal_error", NoAnswer),
    ],
)
async def test_what_keeps_us_from_reading_has_its_kind(
    desk: Desk, code: str, kind: type[NotDelivered]
) -> None:
    desk.slack.faults.fail("conversations.replies", code)
    with pytest.raises(NotDelivered, match=code) as caught:
        await desk.messenger.read(HERE, Thread(desk).job())
    assert type(caught.value) is kind
