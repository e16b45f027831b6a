"""App Home: what is mine, what waits, and where I looked last."""

from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Person
from bot.playground.views import View
from tests.journeys.conftest import Office

LINE = "customer:acme site:hq type:break_fix"


async def home(office: Office, person: Person, words: str) -> View:
    """Somebody's Home, as soon as it shows these words."""

    def found() -> View | None:
        return person.home if person.home and words in person.home.shown else None

    def otherwise() -> str:
        return f"Home never showed “{words}”: {person.home.shown if person.home else 'nothing'}"

    return await office.slack.until(found, otherwise=otherwise)


async def made(person: Person, *lines: str) -> None:
    for line in lines:
        await (await person.types(f"/ticket {line} {LINE}")).shows("is saved")


def calls(office: Office) -> list[str]:
    """The methods that the bot has called, in order."""
    return [each.kind for each in office.slack.exchanges.all if each.direction == "from_bot"]


async def test_home_counts_what_there_is_and_opens_in_one_call(office: Office, ana: Person) -> None:
    await made(ana, "Lamp @ana", "Printer @ben due:in 2h", "Router #network")
    await office.runtime.settled()
    before = len(calls(office))
    ana.opens_home()
    shown = await home(office, ana, "Mine · 1")
    for words in ("I asked for · 3", "Unassigned · 1", "Due soon · 1", "Lamp"):
        assert words in shown.shown
    assert "Router" not in shown.shown
    assert "My queues" not in shown.shown, "nobody has set one up"
    await office.runtime.settled()
    assert calls(office)[before:] == ["views.publish"]


async def test_home_opens_where_somebody_looked_last(office: Office, ana: Person, ben: Person) -> None:
    await made(ana, "Lamp @ana", "Router #network")
    ana.opens_home()
    await ana.presses(await home(office, ana, "Mine 1–1 of 1"), "home_sight:unassigned")
    await home(office, ana, "Unassigned 1–1 of 1")
    ana.opens_home()
    assert "Router" in (await home(office, ana, "Unassigned 1–1 of 1")).shown
    ben.opens_home()
    await home(office, ben, "Nothing is assigned to you.")


async def test_words_narrow_home_and_a_slip_is_answered_there(office: Office, ana: Person) -> None:
    await made(ana, "Lamp !low", "Printer !high", "Router !critical")
    ana.opens_home()
    shown = await home(office, ana, "Nothing is assigned to you.")
    await ana.presses(shown, "home_sight:asked")
    shown = await home(office, ana, "I asked for 1–3 of 3")
    await ana.selects(shown, "home_words", "priority:high,critical sort:priority")
    shown = await home(office, ana, "I asked for 1–2 of 2")
    assert shown.shown.index("Router") < shown.shown.index("Printer")
    assert "I asked for · 3" in shown.shown, "the counts are of all that is open"
    await ana.selects(shown, "home_words", "priorty:high")
    shown = await home(office, ana, "There is no filter “priorty”. Did you mean “priority”?")
    await ana.selects(shown, "home_sight:mine", None)
    shown = await home(office, ana, "Nothing is assigned to you")
    assert "matches these words" not in shown.shown, "these words looked for nothing"
    await ana.selects(shown, "home_sight:asked", None)
    shown = await home(office, ana, "I asked for 1–3 of 3")
    await ana.selects(shown, "home_words", "status:closed")
    shown = await home(office, ana, "Nothing here matches these words.")
    await ana.selects(shown, "home_words", None)
    await home(office, ana, "I asked for 1–3 of 3")


async def test_home_has_pages(office: Office, ana: Person) -> None:
    await made(ana, *(f"Printer {number:02} @ana" for number in range(1, 13)))
    ana.opens_home()
    await ana.presses(await home(office, ana, "Mine 1–10 of 12"), "More")
    shown = await home(office, ana, "Mine 11–12 of 12")
    assert "Printer 01" in shown.shown
    await ana.presses(shown, "Back")
    await home(office, ana, "Mine 1–10 of 12")


async def test_a_requester_sees_nothing_but_their_own(office: Office, ana: Person, ben: Person) -> None:
    await made(ana, "Lamp #printers")
    await made(ben, "Printer #printers")
    await set_up(office, ana)
    ben.opens_home()
    shown = await home(office, ben, "I asked for · 1")
    assert "Printer" in shown.shown
    for words in ("Mine", "Unassigned", "Due soon", "My queues", "Lamp"):
        assert words not in shown.shown
    await ben.selects(shown, "home_words", "status:any")
    assert "Lamp" not in (await home(office, ben, "I asked for 1–1 of 1")).shown
    message = await (await ben.types("/ticket list status:any")).shows("Tickets that you asked for 1–1 of 1")
    assert "Lamp" not in message.shown


