"""Cards with their buttons, the forms of working, and histories: what Slack takes, whatever is in the ticket."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast, get_args
from uuid import UUID

import pytest
from pydantic import JsonValue

from bot.domain.audience import Audience
from bot.domain.contract import Status
from bot.domain.directory import Directory, Site
from bot.domain.history import HistoryPage, readable_entries
from bot.domain.lifecycle import StepContext, merge, take, undo, withdraw
from bot.domain.news import News
from bot.domain.permissions import Actor, may
from bot.domain.presets import PRESETS
from bot.domain.steps import STEPS, Step, StepName, named, parts_of
from bot.domain.telling import Told
from bot.domain.ticket import BY_WAY, Entry, Place, Ticket, WayIn
from bot.playground.blocks import total_text
from handlers.blocks import card, notice, saved
from handlers.blocks.kit import View
from handlers.blocks.news import Reader, above, line
from handlers.tickets import history_view
from handlers.work import step_form_view
from handlers.work.step_form_view import FormContext, StepMeta
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack, view_taken_by_slack

ANA = StepContext("U0ANA", NOW)
REQUESTER = Actor(user="U0ANA", is_known=True)
NEEDED: dict[StepName, dict[str, JsonValue]] = {
    "assign": {"assignedUserId": "U0BEN"},
    "hold": {"holdReason": "Waits for <parts>", "holdUntil": "2026-12-01T17:00:00Z"},
    "resolve": {"resolution": "Toner replaced"},
}
LONG = "x" * 10_000


def after(*path: StepName) -> Ticket:
    reached = ticket(42)
    for step in path:
        reached = take(reached, step, NEEDED.get(step, {}), ANA)
    return reached


IN_STATUS: dict[Status, Ticket] = {
    "new": after(),
    "triaged": after("triage"),
    "assigned": after("assign"),
    "in_progress": after("start"),
    "on_hold": after("start", "hold"),
    "resolved": after("resolve"),
    "closed": after("resolve", "close"),
}


def buttons(shown: Ticket) -> tuple[list[str], list[str]]:
    """The words on the buttons of a card, and on what is behind “⋯”."""
    message = card.card(shown, Directory())
    taken_by_slack(message)
    elements = cast(list[dict[str, Any]], message["blocks"][-1]["elements"])
    visible = [element["text"]["text"] for element in elements if element["type"] == "button"]
    return visible, [option["text"]["text"] for option in elements[-1]["options"]]


def status(shown: Ticket) -> str:
    fields = next(block["fields"] for block in card.blocks(shown, Directory()) if "fields" in block)
    return str(cast(list[dict[str, str]], fields)[0]["text"]).removeprefix("*Status*\n")


@pytest.mark.parametrize(
    ("at", "visible"),
    [
        ("new", ["Assign to me", "Triage", "Assign…", "Start", "Resolve"]),
        ("triaged", ["Assign to me", "Assign…", "Start", "Resolve", "Hold"]),
        ("assigned", ["Start", "Assign…", "Resolve", "Hold", "Unassign"]),
        ("in_progress", ["Resolve", "Assign…", "Hold", "Unassign", "Triage"]),
        ("on_hold", ["Resume", "Assign…", "Resolve", "Unassign", "Triage"]),
        ("resolved", ["Close", "Reopen"]),
        ("closed", ["Reopen"]),
    ],
)
def test_a_card_has_the_buttons_that_its_status_allows(at: Status, visible: list[str]) -> None:
    more = ["Open", "Edit", "Private note", "Not a ticket"]
    fresh = IN_STATUS[at]
    assert buttons(fresh) == (visible, [*more, "Undo" if fresh.is_open else "Remind me…"])
    older = fresh.model_copy(update={"created_at": fresh.created_at - timedelta(minutes=11)})
    assert buttons(older) == (visible, [*more, "Remind me…"])


@pytest.mark.parametrize(
    ("at", "first"),
    [("new", "Assign to me"), ("triaged", "Assign to me"), ("in_progress", "Resolve"), ("on_hold", "Resume")],
)
def test_only_the_button_of_what_comes_next_stands_out(at: Status, first: str) -> None:
    elements = cast(list[dict[str, Any]], card.card(IN_STATUS[at], Directory())["blocks"][-1]["elements"])
    assert [each["text"]["text"] for each in elements if each.get("style") == "primary"] == [first]


@pytest.mark.parametrize("at", IN_STATUS)
def test_a_requesters_card_has_only_what_a_requester_may_do(at: Status) -> None:
    """None of it refuses everybody who sees it."""
    message = card.card(IN_STATUS[at], Directory(), "requester")
    taken_by_slack(message)
    (block,) = cast(list[dict[str, Any]], message["blocks"])
    offered = [option["value"].partition(":")[0] for option in block["accessory"]["options"]]
    assert offered[0] == "show"
    assert all(may(REQUESTER, named(step).action, IN_STATUS[at]) for step in offered)
    assert ("reopen" in offered) == (at in {"resolved", "closed"})


def test_the_way_back_from_not_a_ticket_stands_on_every_card() -> None:
    gone = withdraw(ticket(), ANA)
    for audience in get_args(Audience):
        message = card.card(gone, Directory(), audience)
        taken_by_slack(message)
        assert '"action_id": "ticket_undo"' in json.dumps(message)


def test_a_short_card_says_what_there_is_and_nothing_that_is_empty() -> None:
    told = json.dumps(card.card(IN_STATUS["new"], Directory(), "requester"), ensure_ascii=False)
    assert "*Printer down* · Medium\\nNew · acme, acme-hq" in told
    for word in ("—", "Nobody", "due", "Requested"):
        assert word not in told
    due = ticket(42, slaDueAt="2026-12-01T17:00:00Z", assignedUserId="U0BEN", symptomDescription="It smokes")
    told = json.dumps(card.card(due, Directory(), "team", name=lambda _: "Ben Okafor"), ensure_ascii=False)
    assert "New · Ben Okafor · due <!date" in told
    assert "It smokes" not in told
    assert "<@" not in told, "a card pings nobody"


def test_a_short_card_holds_the_worst() -> None:
    worst = take(
        ticket(10**8, summary=NASTY * 9, assignedUserId=NASTY),
        "hold",
        {"holdReason": NASTY, "holdUntil": "2026-12-01T17:00:00Z"},
        ANA,
    )
    for audience in get_args(Audience):
        message = card.card(worst, Directory(), audience)
        taken_by_slack(message)
        assert "<!channel>" not in json.dumps(message)


def test_the_worst_of_a_site_fits_and_only_whoever_is_to_act_reads_it() -> None:
    texts = dict.fromkeys(
        ("access_instructions", "service_instructions", "hazards_notes"), ("&<!channel>" * 200)[:2000]
    )
    site = Site.model_validate(
        {
            "id": "acme-hq",
            "name": NASTY,
            "customer_id": "acme",
            "site_type": "mixed_use",
            "occupancy_profile": "24_7",
            **texts,
        }
    )
    worst = ticket(10**8, summary=NASTY * 9, symptomDescription=NASTY, slaDueAt="2026-12-01T17:00:00Z")
    news = News(event="assigned", role="assignee", to="U0BEN", by="U0ANA", version=1)
    for audience in get_args(Audience):
        body = card.card(worst, Directory(sites=(site,)), audience)
        given = above(worst, [Told(news, NASTY)] * 3, Reader(str, NOW), body, in_channel=False)
        taken_by_slack(given)
        assert total_text(given["blocks"]) < 13_200
        assert ("Hazards" in json.dumps(given)) == (audience == "to_act")
        assert "<!channel>" not in json.dumps(given)


def test_a_duplicates_reader_is_led_only_where_they_may_be() -> None:
    """No link below a card among agents or in somebody else's messages; and none on a lock screen."""
    places = {
        "agents": Place(channel="C2", ts="2.0", internal=True),
        "theirs": Place(channel="D2", ts="3.0", user="U0BEN"),
        "others": Place(channel="D3", ts="4.0", user="U0CHLOE"),
    }
    gone = merge(ticket(3, summary="VPN down"), ticket(1), {}, ANA)
    for card_in, right, is_led in (
        ("agents", "work", True),
        ("agents", "see", False),
        ("theirs", "see", True),
        ("others", "work", False),
    ):
        news = News(event="merged", role="requester", to="U0BEN", by="U0ANA", version=2, other=right)
        other = ticket(1, summary=NASTY).model_copy(update={"cards": (places[card_in],)})
        said = line(gone, [Told(news, "", other)], Reader(str, NOW), in_channel=False)
        taken_by_slack(said)
        assert ("/archives/" in json.dumps(said["blocks"])) == is_led
        assert "/archives/" not in said["text"]
        assert "<!channel>" not in json.dumps(said)
    unseen = line(gone, [Told(news, "")], Reader(str, NOW), in_channel=False)
    assert unseen["text"] == "T-3 VPN down says the same as T-1, which goes on."


