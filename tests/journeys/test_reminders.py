"""Reminders, as people ask for them: at their time, once, to whom they are for, and not to whom they are no more for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn
from tests.journeys.timed import TimedOffice, opened, timed_slack, with_directory

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
TOMORROW_9 = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with timed_slack() as standin:
        yield standin


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path) -> AsyncIterator[TimedOffice]:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        yield office


def words_of(channel: Channel) -> list[str]:
    return [message.shown for message in channel.messages if "alarm_clock" in message.shown]


async def test_a_typed_reminder_comes_directly_at_its_time_and_once(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    answer = await ana.types("/ticket remind T-1 tomorrow 9am Call Rosa")
    await answer.shows("I'll remind you of *T-1*")
    await office.at(TOMORROW_9 - timedelta(minutes=1))
    assert words_of(ana.messages) == []
    await office.at(TOMORROW_9)
    await office.later(hours=1)
    (told,) = words_of(ana.messages)
    assert "You wanted to be reminded of" in told
    assert "T-1 Printer down" in told
    assert "Call Rosa" in told
    assert words_of(ben.messages) == []


async def test_again_in_an_hour_tomorrow_and_done(office: TimedOffice, ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    await ana.types("/ticket remind T-1 in 1h Call Rosa with @ben <at noon>")
    await office.later(hours=1)
    told = await ana.messages.shows(f"Call Rosa with <@{ben.id}> <at noon>")
    await ana.presses(told, "Again in 1 h")
    await ana.messages.shows("I'll remind you of *T-1* again")
    await office.later(hours=1)
    await ana.presses(await ana.messages.shows("You wanted to be reminded"), "Tomorrow 9:00")
    await ana.messages.shows("I'll remind you of *T-1* again")
    await office.at(TOMORROW_9)
    await ana.presses(await ana.messages.shows("You wanted to be reminded"), "Done")
    await ana.messages.shows(f"*T-1*, done: Call Rosa with <@{ben.id}> <at noon>")
    await office.later(days=30)
    assert not any("You wanted" in words for words in words_of(ana.messages))


async def test_what_was_taken_back_does_not_come(office: TimedOffice, ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    answer = await ana.types("/ticket remind T-1 in 1h Call Rosa")
    await ana.presses(answer, "Take it back")
    await answer.shows("Taken back: the reminder of *T-1*")
    await office.later(hours=2)
    assert words_of(ana.messages) == []


async def test_remind_me_opens_a_small_form_that_lists_what_is_still_to_come(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.later(minutes=11)
    await ana.types("/ticket priority T-1 high")
    await office.shown()
    card = await support.shows("High")
    form = await (await ana.selects(card, "ticket_more", "Remind me…")).form()
    assert form.title == "Remind me of T-1"
    await form.press("Tomorrow 9:00")
    await form.fill(words="Is it here?", remindWhom="Everybody in its thread")
    assert not (await form.submit()).closed
    assert form.shows("I'll remind the thread in")
    again = await (await ana.types("/ticket remind T-1")).form()
    assert again.shows("Your reminders of it")
    assert again.shows("in its thread Is it here?")
    await office.at(TOMORROW_9)
    told = await support.shows("wanted this thread to be reminded of")
    assert told.thread_ts == card.ts
    assert "Is it here?" in told.shown
    assert words_of(ana.messages) == []


async def test_a_listed_reminder_is_taken_back_in_the_form(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    await ana.types("/ticket remind T-1 in 1h Call Rosa")
    form = await (await ana.types("/ticket remind T-1")).form()
    await form.press("Take it back")
    assert form.shows("Taken back: the reminder of *T-1*")
    await office.later(hours=2)
    assert words_of(ana.messages) == []


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("tomorrow", "“tomorrow” could be any time of that day. Write one, such as tomorrow 9am"),
        ("friday morning look", "“friday morning” could be any time of that day."),
        ("5 Nov 2020 9am", "has already passed"),
        ("next week", "could be more than one day"),
        ("at 5 call Rosa", "could be 5am or 5pm"),
    ],
)
async def test_what_is_doubtful_or_past_is_asked_and_never_guessed(
    office: TimedOffice, ana: Person, ben: Person, typed: str, asked: str
) -> None:
    await ben.types(LINE)
    await (await ana.types(f"/ticket remind T-1 {typed}")).shows(asked)
    await office.later(days=20)
    assert words_of(ana.messages) == []


async def test_words_without_a_time_open_the_form_which_has_them(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    await office.shown()
    form = await (await ana.types("/ticket remind T-1 us to call Rosa tomorrow 9am")).form()
    assert form.value("words") == "call Rosa tomorrow 9am"
    assert form.value("remindWhom") == "thread"
    await form.fill(remindAt=TOMORROW_9 - timedelta(days=3))
    await form.submit()
    assert form.errors == {"remindAt": "That has already passed. Choose a time to come."}


async def test_in_a_tickets_thread_and_in_direct_messages_one_asks_in_words(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.shown()
    card = await support.shows("T-1")
    ana.says("@Deskhand remind us in 2 days: is the fuser here?", reply_to=card)
    await office.shown()
    (confirmed,) = office.slack.ephemerals(to=ana)
    assert "I'll remind the thread in" in confirmed.shown
    ana.says("remind T-1 in 3 days to call Rosa", in_=ana.messages)
    await office.shown()
    await ana.messages.shows("I'll remind you of *T-1*")
    await office.later(days=2)
    assert "is the fuser here?" in (await support.shows("wanted this thread")).shown
    await office.later(days=1)
    assert "call Rosa" in (await ana.messages.shows("You wanted to be reminded")).shown
    assert (await office.runtime.store.read(office.workspace).comments(1)).total == 0


async def test_a_mention_that_slack_tells_of_again_an_hour_later_makes_no_second_reminder(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.shown()
    card = await support.shows("T-1")
    office.slack.faults.repeat("app_mention", copies=2)
    ana.says("@Deskhand remind me in 10 minutes", reply_to=card)
    await office.shown()
    await office.later(hours=1)
    assert len(words_of(ana.messages)) == 1


async def test_who_may_not_see_the_ticket_any_more_reads_nothing_of_it(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types("/ticket Payroll leaks customer:acme site:hq type:break_fix")
    await ana.types("/ticket remind T-1 in 1h Call Rosa")
    guest = (await office.runtime.people.of(office.workspace)).person(ana.id)
    assert guest
    await office.runtime.people.learn(office.workspace, [guest.model_copy(update={"is_outsider": True})])
    await office.later(hours=1)
    (told,) = words_of(ana.messages)
    assert "*T-1*, which you may not see any more." in told
    assert "Payroll" not in str((await ana.messages.shows("T-1")).blocks)


async def test_of_a_ticket_that_is_none_any_more_the_reminder_says_so(
    office: TimedOffice, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.shown()
    await ana.types("/ticket remind T-1 in 1h Call Rosa")
    await ana.selects(await support.shows("T-1"), "ticket_more", "Not a ticket")
    await office.later(hours=1)
    (told,) = words_of(ana.messages)
    assert "which was found to be no ticket" in told
    assert "Call Rosa" in told


async def test_whoever_has_left_is_reminded_of_nothing_while_they_are_away(
    office: TimedOffice, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    await ana.types("/ticket remind T-1 in 1h Call Rosa")
    known = (await office.runtime.people.of(office.workspace)).person(ana.id)
    assert known
    await office.runtime.people.learn(office.workspace, [known.model_copy(update={"has_left": True})])
    await office.later(hours=1)
    assert words_of(ana.messages) == []
    (waits,) = await office.runtime.store.read(office.workspace).timers(limit=9)
    assert [each.words for each in waits.reminders] == ["Call Rosa"]


async def test_after_a_downtime_many_come_as_one_message_and_none_twice(
    slack: StandIn, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path / "data") as office:
        await with_directory(office)
        ana = office.person("ana")
        await ana.types(LINE)
        for hour in range(1, 9):
            await ana.types(f"/ticket remind T-1 in {hour}h Look {hour}")
        await office.shown()
        await slack.events_taken()
    slack.clock.advance(7 * 24 * 3600)
    for _ in range(2):
        async with opened(slack, tmp_path / "data") as office:
            await office.shown()
            await office.person("ana").messages.shows("have come due")
            (told,) = words_of(office.person("ana").messages)
            assert "8 reminders have come due" in told
            assert all(f"Look {hour}" in told for hour in range(1, 9))
            await slack.events_taken()


@pytest.mark.usefixtures("office")
async def test_more_than_a_hundred_are_refused_in_words(ana: Person, ben: Person) -> None:
    await ben.types(LINE)
    for number in range(100):
        await ana.types(f"/ticket remind T-1 in {number + 1}h Look {number}")
    await (await ana.types("/ticket remind T-1 in 200h Look")).shows("You have 100 reminders already")
    await (await ben.types("/ticket remind T-1 in 200h Look")).shows("I'll remind you")


@pytest.mark.usefixtures("office")
async def test_whoever_cannot_see_a_ticket_hears_that_there_is_none(ben: Person) -> None:
    await (await ben.types("/ticket remind T-7 in 1h Look")).shows("There is no T-7 here.")
