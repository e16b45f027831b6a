"""What a person reads in the terminal, line by line, of Slack's messages and forms."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from bot.playground.terminal import Names, form, message

Json = Mapping[str, object]

NOW = datetime(2026, 11, 23, 16, 5, tzinfo=ZoneInfo("Europe/Berlin"))
TOMORROW_AT_TEN = int(datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
NAMES = Names(users={"U1": "Ana Silva", "U2": "Ben"}, channels={"C1": "support"}, now=NOW)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str = "v") -> Json:
    return {"text": plain(text), "value": value}


def button(text: str) -> Json:
    return {"type": "button", "text": plain(text)}


def read(drawn: RenderableType, width: int = 80) -> list[str]:
    """The lines a person reads: without frame, margin and empty lines."""
    console = Console(width=width, file=StringIO(), record=True)
    console.print(drawn)
    lines = (line.strip("│ ") for line in console.export_text().splitlines())
    return [line for line in lines if line]


def posted(
    text: str = "",
    blocks: object = None,
    *,
    author: str = "Ana",
    is_app: bool = False,
    time: datetime = NOW,
    ephemeral: bool = False,
) -> RenderableType:
    return message(author, is_app, time, text, blocks, ephemeral=ephemeral, names=NAMES)


def said(text: str, *, width: int = 80) -> list[str]:
    """The lines of a message's text, below its head."""
    return read(posted(text), width)[1:]


def shown(*blocks: Json, width: int = 80) -> list[str]:
    """The lines of a message's blocks, below its head."""
    return read(posted(blocks=blocks), width)[1:]


def filled(element: Json, state: Json | None = None, error: str = "", **changes: object) -> list[str]:
    """The lines of a form's only input, from its label to its error and hint."""
    block = {
        "type": "input",
        "block_id": "b",
        "label": plain("Label"),
        "element": {**element, "action_id": "a"},
    }
    view = {"type": "modal", "title": plain("Form"), "blocks": [{**block, **changes}]}
    lines = read(form(view, {"b": {"a": state}} if state else {}, {"b": error} if error else {}, NAMES))
    return lines[1 : next(index for index, line in enumerate(lines) if line.startswith("──"))]


def test_a_message_stands_under_its_author_and_the_time_of_day_where_the_reader_is() -> None:
    drawn = posted("Hello", time=datetime(2026, 11, 23, 8, 7, tzinfo=UTC))
    assert read(drawn) == ["Ana  9:07 AM", "Hello"]


def test_an_app_wears_its_badge() -> None:
    drawn = posted("Hello", author="Deskhand", is_app=True)
    assert read(drawn)[0] == "Deskhand  APP   4:05 PM"


def test_a_private_answer_says_who_sees_it() -> None:
    drawn = posted("Saved", ephemeral=True)
    assert read(drawn)[0] == "Only visible to you"


def test_where_there_are_blocks_the_text_is_not_shown() -> None:
    drawn = posted("Fallback", [{"type": "header", "text": plain("T-1")}])
    assert read(drawn)[1:] == ["T-1"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("*bold* _italic_ ~gone~ `code`", "bold italic gone code"),
        ("*bold _and italic_*", "bold and italic"),
        ("2 * 3 * 4 and snake_case_name ~ 5", "2 * 3 * 4 and snake_case_name ~ 5"),
        ("_a_b_ and *", "a_b and *"),
        ("`*not bold*`", "*not bold*"),
        ("<@U1> and <@U9> in <#C1>", "@Ana Silva and @U9 in #support"),
        ("<!channel> <!here> <!subteam^S1|@oncall>", "@channel @here @oncall"),
        ("<https://example.com/a?b=1&amp;c=2|the page>", "the page"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("a &lt;!channel&gt; b &amp;amp; c", "a <!channel> b &amp; c"),
        ("&gt; said before", "▎ said before"),
        (":warning: :no_such_emoji: 10:30:45", "⚠ :no_such_emoji: 10:30:45"),
        ("`:x: a &amp;&amp; b`", ":x: a && b"),
        (":large_orange_circle: :red_circle:", "🟠 🔴"),
        ("<https://example.com/:x:>", "https://example.com/:x:"),
        ("[red]not markup[/red] [/]", "[red]not markup[/red] [/]"),
        ("a\x1b[31mb\x07c\x9bd", "a[31mbcd"),
        ("```open", "```open"),
    ],
)
def test_mrkdwn_reads_as_in_slack(text: str, seen: str) -> None:
    assert said(text) == [seen]