async def test_an_agent_sees_the_tickets_of_their_queues(office: Office, ana: Person, ben: Person) -> None:
    await made(ben, "Lamp queue:Printers", "Router queue:network")
    await set_up(office, ana)
    ana.opens_home()
    await ana.presses(await home(office, ana, "My queues · 1"), "home_sight:queues")
    shown = await home(office, ana, "My queues 1–1 of 1")
    assert "Lamp" in shown.shown
    assert "Router" not in shown.shown


async def test_the_newest_home_stays_whatever_the_order_of_slacks_answers(
    office: Office, ana: Person
) -> None:
    await made(ana, "Lamp @ana")
    ana.opens_home()
    shown = await home(office, ana, "Mine · 1")
    slow = office.slack.faults.hang("views.publish")
    await ana.presses(shown, "home_sight:asked")
    await office.slack.until(lambda: slow.struck)
    await ana.presses(shown, "home_sight:due")
    await ana.presses(shown, "home_sight:unassigned")
    slow.release()
    await home(office, ana, "Everything is somebody's already.")
    await office.runtime.settled()
    await home(office, ana, "Everything is somebody's already.")
    published = [str(each.body["view"]) for each in office.slack.exchanges.of("views.publish")]
    assert len({*published}) == 3, "what was overtaken is not drawn"
    assert (
        len(published) == 3 or office.runtime.store.is_shared
    )  # which is drawn once more where it has changed


async def set_up(office: Office, agent: Person) -> None:
    """A queue that one person works in."""
    channel = office.channel("ops-oncall").id
    await office.runtime.store.change(
        office.workspace,
        lambda tx: tx.keep_settings(
            WorkspaceSettings(queues=(Queue(name="printers", channel=channel, owner=agent.id),))
        ),
    )
    await office.runtime.people.learn_channel(office.workspace, channel, [agent.id])


async def test_a_ticket_is_worked_on_home_which_shows_it(office: Office, ana: Person) -> None:
    await made(ana, "Lamp @ana")
    ana.opens_home()
    await ana.presses(await home(office, ana, "Mine 1–1 of 1"), "Start")
    shown = await home(office, ana, "In progress")
    form = await (await ana.presses(shown, "Resolve")).form()
    await form.fill(resolution="New bulb")
    assert (await form.submit()).closed
    await home(office, ana, "Nothing is assigned to you.")
    await made(ana, "Printer")
    ana.opens_home()
    await ana.presses(await home(office, ana, "All open · 1"), "home_sight:open")
    shown = await home(office, ana, "All open 1–1 of 1")
    assert (await (await ana.presses(shown, "Open")).form()).shows("Printer")


async def test_a_requester_finds_what_was_resolved(office: Office, ana: Person, ben: Person) -> None:
    await set_up(office, ana)
    await made(ben, "Lamp", "Printer")
    await ana.types("/ticket resolve T-1 New bulb")
    ben.opens_home()
    shown = await home(office, ben, "Resolved lately · 1")
    assert "Assign to me" not in str(shown.content)
    await ben.presses(shown, "home_sight:done")
    shown = await home(office, ben, "Resolved lately 1–1 of 1")
    await ben.presses(shown, "Reopen")
    await home(office, ben, "Nothing that you asked for is resolved yet.")


async def test_home_shows_what_was_edited_and_undone_on_it(office: Office, ana: Person) -> None:
    await made(ana, "Lamp @ana")
    ana.opens_home()
    whole = await (await ana.selects(await home(office, ana, "Lamp"), "ticket_more", "edit:1")).form()
    assert whole.title == "Edit T-1"
    await whole.fill(summary="Chandelier")
    assert (await whole.submit()).closed
    await ana.selects(await home(office, ana, "Chandelier"), "ticket_more", "undo:1")
    await home(office, ana, "Nothing is assigned to you.")


async def test_home_shows_what_its_requester_edited_on_it(office: Office, ana: Person, ben: Person) -> None:
    await set_up(office, ana)
    said = ben.says("The gate is stuck")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="acme", siteId="hq", ticketType="break_fix")
    await form.submit()
    ben.opens_home()
    few = await (await ben.selects(await home(office, ben, "The gate"), "ticket_more", "edit:1")).form()
    assert few.fields == ["summary", "symptomDescription"]
    await few.fill(summary="Barrier")
    assert (await few.submit()).closed
    await home(office, ben, "Barrier")
