"""People talk about a ticket where they asked for it, and agents among themselves."""

import errno
import random
from collections.abc import Iterator

import pytest

from bot.domain.comments import Comment
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.ticket import Place
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.records import Message, User
from bot.services.ports.store import Transaction
from bot.services.step_requests import StepRequest
from storage.journal.disk import Disk
from tests.journeys.conftest import Office

SECRET = "the toner is zanzibar brand"  # noqa: S105  (what agents say among themselves)


@pytest.fixture
async def asked(office: Office, ben: Person) -> Message:
    """Ben's message, which he made into T-1."""
    said = ben.says("Printer is dead")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    await office.runtime.settled()
    return said


@pytest.fixture
async def chloe(office: Office) -> Person:
    return office.person("chloe")


@pytest.fixture
async def triage(office: Office, asked: Message) -> Message:
    """T-1's card among agents; those in that channel are the only ones."""
    assert asked
    world = office.slack.world
    oncall = office.channel("ops-oncall")
    card = world.post(Message(world.next_ts(), oncall.conversation, world.bot, "T-1 · Printer is dead"))
    await office.runtime.people.learn_channel(office.workspace, oncall.id, oncall.conversation.members)

    async def work(tx: Transaction) -> None:
        await tx.keep_settings(
            WorkspaceSettings(queues=(Queue(name="printers", channel=oncall.id, owner="U0DANA"),))
        )
        ticket = await tx.ticket(1)
        assert ticket
        places = (*ticket.cards, Place(channel=oncall.id, ts=card.ts, internal=True))
        await tx.save(ticket.model_copy(update={"cards": places}), now=ticket.updated_at)

    await office.runtime.store.change(office.workspace, work)
    return card


async def comments(office: Office) -> list[Comment]:
    """T-1's, as soon as all that was said has been heard."""
    await office.slack.events_taken()
    return [*(await office.runtime.store.read(office.workspace).comments(1, limit=20)).comments]


async def history(office: Office) -> list[str]:
    await office.slack.events_taken()
    return [entry.what for entry in await office.history(1)]


async def resolve(office: Office, by: Person) -> None:
    fields = {"resolution": "Changed the fuser"}
    await office.runtime.tools.steps.take(
        office.workspace,
        1,
        "resolve",
        fields,
        StepRequest(Actor(user=by.id, is_known=True, is_agent=True), "press:1"),
    )


def shown_to(office: Office, person: Person) -> Iterator[str]:
    """Everything that Slack shows this person."""
    for conversation in office.slack.world.conversations.values():
        if person.id in conversation.members:
            for message in conversation.messages:
                if message.only_for in {None, person.id}:
                    yield f"{message.shown} {message.blocks}"
    views = [*person.modals, *([person.home] if person.home else [])]
    yield from (str(view.content) for view in views)


async def test_what_is_said_below_the_message_or_its_card_is_the_tickets_comments(
    office: Office, ana: Person, ben: Person, support: Channel, asked: Message
) -> None:
    ben.says("It smells, @ana & <everybody>", reply_to=asked, files=["smell.jpg"])
    card = await support.shows("T-1")
    ana.says("On my way", reply_to=card)
    ben.says("What's for lunch?")
    first, second = await comments(office)
    assert (first.author, first.text) == (ben.id, "It smells, @ana & <everybody>")
    assert [file.name for file in first.files] == ["smell.jpg"]
    assert (second.author, second.text) == (ana.id, "On my way")
    shown = (await (await ana.types("/ticket show T-1")).form()).view
    assert "2 comments" in shown.shown
    assert shown.shown.index("It smells") < shown.shown.index("On my way")
    assert "smell.jpg" in shown.shown


async def test_an_edit_and_a_deletion_change_the_comment_and_the_history_says_so(
    office: Office, ana: Person, ben: Person, asked: Message
) -> None:
    smells = ben.says("It smells", reply_to=asked)
    regretted = ben.says("My password is hunter2", reply_to=asked)
    await office.slack.events_taken()
    ben.edits(smells, "It smells of glue")
    ben.deletes(regretted)
    first, second = await comments(office)
    assert (first.text, first.edited_at is None) == ("It smells of glue", False)
    assert (second.text, second.deleted) == ("", True)
    assert sorted((await history(office))[1:]) == ["comment_deleted", "comment_edited"]
    assert "hunter2" not in str(await office.ticket(1))
    form = await (await ana.types("/ticket show 1")).form()
    assert form.shows("2 comments")
    assert form.shows("edited")


async def test_events_that_come_twice_and_out_of_order_leave_each_comment_once_in_the_right_order(
    office: Office, ben: Person, asked: Message
) -> None:
    office.slack.faults.break_down("message", status=500, times=None)
    for number in range(4):
        message = ben.says(f"Reply {number}", reply_to=asked)
        ben.edits(message, f"Reply {number}, edited")
    await office.slack.until(lambda: len(office.slack.exchanges.of("message")) >= 8)
    office.slack.faults.clear()
    told = [exchange.body for exchange in office.slack.exchanges.of("message")]
    for each in random.Random(7).sample(told * 2, k=len(told) * 2):  # noqa: S311  (no secret)
        office.slack.deliveries.send_event(each | {"event_id": f"Ev{random.getrandbits(40)}"})
    await office.slack.until(lambda: len(office.slack.exchanges.of("message")) >= 3 * len(told))
    assert [comment.text for comment in await comments(office)] == [f"Reply {n}, edited" for n in range(4)]


async def test_the_requesters_reply_reopens_a_resolved_ticket_and_nobody_elses_does(
    office: Office, ana: Person, ben: Person, asked: Message
) -> None:
    await resolve(office, ana)
    ana.says("Should work again", reply_to=asked)
    assert (await history(office))[-1] == "resolved"
    ben.says("It does not", reply_to=asked)
    assert (await history(office))[-1] == "reopened"
    ticket = await office.ticket(1)
    assert ticket.is_open
    assert (await office.history(1))[-1].actor == ben.id


