"""What is shown of other workspaces, as Slack takes it, whatever is in it: nobody there is mentioned, and nothing links or pages."""

import json
from typing import get_args

import pytest

from bot.domain.audience import Audience
from bot.domain.comments import Comment
from bot.domain.contract import VisibilityMode
from bot.domain.directory import Directory
from bot.domain.elsewhere import HomeName, SeenComment, SeenComments, SeenPage, SeenTicket, SharedTicket
from bot.domain.home import Home, HomeTab
from bot.domain.partners import Partner, PartnerNotice, Partnership, PartnershipState, Right, Side, ToldEvent
from bot.domain.scopes import MISSING, MissingFeature
from bot.domain.search import TicketFilter
from bot.domain.ticket import File, Ticket
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.visibility import Relation, cut
from handlers.blocks import card, elsewhere, partner_notice, unheard_notice
from handlers.blocks.card import Shared
from handlers.blocks.visibility import MEANING
from handlers.home import home_view
from handlers.home.home_view import HomeContents
from handlers.settings import beyond_view
from handlers.settings.beyond_view import Beyond
from handlers.sharing import elsewhere_view, partners_view, share_view
from handlers.sharing.elsewhere_view import ElsewhereContents, ElsewhereMeta
from handlers.sharing.share_view import Offered, ShareMeta
from handlers.tickets import elsewhere_list_view
from handlers.tickets.form_view import FormMeta, form
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_list_views import BEN, CLOCK
from tests.handlers.test_views import NASTY, taken_by_slack, view_taken_by_slack

HOME = HomeName("T0ACME", "acme", "Acme <Facilities>")
LONG = HomeName("T0LONG", "a" * 30, NASTY[:200])


def seen(
    relation: Relation = "partner_comments", home: HomeName = HOME, number: int = 42, **fields: object
) -> SeenTicket:
    made = ticket(number, **{"assignedUserId": "U0THERE", **fields})
    shared = SharedTicket(
        home=home.team,
        ticket=cut(made),
        people={"U0ANA": "Rosa <Diaz>", "U0THERE": "Tim"},
        items={"customerId": "Acme", "siteId": "HQ"},
    )
    return SeenTicket(home, number, relation, shared)


def gone(home: HomeName = HOME) -> SeenTicket:
    return SeenTicket(home, 42, "former_partner", None)


def said(text: str, *, wrote_in: str | None = "acme", **fields: object) -> SeenComment:
    comment = Comment.model_validate(
        {"key": "k", "number": 42, "author": "U0ANA", "at": NOW, "text": text, **fields}
    )
    return SeenComment(comment, "Rosa <Diaz>", wrote_in)


def words(shown: object) -> str:
    return json.dumps(shown, ensure_ascii=False)


def test_a_mirrored_card_says_where_it_is_from_and_names_people_without_a_mention() -> None:
    shown = elsewhere.mirrored(seen())
    taken_by_slack(shown)
    told = words(shown)
    assert "*acme/T-42* · *Printer down*" in told
    assert "From *Acme &lt;Facilities&gt;* · Requested by Rosa &lt;Diaz&gt;" in told
    assert "Tim" in told
    assert "Acme, HQ" in told
    assert "<@U0" not in told
    assert '"value": "T0ACME/T-42"' in told
    assert ("Comment" in told, "Show" in told) == (True, True)
    assert "Comment" not in words(elsewhere.mirrored(seen("partner_sees")))