def test_a_code_block_keeps_its_lines_and_signs() -> None:
    assert said("Log:\n```\n*first*\n_second_\n```\nDone") == ["Log:", "*first*", "_second_", "Done"]


def test_styles_are_drawn_and_not_only_read() -> None:
    console = Console(
        width=40, file=StringIO(), force_terminal=True, color_system="standard", legacy_windows=False
    )
    console.print(posted("*bold*"))
    assert isinstance(console.file, StringIO)
    assert "\x1b[1mbold\x1b[0m" in console.file.getvalue()


@pytest.mark.parametrize(
    ("tokens", "seen"),
    [
        ("{date_num}", "2026-11-24"),
        ("{date}", "November 24th"),
        ("{date_short}", "Nov 24"),
        ("{date_long}", "Tuesday, November 24th"),
        ("{date_pretty}", "Tomorrow"),
        ("due {date_short_pretty} at {time}", "Due tomorrow at 10:00 AM"),
        ("{date_long_pretty}", "Tomorrow"),
        ("{time_secs}", "10:00:00 AM"),
        ("{ago}", "In 17 hours"),
        ("{nonsense}", "{nonsense}"),
    ],
)
def test_a_date_stands_in_the_readers_own_zone(tokens: str, seen: str) -> None:
    assert said(f"<!date^{TOMORROW_AT_TEN}^{tokens}|soon>") == [seen]


@pytest.mark.parametrize(
    ("when", "tokens", "seen"),
    [
        (datetime(2026, 11, 23, 0, 1, tzinfo=NOW.tzinfo), "{date_pretty} {ago}", "Today 16 hours ago"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=NOW.tzinfo), "{date_pretty}", "Yesterday"),
        (datetime(2026, 11, 21, 1, 0, tzinfo=NOW.tzinfo), "{date_short_pretty} {ago}", "Nov 21 2 days ago"),
        (datetime(2014, 2, 11, 1, 0, tzinfo=NOW.tzinfo), "{date_long}", "Tuesday, February 11th, 2014"),
        (datetime(2025, 1, 2, 1, 0, tzinfo=NOW.tzinfo), "{date_short} {ago}", "Jan 2, 2025 1 year ago"),
        (NOW, "{ago}", "Just now"),
    ],
)
def test_a_date_reads_by_its_distance(when: datetime, tokens: str, seen: str) -> None:
    assert said(f"<!date^{int(when.timestamp())}^{tokens}|x>") == [seen]


@pytest.mark.parametrize("timestamp", ["soon", "", "9" * 30])
def test_a_date_that_is_none_shows_its_fallback(timestamp: str) -> None:
    assert said(f"<!date^{timestamp}^{{date}}|by Friday>") == ["by Friday"]


CARD: list[Json] = [
    {"type": "header", "text": plain("T-1 Printer down")},
    {
        "type": "section",
        "fields": [
            mrkdwn("*Status*\nNew"),
            mrkdwn("*Priority*\nHigh"),
            mrkdwn("*Customer*\nAcme Corporation"),
        ],
    },
    {"type": "divider"},
    {"type": "section", "text": mrkdwn("Floor 3"), "accessory": button("Open")},
    {
        "type": "actions",
        "elements": [
            button("Assign to me"),
            {"type": "static_select", "placeholder": plain("Change status"), "options": [option("New")]},
            {"type": "overflow", "options": [option("Print")]},
        ],
    },
    {"type": "context", "elements": [{"type": "image", "alt_text": "logo"}, mrkdwn("Asked by <@U2>")]},
]


@pytest.mark.parametrize("width", [80, 120])
def test_a_card_shows_its_fields_in_two_columns_and_its_controls_in_brackets(width: int) -> None:
    lines = [" ".join(line.split()) for line in shown(*CARD, width=width)]
    assert lines == [
        "T-1 Printer down",
        "Status Priority",
        "New High",
        "Customer",
        "Acme Corporation",
        "─" * (width - 2),
        "Floor 3 [ Open ]",
        "[ Assign to me ] [ Change status ▾ ] [ ⋯ ]",
        "[image: logo] Asked by @Ben",
    ]


