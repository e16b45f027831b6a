"""What is typed of workspaces that see each other's tickets."""

import pytest

from bot.domain.elsewhere_words import ElsewhereOrder, elsewhere_order, related_names
from bot.domain.errors import InvalidInput
from bot.domain.partner_words import PartnerOrder, partner_order
from bot.domain.share_words import ShareWords, read_share
from bot.domain.ticket_commands import command_of

COMMENT = ElsewhereOrder("comment", "acme/T-42", "It smells, too")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("acme/T-42", ElsewhereOrder("show", "acme/T-42")),
        ("ACME/t42.", ElsewhereOrder("show", "acme/T-42")),
        ("please show acme/T-42", ElsewhereOrder("show", "acme/T-42")),
        ("show acme/42", ElsewhereOrder("show", "acme/T-42")),
        ("comment acme/T-42 It smells, too", COMMENT),
        ("comment on acme/T-42: It smells, too", COMMENT),
        ("comment acme-2/T-42", ElsewhereOrder("comment", "acme-2/T-42")),
        ("Assign acme/T-42 @ana", ElsewhereOrder("assign", "acme/T-42", "@ana")),
        ("escalate acme/T-42", ElsewhereOrder("escalate", "acme/T-42", is_known=False)),
        (
            "acme/T-42 comment Hello",
            ElsewhereOrder("comment", "acme/T-42", "Hello", "comment acme/T-42 Hello"),
        ),
    ],
)
def test_a_ticket_of_another_workspace_is_named_by_its_home(line: str, meant: ElsewhereOrder) -> None:
    assert elsewhere_order(line) == meant


@pytest.mark.parametrize(
    "line",
    [
        "acme/42",
        "Pump 4/7 leaks",
        "comment 24/7 hotline is down",
        "and/or",
        "and/or T-42",
        "acme/T-42 is dark",
        "Compare acme/T-42 customer:acme site:hq",
        "The lamp of acme/T-42 is dark",
        "https://acme.com/T-42",
        "comment acme/T-42x",
        "comment acme/T-0",
        "comment acme/T-4234567890",
    ],
)
def test_what_only_looks_like_one_is_a_ticket_that_somebody_typed(line: str) -> None:
    assert elsewhere_order(line) is None


def test_a_related_ticket_may_be_of_another_workspace() -> None:
    assert related_names("Lamp related:acme/T-42 is dark") == {"acme/T-42"}
    assert related_names('Lamp relatedTicket:"Acme/t7"') == {"acme/T-7"}
    assert related_names("Lamp related:T-42 a/b") == frozenset()


@pytest.mark.parametrize(
    ("rest", "meant"),
    [
        ("", ShareWords()),
        ("with acme", ShareWords(None, ("acme",))),
        ("acme", ShareWords(None, ("acme",))),
        ("to Acme Facilities and beta, gamma.", ShareWords(None, ("Acme Facilities", "beta", "gamma"))),
        ("with acme and acme", ShareWords(None, ("acme",))),
        ("globally", ShareWords("global")),
        ("Global!", ShareWords("global")),
        ("locally", ShareWords("workspace_local")),
    ],
)
def test_with_whom_a_ticket_is_shared(rest: str, meant: ShareWords) -> None:
    assert read_share(rest, "share") == meant


@pytest.mark.parametrize(
    ("rest", "asked"),
    [
        ("with", "Name the workspace: `/ticket share T-42 with acme`"),
        ("with everybody", "With whom?"),
        ("all partners", "With whom?"),
        ("with global", "I cannot read “with global”"),
    ],
)
def test_what_could_be_more_than_one_choice_is_asked(rest: str, asked: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_share(rest, "share")
    assert asked in refused.value.message


def test_taking_back_may_name_nobody_or_everybody() -> None:
    assert read_share("", "unshare") == read_share("from everybody", "unshare") == ShareWords()
    assert read_share("from acme", "unshare") == ShareWords(None, ("acme",))


@pytest.mark.parametrize(
    ("line", "numbers", "rest"),
    [
        ("share T-42 with acme", (42,), "with acme"),
        ("share 42 with acme", (42,), "with acme"),
        ("unshare T-42", (42,), ""),
        ("share 42 globally", (42,), "globally"),
    ],
)
def test_sharing_names_its_ticket_as_every_order_does(line: str, numbers: tuple[int, ...], rest: str) -> None:
    typed = command_of(line)
    assert typed
    assert (typed.numbers, typed.rest, typed.doubt) == (numbers, rest, "")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", PartnerOrder("show")),
        ("invite acme", PartnerOrder("invite", "acme")),
        ("invite T0ACME to see only", PartnerOrder("invite", "T0ACME", "see")),
        ("accept Acme Facilities, see and comment", PartnerOrder("accept", "Acme Facilities", "comment")),
        ("accept", PartnerOrder("accept")),
        ("let acme comment", PartnerOrder("let", "acme", "comment")),
        ("let acme see", PartnerOrder("let", "acme", "see")),
        ("end acme", PartnerOrder("end", "acme")),
        ("decline acme", PartnerOrder("refuse", "acme")),
        ("rename acme to facilities", PartnerOrder("rename", "acme", None, "facilities")),
        ("rename acme facilities", PartnerOrder("rename", "acme", None, "facilities")),
    ],
)
def test_what_an_admin_asks_of_partners(words: str, meant: PartnerOrder) -> None:
    assert partner_order(words) == meant


@pytest.mark.parametrize("words", ["meeting room is dark", "end of the hall in the meeting room is dark"])
def test_a_ticket_about_partners_is_a_ticket(words: str) -> None:
    assert partner_order(words) is None