def test_the_worst_text_on_a_mirrored_card_and_in_a_view_is_taken_and_pages_nobody() -> None:
    worst = seen(home=LONG, summary=NASTY, symptomDescription=NASTY, category=NASTY[:100])
    comments = SeenComments([said(NASTY, wrote_in=NASTY)] * 5, 5, 25)
    contents = ElsewhereContents(worst, worst.shared or SharedTicket(home="", ticket=ticket()), comments)
    meta = ElsewhereMeta(home=LONG.team, number=42)
    for message in (
        elsewhere.mirrored(worst),
        elsewhere.mirrored(gone(LONG)),
        elsewhere.comment_copy(worst, said(NASTY, wrote_in=NASTY)),
        elsewhere_view.commented(worst),
    ):
        taken_by_slack(message)
        assert '"mrkdwn", "text": "<!channel>' not in words(message)
    for view in (
        elsewhere_view.ticket_modal(meta, contents),
        elsewhere_view.comment_form(meta, worst),
        elsewhere_view.commented_view(worst, "invalid_auth"),
    ):
        view_taken_by_slack(view)
        assert '"mrkdwn", "text": "<!channel>' not in words(view)


def test_what_is_shared_no_more_says_only_that() -> None:
    shown = elsewhere.mirrored(gone())
    taken_by_slack(shown)
    assert "*acme/T-42* is no longer shared with this workspace." in words(shown)
    lost = elsewhere.comment_copy(gone(), said("secret"))
    taken_by_slack(lost)
    assert "secret" not in words(lost)


def test_a_comment_says_who_wrote_it_and_where_and_its_files_are_named_only() -> None:
    told = said("On our way", files=(File(name="a.jpg", permalink="https://acme.slack.com/a"),))
    shown = elsewhere.comment_copy(seen(), told)
    taken_by_slack(shown)
    assert "*acme/T-42* · Rosa &lt;Diaz&gt; (acme):" in words(shown)
    assert "a.jpg" in words(shown)
    assert "https://acme.slack.com" not in words(shown)
    assert elsewhere.author(said("x", wrote_in=None)) == "Rosa &lt;Diaz&gt;"
    assert "_deleted_" in words(elsewhere.comment_copy(seen(), said("", deleted=True)))


def test_the_view_of_another_workspaces_ticket_can_only_be_read_and_commented_on() -> None:
    for relation in ("partner_comments", "joined"):
        shown = seen(relation, priority="high", triageNotes="they never pay")
        assert shown.shared
        contents = ElsewhereContents(shown, shown.shared, SeenComments([said("Hello")], 0, 1))
        view = elsewhere_view.ticket_modal(ElsewhereMeta(home="T0ACME", number=42), contents)
        view_taken_by_slack(view)
        told = words(view)
        assert ('"Comment"' in told) == (relation == "partner_comments")
        assert "they never pay" not in told
        assert "1 comment" in told
        for never in ("ticket_step", "ticket_claim", "ticket_more", "<@"):
            assert never not in told


def test_a_long_name_keeps_its_number_in_the_title_of_its_view() -> None:
    long = seen(home=HomeName("T0LONG", "northgate-building", "Northgate"), number=12345)
    assert long.shared
    contents = ElsewhereContents(long, long.shared, SeenComments([], 0, 0))
    view = elsewhere_view.ticket_modal(ElsewhereMeta(home="T0LONG", number=12345), contents)
    assert "T-12345 of northgate-bu" in words(view["title"])


@pytest.mark.parametrize(
    ("event", "is_ours"), [("ended", True), *((event, False) for event in get_args(ToldEvent))]
)
def test_each_notice_of_a_partnership_is_taken(event: ToldEvent, *, is_ours: bool) -> None:
    notice = PartnerNotice(
        event=event,
        key="T1+T2",
        other="T0ACME",
        name=NASTY,
        partner="acme",
        by_name=NASTY,
        lets="see",
        is_ours=is_ours,
    )
    shown = partner_notice.message_of(notice)
    taken_by_slack(shown)
    assert "<!channel>" not in words(shown)
    assert ("partner_accept" in words(shown)) == (event == "invited")
    assert ("ended the partnership" in words(shown)) == (event == "ended")


def test_who_was_not_heard_reads_which_words_and_where() -> None:
    notice = UnheardNotice(ticket="acme/T-42", home=NASTY, comment="C1:1.5", text=NASTY)
    shown = unheard_notice.message_of(notice)
    taken_by_slack(shown)
    assert "acme/T-42" in words(shown)
    assert "<!channel>" not in words(shown)