def test_what_was_undone_can_be_brought_back_and_says_no_more() -> None:
    gone = undo(ticket(summary=NASTY), ANA)
    shown = card.card(gone, Directory())
    taken_by_slack(shown)
    assert shown["text"] == f"{gone.name} was undone"
    assert [block["type"] for block in shown["blocks"]] == ["section", "actions"]
    taken_by_slack(saved.undone(gone, again="a line", nonce="n"))


def test_what_is_no_ticket_can_be_brought_back_and_looked_at() -> None:
    assert buttons(withdraw(ticket(), ANA)) == (["Undo"], ["Open", "Private note"])


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (IN_STATUS["new"], "New"),
        (
            IN_STATUS["on_hold"],
            "On hold until <!date^1796144400^{date_short_pretty} at {time}|2026-12-01 17:00 UTC>: "
            "Waits for &lt;parts&gt;",
        ),
        (IN_STATUS["closed"], "Closed: Toner replaced"),
        (merge(ticket(42), ticket(7), {}, ANA), "Duplicate of T-7"),
        (withdraw(ticket(), ANA), "Withdrawn: not a ticket"),
        (
            take(ticket(), "triage", {"snoozedUntil": "2026-12-01T17:00:00Z"}, ANA),
            "New, snoozed until <!date^1796144400^{date_short_pretty} at {time}|2026-12-01 17:00 UTC>",
        ),
    ],
)
def test_the_status_says_what_it_is_about(shown: Ticket, words: str) -> None:
    assert status(shown) == words


