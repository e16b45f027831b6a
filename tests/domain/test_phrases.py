"""Lines as people type them after `/ticket`. It is Monday, 23 November 2026, 10:30 in Berlin."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.contract import FIELDS, parse
from bot.domain.directory import Asset, Contact, Customer, Directory, Site, System
from bot.domain.people import Person
from bot.domain.phrases import LineReader, Phrase

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
T_42 = UUID("0f0e0d0c-0b0a-4908-8706-050403020100")

OFFICE = Directory(
    customers=(Customer(id="acme", name="Acme Corp"), Customer(id="globex", name="Globex")),
    sites=(
        Site(id="site-1", name="HQ", customer_id="acme"),
        Site(id="site-2", name="Lager Nord", customer_id="acme"),
        Site(id="site-7", name="HQ", customer_id="globex"),
    ),
    systems=(
        System(id="sys-1", name="Printing", site_id="site-1"),
        System(id="sys-7", name="Printing", site_id="site-7"),
    ),
    assets=(Asset(id="prn-3", name="Printer 3", site_id="site-1", system_id="sys-1"),),
    contacts=(Contact(id="bea", name="Bea Berg", customer_id="acme"),),
)
QUEUES = ("network", "2nd-line", "Field service")
PEOPLE = (
    Person(id="U1", names=("Ana Silva", "ana")),
    Person(id="U2", names=("Ben Ito", "ben")),
    Person(id="U3", names=("Ben Roth", "ben")),
)


def called(name: str) -> list[Person]:
    folded = name.casefold()
    return [
        person for person in PEOPLE if folded in {known.casefold() for known in (person.id, *person.names)}
    ]


def read(
    line: str,
    directory: Directory = OFFICE,
    zone: tzinfo | None = BERLIN,
    queues: Collection[str] | None = QUEUES,
) -> Phrase:
    reader = LineReader(line, now=NOW, zone=zone, people=called, ticket_id={42: T_42}.get, queues=queues)
    return reader.phrase(directory)


def understood(
    line: str, directory: Directory = OFFICE, queues: Collection[str] | None = QUEUES
) -> dict[str, object]:
    """The fields of a line without faults."""
    phrase = read(line, directory, queues=queues)
    assert phrase.problems == ()
    assert phrase.raw == {}
    return {**phrase.fields}


def fault(line: str, zone: tzinfo | None = BERLIN) -> tuple[str | None, str, str]:
    """Field, code and sentence of the only fault. What was typed is kept."""
    phrase = read(line, zone=zone)
    (problem,) = phrase.problems
    assert problem.field is not None
    assert all(part in line for part in phrase.raw[problem.field].split())
    return problem.field, problem.code, problem.message


def test_a_whole_line() -> None:
    line = "Printer down customer:acme site:hq type:break_fix source:phone !high"
    assert understood(line) == {
        "summary": "Printer down",
        "customerId": "acme",
        "siteId": "site-1",
        "ticketType": "break_fix",
        "sourceChannel": "phone",
        "priority": "high",
    }
    create = parse(read(line).fields)
    assert (create.customer_id, create.site_id, create.priority) == ("acme", "site-1", "high")


def test_a_source_that_nobody_said_is_left_to_the_channel_and_to_what_is_usual() -> None:
    assert read("Printer down").fields == {"summary": "Printer down"}
    assert read("Printer down source:mon").fields["sourceChannel"] == "monitoring"
    assert "sourceChannel" not in read("Printer down source:telegraph").fields


def test_missing_fields_are_left_to_the_contract() -> None:
    assert read("").problems == ()
    assert read("").fields == {}


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("Printer down", "Printer down"),
        ("  Printer \n down  ", "Printer down"),
        ("Printer customer:acme down !high again", "Printer down again"),
        ("Help!! the printer, again!!!", "Help!! the printer, again!!!"),
        ("!!! fire", "!!! fire"),
        ("Error: 42 on http://acme.example/x?y=1", "Error: 42 on http://acme.example/x?y=1"),
        ("foo:bar re:printer 10:30 C:\\temp", "foo:bar re:printer 10:30 C:\\temp"),
        ("Ticket #42 and C# at 5 @ noon", "Ticket #42 and C# at 5 @ noon"),
        ("Note: it smells", "Note: it smells"),
        ("I don't know, it's 'broken'", "I don't know, it's 'broken'"),
        ('The label says "customer:acme is late"', 'The label says "customer:acme is late"'),
        ('the 27" screen and the 24" one', 'the 27" screen and the 24" one'),
        ('foo:"bar  baz"', 'foo:"bar  baz"'),
        ("Printer down, customer:acme", "Printer down"),
        ("summary:Printer down", "Printer down"),
        ("Summary: Printer down", "Printer down"),
        ('title:"Printer: down" again', "Printer: down again"),
        ("bob@acme.example wrote", "bob@acme.example wrote"),
        ("Drucker läuft nicht 🖨️", "Drucker läuft nicht 🖨️"),
    ],
)
def test_free_words_are_the_summary_as_they_were_typed(line: str, summary: str) -> None:
    assert understood(line)["summary"] == summary


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("customer:acme", "customerId", "acme"),
        ("customerId:GLOBEX", "customerId", "globex"),
        ("Customer:globex", "customerId", "globex"),
        ("customer_id:acme", "customerId", "acme"),
        ("customer:acme,", "customerId", "acme"),
        ('customer:"acme corp"', "customerId", "acme"),
        ("customer:“Acme Corp”", "customerId", "acme"),
        ("customer:'Acme Corp'", "customerId", "acme"),
        ("site:lager", "siteId", "site-2"),
        ("system:sys-7", "relatedSystemId", "sys-7"),
        ("asset:printer", "relatedAssetId", "prn-3"),
        ("contact:bea", "reportedByContactId", "bea"),
        ("by:berg", "reportedByContactId", "bea"),
        ("type:break_fix", "ticketType", "break_fix"),
        ("type:Break-Fix", "ticketType", "break_fix"),
        ('type:"break fix"', "ticketType", "break_fix"),
        ("type:break", "ticketType", "break_fix"),
        ("ticketType:breakfix", "ticketType", "break_fix"),
        ("priority:crit", "priority", "critical"),
        ("prio:l", "priority", "low"),
        ("!HIGH", "priority", "high"),
        ("!crit.", "priority", "critical"),
        ("severity:safety", "severity", "safety"),
        ("sev:down", "severity", "down"),
        ("status:in-progress", "status", "in_progress"),
        ("visibility:shared", "visibilityMode", "shared"),
        ("method:in_person", "contactMethod", "in_person"),
        ("via:chat", "contactMethod", "chat"),
        ("description:jammed", "symptomDescription", "jammed"),
        ('desc:"paper, jammed"', "symptomDescription", "paper, jammed"),
        ("symptom:“It’s 'hot' here”", "symptomDescription", "It’s 'hot' here"),
        (r'notes:"say \"hi\" to C:\temp"', "triageNotes", 'say "hi" to C:\\temp'),
        ("notes:'don't touch'", "triageNotes", "don't touch"),
        ("notes:‘don’t touch’", "triageNotes", "don’t touch"),
        ("queue:network", "assignedQueue", "network"),
        ("queue:#network", "assignedQueue", "network"),
        ("#network", "assignedQueue", "network"),
        ("#2nd-line,", "assignedQueue", "2nd-line"),
        ("@U0123ABCDE", "assignedUserId", "U0123ABCDE"),
        ("@Ana,", "assignedUserId", "U1"),
        ('assignee:"ana silva"', "assignedUserId", "U1"),
        ("assign:@ana", "assignedUserId", "U1"),
        ("category:hardware", "category", "hardware"),
        ("workspace:T1", "workspaceId", "T1"),
        ("hours:2.5", "estimatedLaborHours", 2.5),
        ("hours:1,5", "estimatedLaborHours", 1.5),
        ("hours:3h", "estimatedLaborHours", 3.0),
        ("related:T-42", "relatedTicketId", str(T_42)),
        ("related:42", "relatedTicketId", str(T_42)),
        ("related:#42", "relatedTicketId", str(T_42)),
        (f"related:{str(T_42).upper()}", "relatedTicketId", str(T_42)),
        ("due:fri", "slaDueAt", "2026-11-27T16:00:00Z"),
    ],
)
def test_a_field_is_set_where_it_stands(said: str, field: str, value: object) -> None:
    fields = understood(f"Printer {said} down")
    assert fields[field] == value
    assert fields["summary"] == "Printer down"


def test_every_field_of_the_contract_can_be_said_by_its_own_name() -> None:
    said: dict[str, JsonValue] = {
        "customerId": "acme",
        "siteId": "site-1",
        "relatedSystemId": "sys-1",
        "relatedAssetId": "prn-3",
        "ticketType": "inspection",
        "sourceChannel": "phone",
        "priority": "low",
        "severity": "degraded",
        "status": "triaged",
        "summary": "Printer down",
        "symptomDescription": "It smells",
        "triageNotes": "Look at the fuse",
        "assignedQueue": "network",
        "assignedUserId": "U1",
        "reportedByContactId": "bea",
        "category": "hardware",
        "slaDueAt": "2026-12-01T16:00:00Z",
        "workspaceId": "T1",
        "visibilityMode": "global",
        "contactMethod": "email",
        "estimatedLaborHours": 2.5,
        "relatedTicketId": str(T_42),
    }
    assert said.keys() == set(FIELDS)
    assert read(" ".join(f'{field}:"{value}"' for field, value in said.items())).fields == said


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("due:tomorrow 17:00", "2026-11-24T16:00:00Z"),
        ("due:tomorrow 5pm,", "2026-11-24T16:00:00Z"),
        ("due:fri 9am", "2026-11-27T08:00:00Z"),
        ("due:in 4h", "2026-11-23T13:30:00Z"),
        ("due:+2d", "2026-11-25T09:30:00Z"),
        ("due:1 Dec 5pm", "2026-12-01T16:00:00Z"),
        ("due:2026-12-01 14:30", "2026-12-01T13:30:00Z"),
        ("due:2026-12-01T14:30:00-05:00", "2026-12-01T19:30:00Z"),
        ('due:"next friday"', "2026-11-27T16:00:00Z"),
        ("slaDueAt:end of day", "2026-11-23T16:00:00Z"),
    ],
)
def test_due_takes_the_words_that_make_a_time_and_no_more(said: str, due: str) -> None:
    for line in (f"{said} Printer down !high", f"Printer {said} down !high", f"Printer down !high {said}"):
        assert understood(line) == {"summary": "Printer down", "priority": "high", "slaDueAt": due}


def test_a_site_names_its_customer_and_a_system_its_site() -> None:
    assert understood("Down site:lager") == {"summary": "Down", "siteId": "site-2", "customerId": "acme"}
    assert understood("Down asset:prn-3") == {
        "summary": "Down",
        "relatedAssetId": "prn-3",
        "siteId": "site-1",
        "customerId": "acme",
    }


def test_the_customer_narrows_the_site_wherever_it_stands_in_the_line() -> None:
    assert understood("site:hq Printer system:printing down customer:globex") == {
        "summary": "Printer down",
        "customerId": "globex",
        "siteId": "site-7",
        "relatedSystemId": "sys-7",
    }


def test_where_the_directory_is_empty_ids_are_taken_as_typed() -> None:
    fields = understood('Down customer:Acme site:"Site 9"', Directory())
    assert (fields["customerId"], fields["siteId"]) == ("Acme", "Site 9")


@pytest.mark.parametrize(
    ("line", "field", "code", "message"),
    [
        (
            "Down site:hq",
            "siteId",
            "ambiguous_name",
            "“hq” could be HQ (Acme Corp) or HQ (Globex). Say which one, or use its ID: site-1, site-7.",
        ),
        ("Down customer:acmee", "customerId", "unknown_name", "Did you mean Acme Corp?"),
        ("Down custmer:acme", "customerId", "unknown_field", "no field “custmer”. Did you mean “customer”?"),
        ("Down !hihg", "priority", "not_a_choice", "low, medium, high or critical, not “hihg”."),
        ("Down type:broken", "ticketType", "not_a_choice", "Type must be service_request, break_fix,"),
        ("Down type:in", "ticketType", "not_a_choice", "Type must be installation or inspection, not “in”."),
        ("Down @carl", "assignedUserId", "unknown_name", "Nobody here is called “carl”."),
        ("Down @ben", "assignedUserId", "ambiguous_name", "“ben” could be Ben Ito (U2) or Ben Roth (U3)."),
        ("Down due:foo", "slaDueAt", "not_a_time", "“foo” is not a time I understand. Try tomorrow 17:00,"),
        ("Down due:99:99", "slaDueAt", "not_a_time", "“99:99” is not a time I understand."),
        ("Down due:today 9am", "slaDueAt", "past", "“today 9am” has already passed."),
        ("Down hours:-1", "estimatedLaborHours", "not_a_number", "such as 2.5, not “-1”."),
        ("Down hours:nan", "estimatedLaborHours", "not_a_number", "such as 2.5, not “nan”."),
        ("Down hours:1,500", "estimatedLaborHours", "not_a_number", "such as 2.5, not “1,500”."),
        ("Down related:T-99", "relatedTicketId", "unknown_ticket", "There is no ticket T-99."),
        ("Down related:that", "relatedTicketId", "not_a_ticket", "“that” is no ticket."),
        ("Down related:99999999999", "relatedTicketId", "not_a_ticket", "Write its number, such as T-42."),
        (
            "Down !high prio:low",
            "priority",
            "given_twice",
            "Priority is given as “high” and “low”. Keep one.",
        ),
        ("Down site: type:other", "siteId", "blank", "Site has no value. Write it after site:"),
        ("Down site:", "siteId", "blank", "Site has no value."),
        ('Down site:""', "siteId", "blank", "Site has no value."),
        ('Down notes:"check it', "triageNotes", "unclosed_quote", "The quote after notes: is not closed."),
    ],
)
def test_a_fault_is_named_and_what_was_typed_is_kept(line: str, field: str, code: str, message: str) -> None:
    found_field, found_code, found_message = fault(line)
    assert (found_field, found_code) == (field, code)
    assert message in found_message
    assert str(read(line).fields["summary"]).startswith("Down")


@pytest.mark.parametrize(
    ("due", "meant"),
    [
        ("tomorrow at 9", "2026-11-24T08:00:00Z"),
        ("friday morning", "2026-11-27T11:00:00Z"),
        ("today midnight", "2026-11-23T23:00:00Z"),
        ("tomorrow 17:00 UTC", "2026-11-24T17:00:00Z"),
        ("tomorrow 5.30pm", "2026-11-24T16:30:00Z"),
        ("tomorrow 9am-11am", "2026-11-24T10:00:00Z"),
        ("1 Dec 27", "2027-12-01T16:00:00Z"),
        ("a week from friday", "2026-12-04T16:00:00Z"),
        ("tomorrow 9:30\u202fAM", "2026-11-24T08:30:00Z"),
        ("tomorrow\u00a05\u00a0PM", "2026-11-24T16:00:00Z"),
    ],
)
def test_nothing_of_a_due_time_is_left_in_the_summary(due: str, meant: str) -> None:
    assert understood(f"Printer down due:{due}") == {"summary": "Printer down", "slaDueAt": meant}
    assert understood(f"due:{due} Printer down") == {"summary": "Printer down", "slaDueAt": meant}


@pytest.mark.parametrize(
    "due", ["5pm PST", "friday next week", "2 days ago", "1 Dec 9", "1/12", "5", "next week", "friday week"]
)
def test_a_due_time_that_is_doubtful_is_asked_about_with_all_its_words(due: str) -> None:
    phrase = read(f"Printer down due:{due}")
    assert [problem.field for problem in phrase.problems] == ["slaDueAt"]
    assert phrase.raw == {"slaDueAt": due}
    assert phrase.fields["summary"] == "Printer down"


def test_words_behind_a_due_time_are_the_summary() -> None:
    assert understood("due:tomorrow call first") == {
        "summary": "call first",
        "slaDueAt": "2026-11-24T16:00:00Z",
    }


def test_without_a_zone_a_due_time_waits_for_the_form() -> None:
    assert fault("Down due:tomorrow 5pm", zone=None)[:2] == ("slaDueAt", "zone_unknown")
    assert read("Down due:in 4h", zone=None).fields["slaDueAt"] == "2026-11-23T13:30:00Z"


def test_all_faults_come_at_once_beside_all_that_was_understood() -> None:
    phrase = read("Printer down custmer:acme site:hq !hihg due:foo @ana type:break")
    assert {problem.field for problem in phrase.problems} == {"customerId", "priority", "slaDueAt"}
    assert phrase.raw == {"customerId": "acme", "priority": "hihg", "slaDueAt": "foo"}
    assert phrase.fields == {
        "summary": "Printer down",
        "customerId": "acme",
        "siteId": "site-1",
        "priority": "high",
        "assignedUserId": "U1",
        "ticketType": "break_fix",
    }


def test_a_customer_that_was_not_understood_is_not_filled_in_from_the_site() -> None:
    assert "customerId" not in read("Down customer:zzzzz site:lager").fields


def test_saying_the_same_twice_is_no_fault() -> None:
    assert understood("Down !high priority:high @ana @U1 site:lager site:site-2")["priority"] == "high"


PIECES = (
    "Printer down customer:acme customer:acmee custmer:x site:hq site: due: due:tomorrow 17:00 5pm in 4h 99:99 !high "
    '!hihg ! @ana @ben @nobody @ # #42 #network hours:1 hours:x related:42 related:99 type:br notes:" " \' “ ” \\ '
    "desc:“ summary: :: a: http://x \u00e9: \u0661 \ud800 \x00"
)
_pieces = st.sampled_from(PIECES.split())
_lines = st.one_of(
    st.text(),
    st.text(st.characters(), max_size=40),
    st.lists(_pieces, max_size=10).map(" ".join),
    st.lists(_pieces, max_size=6).map("".join),
)


@given(_lines, st.sampled_from([BERLIN, None]), st.sampled_from([OFFICE, Directory()]))
def test_any_line_is_read_and_whatever_is_faulty_is_kept(
    line: str, zone: tzinfo | None, directory: Directory
) -> None:
    phrase = read(line, directory, zone)
    faulty = {problem.field for problem in phrase.problems}
    assert phrase.raw.keys() <= faulty
    for field in (
        faulty - phrase.raw.keys()
    ):  # its words are in the summary, or they are read as well as can be
        assert phrase.fields.get("summary") or field in phrase.fields
    for problem in phrase.problems:
        if problem.field in phrase.raw and problem.code not in {
            "unknown_field",
            "doubtful",
            "ambiguous_name",
        }:
            assert phrase.fields.get(problem.field) in {None, problem.meant}
    assert phrase.fields.keys() <= set(FIELDS)
    assert json.loads(json.dumps(phrase.fields)) == phrase.fields


@given(st.lists(st.sampled_from(["Printer", "down", "again!", "é", "Error:", "#4", "http://x"]), min_size=1))
def test_words_that_set_nothing_are_the_summary_word_for_word(words: list[str]) -> None:
    assert read(" ".join(words)).fields["summary"] == " ".join(words)


@pytest.mark.parametrize(
    "piece", ['x:"b ', '"a ', "“a ", "notes:'b ", "@a.", '\\"', "due:1h ", "due:1 ", "a:", "a: "]
)
def test_a_hostile_line_costs_no_more_than_its_length(piece: str) -> None:
    """Were it quadratic, 40,000 characters (the longest message) would take many seconds, not a fraction of one."""
    started = datetime.now(UTC)
    read(piece * (40_000 // len(piece)))
    assert (datetime.now(UTC) - started).total_seconds() < 2


def test_a_name_in_capitals_is_no_id() -> None:
    assert [problem.code for problem in read("Down @WALTER").problems] == ["unknown_name"]
