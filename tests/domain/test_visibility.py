"""Who sees what across workspaces: mode, relation, role, action, and whether an agent chose it. Rights fail closed."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from bot.domain import permissions
from bot.domain.comments import Comment
from bot.domain.contract import VisibilityMode
from bot.domain.lifecycle import StepContext
from bot.domain.partners import Partnership, PartnershipState, Side
from bot.domain.permissions import Action, Actor
from bot.domain.ticket import Change, Origin, Place, Ticket
from bot.domain.visibility import (
    Relation,
    chosen,
    cut,
    leaves,
    may,
    may_workspace,
    relation_of,
    shared,
)
from tests.handlers.conftest import ticket

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOME, ACME, OTHER = "T1", "T2", "T3"

ADMIN = Actor(user="U0ADMIN", is_known=True, is_admin=True)
AGENT = Actor(user="U0AGENT", is_known=True, is_agent=True)
REQUESTER = Actor(user="U0ANA", is_known=True)
GUEST = Actor(user="U0GUEST", is_known=True, is_outsider=True)
GUEST_AS_AGENT = Actor(user="U0GUEST", is_known=True, is_outsider=True, is_agent=True, is_admin=True)
STRANGER = Actor(user="U0NEW", is_agent=True, is_admin=True)
ROLES = {
    "admin": ADMIN,
    "agent": AGENT,
    "requester": REQUESTER,
    "guest": GUEST,
    "guest with rights": GUEST_AS_AGENT,
    "not known": STRANGER,
}

MODES: tuple[VisibilityMode, ...] = get_args(VisibilityMode)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
ACTIONS: tuple[Action, ...] = get_args(Action)

ELSEWHERE: dict[tuple[VisibilityMode, Relation], set[Action]] = {
    ("shared", "partner_sees"): {"see"},
    ("shared", "partner_comments"): {"see", "comment"},
    ("global", "joined"): {"see"},
}
"""What agents and admins elsewhere may; everywhere else nothing."""


def one(
    mode: VisibilityMode, *, chosen_at: datetime | None = NOW, teams: tuple[str, ...] = (ACME,)
) -> Ticket:
    made = ticket(1, visibilityMode=mode)
    return made.model_copy(update={"visible_since": chosen_at, "shared_with": teams})


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "not chosen"])
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("mode", "relation"), [*product(MODES, RELATIONS)])
def test_the_table(
    mode: VisibilityMode, relation: Relation, role: str, action: Action, *, is_chosen: bool
) -> None:
    asked, actor = one(mode, chosen_at=NOW if is_chosen else None), ROLES[role]
    if relation == "own":
        expected = permissions.may(actor, action, asked)
    else:
        reads = is_chosen and role in {"admin", "agent"}
        expected = reads and action in ELSEWHERE.get((mode, relation), set())
    assert may(actor, action, asked, relation) == expected


def test_a_requester_elsewhere_is_nobody_even_where_the_ticket_is_theirs() -> None:
    theirs = Actor(user=one("shared").created_by, is_known=True)
    assert not may(theirs, "see", one("shared"), "partner_comments")


def partnership(
    state: PartnershipState = "active", *, lets: str = "comment", since: datetime = NOW
) -> Partnership:
    """Home lets Acme do this; what Acme lets home do is of no account."""
    sides = (
        Side.model_validate({"team": HOME, "name": "Home", "calls": "acme", "lets": lets}),
        Side(team=ACME, name="Acme", calls="home", lets="comment"),
    )
    return Partnership(sides=sides, state=state, since=since, inviter=HOME, invited_by="U0ADMIN")


@pytest.mark.parametrize(
    ("asked", "team", "known", "joined", "relation"),
    [
        (one("shared"), HOME, None, False, "own"),
        (one("workspace_local"), HOME, None, True, "own"),
        (one("shared"), ACME, partnership(), False, "partner_comments"),
        (one("shared"), ACME, partnership(lets="see"), False, "partner_sees"),
        (one("shared"), ACME, partnership("invited"), False, "stranger"),
        (one("shared"), ACME, partnership("ended"), False, "former_partner"),
        (one("shared"), ACME, partnership("ended"), True, "former_partner"),
        (one("shared"), ACME, None, False, "stranger"),
        (one("shared"), ACME, None, True, "joined"),
        (one("shared", teams=()), ACME, partnership(), False, "stranger"),
        (one("shared", teams=(OTHER,)), ACME, partnership(), False, "stranger"),
        (one("shared"), ACME, partnership(since=LATER), False, "stranger"),  # begun anew since it was shared
        (one("shared", chosen_at=None), ACME, partnership(), False, "stranger"),
        (one("global"), ACME, partnership(), True, "joined"),
        (one("global"), OTHER, None, True, "joined"),
        (one("global"), OTHER, None, False, "stranger"),
    ],
)
def test_how_a_workspace_stands_to_a_ticket(
    asked: Ticket, team: str, known: Partnership | None, *, joined: bool, relation: Relation
) -> None:
    assert relation_of(asked, HOME, team, known, joined=joined) == relation


@pytest.mark.parametrize("state", get_args(PartnershipState))
@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_only_an_active_partner_sees_what_is_shared_and_only_the_joined_what_is_global(
    mode: VisibilityMode, state: PartnershipState, *, joined: bool
) -> None:
    relation = relation_of(one(mode), HOME, ACME, partnership(state), joined=joined)
    expected = (mode == "shared" and state == "active") or (mode == "global" and joined)
    assert may_workspace("see", one(mode), relation) == expected


def test_what_leaves_of_a_ticket_has_nothing_private() -> None:
    private = "what nobody elsewhere reads"
    whole = ticket(
        1,
        triageNotes=private,
        visibilityMode="shared",
    ).model_copy(
        update={
            "origin": Origin.model_validate(
                {
                    "way": "message",
                    "channel": "C0PRIVATE",
                    "messageTs": "1.0",
                    "threadTs": "1.0",
                    "line": private,
                    "message": {"text": private, "author": "U0SECRET"},
                    "convertedBy": "U0SECRET",
                }
            ),
            "cards": (Place(channel="C0PRIVATE", ts="1.0", internal=True),),
            "same_thread": (7,),
            "duplicate_of": 8,
            "shared_with": (ACME, OTHER),
        }
    )
    left = cut(whole).model_dump_json()
    for word in (private, "C0PRIVATE", "U0SECRET", OTHER):
        assert word not in left
    assert cut(whole).summary == whole.summary
    assert cut(whole).version == whole.version


@pytest.mark.parametrize(
    ("internal", "heard", "expected"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_internal_comments_never_leave(*, internal: bool, heard: bool, expected: bool) -> None:
    said = Comment(key="C1:1", number=1, author="U1", at=NOW, text="x", internal=internal, heard=heard)
    assert leaves(said) == expected


def test_a_new_ticket_is_for_others_from_when_its_maker_chose_so() -> None:
    made = ticket(1, visibilityMode="global")
    assert chosen(None, made, NOW).visible_since == NOW
    assert chosen(None, ticket(1), NOW).visible_since is None


def test_a_ticket_of_before_stays_local_whatever_else_of_it_changes() -> None:
    old = ticket(1, visibilityMode="global")
    assert chosen(old, old.model_copy(update={"summary": "Other"}), NOW).visible_since is None


def test_what_is_narrowed_is_remembered_to_have_been_for_others() -> None:
    wide = one("shared")
    narrow = chosen(wide, wide.model_copy(update={"visibility_mode": "workspace_local"}), LATER)
    assert narrow.visible_since == NOW, "whoever had it has to be told"
    assert narrow.shared_with == ()
    assert not may_workspace("see", narrow, "partner_comments")


CONTEXT = StepContext("U0AGENT", LATER)


def test_sharing_stands_in_the_history_by_name() -> None:
    after = shared(ticket(1), "shared", (ACME, OTHER), {ACME: "acme", OTHER: "other"}, CONTEXT)
    (entry,) = after.new_entries[-1:]
    assert entry.what == "shared"
    assert entry.changes == (
        Change(field="visibilityMode", before="workspace_local", after="shared"),
        Change(field="sharedWith", before=None, after="acme, other"),
    )
    assert (after.shared_with, after.visible_since, after.version) == ((ACME, OTHER), LATER, 2)


def test_sharing_what_is_shared_so_changes_nothing() -> None:
    asked = one("shared")
    assert shared(asked, "shared", (ACME,), {}, CONTEXT) is asked
    assert shared(ticket(1), "workspace_local", (), {}, CONTEXT).version == 1


def test_sharing_anew_after_a_partnership_began_anew_is_a_choice() -> None:
    asked = one("shared")
    assert shared(asked, "shared", (ACME,), {}, CONTEXT, LATER).visible_since == LATER


def test_only_what_is_shared_has_partners() -> None:
    assert shared(one("shared"), "global", (ACME,), {}, CONTEXT).shared_with == ()
