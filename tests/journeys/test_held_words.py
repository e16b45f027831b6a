"""Whatever a message holds becomes part of its ticket, and every change of a reply part of its comment."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.domain.comments import Comment
from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from bot.playground.records import Message, User
from bot.playground.wire import Json
from tests.journeys.conftest import Office
from tests.journeys.test_strangers import Post

CASES = Path(__file__).parents[1] / "handlers" / "messages"


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    async with ClientSession() as session:
        yield Post(session, office.slack.deliveries.url, office.slack.signing_secret)


@pytest.fixture
async def asked(office: Office, ben: Person) -> Message:
    """Ben's message, which he made into T-1."""
    message = ben.says("Printer is dead")
    await saved(await ben.opens_menu(message).chooses("Create ticket"))
    await office.runtime.settled()
    return message


def posted(office: Office, raw: Json, author: User | None = None) -> Message:
    """A message in #support that holds what Slack carries in `raw`."""
    world = office.slack.world
    author = author or world.users.get(str(raw.get("user"))) or User("U0APP", "pager", "Pager", is_bot=True)
    content = {name: value for name, value in raw.items() if name not in {"ts", "team", "type"}}
    text = str(content.get("text") or "")
    return world.post(
        Message(world.next_ts(), office.channel("support").conversation, author, text, raw=content)
    )


def case(name: str) -> Json:
    loaded: Json = json.loads((CASES / f"{name}.json").read_text())
    return loaded


async def saved(form: Form, **fields: object) -> None:
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix", **fields)
    assert (await form.submit()).errors == {}


async def comments(office: Office, number: int = 1) -> list[Comment]:
    await office.slack.events_taken()
    await office.runtime.settled()
    page = await office.runtime.store.read(office.workspace).comments(number, limit=100)
    return [*page.comments]


@pytest.mark.parametrize(
    ("name", "summary", "words"),
    [
        ("01_text_null_message_for_shortcut", "CPU high", ["on db1"]),
        ("02_attachment_blocks_only", "latency high", []),
        ("02_attachment_title_pretext_fields", "Alert firing", ["Latency on web-3", "Value: 9.3 s"]),
        ("02_blocks_only", "Disk full on db1", ["Host:", "db1"]),
        ("02_email_file", "Printer broken", ["bob@example.com", "It smells of burnt toner."]),
        ("02_text_and_attachment", "Triggered: web-3", ["p99 is 9.3 s for 10 min"]),
        ("03_forward_with_caption", "please fix", ["the gate is stuck", "Zoe", "example.slack.com/archives/C1/p1"]),
        ("13_connect_file", "look", []),
    ],
)  # fmt: skip
async def test_every_kind_of_message_fills_the_form_with_every_word(
    name: str, summary: str, words: list[str], office: Office, ana: Person
) -> None:
    message = posted(office, case(name))
    form = await ana.opens_menu(message).chooses("Create ticket")
    assert form.value("summary") == summary
    description = str(form.value("symptomDescription"))
    assert [each for each in words if each not in description] == []
    await saved(form)
    origin = (await office.ticket(1)).origin
    assert origin.message
    assert all(file.name and file.permalink for file in origin.message.files)


async def test_a_message_that_cannot_be_read_still_opens_the_form_with_a_word(
    office: Office, ana: Person
) -> None:
    message = posted(office, {"user": "U0BEN", "text": "down", "files": [{"name": 7}], "attachments": "x"})
    form = await ana.opens_menu(message).chooses("Create ticket")
    assert form.shows("I could not read all of this message")
    assert form.value("summary") == "down"


async def test_a_reply_is_kept_with_all_that_it_holds(office: Office, asked: Message) -> None:
    raw = {**case("03_forward_with_caption"), "thread_ts": asked.ts}
    posted(office, raw)
    (comment,) = await comments(office)
    assert comment.text.startswith("please fix\nthe gate is stuck\nForwarded from Zoe: https://")
    assert [file.name for file in comment.files] == ["gate.pdf"]


