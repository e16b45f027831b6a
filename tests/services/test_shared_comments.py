"""Comments between workspaces: home and back, once, in any order, and never what is for agents at home."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.errors import Forbidden, InvalidInput, NotFound
from bot.domain.mirror_ref import MirrorRef
from bot.domain.people import Person
from bot.domain.ticket import Place
from bot.services.ports.store import Transaction
from tests.services.sharing_kit import NAMES, T1, A, B, C, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Acme shares T-1 with Beta and Ceta, where its cards stand."""
    town = await Town(tmp_path).start()
    for other in (B, C):
        await town.partner(A, other)
        await town.watch(other, A)
    await town.deliver_all()
    await town.make(A)
    await town.share(A, 1, B, C)
    await town.deliver_all()
    yield town
    await town.close()


async def test_a_comment_of_home_stands_below_the_card_of_each_partner(town: Town) -> None:
    await town.comment(A, 1, "It smells")
    await town.deliver_all()
    assert town.copies(B) == town.copies(C) == ["Ana in acme: It smells"]
    card = await town.card(B)
    assert {ts for (team, _), ts in town.slack.threads.items() if team == B.id} == {card.ts}


async def test_an_internal_comment_never_leaves(town: Town) -> None:
    triage = Place(channel="C0TRIAGE", ts="7.000100", internal=True)

    async def among_agents(tx: Transaction) -> None:
        ticket = await tx.ticket(1)
        assert ticket
        await tx.keep_cards(ticket.model_copy(update={"cards": (*ticket.cards, triage)}))

    await town.store.change(A, among_agents)
    await town.writes(A, triage.channel, triage.ts, "They never pay")
    await town.deliver_all()
    assert await town.said(A, 1) == ["UAnaT1: They never pay"]
    assert town.copies(B) == town.copies(C) == []
    seen = await town.across.sharing.comments(B, await town.actor(B), T1)
    assert (seen.comments, seen.total) == ([], 0)


async def test_what_a_partner_writes_below_the_card_stands_at_home_and_with_the_others_and_not_twice(
    town: Town,
) -> None:
    card = await town.card(B)
    message = await town.writes(B, card.channel, card.ts, "We come at noon")
    await town.deliver_all()
    await town.comments.record_reply(B, message)  # Slack tells it twice
    await town.deliver_all()
    assert await town.said(A, 1) == ["Ana (Beta): We come at noon"]
    assert town.copies(C) == ["Ana in Beta: We come at noon"]
    assert town.copies(B) == [], "it stands there already"
    comment = (await town.store.read(A).comments(1)).comments[0]
    assert len(comment.copies) == 1, "it is shown where the requester follows the ticket"
    seen = await town.across.sharing.comments(C, await town.actor(C), T1)
    assert [(each.author, each.wrote_in, each.comment.text) for each in seen.comments] == [
        ("Ana", "Beta", "We come at noon")
    ]
    ours = await town.across.sharing.comments(B, await town.actor(B), T1)
    assert [each.wrote_in for each in ours.comments] == [None]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("at_once", [True, False])
async def test_edits_and_deletions_end_alike_in_whatever_order_slack_tells_them(
    town: Town, order: tuple[int, int, int], *, at_once: bool
) -> None:
    card = await town.card(B)
    said = town.message(B, card.channel, card.ts, "We come at noon")
    second = int(said.ts.partition(".")[0]) + 5
    changed = {"edited_ts": f"{second}.000000", "changed_ts": f"{second}.000100"}
    edit = said.model_copy(update={"text": "We come at one", **changed})
    deleted = said.model_copy(update={"deleted": True, "text": "", "changed_ts": f"{second + 1}.000100"})
    reports = (said, edit, deleted)
    for each in order:
        await town.comments.record_reply(B, reports[each])
        if not at_once:
            await town.deliver_all()
    await town.deliver_all()
    page = await town.store.read(A).comments(1)
    assert [(each.deleted, each.text, each.author_name) for each in page.comments] == [(True, "", "Ana")]
    assert set(town.copies(C)) <= {"Ana in Beta: (deleted)"}


