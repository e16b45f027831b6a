"""Words that only look like fields, and fields that look like words. It is Monday, 23 November 2026, 10:30 in Berlin."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.directory import Contact, Customer, Directory, Site
from bot.domain.names import folded
from bot.domain.people import Person
from bot.domain.phrases import LineReader, Phrase
from tests.domain.test_phrases import BERLIN, NOW, understood
from tests.domain.test_phrases import read as read_with_queues

NEEDED = "customer:acme site:plant type:break_fix"
PLANTS = Directory(
    customers=(
        Customer(id="acme", name="Acme"),
        Customer(id="acme-m", name="Acme Manufacturing"),
        Customer(id="blue", name="Bluewater Clinic Nord"),
        Customer(id="acme.com", name="acme.com"),
        Customer(id="cafe", name="Café Zoë"),
    ),
    sites=(
        Site(id="plant", name="Plant", customer_id="acme"),
        Site(id="plant2", name="Plant 2", customer_id="acme"),
        Site(id="ward", name="Ward 7", customer_id="blue"),
    ),
    contacts=(Contact(id="tom", name="Tom Iversen", customer_id="acme"),),
)
PEOPLE = (
    Person(id="U0ANA", names=("ana", "Ana Weber")),
    Person(id="U0BEN", names=("ben", "Ben Roth")),
    Person(id="U0BEN2", names=("ben", "Ben Ito")),
    Person(id="U0EVA", names=("Eva",)),
    Person(id="U0EVA2", names=("Eva Lind",)),
    Person(id="U0GONE0001", names=("gary", "Gary Gone"), has_left=True),
    Person(id="U0BOT", names=("Deskhand",), is_bot=True),
    Person(id="USLACKBOT", names=("Slackbot",)),
    Person(id="U0GUEST", names=("gus",), is_outsider=True),
)


def called(name: str) -> Sequence[Person]:
    return [each for each in PEOPLE if name == each.id or folded(name) in map(folded, each.names)]


def read(line: str, queues: Sequence[str] | None = ("network", "Field service")) -> Phrase:
    reader = LineReader(line, now=NOW, zone=BERLIN, people=called, ticket_id={42: None}.get, queues=queues)
    return reader.phrase(PLANTS)


def saved(line: str, queues: Sequence[str] | None = ("network", "Field service")) -> dict[str, object]:
    """What a line sets beside what each ticket needs; nothing of it is doubtful."""
    phrase = read(f"{line} {NEEDED}", queues)
    assert phrase.problems == ()
    usual = {"customerId", "siteId", "ticketType", "sourceChannel"}
    return {field: value for field, value in phrase.fields.items() if field not in usual}


def asked(line: str) -> tuple[str | None, object, str]:
    """The only doubt of a line: its field, the value that is filled in, and the words of the summary."""
    phrase = read(line)
    (problem,) = phrase.problems
    assert problem.field
    return problem.field, phrase.fields.get(problem.field), str(phrase.fields.get("summary"))


@pytest.mark.parametrize(
    "line",
    [
        "Order status: resolved orders vanish",
        "Opening hours: 9 to 5 shown wrong",
        "Payment method: phone number rejected",
        "Traffic source: email campaign broken",
        "Shop priority: low stock warning wrong",
        "Field due: today shows yesterday",
        "Sent by: Tom Iversen",
        "Page title: wrong",
        "The (default) site: it does not load",
        "Unit #4B leaking",
        "Excel shows #REF! in cell B4",
        "Invoice #INV-203 not printed",
        "Colour #ff0000 is wrong",
        "Ticket #42 and C# at 5 @ noon",
        "`customer:acme is late` says the log",
        "«customer:acme is late» says the log",
        "「site:plant」 says the log",
        "see http://a.example/x,#b and x,#y",
        "Umlaut ＃4 and 10：30",
        "Call __init__: and _id:5 and _site: x_",
        "Printer fails at 9am every day",
        "Report is due: friday meeting cancelled",
        ":fire: :status:new :due:tomorrow ::1 fe80::1%eth0",
        "C:\\temp full, std::vector, IP 10.0.0.1:8080 and aa:bb:cc",
        "Re: Fwd: TODO: x",
        "Wow!amazing, a != b !!! and !",
        "Mail ana@acme.com, mailto:ben@acme.com",
        "#1 priority, # heading, ## heading, C# and F#",
        "He said \"hi and 5\" pipe, it's don't ''",
    ],
)
@pytest.mark.parametrize("queues", [("network", "Field service"), ()])
def test_words_that_only_look_like_fields_are_the_summary(line: str, queues: Sequence[str]) -> None:
    assert saved(line, queues) == {"summary": line}


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("!urgent", "priority", "critical"),
        ("!P1", "priority", "critical"),
        ("!sev2", "priority", "high"),
        ("!p3,", "priority", "medium"),
        ("!low", "priority", "low"),
        ("priority:urgent", "priority", "critical"),
        ("！high", "priority", "high"),
        ("priority：high", "priority", "high"),
        ("(!high)", "priority", "high"),
        ("!!high", "priority", "high"),
        ("！！urgent!!", "priority", "critical"),
        ("_!high_", "priority", "high"),
        ("~!high~", "priority", "high"),
        ("_due:tomorrow_", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("hours:2 h", "estimatedLaborHours", 2.0),
        ("hours:2.5 hours", "estimatedLaborHours", 2.5),
        ("@Ana Weber", "assignedUserId", "U0ANA"),
        ("＠ana", "assignedUserId", "U0ANA"),
        ("@Ben Roth,", "assignedUserId", "U0BEN"),
        ("assignee:Ben Ito", "assignedUserId", "U0BEN2"),
        ("#network", "assignedQueue", "network"),
        ("＃NETWORK", "assignedQueue", "network"),
        ("#Field Service", "assignedQueue", "Field service"),
        ("queue:field service", "assignedQueue", "Field service"),
        ("queue:facilities", "assignedQueue", "facilities"),
        ("[due:2026-12-01T17:00Z]", "slaDueAt", "2026-12-01T17:00:00Z"),
        ("(due:tomorrow)", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("`due:tomorrow`", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("*due:tomorrow*", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("\u200bdue:tomorrow", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("due:tomorrow\u00a017:00", "slaDueAt", "2026-11-24T16:00:00Z"),
        ("category:«meeting rooms»", "category", "meeting rooms"),
        ("category:»meeting rooms«", "category", "meeting rooms"),
        ("category:”meeting rooms”", "category", "meeting rooms"),
        ("category:„meeting rooms“", "category", "meeting rooms"),
        ("category:‘meeting rooms’", "category", "meeting rooms"),
        ("category:’meeting rooms’", "category", "meeting rooms"),
        ("category:‹meeting rooms›", "category", "meeting rooms"),
        ("category:「meeting rooms」", "category", "meeting rooms"),
        ("category:『meeting rooms』", "category", "meeting rooms"),
        ("category:＂meeting rooms＂", "category", "meeting rooms"),
        ("category:`meeting rooms`", "category", "meeting rooms"),
        ("status:in progress", "status", "in_progress"),
        ("method:in person", "contactMethod", "in_person"),
        ("contact:Tom Iversen", "reportedByContactId", "tom"),
    ],
)
def test_a_field_is_one_however_it_is_typed(typed: str, field: str, value: object) -> None:
    assert saved(f"Printer {typed} down") == {"summary": "Printer down", field: value}
    assert saved(f"{typed} Printer down") == {"summary": "Printer down", field: value}


def test_fields_may_be_glued_together() -> None:
    both = {"summary": "Printer down", "priority": "high", "slaDueAt": "2026-11-24T16:00:00Z"}
    assert saved("Printer down !high,due:tomorrow") == both
    assert saved("Printer down,due:tomorrow,!high") == both
    assert saved("Printer (!high;due:tomorrow) down") == both


@pytest.mark.parametrize(
    ("line", "field", "value", "summary"),
    [
        ("Lamp customer:Acme Manufacturing", "customerId", "acme-m", "Lamp"),
        ("Lamp site:Plant 2", "siteId", "plant2", "Lamp"),
        ("Lamp site:Plant 2 is dark", "siteId", "plant2", "Lamp is dark"),
        ("Lamp @Eva Lind", "assignedUserId", "U0EVA2", "Lamp"),
        ("Lamp !hihg", "priority", "high", "Lamp"),
        ("Lamp #netwrk", "assignedQueue", "network", "Lamp #netwrk"),
        ("Lamp #net", "assignedQueue", "network", "Lamp #net"),
        ("Lamp queue:netwrk", "assignedQueue", "network", "Lamp"),
        ("Lamp custmer:Bluewater Clinic Nord", "customerId", "blue", "Lamp"),
        ("Lamp customer:bluewatr", "customerId", "blue", "Lamp"),
        ("Status: resolved orders vanish", "status", "resolved", "orders vanish"),
        ("Due: today shows yesterday", "slaDueAt", "2026-11-23T16:00:00Z", "shows yesterday"),
        ("Lamp customer: Acme", "customerId", "acme", "Lamp customer: Acme"),
        ("Hours: 9 to 5 shown wrong", "estimatedLaborHours", 9.0, "to 5 shown wrong"),
        ("Lamp hours:2 to 3", "estimatedLaborHours", 2.0, "Lamp to 3"),
        ("Lamp hours:2 h 30", "estimatedLaborHours", 2.0, "Lamp 30"),
        ("Owner: Ana is out", "assignedUserId", "U0ANA", "is out"),
        ("Queue: network switch broken", "assignedQueue", "network", "switch broken"),
        ("Lamp !!important", "priority", None, "Lamp !!important"),
        ("Lamp _!important_", "priority", None, "Lamp _!important_"),
        ("Lamp !important", "priority", None, "Lamp !important"),
        ("Lamp down!important,!important", "priority", None, "Lamp down!important, !important"),
    ],
)
def test_a_doubtful_word_is_asked_about_with_the_best_reading_filled_in(
    line: str, field: str, value: object, summary: str
) -> None:
    assert asked(line) == (field, value, summary)


@pytest.mark.parametrize(
    ("line", "customer", "summary"),
    [
        ("Lamp customer:Bluewater Clinic Nord is dark", "blue", "Lamp is dark"),
        ("Lamp customer:Bluewater Clinic Nord, is dark", "blue", "Lamp is dark"),
        ("Lamp customer:bluewater is dark", "blue", "Lamp is dark"),
        ("Lamp customer:“Acme” Manufacturing", "acme", "Lamp Manufacturing"),
        ("Lamp customer:Acme, Manufacturing", "acme", "Lamp Manufacturing"),
        ("Lamp customer:acme.com down", "acme.com", "Lamp down"),
        ("Lamp\ncustomer: acme\ntype: break_fix", "acme", "Lamp"),
        ("Lamp customer:CAFÉ ZOË", "cafe", "Lamp"),
    ],
)
def test_a_name_is_as_long_as_it_can_be(line: str, customer: str, summary: str) -> None:
    phrase = read(line)
    assert (phrase.fields["customerId"], phrase.fields["summary"]) == (customer, summary)
    assert phrase.problems == ()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("@U0GONE0001", "Gary Gone has left"),
        ("@gary", "has left"),
        ("@U0BOT", "Deskhand is a bot"),
        ("@USLACKBOT", "Slackbot is a bot"),
        ("@slackbot", "Slackbot is a bot"),
        ("assignee:gus", "guest"),
    ],
)
def test_nobody_who_cannot_work_is_given_a_ticket(typed: str, why: str) -> None:
    phrase = read(f"Lamp {typed}")
    (problem,) = phrase.problems
    assert (problem.field, problem.code) == ("assignedUserId", "unassignable")
    assert why.removeprefix("Gary Gone ") in problem.message
    assert "assignedUserId" not in phrase.fields


def test_somebody_who_is_not_known_yet_is_taken_by_their_id() -> None:
    assert saved("Lamp @U0NEW")["assignedUserId"] == "U0NEW"
    assert saved("Lamp @U07ABCDEFG")["assignedUserId"] == "U07ABCDEFG"


def test_an_order_may_name_any_queue() -> None:
    assert read("#facilities", queues=None).fields["assignedQueue"] == "facilities"


def test_accents_are_left_out_where_no_other_name_fits() -> None:
    assert understood("Down @Ana", queues=())["assignedUserId"] == "U1"
    assert read_with_queues("Down #nétwork").fields["assignedQueue"] == "network"


FREE = [
    "Printer",
    "down!",
    "again",
    "it's",
    "'broken'",
    '27"',
    "see",
    "(this)",
    "http://x.example/a,b",
    "#4B",
    "#REF!",
    "@",
    "!",
    "#",
    "2",
    "Manufacturing",
    "Weber",
    "`x",
    "y`",
    "::",
    ",;",
    "status:",
    "hours:",
    "Error:",
    "C:\\temp",
    "“a",
    "b”",
    "#network,",
]
FIELDS = {
    "customer:acme": "acme",
    "customer:Acme": "acme",
    "site:plant": "plant",
    "site:Plant": "plant",
    "type:break": "break_fix",
    "!high": "high",
    "！high": "high",
    "(prio:high)": "high",
    "@ana": "U0ANA",
    "`@ana`": "U0ANA",
    "#network": "network",
    "due:tomorrow": "2026-11-24T16:00:00Z",
    "hours:2,5": 2.5,
    "category:«a b»": "a b",
    "desc:jammed,!high": "jammed",
}
NAMES = {"acme-m": "Acme Manufacturing", "plant2": "Plant 2", "U0ANA": "Ana Weber", "network": "#network,"}
PIECES = st.one_of(
    st.sampled_from(FREE), st.sampled_from([*FIELDS]), st.sampled_from(["\u200b", "\u00a0", "\u2800"])
)


@given(st.lists(PIECES, max_size=12))
def test_every_word_of_a_line_is_in_the_ticket_unless_the_form_asks(typed: list[str]) -> None:
    """Where it asks, the message above the form has the line whole."""
    phrase = read(" ".join(typed))
    if phrase.problems:
        return
    values = [str(value) for value in phrase.fields.values()]
    held = " ".join([*values, *(NAMES.get(value, "") for value in values)]).split()
    for piece in typed:
        if piece in FREE:
            assert piece.strip(",;") in {"", *(word.strip(",;") for word in held)}, piece
        elif piece in FIELDS and phrase.fields.get("customerId") != "acme-m":
            is_quoted = piece in str(phrase.fields.get("summary"))
            assert FIELDS[piece] in phrase.fields.values() or is_quoted or FIELDS[piece] == "plant", piece