def test_a_copy_that_was_not_heard_says_so() -> None:
    comment = Comment(key="typed:1", number=42, author="U1", at=NOW, text="We come at noon")
    shown = elsewhere.comment_copy(seen(), SeenComment(comment, "Hugo", None, unheard=True))
    taken_by_slack(shown)
    assert "We come at noon" in words(shown)
    assert "reads this" in words(shown)


def row(number: int = 1, state: PartnershipState = "active", **fields: object) -> Partner:
    ours, theirs = (Side(team=team, name="", calls="") for team in ("T0", f"T{number}"))
    known = Partnership(sides=(ours, theirs), state=state, since=NOW, inviter="T0", invited_by="U0ANA")
    usual = Partner(known, theirs.team, f"acme-{number}", NASTY[:300], "comment", "see", "C1", is_ours=True)
    return usual._replace(**fields)  # type: ignore[arg-type]


def test_the_partners_view_is_taken_however_many_there_are() -> None:
    rows = [
        *(row(number) for number in range(1, 20)),
        *(row(number, state="invited", is_ours=number % 2 == 0) for number in range(20, 60)),
    ]
    for may_set in (True, False):
        view = partners_view.overview(rows, may_set=may_set, told=partners_view.invited(row()))
        view_taken_by_slack(view)
        assert ("partner_end" in words(view)) == may_set
        assert "… and 34 more" in words(view)
    view_taken_by_slack(partners_view.overview([], may_set=True))
    view_taken_by_slack(partners_view.invite_form())
    view_taken_by_slack(partners_view.name_form("T1", "acme", NASTY))
    for told in (
        partners_view.accepted(row()),
        partners_view.ended(row(), "active"),
        partners_view.ended(row(), "invited"),
        partners_view.let(row()),
        partners_view.renamed(row()),
    ):
        taken_by_slack(partners_view.told_of(told, row()))


def test_a_partnership_says_what_each_side_may_do_and_where_cards_stand() -> None:
    told = words(partners_view.overview([row(name="Acme")], may_set=True))
    assert "They may see and comment on what you share.\\nYou may see what they share." in told
    assert "Cards of their tickets stand in <#C1>" in told
    nowhere = partners_view.overview([row(name="Acme", channel=None)], may_set=True)
    view_taken_by_slack(nowhere)
    assert "stand nowhere until a channel is chosen." in words(nowhere)
    assert "No cards" not in words(nowhere)


def test_cards_of_others_stand_in_no_channel_that_a_third_company_reads() -> None:
    told = words(partners_view.overview([row()], may_set=True))
    assert '"exclude_external_shared_channels": true' in told


def offered(count: int) -> list[Offered]:
    rights: tuple[Right, ...] = get_args(Right)
    return [Offered(f"T{n}", f"acme-{n}", NASTY[:100], rights[n % 2]) for n in range(count)]


def confirmed(mode: str) -> Ticket:
    return ticket(42, visibilityMode=mode).model_copy(update={"visible_since": NOW})


@pytest.mark.parametrize("mode", get_args(VisibilityMode))
def test_the_form_that_shares_a_ticket_is_taken(mode: VisibilityMode) -> None:
    for partners in ([], offered(1), offered(150)):
        view = share_view.form(ShareMeta(number=42, version=1), confirmed(mode), partners, ["acme-0"])
        view_taken_by_slack(view)
        assert f'"initial_option": {{"text": {{"type": "plain_text", "text": "{MEANING[mode][0]}"' in words(
            view
        )
    view_taken_by_slack(share_view.saved_view(confirmed(mode), ["acme"] * 30))
    taken_by_slack(share_view.saved(confirmed(mode), ["acme"] * 30))


def test_partners_that_see_a_ticket_are_in_its_form_however_many_there_are() -> None:
    partners = [Offered(f"T{number}", f"acme-{number:03}", "Acme", "see") for number in range(150)]
    view = share_view.form(ShareMeta(number=42, version=1), confirmed("shared"), partners, ["acme-149"])
    view_taken_by_slack(view)
    _, _, initial = words(view).partition('"initial_options"')
    assert '"value": "T149"' in initial