async def test_an_edit_changes_the_comment_everywhere(town: Town) -> None:
    card = await town.card(B)
    message = await town.writes(B, card.channel, card.ts, "We come at noon")
    await town.deliver_all()
    second = int(message.ts.partition(".")[0]) + 5
    edit = {"text": "We come at one", "edited_ts": f"{second}.000000", "changed_ts": f"{second}.000100"}
    await town.comments.record_reply(B, message.model_copy(update=edit))
    await town.deliver_all()
    assert await town.said(A, 1) == ["Ana (Beta): We come at one"]
    assert town.copies(C) == ["Ana in Beta: We come at one"]
    history = await town.store.read(A).history(1, limit=1)
    assert (history[0].what, history[0].actor_name) == ("comment_edited", "Ana (Beta)")
    gone = {"deleted": True, "text": "", "changed_ts": f"{second + 1}.000100"}
    await town.comments.record_reply(B, message.model_copy(update=gone))
    await town.deliver_all()
    assert town.copies(C) == ["Ana in Beta: (deleted)"]


async def test_a_typed_comment_is_carried_once_for_its_nonce_and_stands_below_the_card_here(
    town: Town,
) -> None:
    nonce, agent = uuid4(), await town.actor(B)
    for _ in range(2):
        await town.across.sharing.comment(B, agent, T1, "On our way", nonce)
        await town.deliver_all()
    assert await town.said(A, 1) == ["Ana (Beta): On our way"]
    assert town.copies(B) == ["Ana in here: On our way"]
    assert town.copies(C) == ["Ana in Beta: On our way"]


async def test_who_may_only_see_is_not_heard(town: Town) -> None:
    admin = await town.actor(A, "Dana")
    await town.across.partners.let(A, admin, "beta", "see", key="let")
    card = await town.card(B)
    await town.writes(B, card.channel, card.ts, "We come at noon")
    await town.deliver_all()
    assert await town.said(A, 1) == []
    with pytest.raises(Forbidden):
        await town.across.sharing.comment(B, await town.actor(B), T1, "Hello", uuid4())


async def test_a_guest_of_the_partners_is_not_heard(town: Town) -> None:
    card = await town.card(B)
    await town.writes(B, card.channel, card.ts, "Hello", name="Gus")
    await town.deliver_all()
    assert await town.said(A, 1) == []


async def test_blank_words_and_tickets_that_are_not_seen_are_refused(town: Town) -> None:
    with pytest.raises(InvalidInput):
        await town.across.sharing.comment(B, await town.actor(B), T1, " ", uuid4())
    with pytest.raises(NotFound):
        await town.across.sharing.comment(
            B, await town.actor(B), MirrorRef(home="T1", number=2), "Hello", uuid4()
        )


async def test_what_was_said_is_gone_from_the_partner_with_the_ticket_and_comes_back_with_it(
    town: Town,
) -> None:
    await town.comment(A, 1, "It smells")
    await town.deliver_all()
    town.advance(1)
    await town.unshare(A, 1, B)
    await town.deliver_all()
    town.advance(1)
    await town.comment(A, 1, "Not for Beta")
    await town.deliver_all()
    assert town.copies(B) == [" in acme: no longer shared"]
    assert town.copies(C) == ["Ana in acme: It smells", "Ana in acme: Not for Beta"]
    town.advance(1)
    await town.share(A, 1, B)
    await town.deliver_all()
    assert town.copies(B) == ["Ana in acme: It smells", "Ana in acme: Not for Beta"]
    assert len(town.copies(C)) == 2


async def test_a_partners_comment_reopens_nothing_and_is_no_answer_of_an_agent(town: Town) -> None:
    await town.steps.take(A, 1, "resolve", {"resolution": "Done"}, await town.request(A))
    card = await town.card(B)
    await town.writes(B, card.channel, card.ts, "It is not")
    await town.deliver_all()
    assert (await town.ticket(1, A)).status == "resolved"