@pytest.mark.parametrize("step", [step for step in STEPS.values() if step.title], ids=lambda step: step.name)
def test_the_form_of_each_step_is_taken_with_the_worst_in_it(step: Step) -> None:
    nasty = ticket(10**8, summary=NASTY, symptomDescription=LONG)
    fields: Mapping[str, JsonValue] = {
        **dict.fromkeys(("holdReason", "resolution", "summary", "symptomDescription", "note"), NASTY),
        "holdUntil": "2026-12-01T17:00:00Z",
        "relatedTicketId": str(UUID(int=7)),
    }
    meta = StepMeta(number=nasty.number, version=1, doing=step.name)
    changed = history_view.changed_since(nasty, nasty.new_entries * 20, Directory(), {})
    view_taken_by_slack(
        step_form_view.form(
            meta, step, nasty, fields, FormContext(changed=changed, headlines={"relatedTicketId": NASTY})
        )
    )


@pytest.mark.parametrize(
    ("step", "required"),
    [
        ("hold", {"holdReason"}),
        ("resolve", {"resolution"}),
        ("edit", {"summary"}),
        ("link", set()),
        ("note", {"note"}),
    ],
)
def test_a_form_lets_nobody_leave_empty_what_is_needed(step: StepName, required: set[str]) -> None:
    view = step_form_view.form(StepMeta(number=1, version=1, doing=step), STEPS[step], ticket(), {})
    inputs = [block for block in cast(list[dict[str, Any]], view["blocks"]) if block["type"] == "input"]
    assert {block["element"]["action_id"] for block in inputs if not block["optional"]} == required


def test_triage_and_assign_are_taken_with_the_worst_in_them() -> None:
    nasty = ticket(
        10**8,
        summary=NASTY,
        triageNotes=NASTY,
        category=LONG,
        assignedQueue=LONG,
        assignedUserId="U0BEN",
        slaDueAt="2026-12-01T17:00:00Z",
    )
    meta = StepMeta(number=nasty.number, version=1)
    fields: dict[str, JsonValue] = {
        "ticketType": "other",
        "triageNotes": NASTY,
        "duplicateOf": str(UUID(int=7)),
        "note": NASTY,
    }
    headlines = {"duplicateOf": NASTY}
    for step in (STEPS["triage"], STEPS["assign"]):
        shown = FormContext(about="y" * 2000, changed="x" * 2900, headlines=headlines, presets=PRESETS)
        for choice in (step, *parts_of(step)):
            view_taken_by_slack(step_form_view.form(meta, step, nasty, fields, shown._replace(choice=choice)))


def test_a_form_for_a_newer_version_forgets_what_its_inputs_held() -> None:
    def block_ids(version: int) -> set[object]:
        view = step_form_view.form(StepMeta(number=1, version=version), STEPS["assign"], ticket(), {})
        return {block.get("block_id") for block in cast(list[dict[str, Any]], view["blocks"])} - {None}

    assert block_ids(1).isdisjoint(block_ids(2))


