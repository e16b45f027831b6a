"""Cards of other workspaces' tickets when something is in the way: closed channels, deleted cards, stores that cannot be reached."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import ChannelClosed, NotDelivered, RateLimited
from bot.services.ports.store import Reader
from bot.services.shared_again import take_back
from tests.services.courier_kit import Lost
from tests.services.sharing_kit import GONE, A, B, C, Town

NEW = "CNEW"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Acme and Beta are partners, and Beta watches what Acme shares."""
    town = await Town(tmp_path).start()
    await town.partner(A, B)
    await town.watch(B, A)
    await town.deliver_all()
    yield town
    await town.close()


def channels(town: Town) -> dict[str, str]:
    """What the cards in Beta's channels show."""
    return {place.channel: shown for (team, place), shown in town.slack.cards.items() if team == B.id}


async def choose(town: Town, channel: str | None) -> None:
    await town.across.partners.choose_channel(B, await town.actor(B, "Dana"), "acme", channel)


@pytest.mark.parametrize("failure", [ChannelClosed("not_in_channel"), RateLimited("ratelimited", 30)])
async def test_a_card_that_waits_for_one_channel_goes_to_the_one_chosen_since_and_only_there(
    town: Town, failure: NotDelivered
) -> None:
    town.slack.refuse_mirror(failure)
    await town.make(A)
    await town.share(A, 1, B)
    await town.rest()
    await choose(town, NEW)
    await town.note(A, 1)
    await town.deliver_all()
    town.courier.retry()
    await town.deliver_all()
    assert channels(town) == {NEW: "acme/T-1 v3"}
    await town.unshare(A, 1)
    await town.deliver_all()
    assert channels(town) == {NEW: GONE}


async def test_a_card_that_slack_may_have_taken_is_not_posted_a_second_time_in_another_channel(
    town: Town,
) -> None:
    town.slack.refuse_mirror(Lost("timeout"))
    await town.make(A)
    await town.share(A, 1, B)
    await town.rest()
    await choose(town, NEW)
    await town.note(A, 1)
    await town.deliver_all()
    assert channels(town) == {"CBETA": "acme/T-1 v3"}
    await town.unshare(A, 1)
    await town.deliver_all()
    assert channels(town) == {"CBETA": GONE}


async def test_comments_below_a_deleted_card_follow_what_becomes_of_them(town: Town) -> None:
    ticket = await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    at_home = (await town.ticket(ticket.number, A)).cards[0]
    written = await town.writes(A, at_home.channel, at_home.ts, "a password")
    await town.comment(A, 1, "secret words")
    await town.deliver_all()
    assert [said[-8:] for said in town.copies(B)] == ["password", "et words"]
    town.slack.at(await town.card(B)).deleted = True
    await town.note(A, 1)
    await town.deliver_all()
    gone = written.model_copy(update={"deleted": True, "changed_ts": f"{int(town.now.timestamp()) + 5}.1"})
    await town.comments.record_reply(A, gone)
    await town.deliver_all()
    assert town.copies(B)[0].endswith("(deleted)")
    await town.unshare(A, 1)
    await town.deliver_all()
    assert not any("secret" in said for said in town.copies(B))


async def test_what_a_forgotten_workspace_wrote_is_read_nowhere_and_nothing_new_takes_its_cards_place(
    town: Town,
) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.comment(A, 1, "secret words")
    await town.deliver_all()
    await take_back(town.store, town.sharing_store, A.id, town.clock)
    await town.sharing_store.forget(A.id)
    await town.store.forget(A)
    await town.deliver_all()
    assert town.cards(B) == [GONE]
    assert [said.partition(": ")[2] for said in town.copies(B)] == [GONE]
    old = await town.card(B)
    await town.start_anew(A)
    await town.partner(A, B)
    await town.watch(B, A)
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    assert sorted(town.cards(B)) == ["acme/T-1 v2", GONE]
    await town.writes(B, old.channel, old.ts, "Is anybody there?")
    await town.deliver_all()
    assert await town.said(A, 1) == []