@pytest.mark.parametrize("width", [20, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    console = Console(width=width, file=StringIO(), record=True)
    console.print(posted(blocks=CARD, author="Ana" * 20, is_app=True, ephemeral=True))
    assert max(len(line) for line in console.export_text().splitlines()) <= width


def test_rich_text_reads_as_it_was_written() -> None:
    section = {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": "*Hi* ", "style": {"bold": True}},
            {"type": "user", "user_id": "U1"},
            {"type": "text", "text": " "},
            {"type": "link", "url": "https://example.com", "text": "here"},
            {"type": "emoji", "name": "x"},
        ],
    }
    steps = {"type": "rich_text_list", "style": "ordered", "elements": [section, section]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "one\ntwo"}]}
    line = "*Hi* @Ana Silva here❌"
    assert shown({"type": "rich_text", "elements": [section, steps, quote]}) == [
        line,
        f"1. {line}",
        f"2. {line}",
        "▎ one",
        "▎ two",
    ]


def test_a_data_table_opens_at_its_first_page() -> None:
    rows = [[{"type": "raw_text", "text": "Number"}, {"type": "raw_text", "text": "Summary"}]]
    rows += [
        [{"type": "raw_text", "text": f"T-{n}"}, {"type": "raw_text", "text": "[b]Down"}] for n in range(1, 8)
    ]
    lines = shown({"type": "data_table", "caption": "Open tickets", "rows": rows, "page_size": 2})
    assert [line.split() for line in lines if "──" not in line] == [
        ["Open", "tickets"],
        ["Number", "Summary"],
        ["T-1", "[b]Down"],
        ["T-2", "[b]Down"],
        ["2", "of", "7", "rows"],
    ]


def test_a_chart_shows_every_value() -> None:
    points = [{"label": "Mon", "value": 2}, {"label": "Tue", "value": 4}]
    bars = {
        "type": "bar",
        "series": [{"name": "New", "data": points}],
        "axis_config": {"categories": ["Mon", "Tue"]},
    }
    title = {"type": "data_visualization", "title": "Tickets"}
    assert shown(title | {"chart": bars}) == [
        "Tickets",
        "New",
        f"Mon {'█' * 10}           2",
        f"Tue {'█' * 20} 4",
    ]
    assert shown(title | {"chart": {"type": "pie", "segments": points[1:]}}) == [
        "Tickets",
        f"Tue {'█' * 20} 4",
    ]


def test_the_newer_blocks_are_read_too() -> None:
    card = {"type": "card", "title": mrkdwn("*Acme*"), "body": mrkdwn("3 open"), "actions": [button("Open")]}
    alert = {"type": "alert", "level": "error", "text": mrkdwn("Closed")}
    container = {"type": "container", "title": plain("More"), "child_blocks": [alert, {"type": "hologram"}]}
    lines = shown({"type": "markdown", "text": "**Deep** words"}, card, container)
    assert [line for line in lines if "──" not in line] == [
        "Deep words",
        "Acme",
        "3 open",
        "[ Open ]",
        "▌ Closed",
        "[hologram block]",
    ]
    assert any("─ More ─" in line for line in lines)


def test_a_form_shows_title_inputs_and_buttons() -> None:
    view = {
        "type": "modal",
        "title": plain("New ticket"),
        "submit": plain("Create"),
        "close": plain("Cancel"),
        "blocks": [
            {"type": "section", "text": mrkdwn("What *happened*?")},
            {
                "type": "input",
                "block_id": "summary",
                "label": plain("Summary"),
                "element": {"type": "plain_text_input", "action_id": "summary"},
            },
            {"type": "actions", "elements": [button("More fields")]},
        ],
    }
    lines = read(
        form(view, {"summary": {"summary": {"value": "[b]Printer"}}}, {"summary": "Too short."}, NAMES)
    )
    assert "New ticket" in lines[0]
    assert lines[1:5] == ["What happened?", "Summary *", "▏[b]Printer", "✗ Too short."]
    assert lines[5] == "[ More fields ]"
    assert lines[-2] == "[ Cancel ]  [ Create ]"


def test_an_input_shows_label_value_error_and_hint_in_this_order() -> None:
    typed = {"type": "plain_text_input", "initial_value": "Printer"}
    assert filled(typed, error="Say more.", hint=plain("One line.")) == [
        "Label *",
        "▏Printer",
        "✗ Say more.",
        "One line.",
    ]


