"""Comments are delivered as cards are: once, the newest words, and to nobody else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from bot.domain.comments import Comment, copy_update, sent
from bot.domain.outbox import Job, Target
from bot.domain.ticket import Place
from bot.services.ports.messenger import ChannelClosed
from bot.services.ports.store import Transaction
from tests.services.courier_kit import DESK, Lost, Office

KEY = "C1:7.0"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    await office.courier.start()
    yield office
    await office.close()


async def ask(office: Office, *jobs: Job, comment: Comment | None = None) -> None:
    async def work(tx: Transaction) -> None:
        if comment:
            await tx.keep_comment(comment)
        for job in jobs:
            await tx.enqueue(job)

    await office.store.change(DESK, work)


def comment(office: Office, text: str = "It smokes", copies: Sequence[Place] = ()) -> Comment:
    return Comment(key=KEY, number=1, author="U9", at=office.now, text=text, copies=tuple(copies))


def copy(office: Office) -> Job:
    target = Target(channel="CTRIAGE", thread_ts="1.0", user="U9", internal=True)
    return Job(
        id=UUID(int=77), number=1, target=target, comment=KEY, created_at=office.now, due_at=office.now
    )


async def kept(office: Office) -> Comment:
    found = await office.store.read(DESK).comment(KEY)
    assert found
    return found


async def test_a_comment_is_shown_with_its_words_and_is_no_card(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    await ask(office, copy(office), comment=comment(office))
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    assert (place.channel, place.internal) == ("CTRIAGE", True)
    assert office.slack.at(place).texts == ["It smokes"]
    assert [card.channel for card in (await office.ticket(1)).cards] == ["C1"]
    assert await office.jobs() == []


async def test_what_was_edited_while_it_was_posted_is_brought_up_to_date(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await ask(office, copy(office), comment=comment(office))
    await office.rest()
    await ask(office, comment=comment(office, "It burns"))
    gate.set()
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    assert office.slack.at(place).texts == ["It smokes", "It burns"]


async def test_a_lost_answer_makes_no_second_copy(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [Lost("timeout")]
    await ask(office, copy(office), comment=comment(office))
    await office.deliver_all()
    assert len((await kept(office)).copies) == 1
    assert [each.channel for each in office.slack.messages] == ["C1", "CTRIAGE"]


async def test_what_belongs_among_agents_takes_no_way_round(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [ChannelClosed("not_in_channel")]
    await ask(office, copy(office), comment=comment(office))
    await office.deliver_all()
    assert (await office.job()).set_aside == "not_in_channel"
    assert [each.channel for each in office.slack.messages] == ["C1"]


async def test_a_reply_reaches_its_requester_directly_where_their_channel_is_closed(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    reply = comment(office)
    office.slack.script[1] = [ChannelClosed("is_archived")]
    await ask(office, sent(await office.ticket(1), reply, office.now), comment=reply)
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    assert place.channel == (await office.ticket(1)).created_by
    assert not place.internal


async def test_what_was_deleted_before_it_was_shown_is_not_shown(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    deleted = comment(office, "").model_copy(update={"deleted": True})
    await ask(office, copy(office), comment=deleted)
    await office.deliver_all()
    assert [each.channel for each in office.slack.messages] == ["C1"]
    assert (await office.jobs(), await kept(office)) == ([], deleted)


async def test_a_copy_that_was_posted_unheard_before_its_comment_was_deleted_loses_its_words(
    office: Office,
) -> None:
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [Lost("timeout")]
    await ask(office, copy(office), comment=comment(office))
    await office.rest()
    await ask(office, comment=comment(office, "").model_copy(update={"deleted": True}))
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    assert office.slack.at(place).texts[-1] == ""


async def test_a_copy_that_was_deleted_is_let_go(office: Office) -> None:
    await office.post(1)
    await office.deliver_all()
    await ask(office, copy(office), comment=comment(office))
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    office.slack.at(place).deleted = True
    edited = comment(office, "It burns", [place])
    await ask(office, copy_update(edited, place, office.now), comment=edited)
    await office.deliver_all()
    assert (await kept(office)).copies == ()
    assert await office.jobs() == []


async def test_a_copy_whose_channel_was_closed_once_is_brought_up_to_date_at_the_next_change(
    office: Office,
) -> None:
    await office.post(1)
    await office.deliver_all()
    await ask(office, copy(office), comment=comment(office))
    await office.deliver_all()
    (place,) = (await kept(office)).copies
    office.slack.script[1] = [ChannelClosed("is_archived")]
    for words in ("It burns", "It is out"):
        edited = comment(office, words, [place])
        await ask(office, copy_update(edited, place, office.now), comment=edited)
        await office.deliver_all()
    assert office.slack.at(place).texts == ["It smokes", "It is out"]
    assert (await kept(office)).copies == (place,)
    assert await office.jobs() == []


async def test_a_card_among_agents_is_known_to_stand_there(office: Office) -> None:
    job = await office.post(1)
    await office.deliver_all()
    target = Target(channel="CTRIAGE", user="U5", internal=True)
    await ask(office, job.model_copy(update={"id": UUID(int=99), "target": target}))
    await office.deliver_all()
    assert {card.channel: card.internal for card in (await office.ticket(1)).cards} == {
        "C1": False,
        "CTRIAGE": True,
    }
