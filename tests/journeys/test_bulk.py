"""Several tickets at once: picked in a list, and a word about each that could not be done."""

from bot.playground.driver import Answer, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office
from tests.journeys.test_home import home, made, set_up


async def picking(person: Person, words: str = "") -> tuple[Answer, Form]:
    answer = await person.types(f"/ticket list {words}")
    return answer, await (await person.presses(answer, "Pick tickets…")).form()


async def test_picked_tickets_are_assigned_and_the_list_shows_it(office: Office, ana: Person) -> None:
    await made(ana, "Lamp", "Printer", "Router")
    answer, form = await picking(ana, "assignee:none")
    assert form.title == "Pick tickets"
    await form.fill(tickets=["1", "3"], doing="Assign to a person", assignedUserId="ben")
    submission = await form.submit()
    assert submission.view
    assert "T-1 and T-3 are assigned." in submission.view.shown
    await answer.shows("Open tickets 1–1 of 1")
    assert [(await office.ticket(number)).assigned_user_id for number in (1, 2, 3)] == [
        "U0BEN",
        None,
        "U0BEN",
    ]


async def test_what_cannot_be_done_is_told_and_the_rest_is_done(office: Office, ana: Person) -> None:
    await made(ana, "Lamp", "Printer", "Router")
    await ana.types("/ticket resolve T-1 New bulb")
    await ana.types("/ticket close T-1")
    _, form = await picking(ana, "status:any")
    await form.fill(tickets=["1", "2", "3"], doing="Move to a queue", assignedQueue="network")
    submission = await form.submit()
    assert submission.view
    assert "T-2 and T-3 are moved." in submission.view.shown.replace("T-3 and T-2", "T-2 and T-3")
    assert "T-1 is not moved: T-1 is closed, so it is not possible to assign it now." in (
        submission.view.shown.replace("*", "")
    )
    assert [(await office.ticket(number)).assigned_queue for number in (1, 2, 3)] == [
        None,
        "network",
        "network",
    ]


async def test_closing_asks_at_its_input_what_was_done_about_those_that_are_not_resolved(
    office: Office, ana: Person
) -> None:
    await made(ana, "Lamp", "Printer")
    await ana.types("/ticket resolve T-1 New bulb")
    _, form = await picking(ana, "status:any")
    await form.fill(tickets=["1", "2"], doing="Close")
    assert not (await form.submit()).closed
    assert form.errors == {"resolution": "Say what was done about them. T-2 is not resolved yet."}
    assert [(await office.ticket(number)).status for number in (1, 2)] == ["resolved", "new"]
    await form.fill(resolution="Nobody needs it any more")
    submission = await form.submit()
    assert "T-1 and T-2 are closed." in str(submission.view and submission.view.shown).replace(
        "T-2 and T-1", "T-1 and T-2"
    )
    assert [(await office.ticket(number)).resolution for number in (1, 2)] == [
        "New bulb",
        "Nobody needs it any more",
    ]
    assert [entry.what for entry in await office.history(2)] == ["created", "resolved", "closed"]


async def test_what_is_resolved_is_closed_without_a_word(ana: Person) -> None:
    await made(ana, "Lamp")
    await ana.types("/ticket resolve T-1 New bulb")
    _, form = await picking(ana, "status:any")
    await form.fill(tickets=["1"], doing="Close")
    submission = await form.submit()
    assert submission.view
    assert "T-1 is closed." in submission.view.shown


async def test_a_person_or_a_queue_must_be_chosen(ana: Person) -> None:
    await made(ana, "Lamp")
    _, form = await picking(ana)
    await form.fill(tickets=["1"], doing="Assign to a person")
    await form.submit()
    assert form.errors == {"assignedUserId": "Choose a person."}
    await form.fill(doing="Move to a queue")
    await form.submit()
    assert form.errors == {"assignedQueue": "Choose a queue."}


async def test_home_is_fresh_after_its_tickets_were_assigned(office: Office, ana: Person) -> None:
    await made(ana, "Lamp @ana", "Printer @ana")
    ana.opens_home()
    shown = await home(office, ana, "Mine 1–2 of 2")
    form = await (await ana.presses(shown, "Pick tickets…")).form()
    await form.fill(tickets=["1"], doing="Assign to a person", assignedUserId="ben")
    assert not (await form.submit()).errors
    await home(office, ana, "Mine 1–1 of 1")


async def test_a_repeated_submission_does_it_once(office: Office, ana: Person) -> None:
    await made(ana, "Lamp")
    _, form = await picking(ana)
    await form.fill(tickets=["1"], doing="Close", resolution="New bulb")
    office.slack.faults.repeat("view_submission", copies=3)
    submission = await form.submit()
    assert submission.view
    assert "T-1 is closed." in submission.view.shown
    assert [entry.what for entry in await office.history(1)] == ["created", "resolved", "closed"]


async def test_requesters_pick_nothing(office: Office, ana: Person, ben: Person) -> None:
    await made(ben, "Lamp")
    await set_up(office, ana)
    message = await (await ben.types("/ticket list")).shows("Open tickets that you asked for 1–1 of 1")
    assert "Pick tickets…" not in message.shown
    ben.opens_home()
    assert "Pick tickets…" not in (await home(office, ben, "I asked for 1–1 of 1")).shown