def test_an_optional_input_has_no_mark() -> None:
    assert filled({"type": "plain_text_input"}, optional=True)[0] == "Label"


@pytest.mark.parametrize(
    ("element", "state", "seen"),
    [
        ({"type": "plain_text_input"}, None, "▏"),
        ({"type": "plain_text_input", "placeholder": plain("Type")}, None, "▏Type"),
        ({"type": "plain_text_input", "initial_value": "first"}, {"value": None}, "▏"),
        ({"type": "plain_text_input"}, {"value": "&amp; :x: *b*"}, "▏&amp; :x: *b*"),
        ({"type": "number_input", "initial_value": "2.5"}, None, "▏2.5"),
        ({"type": "static_select", "placeholder": plain("Choose")}, None, "[ Choose ▾ ]"),
        ({"type": "external_select"}, None, "[ Select an item ▾ ]"),
        ({"type": "external_select"}, {"selected_option": option("Acme")}, "[ Acme ▾ ]"),
        ({"type": "static_select", "initial_option": option("High")}, None, "[ High ▾ ]"),
        ({"type": "multi_static_select"}, {"selected_options": [option("A"), option("B")]}, "[ A, B ▾ ]"),
        ({"type": "users_select", "initial_user": "U1"}, None, "[ @Ana Silva ▾ ]"),
        ({"type": "multi_users_select"}, {"selected_users": ["U1", "U2"]}, "[ @Ana Silva, @Ben ▾ ]"),
        ({"type": "conversations_select"}, {"selected_conversation": "C1"}, "[ #support ▾ ]"),
        ({"type": "multi_channels_select", "initial_channels": ["C1"]}, None, "[ #support ▾ ]"),
        ({"type": "datepicker"}, None, "[ Select a date ▾ ]"),
        ({"type": "datepicker"}, {"selected_date": "2026-12-01"}, "[ 2026-12-01 ▾ ]"),
        ({"type": "timepicker", "initial_time": "17:30"}, None, "[ 17:30 ▾ ]"),
        (
            {"type": "datetimepicker"},
            {"selected_date_time": TOMORROW_AT_TEN},
            "[ Tuesday, November 24th at 10:00 AM ▾ ]",
        ),
        ({"type": "file_input"}, {"files": [{"name": "a.pdf"}]}, "[ a.pdf ▾ ]"),
    ],
)
def test_an_input_shows_what_was_entered_or_else_what_to_enter(
    element: Json, state: Json | None, seen: str
) -> None:
    assert filled(element, state)[1] == seen


def test_choices_are_ticked() -> None:
    options = [option("High", "h"), option("Low", "l")]
    radio = {"type": "radio_buttons", "options": options, "initial_option": options[1]}
    assert filled(radio)[1:] == ["○ High", "◉ Low"]
    assert filled(radio, {"selected_option": options[0]})[1:] == ["◉ High", "○ Low"]
    assert filled({"type": "checkboxes", "options": options}, {"selected_options": options})[1:] == [
        "☑ High",
        "☑ Low",
    ]


def test_formatted_text_of_an_input_is_shown() -> None:
    value = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "Hi"}]}],
    }
    assert filled({"type": "rich_text_input"}, {"rich_text_value": value})[1] == "▏Hi"


@pytest.mark.parametrize("text", ["مرحبا بالعالم " * 12, "👩‍💻🇩🇪" * 30, "שלום עולם", "日本語の印刷機" * 20])
@pytest.mark.parametrize("width", [80, 120])
def test_any_script_is_drawn_whole_and_within_the_width(text: str, width: int) -> None:
    lines = said(text, width=width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(cell_len(line) for line in lines) <= width


@given(st.text(alphabet=st.sampled_from("ab*_~`<>&|^!@#:[]/ \n\x1b\x00🎫م") | st.characters()))
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    section = {"type": "section", "text": mrkdwn(text), "fields": [plain(text), mrkdwn(text)]}
    blocks = [section, {"type": "header", "text": plain(text)}, {"type": "markdown", "text": text}]
    console = Console(width=80, file=StringIO(), record=True)
    console.print(posted(text, blocks, author=text))
    console.print(form({"title": plain(text), "blocks": blocks}, {}, {}, NAMES))
    assert not [c for c in console.export_text() if c != "\n" and unicodedata.category(c) == "Cc"]
