"""Reminders on a real store: each comes once, whatever fails between, and after a restart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clock.timers import FEW
from bot.domain.errors import InvalidInput, NotFound, StoreUnavailable
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.ticket import Place
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.tasks import TurnFailed
from bot.services.reminders import ReminderRequest, Reminders
from tests.services.clock_kit import ANA, BEN, DESK, MONDAY, ClockedDesk
from tests.services.test_clock import Fails

HOUR = timedelta(hours=1)


async def opened(folder: Path) -> ClockedDesk:
    desk = await ClockedDesk(folder).open()
    await desk.people.learn(DESK, [Person(id=each, names=(each,)) for each in (ANA.user, BEN)])
    return desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ClockedDesk]:
    desk = await opened(tmp_path)
    await desk.create()
    yield desk
    await desk.close()


def asked(key: str, hours: float = 1, words: str = "Call Rosa", actor: Actor = ANA) -> ReminderRequest:
    return ReminderRequest(actor, key, 1, MONDAY + hours * HOUR, words)


async def remind(desk: ClockedDesk, *requests: ReminderRequest) -> None:
    for request in requests:
        await Reminders(desk.store, desk.read).remind(DESK, request)


async def said(desk: ClockedDesk) -> list[list[str]]:
    """The words of each message that waits to be sent."""
    jobs = [job for job in await desk.store.read(DESK).jobs() if job.reminders]
    return [[each.reminder.words for each in job.reminders] for job in jobs]


async def test_it_comes_once_however_often_the_clock_looks_or_is_set_back(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"))
    for moment in (MONDAY, MONDAY + 2 * HOUR, MONDAY - 24 * HOUR, MONDAY + HOUR, MONDAY + 99 * HOUR):
        await desk.at(moment)
    assert await said(desk) == [["Call Rosa"]]
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_a_request_that_comes_again_makes_no_second_one_even_after_it_came(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"), asked("one"))
    await desk.at(MONDAY + 2 * HOUR)
    await remind(desk, asked("one", 3))
    await desk.at(MONDAY + 9 * HOUR)
    assert await said(desk) == [["Call Rosa"]]


async def test_what_fails_between_is_done_again_and_once(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"))
    fails = Fails(desk.subjects["reminder"], f"reminder:{ANA.user}")
    desk.subjects["reminder"] = fails
    await desk.at(MONDAY + HOUR)
    assert await said(desk) == []
    fails.name = None
    await desk.at(MONDAY + HOUR + timedelta(minutes=1))
    assert await said(desk) == [["Call Rosa"]]


async def test_a_store_that_takes_nothing_loses_none(
    desk: ClockedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await remind(desk, asked("one"))
    desk.now = MONDAY + HOUR

    async def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "change", full)
        with pytest.raises(TurnFailed):
            await desk.clock.turn()
    await desk.at(MONDAY + HOUR + timedelta(minutes=1))  # it is put off so long
    assert await said(desk) == [["Call Rosa"]]


async def test_a_restart_loses_none_and_repeats_none(tmp_path: Path) -> None:
    desk = await opened(tmp_path)
    await desk.create()
    await remind(desk, asked("one", 1, "First"), asked("two", 5, "Second"))
    await desk.at(MONDAY + HOUR)
    await desk.close()
    again = await opened(tmp_path)
    await again.at(MONDAY + 6 * HOUR)
    assert await said(again) == [["First"], ["Second"]]
    await again.close()


async def test_many_that_are_due_at_once_are_one_message_and_a_few_are_themselves(desk: ClockedDesk) -> None:
    await remind(desk, *(asked(f"a{each}", each + 1, f"A {each}") for each in range(FEW + 1)))
    ben = ANA.model_copy(update={"user": BEN})
    await remind(desk, *(asked(f"b{each}", each + 1, f"B {each}", ben) for each in range(FEW)))
    await desk.at(MONDAY + 7 * 24 * HOUR)
    assert sorted(await said(desk)) == [["A 0", "A 1", "A 2", "A 3"], ["B 0"], ["B 1"], ["B 2"]]


async def test_taken_back_it_comes_no_more_and_nobody_takes_back_anothers(desk: ClockedDesk) -> None:
    await remind(desk, asked("one", 1, "First"), asked("two", 2, "Second"))
    service = Reminders(desk.store, desk.read)
    first, second = await service.of(DESK, ANA, 1)
    assert await service.take_back(DESK, ANA.model_copy(update={"user": BEN}), first.id) is None
    assert await service.take_back(DESK, ANA, first.id) == first
    assert await service.take_back(DESK, ANA, first.id) is None
    assert list(await service.of(DESK, ANA, 1)) == [second]
    await desk.at(MONDAY + 3 * HOUR)
    assert await said(desk) == [["Second"]]


@pytest.mark.parametrize(
    ("request_", "code"),
    [(asked("one", 0), "past"), (asked("one", -1), "past"), (asked("one", 1, "x" * 501), "too_long")],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    desk: ClockedDesk, request_: ReminderRequest, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await remind(desk, request_)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_rights_are_looked_at_when_it_is_asked_for_and_again_when_it_comes(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"))
    queue = Queue(name="network", channel="C0NETWORK", owner="U0DANA")
    await desk.set_up(WorkspaceSettings(queues=(queue,)))
    await desk.people.learn_channel(DESK, "C0NETWORK", [BEN])
    await desk.at(MONDAY + HOUR)
    (job,) = [job for job in await desk.store.read(DESK).jobs() if job.reminders]
    assert [each.is_hidden for each in job.reminders] == [True]
    with pytest.raises(NotFound, match="There is no T-1 here"):
        await remind(desk, asked("two", 2, actor=Actor(user=ANA.user, is_known=True)))


async def away(desk: ClockedDesk, *, has_left: bool) -> None:
    await desk.people.learn(DESK, [Person(id=ANA.user, names=(ANA.user,), has_left=has_left)])


async def test_a_thread_is_reminded_though_whoever_asked_has_left(desk: ClockedDesk) -> None:
    ticket = (await desk.ticket(1)).model_copy(update={"cards": (Place(channel="C1", ts="1.1"),)})
    await desk.store.change(DESK, lambda tx: tx.keep_cards(ticket))
    request = ReminderRequest(ANA, "one", 1, MONDAY + HOUR, "Is it here?", for_thread=True, channel="C1")
    await remind(desk, request)
    await away(desk, has_left=True)
    await desk.at(MONDAY + HOUR)
    await desk.at(MONDAY + 99 * HOUR)
    (job,) = [job for job in await desk.store.read(DESK).jobs() if job.reminders]
    assert (job.target.channel, job.target.thread_ts) == ("C1", "1.1")
    assert not job.reminders[0].is_hidden
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_the_reminders_of_somebody_who_has_left_wait_a_month_for_them(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"), asked("two", 48, "Call again"))
    await away(desk, has_left=True)
    await desk.at(MONDAY + 24 * HOUR)
    assert await said(desk) == []
    await away(desk, has_left=False)
    await desk.at(MONDAY + 49 * HOUR)
    assert await said(desk) == [["Call Rosa"], ["Call again"]]


async def test_after_a_month_nobody_waits_for_somebody_who_has_left(desk: ClockedDesk) -> None:
    await remind(desk, asked("one"))
    await away(desk, has_left=True)
    for days in range(1, 33):
        await desk.at(MONDAY + days * 24 * HOUR)
    assert await desk.store.read(DESK).timers(limit=9) == []
    await away(desk, has_left=False)
    await desk.at(MONDAY + 99 * 24 * HOUR)
    assert await said(desk) == []
