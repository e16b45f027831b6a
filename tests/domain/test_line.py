"""Words that only look like fields, and fields that look like words. It is Monday, 23 November 2026, 10:30 in Berlin."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.characters import visible
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


def test_a_key_behind_a_number_is_no_unit_of_it() -> None:
    assert saved("Lamp hours:2 hours:2") == {"summary": "Lamp", "estimatedLaborHours": 2.0}


def test_a_sign_behind_a_name_is_no_part_of_it() -> None:
    assert saved("!high — Printer down") == {"summary": "— Printer down", "priority": "high"}


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
        ("customer:Acme — Lamp", "acme", "— Lamp"),
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
    "Order status: lost",
    "Opening hours: 9",
    "The site: it",
    "Report due: today",
    "Error:",
    "C:\\temp",
    "“a",
    "b”",
    ":fire:",
    ":status:new",
    "a",
    "!=",
    "ana@x.example",
    "#1",
    "T-42",
    "don’t",
    "«x",
    "y»",
    "fe80::1",
    "_x_",
    "~",
    "é",
    "Ａ９",
    "😀",
    "key:value",
    "(2)",
    "...",
    "—",
    "Clinic",
]
FIELDS = {
    "customer:acme": ("customerId", "acme"),
    "client:Acme": ("customerId", "acme"),
    "customer:Bluewater Clinic Nord": ("customerId", "blue"),
    "site:plant": ("siteId", "plant"),
    'site:"Plant 2"': ("siteId", "plant2"),
    "type:break": ("ticketType", "break_fix"),
    "!high": ("priority", "high"),
    "！high": ("priority", "high"),
    "!!p2": ("priority", "high"),
    "(prio:high)": ("priority", "high"),
    "@ana": ("assignedUserId", "U0ANA"),
    "`@ana`": ("assignedUserId", "U0ANA"),
    "@Ben Roth": ("assignedUserId", "U0BEN"),
    "#network": ("assignedQueue", "network"),
    "#network,": ("assignedQueue", "network"),
    "hours:2,5": ("estimatedLaborHours", 2.5),
    "category:«a b»": ("category", "a b"),
    "category:’meeting rooms’": ("category", "meeting rooms"),
    "status:in progress": ("status", "in_progress"),
    "desc:jammed": ("symptomDescription", "jammed"),
}
TIMES = {
    "due:tomorrow": ("slaDueAt", "2026-11-24T16:00:00Z"),
    "due:tomorrow 5\u202fPM": ("slaDueAt", "2026-11-24T16:00:00Z"),
    "due:fri at 9": ("slaDueAt", "2026-11-27T08:00:00Z"),
    "(due:friday morning)": ("slaDueAt", "2026-11-27T11:00:00Z"),
    "due:2026-12-01 14:30": ("slaDueAt", "2026-12-01T13:30:00Z"),
    "due:31.12.2026": ("slaDueAt", "2026-12-31T16:00:00Z"),
    "due:17:00 UTC": ("slaDueAt", "2026-11-23T17:00:00Z"),
    "due:in 2 hours 30": ("slaDueAt", "2026-11-23T12:00:00Z"),
    "due:morgen 9 Uhr": ("slaDueAt", "2026-11-24T08:00:00Z"),
    "due:‘tomorrow 17:00’": ("slaDueAt", "2026-11-24T16:00:00Z"),
}
MORE_TIME = [
    "or friday",
    "maybe 9am",
    "next week",
    "“9am”",
    "asap",
    "nächste Woche",
    "within 2 hours",
    "| 9am",
    "half nine",
]
DOUBTFUL = [
    "due:5",
    "due:1/12",
    "due:5pm PST",
    "!important",
    "#netwrk",
    "custmer:acme",
    "site:Plant 2",
    "notes:“x",
    "@nobody",
]
NAMES = {"U0ANA": "Ana Weber", "U0BEN": "Ben Roth"}
"""What a name may take along that is typed behind it."""


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Pieces of a line, most with each field once at most: of others little more is seen than that they are asked about."""
    fields = draw(st.lists(st.sampled_from([*FIELDS]), max_size=4, unique_by=lambda piece: FIELDS[piece][0]))
    times = draw(st.lists(st.sampled_from([*TIMES]), max_size=1))
    pieces = [*fields, *times, *draw(st.lists(st.sampled_from(FREE), max_size=8))]
    pieces += draw(st.lists(st.sampled_from([*FIELDS, *TIMES, *DOUBTFUL, *MORE_TIME]), max_size=1))
    if times and draw(st.integers(0, 5)) == 0:
        return [*pieces, *times, draw(st.sampled_from(MORE_TIME))]
    return draw(st.permutations(pieces))


BETWEEN = st.sampled_from([" "] * 8 + ["\u00a0", "  ", "\n", " \u200b", "\u2800", ", "])


def words(text: str) -> Counter[str]:
    """Commas between words are no part of them, nor quotes around some."""
    return Counter(filter(None, (word.strip(",;“”") for word in visible(text).split())))


def test_every_word_of_a_line_is_in_the_ticket_unless_the_form_asks() -> None:
    """Where it asks, nothing is saved, and the message above the form has the line whole."""
    outcomes: Counter[str] = Counter()

    @settings(max_examples=max(200, settings().max_examples))  # enough for each field to be saved
    @given(lines(), st.data())
    def check(pieces: list[str], data: st.DataObject) -> None:
        line = "".join(piece + data.draw(BETWEEN) for piece in pieces)
        phrase = read(line)
        outcomes["asked" if phrase.problems else "saved"] += 1
        if phrase.problems:
            return
        summary = str(phrase.fields.get("summary") or "")
        notes = str(phrase.fields.get("triageNotes") or "")  # a quotation may be closed by a word further on
        held, quoted = words(summary), " ".join(f"{summary} {notes}".split())
        assert held <= words(line), "a word that nobody typed"
        fields = FIELDS | TIMES
        for piece in {*pieces} & fields.keys():
            field, value = fields[piece]
            in_quotes = " ".join(visible(piece).split()) in quoted
            assert phrase.fields.get(field) == value or in_quotes, piece
            outcomes[field] += 1
        assert not {*pieces} & {*DOUBTFUL} or '"' in line or "“" in line or "`" in line or "«" in line
        free = Counter(
            word for piece in pieces if piece in {*FREE, *MORE_TIME} for word in words(piece).elements()
        )
        held += words(notes)
        for name in NAMES.keys() & {*map(str, phrase.fields.values())}:
            held += words(NAMES[name])
        assert free <= held, "a word that is nowhere"
        for piece, behind in pairwise(pieces):
            if piece in TIMES and behind in MORE_TIME and "’" not in piece:  # quotes say where it ends
                assert " ".join(visible(piece).split()) in quoted, "words about time that were not used"

    check()
    assert outcomes["saved"] > outcomes["asked"] / 4
    assert {field for field, _ in (FIELDS | TIMES).values()} <= outcomes.keys()
