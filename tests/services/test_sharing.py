"""Workspaces that share tickets, on real stores: who sees what, once everything is delivered."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.errors import Forbidden, InvalidInput, NotFound
from bot.domain.partners import NoSuchPartner
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.services.ports.messenger import Unauthorized
from bot.services.ports.store import Reader, Transaction
from bot.services.shared_again import take_back
from handlers.blocks.elsewhere import facts
from storage import open_store
from tests.services import courier_kit
from tests.services.sharing_kit import CHANNELS, GONE, T1, A, B, C, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Acme and Beta are partners, and Beta watches what Acme shares."""
    town = await Town(tmp_path).start()
    await town.partner(A, B)
    await town.watch(B, A)
    await town.deliver_all()
    yield town
    await town.close()


async def test_a_shared_ticket_is_found_and_shown_with_the_partner_and_nowhere_else(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    assert await town.sees(B) == ["acme/T-1 v2"]
    assert town.cards(B) == ["acme/T-1 v2"]
    assert await town.sees(C) == []
    seen = await town.across.sharing.seen(B, await town.actor(B), "acme/T-1")
    assert seen.name == "acme/T-1"
    assert seen.shared
    assert seen.shared.people["UAnaT1"] == "Ana"
    assert seen.shared.ticket.triage_notes is None
    assert seen.shared.ticket.origin.line is None
    with pytest.raises(NotFound):
        await town.across.sharing.seen(C, await town.actor(C), "acme/T-1")


async def test_a_local_ticket_is_seen_by_nobody_elsewhere(town: Town) -> None:
    await town.make(A)
    await town.deliver_all()
    assert await town.sees(B) == []
    for name in ("acme/T-1", "acme/T-9", "nobody/T-1", "T-1"):
        with pytest.raises(NotFound):
            await town.across.sharing.seen(B, await town.actor(B), name)


async def test_its_card_follows_every_change(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.note(A, 1)
    await town.note(A, 1)
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v4"]
    assert await town.sees(B) == ["acme/T-1 v4"]


async def test_what_is_unshared_is_gone_at_once_and_its_card_says_so(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.unshare(A, 1, B)
    with pytest.raises(NotFound):
        await town.across.sharing.seen(B, await town.actor(B), "acme/T-1")
    await town.deliver_all()
    assert town.cards(B) == [GONE]
    assert await town.sees(B) == []
    assert (await town.ticket(1, A)).visibility_mode == "workspace_local"
    await town.note(A, 1)
    await town.deliver_all()
    assert town.cards(B) == [GONE]


async def test_a_card_that_was_never_posted_is_not_posted_as_no_longer_shared(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.unshare(A, 1)
    await town.deliver_all()
    assert town.cards(B) == []


async def test_what_is_shared_again_is_the_same_card(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.unshare(A, 1)
    await town.deliver_all()
    await town.share(A, 1, B)
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v4"]


async def test_a_partnership_that_ends_takes_everything_with_it(town: Town) -> None:
    for number in (1, 2):
        await town.make(A)
        await town.share(A, number, B)
    await town.deliver_all()
    await town.end(B, A)
    assert await town.sees(B) == []
    await town.deliver_all()
    assert town.cards(B) == [GONE, GONE]


async def test_a_partnership_that_begins_anew_brings_nothing_back_by_itself(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.end(A, B)
    await town.deliver_all()
    town.advance(60)
    await town.partner(B, A)
    await town.note(A, 1)
    await town.deliver_all()
    assert await town.sees(B) == []
    assert town.cards(B) == [GONE]
    town.advance(60)
    await town.share(A, 1, B)
    await town.deliver_all()
    assert town.cards(B) == await town.sees(B) == ["acme/T-1 v4"]


async def test_guests_and_requesters_elsewhere_see_nothing(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    assert await town.sees(B, "Gus") == []
    with pytest.raises(NotFound):
        await town.across.sharing.seen(B, await town.actor(B, "Gus"), "acme/T-1")


async def test_a_global_ticket_is_for_the_joined_alone(town: Town) -> None:
    await town.make(A, "global")
    await town.sharing_store.join([A.id, C.id])
    await town.deliver_all()
    assert await town.sees(C) == ["acme/T-1 v1"]
    assert await town.sees(B) == [], "a partner is not joined"
    seen = await town.across.sharing.seen(C, await town.actor(C), "acme/T-1")
    assert not seen.may_comment
    with pytest.raises(Forbidden):
        await town.across.sharing.comment(C, await town.actor(C), T1, "Hello", uuid4())
    await town.sharing_store.part([C.id, A.id])
    assert await town.sees(C) == []


async def test_the_teams_of_one_organisation_are_joined(town: Town) -> None:
    town.installed.organisations = {A.id: "E1", C.id: "E1", B.id: "E2"}
    await town.make(A, "global")
    await town.deliver_all()
    assert await town.sees(C) == ["acme/T-1 v1"]
    assert await town.sees(B) == []


async def test_only_agents_share_and_only_with_partners(town: Town) -> None:
    await town.make(A)
    with pytest.raises(NoSuchPartner):
        await town.share(A, 1, C)
    with pytest.raises(NotFound):
        await town.across.sharing.share(A, 1, ["beta"], await town.request(A, "Gus"))


async def test_lists_are_narrowed_by_workspace_words_and_pages(town: Town) -> None:
    await town.partner(C, B)
    await town.deliver_all()
    for number in (1, 2, 3):
        await town.make(A, summary=f"Lamp {number}", priority="high" if number == 2 else "low")
        await town.share(A, number, B)
    await town.make(C, summary="Lamp of Ceta")
    await town.share(C, 1, B)
    await town.deliver_all()
    sharing, agent = town.across.sharing, await town.actor(B)

    async def names(wanted: TicketFilter, *called: str, **page: int) -> list[str]:
        return [each.name for each in (await sharing.find(B, agent, wanted, called=called, **page)).tickets]

    assert await names(TicketFilter(), "ceta") == ["ceta/T-1"]
    assert await names(TicketFilter(priorities=("high",))) == ["acme/T-2"]
    assert await names(TicketFilter(words=("ceta",))) == ["ceta/T-1"]
    assert sorted(await names(TicketFilter(words=("1",)))) == ["acme/T-1", "ceta/T-1"]
    assert len(await names(TicketFilter(), limit=3)) == 3
    assert len(await names(TicketFilter(), offset=3, limit=3)) == 1
    with pytest.raises(NoSuchPartner):
        await names(TicketFilter(), "delta")
    assert [each.name for each in await sharing.like(B, agent, "acme/T-2", limit=5)] == ["acme/T-2"]
    assert [each.name for each in await sharing.like(B, agent, "ac/lamp 3", limit=5)] == ["acme/T-3"]


async def test_an_own_ticket_may_be_related_to_one_that_is_shared(town: Town) -> None:
    theirs, hidden = await town.make(A), await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    mine = await town.make(B, relatedTicketId=str(theirs.id))
    related = mine.related_ticket_id
    assert related
    seen = await town.across.sharing.by_id(B, await town.actor(B), related)
    assert seen
    assert seen.name == "acme/T-1"
    with pytest.raises(InvalidInput):
        await town.make(B, relatedTicketId=str(hidden.id))


async def test_tickets_of_before_stay_local_until_an_agent_confirms_them(town: Town) -> None:
    await town.sharing_store.join([A.id, C.id])
    for _ in range(3):
        await town.make(A, "global")
    await town.deliver_all()

    async def of_before(tx: Transaction) -> None:
        for number in (1, 2, 3):
            ticket = await tx.ticket(number)
            assert ticket
            await tx.save(ticket.model_copy(update={"visible_since": None}), now=town.now)

    await town.store.change(A, of_before)
    sharing, agent = town.across.sharing, await town.actor(A)
    assert await sharing.unconfirmed(A, agent) == 3
    with pytest.raises(NotFound):
        await sharing.seen(C, await town.actor(C), "acme/T-1")
    assert await sharing.confirm(A, agent, limit=2) == 2
    assert await sharing.confirm(A, agent, limit=2) == 1
    assert await sharing.unconfirmed(A, agent) == 0
    await town.deliver_all()
    assert len(await town.sees(C)) == 3


async def test_an_uninstalled_partner_costs_home_nothing_and_finds_all_when_it_is_back(town: Town) -> None:
    await town.make(A)
    town.slack.refuse_mirror(Unauthorized("not_installed"))
    await town.share(A, 1, B)
    await town.deliver_all()
    await town.note(A, 1)
    await town.deliver_all()
    assert await town.jobs(A) == []
    assert [job.kind for job in await town.jobs(B)] == ["mirror"]
    assert await town.sees(B) == ["acme/T-1 v3"]
    town.courier.retry()
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v3"]


async def test_what_is_shared_is_told_though_slack_refuses_the_homes_token(town: Town) -> None:
    town.slack.script[1] = [Unauthorized("invalid_auth")]
    await town.make(A)
    await town.deliver_all()
    await town.share(A, 1, B)
    await town.deliver_all()
    assert town.courier.refused(A) == "invalid_auth"
    assert town.cards(B) == ["acme/T-1 v2"]
    await town.unshare(A, 1)
    await town.deliver_all()
    assert town.cards(B) == [GONE]


async def test_a_partner_without_a_channel_finds_tickets_and_gets_no_cards(town: Town) -> None:
    await town.partner(A, C)
    await town.make(A)
    await town.share(A, 1, C)
    await town.deliver_all()
    assert await town.sees(C) == ["acme/T-1 v2"]
    assert town.cards(C) == []
    await town.watch(C, A)
    await town.note(A, 1)
    await town.deliver_all()
    assert town.cards(C) == ["acme/T-1 v3"]
    assert all(place.channel == CHANNELS[C.id] for team, place in town.slack.cards if team == C.id)


async def test_a_step_that_changes_the_mode_shares_and_narrows_alike(town: Town) -> None:
    await town.sharing_store.join([A.id, C.id])
    await town.make(A)
    await town.steps.take(A, 1, "triage", {"visibilityMode": "global"}, await town.request(A))
    await town.deliver_all()
    assert await town.sees(C) == ["acme/T-1 v2"]
    await town.steps.take(A, 1, "triage", {"visibilityMode": "workspace_local"}, await town.request(A))
    await town.deliver_all()
    assert await town.sees(C) == []


async def test_stores_that_are_closed_are_opened_for_what_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_kit, "open_store", partial(open_store, most_open=1))
    town = await Town(tmp_path).start()
    await town.partner(A, B)
    await town.watch(B, A)
    await town.make(A)
    await town.share(A, 1, B)
    await town.deliver_all()
    for text in ("One", "Two"):
        await town.sees(C)  # something else is open
        await town.comment(A, 1, text)
        await town.deliver_all()
    assert town.cards(B) == await town.sees(B) == ["acme/T-1 v2"]
    assert town.copies(B) == ["Ana in acme: One", "Ana in acme: Two"]
    await town.unshare(A, 1)
    await town.deliver_all()
    assert town.cards(B) == [GONE]
    await town.close()


async def test_what_a_forgotten_workspace_shared_is_shown_as_no_longer_shared(town: Town) -> None:
    await town.make(A)
    await town.share(A, 1, B)
    await town.comment(A, 1, "It smells")
    await town.deliver_all()
    await take_back(town.store, town.sharing_store, A.id, town.clock)
    await town.sharing_store.forget(A.id)
    await town.store.forget(A)
    await town.deliver_all()
    assert town.cards(B) == [GONE]
    assert await town.sees(B) == []
    assert await town.jobs(B) == []


async def test_a_card_that_the_joined_may_still_read_goes_on_when_a_partnership_ends(town: Town) -> None:
    await town.sharing_store.join([A.id, B.id])
    await town.make(A, "global")
    await town.make(A, "global")
    await town.deliver_all()
    await town.end(A, B)
    await town.make(A, "global")
    await town.note(A, 1)
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v2", "acme/T-2 v1"]
    await town.steps.take(A, 1, "triage", {"visibilityMode": "workspace_local"}, await town.request(A))
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-2 v1", GONE]


async def test_whether_it_is_late_is_seen_elsewhere(town: Town) -> None:
    await town.make(A, slaDueAt="2026-11-23T08:00:00Z")
    await town.share(A, 1, B)
    ticket = await town.ticket(1, A)

    async def late(tx: Transaction) -> None:
        clock = (ticket.clock or TicketClock()).model_copy(update={"given_due": "late"})
        await tx.save(ticket.model_copy(update={"clock": clock}), now=town.now)

    await town.store.change(A, late)
    await town.note(A, 1)
    await town.deliver_all()
    seen = await town.across.sharing.seen(B, await town.actor(B), "acme/T-1")
    (listed,) = (await town.across.sharing.find(B, await town.actor(B), TicketFilter())).tickets
    for shared in (seen.shared, listed.shared):
        assert shared
        assert shared.due_state == "late"
        assert shared.ticket.clock is None
        assert "late since" in facts(shared)


async def test_a_partner_is_named_to_share_with_as_everywhere_else(town: Town) -> None:
    await town.make(A)
    request = partial(town.request, A)
    partners, dana = town.across.partners, await town.actor(A, "Dana")
    await partners.rename(A, dana, "beta", "b")
    for called in ("b", "B/", "t2", "Beta", " beta "):
        await town.across.sharing.share(A, 1, [called], await request())
        assert (await town.ticket(1, A)).shared_with == (B.id,)
        assert (await partners.partner(A, dana, called)).team == B.id
        await town.across.sharing.unshare(A, 1, [called], await request())
    with pytest.raises(NoSuchPartner, match="Your partners are b"):
        await town.across.sharing.share(A, 1, ["betaa"], await request())


async def test_to_relate_a_ticket_opens_no_store_of_another_workspace(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = await town.make(A)
    await town.share(A, 1, B)
    await town.make(B)
    await town.deliver_all()
    real = town.store.read

    def read(workspace: Workspace, *, is_use: bool = True) -> Reader:
        assert workspace != A
        return real(workspace, is_use=is_use)

    monkeypatch.setattr(town.store, "read", read)
    related = {"relatedTicketId": str(theirs.id)}
    assert (
        await town.steps.take(B, 1, "triage", related, await town.request(B))
    ).related_ticket_id == theirs.id