async def test_a_closed_ticket_stays_closed_whatever_is_said(
    office: Office, ana: Person, ben: Person, asked: Message
) -> None:
    await resolve(office, ana)
    await office.runtime.tools.steps.take(
        office.workspace,
        1,
        "close",
        {},
        StepRequest(Actor(user=ana.id, is_known=True, is_agent=True), "press:2"),
    )
    ben.says("Thanks!", reply_to=asked)
    assert [comment.text for comment in await comments(office)] == ["Thanks!"]
    assert (await office.ticket(1)).status == "closed"


@pytest.mark.tinydb(reason="TinyDB's disk is made to fail")
async def test_what_cannot_be_saved_is_told_again_by_slack_and_not_lost(
    office: Office, ben: Person, asked: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Disk, __: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", full)
        ben.says("It smells", reply_to=asked)

        def answers() -> list[int | None]:  # to these words, and not to what else is said meanwhile
            told = office.slack.exchanges.of("message")
            return [each.status for each in told if each.body["event"].get("text") == "It smells"]

        await office.slack.until(lambda: answers() == [503, 503])
        assert await office.runtime.not_ready()
    assert await office.runtime.not_ready() is None
    await office.slack.until(lambda: office.slack.deliveries.waiting)
    office.slack.clock.advance(60)
    assert [comment.text for comment in await comments(office)] == ["It smells"]


async def test_bots_and_we_ourselves_are_not_listened_to(office: Office, asked: Message) -> None:
    world = office.slack.world
    monitor = world.add_user(User("U0MON", "monitor", "Monitor", is_bot=True))
    for author in (world.bot, monitor):
        said = world.post(
            Message(world.next_ts(), asked.conversation, author, "Still down", thread_ts=asked.ts)
        )
        world.edit(said, "Still down, I say")
        world.delete(said)
    assert await comments(office) == []


async def test_a_parent_that_is_deleted_takes_no_comment_with_it(
    office: Office, ben: Person, asked: Message
) -> None:
    ben.says("It smells", reply_to=asked)
    ben.deletes(asked)
    ben.says("Anybody?", reply_to=asked)
    assert [comment.text for comment in await comments(office)] == ["It smells", "Anybody?"]


async def test_nothing_that_agents_say_among_themselves_reaches_the_requester(
    office: Office, ben: Person, chloe: Person, asked: Message, triage: Message
) -> None:
    talk = chloe.says(SECRET, reply_to=triage, files=["zanzibar.jpg"])
    chloe.edits(talk, f"{SECRET}, I think")
    ben.says("Any news?", reply_to=asked)
    gone = chloe.says(f"{SECRET}!", reply_to=triage)
    chloe.deletes(gone)
    assert [comment.internal for comment in await comments(office)] == [True, False, True]
    await office.runtime.settled()
    await ben.types("/ticket show T-1")
    await ben.types("/ticket list")
    ben.opens_home()
    await office.slack.events_taken()
    await office.runtime.settled()
    seen = [*shown_to(office, ben)]
    assert any("Any news?" in each for each in seen), "the search itself works"
    assert not [each for each in seen if "zanzibar" in each.casefold()]
    assert "comment_edited" not in await history(office)
    form = await (await chloe.types("/ticket show T-1")).form()
    assert form.shows("3 comments")
    assert form.shows(SECRET)


async def test_an_agent_sends_on_what_the_requester_should_know(
    office: Office, ben: Person, chloe: Person, triage: Message
) -> None:
    talk = chloe.says(f"Parts come on Friday; {SECRET}", reply_to=triage)
    form = await chloe.opens_menu(talk).chooses("Reply to requester")
    assert form.value("reply") == f"Parts come on Friday; {SECRET}"
    assert form.shows(f"<@{ben.id}>")
    await form.fill(reply="Parts come on Friday")
    submission = await form.submit()
    assert submission.view
    assert "is on its way" in str(submission.view.content)
    sent = [comment for comment in await comments(office) if comment.is_reply]
    assert [(comment.author, comment.text) for comment in sent] == [(chloe.id, "Parts come on Friday")]
    await office.runtime.settled()
    shown = (await (await ben.types("/ticket show T-1")).form()).view
    assert "1 comment" in shown.shown
    assert "Parts come on Friday" in shown.shown
    assert "zanzibar" not in "".join(shown_to(office, ben))


async def test_only_agents_send_on(office: Office, ben: Person, asked: Message, triage: Message) -> None:
    assert triage
    said = ben.says("Any news?", reply_to=asked)
    refused = await ben.opens_menu(said).chooses("Reply to requester")
    assert refused.shows("That is for agents.")
    assert not any(comment.is_reply for comment in await comments(office))


async def test_a_message_about_no_ticket_cannot_be_sent_on(ana: Person, ben: Person) -> None:
    refused = await ana.opens_menu(ben.says("Hello")).chooses("Reply to requester")
    assert refused.shows("about no ticket")


async def test_many_comments_come_in_pages(office: Office, ana: Person, ben: Person, asked: Message) -> None:
    for number in range(1, 13):
        ben.says(f"Reply {number}.", reply_to=asked)
    assert len(await comments(office)) == 12
    form = await (await ana.types("/ticket show T-1")).form()
    assert form.shows("Comments 8–12 of 12")
    assert not form.shows("Reply 7.")
    await form.press("Earlier comments")
    assert form.shows("Comments 3–7 of 12")
    await form.press("Later comments")
    assert form.shows("Comments 8–12 of 12")
