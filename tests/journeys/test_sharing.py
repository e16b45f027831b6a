"""Two workspaces in one desk: partners, what each sees of the other's tickets, and what they say to each other about them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import imports, manifest
from bot.domain.workspace import Workspace
from bot.playground import seed
from bot.playground.driver import Channel, Person
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.playground.views import View
from bot.services.ports.store import Transaction
from storage import sharing_store
from tests.journeys.conftest import Office
from tests.journeys.test_installing import deskhand

LINE = "/ticket Lift B is stuck customer:acme site:hq type:break_fix"
HALDEN = Workspace(team_id=seed.PARTNER.id)


@dataclass
class Town(Office):
    """Northgate, whom an Office is, and Halden, whom it calls for lifts: the desk is installed in both."""

    def there(self, name: str) -> Person:
        return self.slack.in_workspace(seed.PARTNER.id).person(name)

    def channel_there(self, name: str) -> Channel:
        return self.slack.in_workspace(seed.PARTNER.id).channel(name)

    async def settled(self) -> None:
        await self.runtime.settled()

    async def partners(self, cards_in: str | None = "call-outs") -> None:
        """Both are partners from now on, and Halden sees cards in a channel."""
        dana, mira = self.person("dana"), self.there("mira")
        await dana.types("/ticket partners invite halden-lifts")
        await self.settled()
        await mira.presses(await mira.messages.shows("invites this workspace"), "Accept: see and comment")
        await self.settled()
        if cards_in:
            self.channel_there(cards_in).invite_bot()
            form = await (await mira.types("/ticket partners", in_="lobby")).form()
            await form.fill(**{f"partner_channel:{seed.TEAM.id}": cards_in})


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(manifest.read(), installed=False) as standin:
        standin.add_workspace(seed.PARTNER, fill=seed.fill_partner)
        yield standin


@pytest.fixture
async def town(slack: StandIn, tmp_path: Path) -> AsyncIterator[Town]:
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        await slack.install(slack.in_workspace(seed.PARTNER.id).world, by="mira")
        await office.runtime.introduced()
        await office.runtime.store.change(
            office.workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY)
        )
        yield Town(office.slack, office.runtime, office.settings)


async def home_with(town: Town, person: Person, words: str) -> View:
    """Home, as soon as it has these words."""

    def found() -> View | None:
        return person.home if person.home and words in str(person.home.blocks) else None

    return await town.slack.until(found)


async def test_an_invitation_is_accepted_in_a_direct_message(town: Town) -> None:
    dana, mira = town.person("dana"), town.there("mira")
    answer = await dana.types("/ticket partners invite halden-lifts")
    await answer.shows("*Halden Lifts* is invited, and its admins have been asked")
    await town.settled()
    invited = await mira.messages.shows("invites this workspace to share tickets")
    assert "Northgate Building Services" in invited.shown
    await mira.presses(invited, "Accept: see and comment")
    accepted = await mira.messages.shows("This workspace and *Northgate Building Services* are partners")
    assert "stand nowhere until a channel is chosen" in accepted.shown
    await town.settled()
    await dana.messages.shows("*Halden Lifts* (mira) has accepted")
    view = await (await dana.types("/ticket partners")).form()
    assert view.shows("*halden-lifts* · Halden Lifts")


async def test_a_shared_ticket_is_seen_there_follows_each_change_and_is_gone_once_it_is_taken_back(
    town: Town,
) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    await ana.types(LINE)
    told = await ana.types("/ticket share T-1 with halden-lifts")
    await told.shows("Shared with halden-lifts")
    await town.settled()
    name = "northgate-building/T-1"
    card = await calls.shows(name)
    assert "Lift B is stuck" in card.shown
    assert "Requested by ana" in card.shown
    assert f"<@{ana.id}>" not in str(card.blocks)
    await ana.types("/ticket assign T-1 me")
    await town.settled()
    await calls.shows("Assigned · ana")
    await town.channel("support").shows("Shared with halden-lifts")
    answer = await hugo.types(f"/ticket {name}", in_="call-outs")
    view = await answer.form()
    assert view.title == name
    assert view.shows("Lift B is stuck")
    assert view.shows("You may comment; only Northgate Building Services does more with it.")
    await ana.types("/ticket unshare T-1 from halden-lifts")
    await town.settled()
    await calls.shows(f"*{name}* is no longer shared with this workspace")
    assert "Lift B" not in calls.messages[-1].shown
    await (await hugo.types(f"/ticket {name}", in_="call-outs")).shows(
        f"There is no {name} that you can see."
    )
    assert len([each for each in calls.messages if name in each.shown]) == 1


async def test_cards_wait_for_us_to_be_in_the_channel_that_was_chosen_for_them(town: Town) -> None:
    await town.partners(cards_in=None)
    form = await (await town.there("mira").types("/ticket partners", in_="lobby")).form()
    await form.fill(**{f"partner_channel:{seed.TEAM.id}": "call-outs"})
    assert form.shows("where I have to be a member: `/invite @Deskhand`")
    ana, calls = town.person("ana"), town.channel_there("call-outs")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    assert not any("T-1" in each.shown for each in calls.messages)
    calls.invite_bot()
    await calls.shows("northgate-building/T-1")


async def test_cards_stand_in_no_channel_that_people_from_outside_read(town: Town, slack: StandIn) -> None:
    await town.partners(cards_in=None)
    halden = slack.in_workspace(seed.PARTNER.id).world
    other = slack.add_workspace(Team("T0OTHER", "Other Company", "other"))
    slack.share_channel("workshop", halden, other)
    form = await (await town.there("mira").types("/ticket partners", in_="lobby")).form()
    menu = f"partner_channel:{seed.TEAM.id}"
    with pytest.raises(LookupError, match="which another company shares"):
        await form.fill(**{menu: "workshop"})
    await form.fill(**{menu: "call-outs"})
    calls, ana = town.channel_there("call-outs"), town.person("ana")
    calls.invite_bot()
    slack.share_channel("call-outs", halden, other)  # later
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    assert not any("T-1" in each.shown for each in calls.messages)
    (waiting,) = [job for job in await town.runtime.store.read(HALDEN).jobs() if job.mirror]
    assert waiting.set_aside == "shared_with_outsiders"


async def test_comments_go_both_ways_and_say_who_wrote_them_and_where(town: Town) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    card = await calls.shows("/T-1")
    hugo.says("We are on our way", in_=calls, reply_to=card)
    await town.settled()
    heard = await town.channel("support").shows("We are on our way")
    assert "hugo (Halden Lifts)" in heard.shown
    await ana.types("/ticket comment T-1 The key is at the desk")
    await ana.types("/ticket note T-1 They are expensive")
    await town.settled()
    told = await calls.shows("The key is at the desk")
    assert "ana (northgate-building)" in told.shown
    assert told.thread_ts == card.ts
    assert not any("expensive" in str(each.blocks) for each in calls.messages)
    form = await (await hugo.presses(card, "Comment")).form()
    await form.fill(comment="Done, and <!channel> tested")
    await form.submit()
    assert form.shows("Your comment on")
    await town.settled()
    heard = await town.channel("support").shows("Done, and")
    assert "<!channel>" not in str(heard.blocks)
    view = await (await ana.types("/ticket show T-1")).form()
    assert view.shows("hugo (Halden Lifts)")
    seen = await (await hugo.presses(card, "Show")).form()
    assert seen.shows("3 comments")
    assert seen.shows("ana (northgate-building)")


async def test_only_its_own_workspace_acts_on_a_ticket(town: Town) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    name = "northgate-building/T-1"
    for line in (f"assign {name} me", f"resolve {name} done", f"escalate {name}"):
        await (await hugo.types(f"/ticket {line}", in_="call-outs")).shows(
            "is a ticket of Northgate Building Services, so only they act on it."
        )
    card = await calls.shows(name)
    hugo.says("@Deskhand take", in_=calls, reply_to=card)
    await town.settled()
    told = town.slack.in_workspace(seed.PARTNER.id).ephemerals(to=hugo)[-1]
    assert "so only they act on it. You can comment" in told.shown
    hugo.says("@Deskhand is anybody there?", in_=calls, reply_to=card)
    hugo.says("@Deskhand comment We bring a rope", in_=calls, reply_to=card)
    await town.settled()
    await town.channel("support").shows("is anybody there?")
    await town.channel("support").shows("We bring a rope")
    await hugo.picks_message_shortcut("Assign ticket", card)
    await town.slack.until(lambda: hugo.modals and "only they act on it" in hugo.modals[-1].shown)
    ticket = await town.ticket(1)
    assert (ticket.assigned_user_id, ticket.status) == (None, "new")
    answer = await hugo.types(f"/ticket comment {name} On our way", in_="call-outs")
    await answer.shows("Your comment on *northgate-building/T-1* is on its way.")


async def test_a_typed_comment_names_people_and_channels_as_a_reply_does(town: Town) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    card = await calls.shows("northgate-building/T-1")
    words = "Ask @ines or @mira in #workshop"
    await hugo.types(f"/ticket comment northgate-building/T-1 {words}", in_="lobby")
    hugo.says(f"Or: {words}", in_=calls, reply_to=card)
    await town.settled()
    support = town.channel("support")
    replied = await support.shows(f"Or: {words}")
    assert replied.shown.splitlines()[-1] == f"Or: {words}"
    assert words in [each.shown.splitlines()[-1] for each in support.messages]
    # Where the words may be a ticket of one's own, a channel is a queue as ever.
    form = await (await hugo.types("/ticket Replace rack-a/T-1 in #workshop", in_="lobby")).form()
    assert form.value("assignedQueue")


async def test_what_is_not_shared_is_answered_like_what_does_not_exist(town: Town) -> None:
    await town.partners()
    await town.person("ana").types(LINE)
    hugo = town.there("hugo")
    for name in ("northgate-building/T-1", "northgate-building/T-99", "nowhere/T-1"):
        answer = await hugo.types(f"/ticket {name}", in_="call-outs")
        await answer.shows(f"There is no {name} that you can see.")
    room = await hugo.types("/ticket rack-a/T-1", in_="call-outs")
    await room.shows("There is no rack-a/T-1 that you can see.")
    form = await (await hugo.presses(room, "Make it a ticket")).form()
    assert form.value("summary") == "rack-a/T-1"
    await form.close()
    form = await (await hugo.types("/ticket Replace rack-a/T-1 at the gate", in_="call-outs")).form()
    assert form.value("summary") == "Replace rack-a/T-1 at the gate"


async def test_lists_and_home_have_what_others_share(town: Town) -> None:
    await town.partners()
    ana, hugo = town.person("ana"), town.there("hugo")
    for number in range(12):
        await ana.types(f"/ticket Lift {number} is stuck customer:acme site:hq type:break_fix !high")
        await ana.types(f"/ticket share T-{number + 1} with halden-lifts")
    await hugo.types("/ticket Our own lamp", in_="call-outs")
    await town.settled()
    listed = await hugo.types("/ticket list from:northgate-building priority:high", in_="call-outs")
    first = await listed.shows("Open tickets of other workspaces 1–10 of 12")
    assert "northgate-building/T-12" in str(first.blocks)
    await hugo.presses(listed, "More")
    await listed.shows("11–12 of 12")
    either = await hugo.types("/ticket list visibility:shared", in_="call-outs")
    await either.shows("Open tickets of other workspaces 1–10 of 12")
    near = await hugo.types("/ticket list from:northgate-bilding", in_="call-outs")
    await near.shows("Did you mean “northgate-building”?")
    hugo.opens_home()
    await hugo.presses(await home_with(town, hugo, "From others · 12"), "From others · 12")
    await hugo.presses(await home_with(town, hugo, "From others 1–10 of 12"), "More")
    home = await home_with(town, hugo, "From others 11–12 of 12")
    opened = await (await hugo.presses(home, "Open")).form()
    assert opened.shows("is stuck")
    await opened.close(all_of_them=True)
    await hugo.presses(home, "Mine · 0")
    mine = await home_with(town, hugo, "Nothing is assigned to you")
    await hugo.selects(mine, "home_words", 'from:northgate-building "Lift 7"')
    await home_with(town, hugo, "From others 1–1 of 1")


async def test_share_opens_a_form_that_says_what_each_partner_may_do(town: Town) -> None:
    await town.partners()
    ana, calls = town.person("ana"), town.channel_there("call-outs")
    await ana.types(LINE)
    await town.settled()
    card = await town.channel("support").shows("T-1")
    form = await (await ana.selects(card, "ticket_more", "Share…")).form()
    assert form.title == "Share T-1"
    assert "May see and comment on it" in str(form.view.blocks)
    await form.fill(visibilityMode="Partners that you choose", sharedWith=["halden-lifts · Halden Lifts"])
    await form.submit()
    assert form.shows("Shared with halden-lifts")
    await town.settled()
    await calls.shows("northgate-building/T-1")
    again = await (await ana.types("/ticket share T-1")).form()
    await again.fill(visibilityMode="This workspace alone")
    await again.submit()
    await town.settled()
    await calls.shows("no longer shared")
    assert [entry.what for entry in await town.history(1)].count("shared") == 2


async def test_the_form_drops_nothing_that_was_chosen_in_it(town: Town) -> None:
    await town.partners()
    ana = town.person("ana")
    await ana.types(LINE)
    form = await (await ana.types("/ticket share T-1")).form()
    await form.fill(sharedWith=["halden-lifts"])
    await form.submit()
    assert "For these choose “Partners that you choose” above" in form.errors["sharedWith"]
    await form.fill(visibilityMode="shared", sharedWith=[])
    await form.submit()
    assert "Choose at least one partner" in form.errors["sharedWith"]
    assert (await town.ticket(1)).version == 1
    await form.fill(sharedWith=["halden-lifts"])
    await form.submit()
    assert form.shows("Shared with halden-lifts")
    again = await (await ana.types("/ticket share T-1")).form()
    await again.fill(visibilityMode="global")
    await again.submit()
    assert again.shows("For all workspaces that are joined")


async def test_who_shares_a_global_ticket_hears_that_the_others_lose_it(town: Town) -> None:
    await town.partners()
    ana = town.person("ana")
    await ana.types(LINE)
    chosen = await (await ana.types("/ticket share T-1 globally")).shows("joined")
    assert "until now" not in chosen.shown
    await (await ana.types("/ticket share T-1 with halden-lifts")).shows(
        "It was for all joined workspaces until now"
    )


async def test_a_form_that_was_overtaken_says_so_before_it_changes_who_sees_the_ticket(town: Town) -> None:
    await town.partners()
    ana, dana = town.person("ana"), town.person("dana")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    form = await (await ana.types("/ticket share T-1")).form()
    await dana.types("/ticket unshare T-1")
    await form.submit()
    assert form.shows("has changed while you were typing")
    assert (await town.ticket(1)).shared_with == ()
    await form.submit()
    assert form.shows("Shared with halden-lifts")


async def test_partners_cannot_be_chosen_where_there_are_none(town: Town) -> None:
    ana = town.person("ana")
    await ana.types(LINE)
    form = await (await ana.types("/ticket share T-1")).form()
    await form.fill(visibilityMode="shared")
    await form.submit()
    assert "No workspace is your partner yet" in form.errors["visibilityMode"]
    assert (await town.ticket(1)).visibility_mode == "workspace_local"


async def test_a_line_that_says_shared_is_told_that_partners_are_to_be_named(town: Town) -> None:
    await town.partners()
    ana = town.person("ana")
    told = await ana.types(f"{LINE} visibility:shared")
    words = "Shared, but with no partner: `/ticket share T-1 with acme` names one"
    await told.shows(words)
    await town.settled()
    await town.channel("support").shows(words)
    view = await (await ana.types("/ticket show T-1")).form()
    assert view.shows(words)
    assert "This workspace alone" not in view.view.shown
    assert "For this workspace alone" not in view.view.shown
    quiet = await ana.types(LINE)
    assert "with no partner" not in (await quiet.shows("T-2")).shown


async def test_a_partner_who_may_only_see_has_no_way_to_comment(town: Town) -> None:
    await town.partners()
    dana, ana, hugo = town.person("dana"), town.person("ana"), town.there("hugo")
    form = await (await dana.types("/ticket partners")).form()
    await form.press("Let them see only")
    assert form.shows("They may see what you share")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    card = await town.channel_there("call-outs").shows("northgate-building/T-1")
    assert "Comment" not in str(card.blocks)
    answer = await hugo.types("/ticket comment northgate-building/T-1 Hello", in_="call-outs")
    await answer.shows("lets you see northgate-building/T-1, and not comment on it.")


async def test_a_related_ticket_may_be_another_workspaces(town: Town) -> None:
    await town.partners()
    ana, hugo = town.person("ana"), town.there("hugo")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    line = "/ticket Order a rope customer:c1 site:s1 type:other related:northgate-building/T-1"
    await (await hugo.types(line, in_="call-outs")).shows("*Related ticket* northgate-building/T-1")
    await hugo.types("/ticket Oil it customer:c1 site:s1 type:other", in_="call-outs")
    answer = await hugo.types("/ticket link T-2 northgate-building/T-1", in_="call-outs")
    await answer.shows("T-2")
    form = await (await hugo.types("/ticket link T-2", in_="call-outs")).form()
    (field,) = [each for each in form.fields if each.startswith("relatedTicketId")]
    offered = await form.options(field, "northgate-building/")
    assert "northgate-building/T-1 · Lift B is stuck" in offered


async def test_ending_a_partnership_takes_back_what_was_shared(town: Town) -> None:
    await town.partners()
    ana, mira, calls = town.person("ana"), town.there("mira"), town.channel_there("call-outs")
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    await calls.shows("Lift B is stuck")
    await (await mira.types("/ticket partners end northgate-building", in_="lobby")).shows(
        "The partnership with *Northgate Building Services* has ended."
    )
    await town.settled()
    await calls.shows("no longer shared")
    await town.person("dana").messages.shows("*Halden Lifts* (mira) has ended the partnership")
    again = await (await ana.types("/ticket share T-1")).form()
    assert "No workspace is your partner yet" in str(again.view.blocks)


async def test_an_unknown_partner_is_asked_about_and_nothing_is_shared(town: Town) -> None:
    await town.partners()
    ana = town.person("ana")
    await ana.types(LINE)
    answer = await ana.types("/ticket share T-1 with haldn-lifts")
    await answer.shows("There is no partner “haldn-lifts”. Your partners are halden-lifts.")
    await (await ana.types("/ticket share T-1 with everybody")).shows("With whom?")
    assert (await town.ticket(1)).visibility_mode == "workspace_local"


async def test_partners_are_for_admins(town: Town) -> None:
    await town.partners()
    ana = town.person("ana")
    await (await ana.types("/ticket partners end halden-lifts")).shows(
        "Partners are for the workspace's admins."
    )
    view = await (await ana.types("/ticket partners")).form()
    assert view.shows("*halden-lifts* · Halden Lifts")
    assert "Invite a workspace" not in str(view.view.blocks)
    guessed = await town.person("dana").types("/ticket partners invite nobody-here")
    await guessed.shows("I am not installed in “nobody-here”.")


async def test_who_has_no_right_to_a_button_hears_so_and_nothing_changes(town: Town) -> None:
    await town.partners()
    hugo, ines = town.there("hugo"), town.there("ines")
    ines_known = (await town.runtime.people.of(HALDEN)).person(ines.id)
    assert ines_known
    await town.runtime.people.learn(HALDEN, [ines_known.model_copy(update={"is_admin": True})])
    stale = await (await ines.types("/ticket partners", in_="lobby")).form()
    await town.runtime.people.learn(HALDEN, [ines_known])
    await stale.press("End", changes=False)
    await town.slack.until(lambda: "Partners are for the workspace's admins." in ines.modals[-1].shown)
    answer = await hugo.types("/ticket list from:northgate-building", in_="lobby")
    await answer.shows("No open tickets of others match that.")


@pytest.mark.parametrize("in_the_view", [False, True])
async def test_whoever_accepts_says_what_the_other_may_do(town: Town, *, in_the_view: bool) -> None:
    dana, mira = town.person("dana"), town.there("mira")
    await dana.types("/ticket partners invite halden-lifts")
    await town.settled()
    invited = await mira.messages.shows("Accept with what they may do with what you share")
    if in_the_view:
        view = await (await mira.types("/ticket partners", in_="lobby")).form()
        await view.press("Accept: see only")
        assert view.shows("They may see what you share.")
    else:
        await mira.presses(invited, "Accept: see only")
        accepted = await mira.messages.shows("are partners")
        assert "They may see what you share." in accepted.shown
    assert "You may see and comment on what they share." in str(
        view.view.blocks if in_the_view else accepted.blocks
    )


async def test_an_invitation_can_be_refused_and_pressed_only_once(town: Town) -> None:
    dana, mira = town.person("dana"), town.there("mira")
    await dana.types("/ticket partners invite halden-lifts to see only")
    await town.settled()
    invited = await mira.messages.shows("You may see what they share with you.")
    await mira.presses(invited, "Refuse")
    await mira.messages.shows("The invitation of *Northgate Building Services* is refused.")
    await town.settled()
    await dana.messages.shows("does not want to share tickets at the moment")
    await (await mira.types("/ticket partners accept", in_="lobby")).shows(
        "No workspace has invited this one."
    )


async def test_a_stale_refuse_does_not_end_what_another_admin_has_accepted(town: Town) -> None:
    dana, mira, farid = town.person("dana"), town.there("mira"), town.there("farid")
    known = (await town.runtime.people.of(HALDEN)).person(farid.id)
    assert known
    await town.runtime.people.learn(HALDEN, [known.model_copy(update={"is_admin": True})])
    await dana.types("/ticket partners invite halden-lifts")
    await town.settled()
    for_mira, for_farid = [await each.messages.shows("invites this workspace") for each in (mira, farid)]
    await mira.presses(for_mira, "Accept: see and comment")
    await farid.presses(for_farid, "Refuse")
    await farid.messages.shows("*Northgate Building Services* is a partner by now.")
    await (await farid.types("/ticket partners refuse northgate-building", in_="lobby")).shows("by now")
    view = await (await mira.types("/ticket partners", in_="lobby")).form()
    assert view.shows("They may see and comment on what you share")


async def test_a_guest_of_a_partner_sees_nothing_of_it(town: Town) -> None:
    await town.partners()
    await town.person("ana").types(LINE)
    await town.person("ana").types("/ticket share T-1 with halden-lifts")
    await town.settled()
    ines = town.there("ines")
    known = (await town.runtime.people.of(HALDEN)).person(ines.id)
    assert known
    await town.runtime.people.learn(HALDEN, [known.model_copy(update={"is_outsider": True})])
    card = await town.channel_there("call-outs").shows("northgate-building/T-1")
    pressed = await ines.presses(card, "Show")
    await pressed.shows("There is no T-1 of another workspace that you can see.")
    answer = await ines.types("/ticket list from:northgate-building", in_="call-outs")
    await answer.shows("Nobody here is called")


async def test_of_partners_one_sees_only_its_own_share_and_global_ones_only_where_they_are_joined(
    town: Town,
) -> None:
    await town.partners()
    ana, hugo, name = town.person("ana"), town.there("hugo"), "northgate-building"
    await ana.types(LINE)
    await (await ana.types("/ticket share T-1 globally")).shows("For all workspaces that are joined")
    await town.settled()
    await (await hugo.types(f"/ticket {name}/T-1", in_="lobby")).shows("that you can see")
    await sharing_store(town.runtime.store).join([seed.TEAM.id, seed.PARTNER.id])
    view = await (await hugo.types(f"/ticket {name}/T-1", in_="lobby")).form()
    assert view.shows("You may read it; only Northgate Building Services acts on it.")
    refused = await hugo.types(f"/ticket comment {name}/T-1 Hello", in_="lobby")
    await refused.shows("and not comment on it")
    listed = await hugo.types("/ticket list visibility:global", in_="lobby")
    await listed.shows("Open tickets of other workspaces 1–1 of 1")
    await ana.types("/ticket share T-1 locally")
    await town.settled()
    await (await hugo.types(f"/ticket {name}/T-1", in_="lobby")).shows("that you can see")


async def test_tickets_from_before_stay_local_until_an_agent_confirms_them(town: Town) -> None:
    dana = town.person("dana")
    for _ in range(2):
        await dana.types(LINE)
    await town.settled()

    async def from_before(tx: Transaction) -> None:
        for number in (1, 2):
            ticket = await tx.ticket(number)
            assert ticket
            old = {"visibility_mode": "global", "visible_since": None, "version": ticket.version + 1}
            await tx.save(ticket.model_copy(update=old), now=ticket.updated_at)

    await town.runtime.store.change(town.workspace, from_before)
    form = await (await dana.types("/ticket settings")).form()
    assert form.shows("*2 tickets say shared or global*, from before that meant anything.")
    await form.press("Confirm…")
    assert form.shows("2 confirmed. All tickets are as visible as they say.")
    assert (await town.ticket(1)).visible_since is not None


async def test_in_its_thread_a_ticket_is_shared_by_a_mention(town: Town) -> None:
    await town.partners()
    ana, support = town.person("ana"), town.channel("support")
    await ana.types(LINE)
    await town.settled()
    card = await support.shows("T-1")
    ana.says("@Deskhand share with halden-lifts", reply_to=card)
    await town.settled()
    await town.channel_there("call-outs").shows("northgate-building/T-1")
    ana.says("@Deskhand share the good news with everybody", reply_to=card)
    ana.says("@Deskhand unshare", reply_to=card)
    await town.settled()
    await town.channel_there("call-outs").shows("no longer shared")


async def test_below_anothers_ticket_its_number_alone_is_not_taken_for_ones_own(town: Town) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    name, halden = "northgate-building/T-1", town.slack.in_workspace(seed.PARTNER.id)
    await ana.types(LINE)
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    card = await calls.shows(name)

    async def told(words: str) -> str:
        before = len(halden.ephemerals(to=hugo))
        hugo.says(f"@Deskhand {words}", in_=calls, reply_to=card)
        await town.slack.until(lambda: len(halden.ephemerals(to=hugo)) > before)
        return halden.ephemerals(to=hugo)[-1].shown

    assert f"{name} is a ticket of Northgate Building Services, so only they act on it." in await told(
        "take T-1"
    )
    line = "/ticket Our own lamp customer:halden site:yard type:break_fix"
    await town.runtime.store.change(HALDEN, lambda tx: imports.import_files(tx, seed.DIRECTORY))
    await hugo.types(line.replace("halden", "acme").replace("yard", "hq"), in_="lobby")
    await town.settled()
    asked = await told("take T-1")
    assert "only they act on it" in asked
    assert "If you mean your own T-1, type the order behind `/ticket`." in asked
    own = await town.runtime.store.read(HALDEN).ticket(1)
    assert own
    assert own.assigned_user_id is None
    assert "If you mean your own T-1" in await told("show T-1")
    assert "There is no T-2 here" in await told("take T-2")  # no other ticket's number: one's own
    heard = [each.shown for each in town.channel("support").messages]
    assert not any("take T" in each for each in heard)


async def test_a_retried_or_doubled_request_shares_and_says_once(town: Town) -> None:
    await town.partners()
    ana, hugo, calls = town.person("ana"), town.there("hugo"), town.channel_there("call-outs")
    await ana.types(LINE)
    town.slack.faults.repeat("slash_command", copies=3)
    await ana.types("/ticket share T-1 with halden-lifts")
    await ana.types("/ticket share T-1 with halden-lifts")
    await town.settled()
    assert [entry.what for entry in await town.history(1)].count("shared") == 1
    card = await calls.shows("northgate-building/T-1")
    form = await (await hugo.presses(card, "Comment")).form()
    await form.fill(comment="On our way")
    town.slack.faults.repeat("view_submission", copies=2)
    await form.submit()
    await town.settled()
    support = town.channel("support").messages
    assert len([each for each in support if "On our way" in each.shown]) == 1
