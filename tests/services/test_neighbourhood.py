"""What other workspaces are called here: each by one name, whatever the two are to each other, and no two by the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.sharing_kit import T1, A, B, C, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = await Town(tmp_path).start()
    yield town
    await town.close()


async def opens(town: Town) -> None:
    """Acme's ticket has one name for Ceta, by which it is found, and opened."""
    agent, sharing = await town.actor(C), town.across.sharing
    seen = await sharing.at(C, agent, T1)
    assert seen
    assert await town.sees(C) == [f"{seen.name} v1"]
    assert (await sharing.seen(C, agent, seen.name)).number == 1
    assert (await sharing.comments(C, agent, T1)).total == 0


async def test_the_joined_are_found_by_one_name_before_during_and_after_a_partnership(town: Town) -> None:
    await town.sharing_store.join([A.id, C.id])
    await town.make(A, "global")
    await town.deliver_all()
    await opens(town)
    partners, dana, theirs = town.across.partners, await town.actor(A, "Dana"), await town.actor(C, "Dana")
    await partners.invite(A, dana, "ceta", lets="see", key="1")
    await opens(town)
    await partners.accept(C, theirs, "acme", lets="see", key="2")
    await partners.rename(C, theirs, "acme", "facilities")
    await town.end(A, C)
    await town.deliver_all()
    await opens(town)
    assert await town.sees(C) == ["facilities/T-1 v1"]


async def test_a_partner_that_comes_back_is_called_otherwise_where_its_name_was_given_away(
    town: Town,
) -> None:
    partners, theirs = town.across.partners, await town.actor(C, "Dana")
    await town.partner(A, C)
    await town.end(A, C)
    await town.partner(B, C)
    await partners.rename(C, theirs, "beta", "acme")
    await partners.invite(A, await town.actor(A, "Dana"), "ceta", lets="see", key="again")
    await partners.accept(C, theirs, A.id, lets="see", key="accepted")
    assert [each.calls for each in await partners.of(C, theirs)] == ["acme", "acme-t1"]