@pytest.mark.parametrize(
    ("name", "text"), [("04_two_edits_one_second", "three"), ("04_edit_in_second_of_posting", "fixed")]
)
@pytest.mark.parametrize("order", [1, -1])
async def test_the_last_of_several_edits_stands_in_whatever_order_they_come(
    name: str, text: str, order: int, office: Office, asked: Message, post: Post
) -> None:
    events: list[Json] = json.loads((CASES / f"{name}.json").read_text())
    for body in events[::order]:
        event = body["event"]
        (event.get("message") or event)["thread_ts"] = asked.ts
        event["channel"] = asked.conversation.id
        here: Json = {"team_id": office.workspace.team_id, "authorizations": []}
        assert (await post(json.dumps({**body, **here}).encode(), "application/json"))[0] == 200
    assert [comment.text for comment in await comments(office)] == [text]


async def test_a_file_that_is_removed_is_removed(office: Office, ben: Person, asked: Message) -> None:
    reply = ben.says("See these", reply_to=asked, files=["a.jpg", "secret.jpg"])
    reply.files = reply.files[:1]
    office.slack.world.edit(reply, reply.text)
    (comment,) = await comments(office)
    assert [file.name for file in comment.files] == ["a.jpg"]


async def test_a_change_of_something_never_heard_makes_no_comment(
    office: Office, ben: Person, asked: Message, post: Post
) -> None:
    gone = {"user": ben.id, "ts": "1795854500.000100", "thread_ts": asked.ts, "text": "hush"}
    channel = asked.conversation.id
    for number, told in enumerate(
        (
            {"subtype": "message_changed", "message": {**gone, "edited": {"user": ben.id, "ts": "1795854501.000000"}}},
            {"subtype": "message_deleted", "previous_message": gone, "deleted_ts": gone["ts"]},
        )
    ):  # fmt: skip
        event = {"type": "message", "channel": channel, "ts": f"179585451{number}.000200", **told}
        body = {"type": "event_callback", "team_id": office.workspace.team_id, "event": event}
        assert (await post(json.dumps(body).encode(), "application/json"))[0] == 200
    assert await comments(office) == []
    assert len(await office.history(1)) == 1


async def test_what_slackbot_says_is_no_comment(office: Office, asked: Message) -> None:
    slackbot = User("USLACKBOT", "slackbot", "Slackbot")
    posted(office, {"text": "Reminder: printer", "thread_ts": asked.ts, "user": "USLACKBOT"}, slackbot)
    assert await comments(office) == []


async def test_a_card_and_a_comment_of_ours_are_their_ticket_already(
    office: Office, ana: Person, ben: Person, asked: Message, support: Channel
) -> None:
    assert (await ben.opens_menu(await support.shows("T-1")).chooses("Create ticket")).title == "Already T-1"
    form = await ana.opens_menu(asked).chooses("Reply to requester")
    await form.fill(reply="On my way")
    await form.submit()
    await office.runtime.settled()
    copy = await support.shows("On my way")
    assert (await ben.opens_menu(copy).chooses("Create ticket")).title == "Already T-1"
    assert await office.total() == 1


async def test_the_author_of_a_message_is_the_requester_whoever_converts_it(
    ana: Person, ben: Person, support: Channel
) -> None:
    message = ben.says("Printer is dead")
    await saved(await ana.opens_menu(message).chooses("Create ticket"))
    card = await support.shows("T-1")
    view = await (await ben.selects(card, "ticket_more", "Open")).form()
    for words in (f"Requested by <@{ben.id}>", f"converted by <@{ana.id}>", "converted a message into it"):
        assert view.shows(words), words


@pytest.mark.parametrize(
    "author", [{"user": "USLACKBOT"}, {"bot_id": "B9", "user": "U0APP"}, {"bot_id": "B9"}]
)
async def test_what_no_person_wrote_is_asked_for_by_whoever_converts_it(
    author: Json, office: Office, ana: Person
) -> None:
    message = posted(office, {"text": "Disk full", **author})
    await saved(await ana.opens_menu(message).chooses("Create ticket"))
    ticket = await office.ticket(1)
    assert (ticket.created_by, ticket.origin.converted_by) == (ana.id, None)


