"""What stands in a warning and in a page is what Slack takes, and says what is to be known."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bot.domain.clock.context import CLOCK
from bot.domain.clock.hand_page import HandPage, PageEvent, PageNotice
from bot.domain.clock.page import Page
from bot.domain.directory import Directory
from bot.domain.news import Event, News, Role, Silence
from bot.domain.telling import Told
from bot.domain.ticket import Change, Entry
from handlers.blocks import alerts, page_notice
from handlers.blocks.news import Reader, line
from handlers.tickets.history_view import entry_text
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack

BERLIN_MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
SILENCE = Silence(user="BEN", until=BERLIN_MORNING)
READER = Reader(str.capitalize, NOW)


def news(event: Event, role: Role = "on_call", about: str | None = "resolution", **fields: object) -> News:
    told = {"event": event, "role": role, "to": "EMIL", "by": CLOCK, "version": 1, "about": about}
    return News.model_validate({**told, "due_at": NOW, **fields})


SENTENCES: dict[str, tuple[News, list[str]]] = {
    "a warning": (
        news("due_soon"),
        ["is due soon (resolution): ", "I'm on it", "Snooze 1 h", "Give it to…"],
    ),
    "late": (news("late", about="response"), ["is late (first response). It was due ", "I'm on it"]),
    "of a given time": (news("late", about="due"), ["is late. It was due "]),
    "unclaimed": (news("paged", about="unclaimed"), ["needs somebody now (", "nobody has taken it."]),
    "in vain": (news("late", unreached=[SILENCE]), ["Ben has do-not-disturb on until"]),
}


@pytest.mark.parametrize(("told", "words"), SENTENCES.values(), ids=SENTENCES)
def test_what_is_said(told: News, words: list[str]) -> None:
    for in_channel in (True, False):
        shown = str(line(ticket(summary="VPN"), [Told(told, "")], READER, in_channel=in_channel))
        assert [each for each in words if each not in shown] == []


def test_a_page_cannot_be_put_off_and_what_no_rule_has_sent_has_no_buttons() -> None:
    page = line(ticket(), [Told(news("late"), "")], READER, in_channel=False)
    assert "Snooze" not in str(page)
    assert "I'm on it" not in str(
        line(ticket(), [Told(news("late", about=None), "")], READER, in_channel=False)
    )


@pytest.mark.parametrize("event", ["due_soon", "late", "paged"])
def test_whatever_people_write_is_taken(event: Event) -> None:
    nasty = ticket(summary=NASTY[:255], assignedQueue=NASTY[:60])
    reader = Reader(lambda _: NASTY[:100], NOW)
    told = [Told(news(event, unreached=[SILENCE] * 5), "")]
    taken_by_slack(line(nasty, told, reader, in_channel=True))
    taken_by_slack(alerts.answered(nasty, "EMIL"))
    taken_by_slack(alerts.answered(nasty, None))
    taken_by_slack(alerts.put_off(nasty, "EMIL"))


def hand(**fields: object) -> HandPage:
    page = Page(about="asked", steps=())
    made = {"id": UUID(int=1).hex, "queue": "network", "words": "VPN is down", "by": "ana", "page": page}
    return HandPage.model_validate({**made, **fields})


def notice(event: PageEvent, *people: str, **fields: object) -> PageNotice:
    made = {"pageId": "1", "queue": "network", "words": "VPN is down", "by": "ana", "people": people}
    return PageNotice.model_validate({**made, "event": event, **fields})


NOTICES: dict[str, tuple[PageNotice, str]] = {
    "paged": (notice("paged", "U0EMIL"), "<@U0EMIL>: Ana pages you for *network*: VPN is down"),
    "after somebody": (notice("paged", "U0EMIL", unreached=[SILENCE]), "VPN is down. Ben has do-not-disturb"),
    "a team": (notice("paged", "C1"), ":rotating_light: Ana pages you for"),
    "told": (notice("told", "emil", "ben"), "Paged for *network*: Emil and Ben."),
    "told of a channel": (notice("told", "C1"), "Paged for *network*: <#C1>."),
    "answered": (notice("answered", "emil"), "Emil is on it (*network*): VPN is down"),
    "unanswered": (
        notice("unanswered", "emil"),
        "Nobody says that they are on it (*network*): VPN is down. Paged were Emil.",
    ),
    "nobody to page": (
        notice("unanswered", words="VPN?"),
        "Nobody says that they are on it (*network*): VPN?",
    ),
}


@pytest.mark.parametrize(("said", "words"), NOTICES.values(), ids=NOTICES)
def test_what_is_said_of_a_page_by_hand(said: PageNotice, words: str) -> None:
    shown = page_notice.message_of(said, READER, in_channel=True)
    taken_by_slack(shown)
    assert words in str(shown)


def test_long_words_of_a_page_by_hand_are_taken() -> None:
    reader = Reader(lambda _: NASTY[:100], NOW)
    long = NASTY * 40
    taken_by_slack(page_notice.message_of(notice("paged", "E", words=long), reader, in_channel=True))
    taken_by_slack(page_notice.begun(hand(words=long)))
    taken_by_slack(page_notice.answered(hand(words=long).answered("EMIL", NOW)))


HISTORIES: dict[str, tuple[str, list[Change], str]] = {
    "warned": (
        "warned",
        [Change(field="warned", after="U0EMIL"), Change(field="because", after="response")],
        "Deskhand warned <@U0EMIL>: due soon (first response) · ",
    ),
    "paged": (
        "paged",
        [
            Change(field="paged", after="U0EMIL"),
            Change(field="paged", after="C1"),
            Change(field="because", after="due"),
        ],
        "Deskhand paged <@U0EMIL> and <#C1>: late · ",
    ),
    "unclaimed": (
        "paged",
        [Change(field="paged", after="U0EMIL"), Change(field="because", after="unclaimed")],
        "Deskhand paged <@U0EMIL>: nobody takes it · ",
    ),
    "for requesters": ("paged", [], "Deskhand paged somebody about it · "),
}


@pytest.mark.parametrize(("what", "changes", "words"), HISTORIES.values(), ids=HISTORIES)
def test_what_a_history_says(what: str, changes: list[Change], words: str) -> None:
    entry = Entry(at=NOW, actor=CLOCK, what=what, changes=tuple(changes))
    assert entry_text(entry, ticket(), Directory(), {}).startswith(words)
