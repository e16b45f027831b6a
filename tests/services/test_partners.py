"""Partnerships: who is invited, who hears of it, and that everything happens once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.errors import Forbidden, InvalidInput, StoreUnavailable
from bot.domain.partners import Neighbour, NoSuchPartner, Partnership, checked_slug, slug_of
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Transaction
from tests.services.sharing_kit import NAMES, A, B, C, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = await Town(tmp_path).start()
    yield town
    await town.close()


async def test_an_invitation_is_told_to_their_admins_and_its_answer_to_who_invited(town: Town) -> None:
    partners, dana, theirs = town.across.partners, await town.actor(A, "Dana"), await town.actor(B, "Dana")
    invited = await partners.invite(A, dana, "beta", lets="see", key="1")
    assert (invited.calls, invited.is_active, invited.is_ours) == ("beta", False, True)
    await town.deliver_all()
    assert town.slack.notices == [("T2", "UDanaT2", "invited")]
    (offered,) = await partners.of(B, theirs)
    assert (offered.calls, offered.is_let, offered.is_ours) == ("acme", "see", False)
    accepted = await partners.accept(B, theirs, "acme", lets="comment", key="2")
    assert accepted.is_active
    assert (accepted.lets, accepted.is_let) == ("comment", "see")
    await town.deliver_all()
    assert town.slack.notices[1:] == [("T1", "UDanaT1", "accepted")]


async def test_what_is_asked_twice_happens_once(town: Town) -> None:
    partners, dana = town.across.partners, await town.actor(A, "Dana")
    for _ in range(3):
        await partners.invite(A, dana, "beta", lets="see", key="1")
        await town.deliver_all()
    assert len(town.slack.notices) == 1


async def test_two_who_invite_each_other_are_partners(town: Town) -> None:
    await town.across.partners.invite(A, await town.actor(A, "Dana"), "beta", lets="see", key="1")
    partner = await town.across.partners.invite(B, await town.actor(B, "Dana"), "T1", lets="comment", key="2")
    assert partner.is_active


async def test_an_invitation_is_refused_or_taken_back(town: Town) -> None:
    partners, dana, theirs = town.across.partners, await town.actor(A, "Dana"), await town.actor(B, "Dana")
    await partners.invite(A, dana, "beta", lets="see", key="1")
    await partners.end(B, theirs, "acme", key="2")
    await partners.invite(A, dana, "beta", lets="see", key="3")
    await partners.end(A, dana, "beta", key="4")
    await town.deliver_all()
    assert sorted(town.slack.notices) == sorted(
        [
            ("T2", "UDanaT2", "invited"),
            ("T1", "UDanaT1", "refused"),
            ("T2", "UDanaT2", "invited"),
            ("T2", "UDanaT2", "withdrawn"),
        ]
    )
    assert await partners.of(A, dana) == []
    with pytest.raises(NoSuchPartner):
        await partners.accept(B, theirs, "acme", lets="see", key="5")


async def test_an_end_is_told_to_the_admins_of_both_sides_but_who_did_it(town: Town) -> None:
    await town.partner(A, B)
    await town.deliver_all()
    town.slack.notices.clear()
    await town.end(A, B)
    await town.deliver_all()
    assert town.slack.notices == [("T2", "UDanaT2", "ended")]


async def test_only_admins_set_partners_and_agents_see_the_active_ones(town: Town) -> None:
    partners, agent = town.across.partners, await town.actor(A)
    with pytest.raises(Forbidden):
        await partners.invite(A, agent, "beta", lets="see", key="1")
    await town.partner(A, B)
    await partners.invite(A, await town.actor(A, "Dana"), "ceta", lets="see", key="2")
    assert [each.calls for each in await partners.of(A, agent)] == ["beta"]
    assert [each.calls for each in await partners.of(A, await town.actor(A, "Dana"))] == ["beta", "ceta"]
    with pytest.raises(Forbidden):
        await partners.of(A, await town.actor(A, "Gus"))
    for change in (partners.end(A, agent, "beta", key="3"), partners.rename(A, agent, "beta", "b")):
        with pytest.raises(Forbidden):
            await change


async def test_nobody_is_found_by_guessing(town: Town) -> None:
    for text in ("bet", "Beta Ltd", "", "acme", "T9"):
        with pytest.raises(InvalidInput):
            await town.across.partners.invite(A, await town.actor(A, "Dana"), text, lets="see", key=text)


async def test_a_partner_is_called_as_this_side_wants(town: Town) -> None:
    await town.partner(A, B)
    await town.partner(A, C)
    partners, dana = town.across.partners, await town.actor(A, "Dana")
    assert (await partners.rename(A, dana, "beta", "Pipes")).calls == "pipes"
    with pytest.raises(InvalidInput):
        await partners.rename(A, dana, "ceta", "pipes")
    for text in ("", "a b", "-", "ä", "x" * 31, "acme/t"):
        with pytest.raises(InvalidInput):
            await partners.rename(A, dana, "ceta", text)
    await town.make(B)
    await town.share(B, 1, A)
    await town.deliver_all()
    assert await town.sees(A) == ["pipes/T-1 v2"]


def test_a_short_name_comes_from_the_domain_or_the_name() -> None:
    assert slug_of(Neighbour("T1", "Acme Büro & Co", "")) == "acme-buro-co"
    assert slug_of(Neighbour("T1", "Acme", "acme-hq")) == "acme-hq"
    assert slug_of(Neighbour("T1", "日本", "")) == "t1"
    assert slug_of(Neighbour("T1", "Acme"), {"acme"}) == "acme-t1"
    assert checked_slug(" Acme/ ", ()) == "acme"


async def test_choices_last_when_a_partnership_begins_anew(town: Town) -> None:
    await town.partner(A, B)
    await town.watch(A, B)
    await town.across.partners.rename(A, await town.actor(A, "Dana"), "beta", "pipes")
    await town.across.partners.end(A, await town.actor(A, "Dana"), "pipes", key="end")
    await town.across.partners.invite(A, await town.actor(A, "Dana"), "beta", lets="see", key="again")
    (partner,) = await town.across.partners.of(A, await town.actor(A, "Dana"))
    assert (partner.calls, partner.channel, partner.lets) == ("pipes", "CACME", "see")


@pytest.fixture
def unwritten(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """The deployment's database refuses one change for each of these."""
    refusals: list[None] = []
    real = town.sharing_store.change_partnership

    async def change(
        one: str, other: str, work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        if refusals:
            refusals.pop()
            raise StoreUnavailable("full")
        return await real(one, other, work)

    monkeypatch.setattr(town.sharing_store, "change_partnership", change)
    return refusals


async def test_an_order_that_could_not_be_followed_at_once_undoes_none_that_came_after_it(
    town: Town, unwritten: list[None]
) -> None:
    await town.partner(A, B)
    await town.deliver_all()
    partners, dana = town.across.partners, await town.actor(A, "Dana")
    unwritten += [None] * 2
    with pytest.raises(StoreUnavailable):
        await partners.let(A, dana, "beta", "comment", key="1")
    await town.rest()
    town.advance(0.1)
    await partners.let(A, dana, "beta", "see", key="2")
    await town.deliver_all()
    assert (await partners.partner(A, dana, "beta")).lets == "see"


async def test_an_end_that_could_not_be_followed_at_once_ends_no_partnership_that_began_after_it(
    town: Town, unwritten: list[None]
) -> None:
    await town.partner(A, B)
    await town.deliver_all()
    unwritten += [None] * 2
    with pytest.raises(StoreUnavailable):
        await town.end(A, B)
    await town.rest()
    town.advance(0.1)
    await town.end(A, B)
    await town.partner(A, B)
    await town.deliver_all()
    assert (await town.across.partners.partner(A, await town.actor(A, "Dana"), "beta")).is_active


async def test_an_order_that_could_not_be_followed_at_once_is_followed_later(
    town: Town, unwritten: list[None]
) -> None:
    await town.partner(A, B)
    await town.deliver_all()
    unwritten += [None] * 2
    with pytest.raises(StoreUnavailable):
        await town.end(A, B)
    await town.deliver_all()
    assert await town.across.partners.of(A, await town.actor(A, "Dana")) == []


D = Workspace(team_id="T9")


async def invite_unknown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acme invites a workspace of whose people nothing is known yet."""
    monkeypatch.setitem(NAMES, D.id, "delta")
    await town.across.partners.invite(A, await town.actor(A, "Dana"), "delta", lets="see", key="1")
    await town.rest()


async def test_an_invitation_waits_until_somebody_is_known_who_may_answer_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.store.change(D, keep_settings(WorkspaceSettings()))
    await invite_unknown(town, monkeypatch)
    assert town.slack.notices == []
    await town.start_anew(D)
    await town.deliver_all()
    assert town.slack.notices == [("T9", "UDanaT9", "invited")]


async def test_an_invitation_is_told_to_who_installed_the_app_where_no_admin_is_known(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.store.change(D, keep_settings(WorkspaceSettings(installer="U0INES")))
    await invite_unknown(town, monkeypatch)
    await town.deliver_all()
    assert town.slack.notices == [("T9", "U0INES", "invited")]


def keep_settings(settings: WorkspaceSettings) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        await tx.keep_settings(settings)

    return work
