"""Cards of other workspaces' tickets when something is in the way: closed channels, deleted cards, stores that cannot be reached."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.ports.messenger import ChannelClosed, NotDelivered, RateLimited
from tests.services.courier_kit import Lost
from tests.services.sharing_kit import GONE, A, B, Town

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