async def test_a_comment_made_while_the_card_is_on_its_way_stands_below_it(town: Town) -> None:
    await town.make(A)
    await town.share(A, 2, B)
    await town.comment(A, 2, "Already said")
    await town.deliver_all()
    assert town.copies(B) == ["Ana in acme: Already said"]


async def test_a_comment_of_somebody_who_is_not_known_yet_waits_and_is_not_heard_in_the_end(
    town: Town,
) -> None:
    card = await town.card(B)
    await town.writes(B, card.channel, card.ts, "Hello", name="New")
    await town.rest()
    assert [job.kind for job in await town.jobs(B)] == ["carry"]
    await town.deliver_all()
    assert (await town.said(A, 1), await town.jobs(B)) == ([], [])


async def test_who_is_not_heard_is_told_once_for_a_thread(town: Town) -> None:
    await town.across.partners.let(A, await town.actor(A, "Dana"), "beta", "see", key="let")
    card = await town.card(B)
    for text in ("We come at noon", "Or at one"):
        await town.writes(B, card.channel, card.ts, text)
    await town.writes(B, card.channel, card.ts, "Hello", name="Gus")
    await town.deliver_all()
    assert await town.said(A, 1) == []
    assert town.slack.unheard == [
        ("UAnaT2", "acme/T-1", "We come at noon"),
        ("UGusT2", "acme/T-1", "Hello"),
    ]


async def test_a_comment_that_comes_too_late_to_be_heard_is_marked_as_such_where_it_stands(
    town: Town,
) -> None:
    with town.unwritten(A):
        for nonce in (uuid4(), uuid4()):
            await town.across.sharing.comment(B, await town.actor(B), T1, "Important", nonce)
        await town.rest()
    await town.across.partners.let(A, await town.actor(A, "Dana"), "beta", "see", key="let")
    await town.deliver_all()
    assert await town.said(A, 1) == []
    assert town.copies(B) == ["Ana in here: Important (not heard)"] * 2
    assert town.slack.unheard == [("UAnaT2", "acme/T-1", "Important")] * 2


async def test_what_was_never_heard_and_is_deleted_is_told_to_nobody(town: Town) -> None:
    await town.across.partners.let(A, await town.actor(A, "Dana"), "beta", "see", key="let")
    card = await town.card(B)
    written = town.message(B, card.channel, card.ts, "Wrong channel")
    gone = written.model_copy(update={"deleted": True, "changed_ts": f"{int(town.now.timestamp()) + 5}.1"})
    await town.comments.record_reply(B, gone)
    await town.comments.record_reply(B, written)
    await town.deliver_all()
    assert town.slack.unheard == []


async def test_people_whom_somebody_names_are_named_elsewhere(town: Town) -> None:
    for workspace in (A, B):
        people = [Person(id=f"U0BEN{workspace.id}", names=(f"Ben of {NAMES[workspace.id]}",))]
        await town.people.learn(workspace, people)
    await town.make(A, summary="Ask @U0BENT1", symptomDescription="@U0BENT1 saw it")
    await town.share(A, 2, B)
    await town.comment(A, 2, "hey @U0BENT1")
    await town.deliver_all()
    ref, agent = MirrorRef(home=A.id, number=2), await town.actor(B)
    await town.across.sharing.comment(B, agent, ref, "Hello @U0BENT2", uuid4())
    await town.deliver_all()
    assert town.copies(B) == ["Ana in acme: hey @Ben of acme", "Ana in here: Hello @Ben of beta"]
    assert await town.said(A, 2) == ["UAnaT1: hey @U0BENT1", "Ana (Beta): Hello @Ben of beta"]
    seen = await town.across.sharing.at(B, agent, ref)
    assert seen
    assert seen.shared
    assert seen.shared.ticket.summary == "Ask @Ben of acme"
    assert seen.shared.ticket.symptom_description == "@Ben of acme saw it"
    read = await town.across.sharing.comments(B, agent, ref)
    assert [each.comment.text for each in read.comments] == ["hey @Ben of acme", "Hello @Ben of beta"]