async def test_an_author_from_outside_is_shown_by_name(office: Office, ana: Person, support: Channel) -> None:
    zoe = User("U0ZOE", "zoe", "Zoe of <Acme>")
    profile = {"display_name": "Zoe of <Acme>", "name": "zoe"}
    message = posted(
        office, {"text": "Gate stuck", "user": zoe.id, "user_team": "T0ACME", "user_profile": profile}, zoe
    )
    await saved(await ana.opens_menu(message).chooses("Create ticket"))
    assert (await office.ticket(1)).created_by == zoe.id
    card = await support.shows("T-1")
    assert (await (await ana.selects(card, "ticket_more", "Open")).form()).shows("Requested by Zoe of <Acme>")


async def test_a_commenter_from_outside_is_shown_by_name(
    office: Office, ana: Person, ben: Person, asked: Message
) -> None:
    zoe = User("U0ZOE", "zoe", "Zoe of Acme")
    content = {"text": "Same here", "thread_ts": asked.ts, "user": zoe.id, "user_team": "T0ACME"}
    posted(office, {**content, "user_profile": {"display_name": "Zoe of Acme"}}, zoe)
    assert [each.author_name for each in await comments(office)] == ["Zoe of Acme"]
    form = await (await ana.types("/ticket show T-1")).form()
    assert form.shows("Same here")
    assert form.shows("Zoe of Acme")
    assert not form.shows(zoe.id)
    ben.says("Me too", reply_to=asked)
    assert (await comments(office))[-1].author_name is None


async def test_the_labels_of_a_message_become_words(office: Office, ana: Person) -> None:
    form = await ana.opens_menu(posted(office, case("11_mentions_in_message"))).chooses("Create ticket")
    words = form.value("symptomDescription")
    assert words == "@here ask @S0NET00001 and @zoe on 2017-03-24 16:15 UTC"


async def test_of_two_tickets_in_a_thread_a_reply_goes_to_the_newest_open_one_or_the_one_it_names(
    office: Office, ana: Person, ben: Person, asked: Message, support: Channel
) -> None:
    second = ben.says("And the scanner", reply_to=asked)
    await saved(await ben.opens_menu(second).chooses("Create ticket"))
    await office.runtime.settled()
    assert "This thread has T-1, too" in (await support.shows("T-2 · ")).shown
    assert "This thread has T-2, too" in (await support.shows("T-1 · ")).shown
    ben.says("It blinks", reply_to=asked)
    ben.says("T-1 smells", reply_to=asked)
    assert [each.text for each in await comments(office, 2)] == ["It blinks"]
    assert "T-1 smells" in [each.text for each in await comments(office, 1)]
    for line in ("resolve T-2 Done", "resolve T-1 Done"):
        await ana.types(f"/ticket {line}")
    ben.says("It blinks again", reply_to=asked)
    assert [each.text for each in await comments(office, 2)] == ["It blinks", "It blinks again"]
    assert (await office.ticket(2)).status == (await office.ticket(1)).status == "resolved"
    await office.runtime.settled()
    await ben.presses(await support.shows("T-2 · "), "Reopen")
    assert (await office.ticket(2)).is_open


async def test_the_other_ticket_of_a_thread_hears_replies_after_the_first_was_undone(
    office: Office, ben: Person, asked: Message, support: Channel
) -> None:
    second = ben.says("And the scanner", reply_to=asked)
    await saved(await ben.opens_menu(second).chooses("Create ticket"))
    await office.runtime.settled()
    await ben.selects(await support.shows("T-1 · "), "ticket_more", "Undo")
    await support.shows("T-1* was undone")
    ben.says("It blinks", reply_to=asked)
    assert [each.text for each in await comments(office, 2)] == ["It blinks"]
    await ben.presses(await support.shows("T-1* was undone"), "Bring it back")
    ben.says("T-1 smells", reply_to=asked)
    assert "T-1 smells" in [each.text for each in await comments(office, 1)]