def told(view: View) -> str:
    view_taken_by_slack(view)
    return json.dumps(view, ensure_ascii=False)


def history_modal(
    ticket: Ticket,
    entries: Sequence[Entry],
    directory: Directory,
    names: Mapping[str, str] | None = None,
    *,
    offset: int = 0,
) -> View:
    """A page of a history that is given oldest first."""
    newest = [*reversed(entries)][offset:]
    shown = newest[: history_view.PER_PAGE]
    page = HistoryPage(ticket, shown, offset, has_older=len(newest) > len(shown))
    return history_view.history_modal(page, directory, names or {})


def test_a_history_is_taken_with_the_worst_in_it() -> None:
    fields: dict[str, JsonValue] = {"summary": NASTY, "symptomDescription": LONG, "category": NASTY}
    nasty = ticket(10**8, **{name: f"{name} {NASTY}" for name in ("summary", "triageNotes", "assignedQueue")})
    for number in range(40):
        act = StepContext("U0ANA", NOW + timedelta(minutes=number), NASTY)
        nasty = take(nasty, "edit", {**fields, "category": f"{number} {NASTY}"}, act)
    for offset in (0, 15, 30):
        said = told(history_modal(nasty, nasty.new_entries, Directory(), offset=offset))
        assert "<!channel>" not in said


def test_changes_are_told_in_words(directory: Directory) -> None:
    other = ticket(7)
    changed = take(
        ticket(42, assignedUserId="U0BEN", severity="down"),
        "edit",
        {
            "priority": "critical",
            "severity": None,
            "assignedUserId": "U0CHLOE",
            "slaDueAt": "2026-12-01T17:00:00Z",
            "siteId": "globex-hq",
            "relatedTicketId": str(other.id),
        },
        ANA,
    )
    said = told(history_modal(changed, changed.new_entries, directory, {str(other.id): "T-7"}))
    for words in (
        "<@U0ANA> edited it",
        "Priority: Medium → Critical",
        "Severity: Down → none",
        "Assignee: <@U0BEN> → <@U0CHLOE>",
        "Due: <!date^1796144400^",
        "Site: HQ → HQ",
        "Related ticket: T-7",
        "Visibility: This workspace",
    ):
        assert words in said, words


@pytest.mark.parametrize("way", get_args(WayIn))
def test_a_history_says_which_way_its_ticket_came_in(way: WayIn) -> None:
    first = ticket(42)
    made = first.model_copy(update={"origin": first.origin.model_copy(update={"way": way})})
    changed = take(made, "edit", {"category": "Toner"}, ANA)
    said = told(history_modal(changed, changed.new_entries, Directory()))
    words = f"opened it {BY_WAY[way]} ·" if BY_WAY[way] else "opened it ·"
    assert words in said
    assert "edited it ·" in said


def test_a_requester_reads_no_notes_and_nothing_of_triages() -> None:
    noted = take(ticket(triageNotes="Secret 1"), "note", {}, StepContext("U0ANA", NOW, "Secret 2"))
    held = take(noted, "hold", NEEDED["hold"], StepContext("U0ANA", NOW, "Secret 3"))
    theirs = readable_entries(REQUESTER, held, held.new_entries)
    assert [entry.what for entry in theirs] == ["created", "held"]
    assert "Secret" not in told(history_modal(held, theirs, Directory()))
    ours = readable_entries(
        Actor(user="U0BEN", is_known=True, is_agent=True, reads_all_notes=True), held, held.new_entries
    )
    assert told(history_modal(held, ours, Directory())).count("Secret") == 3


def test_a_history_names_the_ticket_that_goes_on_and_not_the_workspace() -> None:
    merged = merge(ticket(42, workspaceId="T111"), ticket(7), {}, ANA)
    said = told(history_modal(merged, merged.new_entries, Directory(), {str(UUID(int=7)): "T-7"}))
    assert "Duplicate of: T-7" in said
    assert "Related ticket: T-7" in said
    assert "Workspace" not in said


def test_the_notices_of_withdrawing_are_taken() -> None:
    gone = withdraw(ticket(10**8, summary=NASTY), ANA)
    view_taken_by_slack(notice.withdrawn_view(gone))
    view_taken_by_slack(notice.restored_view(gone))
    for message in (
        notice.withdrawn(gone),
        notice.restored(gone),
        notice.refused(NASTY),
        notice.not_done(NASTY, NASTY[:8000]),
    ):
        taken_by_slack(message)
    assert "<@U0ANA>" in json.dumps(notice.refused("@U0ANA has T-1 already."))