def test_of_a_mode_that_nobody_confirmed_the_form_says_that_it_is_local() -> None:
    view = share_view.form(ShareMeta(number=42, version=1), ticket(42, visibilityMode="global"), [], [])
    assert '"text": "This workspace alone"' in words(view).partition("initial_option")[2]


def test_a_card_says_with_whom_it_is_shared_to_those_who_work_it() -> None:
    shared = Shared(["acme", "beta"], offered=True)
    audiences: tuple[Audience, ...] = ("agents", "to_act", "team")
    for audience in audiences:
        shown = card.card(confirmed("shared"), Directory(), audience, shared=shared)
        taken_by_slack(shown)
        assert "Shared with acme and beta" in words(shown)
        assert "Share…" in words(shown)
    asked = card.card(confirmed("shared"), Directory(), "requester", shared=shared)
    assert "Shared with" not in words(asked)
    alone = card.card(confirmed("shared"), Directory())
    assert "Share…" not in words(alone)


def page(count: int, *, offset: int = 0, total: int | None = None, **fields: object) -> SeenPage:
    tickets = [seen(number=number, **fields) for number in range(count, 0, -1)]  # type: ignore[arg-type]
    whole = count if total is None else total
    return SeenPage(tickets, offset, whole, offset + count < whole)


def test_a_list_of_others_tickets_is_a_table_with_their_homes() -> None:
    shown = elsewhere_list_view.page_message(
        page(10, offset=10, total=35), TicketFilter(open_only=True), "from:acme", NOW
    )
    taken_by_slack(shown)
    told = words(shown)
    for expected in (
        "Open tickets of other workspaces 11–20 of 35, newest first",
        "acme/T-10",
        "Acme <Facilities>",
        '"value": "0 from:acme"',
        '"value": "20 from:acme"',
        '"value": "T0ACME/T-10"',
    ):
        assert expected in told
    assert '"user_id"' not in told
    worst = page(10, total=35, summary=NASTY, home=LONG)
    taken_by_slack(elsewhere_list_view.page_message(worst, TicketFilter(), NASTY[:1000], NOW))
    taken_by_slack(elsewhere_list_view.page_message(page(0), TicketFilter(), "from:acme", NOW))


def test_home_with_others_tickets_stays_within_slacks_blocks() -> None:
    counts: dict[HomeTab, int] = dict.fromkeys(get_args(HomeTab), 10_000)
    looked = Home(user="U0BEN", tab="elsewhere", words="x")
    for shown in (page(10, offset=10, total=35, summary=NASTY, home=LONG), page(0)):
        contents = HomeContents(looked, counts, shown, TicketFilter(open_only=True), NASTY, BEN)
        view_taken_by_slack(home_view.home(contents, "mine", NOW, CLOCK))


def test_settings_say_what_reaches_beyond_the_workspace() -> None:
    missing = [MissingFeature(*each) for each in MISSING.items()]
    shown = beyond_view.blocks(Beyond(1234, 100, ["acme"] * 30, missing))
    taken_by_slack({"text": "x", "blocks": shown})
    told = words(shown)
    assert "100 confirmed. *1,234 tickets say shared or global*" in told
    assert "confirm_shared" in told
    assert "`dnd:read`" in told
    assert beyond_view.blocks(Beyond()) == []
    assert "None of these is yours to confirm" in words(beyond_view.blocks(Beyond(3, 0)))


def test_a_form_says_what_each_visibility_means_and_hides_it_from_who_may_not_choose() -> None:
    meta = FormMeta(nonce="n", way="form", more=True)
    told = words(form(meta, {}, Directory()))
    assert all(label in told and meaning in told for label, meaning in MEANING.values())
    hidden = form(meta, {}, Directory(), hidden=("visibilityMode",))
    view_taken_by_slack(hidden)
    assert "visibilityMode" not in words(hidden)