async def rests(town: Town, times: int = 3) -> None:
    """So often somebody waits until something may be tried again."""
    for _ in range(times):
        if due := town.times():
            town.advance(max(0.0, (min(due) - town.now).total_seconds()))
        await town.rest()


async def test_what_is_taken_back_waits_for_no_third_workspace(town: Town) -> None:
    await town.partner(A, C)
    await town.watch(C, A)
    for _ in range(5):
        await town.make(A)
    await town.share(A, 1, B, C)
    await town.share(A, 5, B)
    await town.deliver_all()
    with town.unwritten(C):
        await town.note(A, 1)
        await town.rest()
        await town.unshare(A, 1, B)
        await town.unshare(A, 5)
        await rests(town)
        assert town.cards(B) == [GONE, GONE]
    await town.deliver_all()
    assert town.cards(C) == ["acme/T-1 v4"]


async def test_a_workspace_in_which_something_is_broken_keeps_nothing_from_the_others(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.partner(A, C)
    await town.watch(C, A)
    await town.make(A)
    await town.share(A, 1, B, C)
    await town.deliver_all()
    real = town.store.workspace_of

    def broken(team: str) -> Workspace | None:
        if team == B.id:
            message = "a fault"
            raise RuntimeError(message)
        return real(team)

    with monkeypatch.context() as patched:
        patched.setattr(town.store, "workspace_of", broken)
        await town.comment(A, 1, "Not for Beta")
        await town.unshare(A, 1, C)
        await rests(town, 1)
        assert town.cards(C) == [GONE]
    await town.deliver_all()
    assert town.copies(B) == ["Ana in acme: Not for Beta"]


async def test_a_home_that_cannot_be_read_is_waited_for_and_holds_up_nothing_that_was_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.make(A)
    await town.make(A)
    await town.share(A, 1, B)
    await town.share(A, 2, B)
    await town.deliver_all()
    await town.comment(A, 2, "secret words")
    await town.deliver_all()
    real = town.store.read
    away = False

    def read(workspace: Workspace, *, is_use: bool = True) -> Reader:
        if away and workspace == A:
            message = "closed"
            raise StoreUnavailable(message)
        return real(workspace, is_use=is_use)

    monkeypatch.setattr(town.store, "read", read)
    town.slack.refuse_mirror(RateLimited("ratelimited", 30))
    await town.note(A, 1)
    await town.rest()
    await town.unshare(A, 2)
    await town.rest()
    away = True
    await rests(town, 30)
    assert [(job.kind, job.set_aside) for job in await town.jobs(B)] == [("mirror", None)]
    assert "acme/T-2 v2" not in town.cards(B)
    assert not any("secret" in said for said in town.copies(B))
    away = False
    await town.deliver_all()
    assert sorted(town.cards(B)) == ["acme/T-1 v3", GONE]


async def test_a_channel_that_is_chosen_later_shows_the_open_tickets_that_were_shared_before(
    town: Town,
) -> None:
    await choose(town, None)
    for _ in range(3):
        await town.make(A)
    await town.share(A, 1, B)
    await town.share(A, 2, B)
    await town.steps.take(A, 2, "resolve", {"resolution": "Done"}, await town.request(A))
    await town.deliver_all()
    assert town.cards(B) == []
    await choose(town, NEW)
    await town.deliver_all()
    assert channels(town) == {NEW: "acme/T-1 v2"}
    assert town.cards(B) == ["acme/T-1 v2"]


async def test_a_card_that_waited_is_not_posted_where_none_is_wanted_any_more(town: Town) -> None:
    town.slack.refuse_mirror(ChannelClosed("not_in_channel"))
    await town.make(A)
    await town.share(A, 1, B)
    await town.rest()
    await choose(town, None)
    await town.deliver_all()
    town.courier.retry()
    await town.deliver_all()
    assert town.cards(B) == []
    assert await town.jobs(B) == []
