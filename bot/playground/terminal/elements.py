"""Block elements in a terminal: buttons, menus and inputs, with what was chosen or typed in them."""

from rich.style import Style
from rich.text import Text

from bot.playground.terminal.dates import formatted
from bot.playground.terminal.reading import Json, an_object, number, objects, string, strings
from bot.playground.terminal.rich_text import rich_text
from bot.playground.terminal.text import Names, mrkdwn, plain

_BUTTONS = {"primary": "bold green", "danger": "bold red"}
_MARKS = {"checkboxes": ("☑", "☐"), "radio_buttons": ("◉", "○")}
_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}
_PROMPTS = {
    "datepicker": "Select a date",
    "timepicker": "Select a time",
    "datetimepicker": "Select a date and time",
    "file_input": "Add files",
}


def words(value: object, names: Names, style: str = "") -> Text:
    """A text object, or the bare string that a few fields take in its place."""
    fields = an_object(value)
    text = string(fields.get("text")) or string(value)
    shown = mrkdwn(text, names) if fields.get("type") == "mrkdwn" else plain(text)
    shown.stylize_before(style)
    return shown


def element(fields: Json, state: Json | None, names: Names) -> Text:
    """An element as Slack shows it. `state` is its entry in a view's `state.values`, if it has one."""
    kind = string(fields.get("type"))
    if kind == "button":
        return _boxed(words(fields.get("text"), names), _BUTTONS.get(string(fields.get("style")), "bold"))
    if kind == "image":
        return plain(f"[image: {string(fields.get('alt_text'))}]", "dim")
    if kind == "overflow":
        return _boxed(Text("⋯"))
    if kind in _MARKS:
        return _choices(fields, state, names)
    shown = Text(", ").join(chosen(fields, state, names)) or words(fields.get("placeholder"), names, "dim")
    if kind in _TYPED:
        return Text("\n").join(Text("▏", "cyan") + line for line in shown.split("\n", allow_blank=True))
    return _boxed((shown or Text(_PROMPTS.get(kind, "Select an item"), "dim")).append(" ▾"))


def chosen(fields: Json, state: Json | None, names: Names) -> list[Text]:
    """What stands in an element: as the user left it, or as the view set it where there is no state yet."""

    def of(name: str) -> object:
        return fields.get(f"initial_{name}") if state is None else state.get(f"selected_{name}")

    typed = fields.get("initial_value") if state is None else state.get("rich_text_value", state.get("value"))
    moment = number(of("date_time"))
    shown = [
        plain(string(typed)),
        rich_text(an_object(typed), names),
        *(words(option.get("text"), names) for option in (an_object(of("option")), *objects(of("options")))),
        *(plain(f"@{names.user(user)}") for user in (string(of("user")), *strings(of("users"))) if user),
        *(
            _conversation(place, names)
            for name in _PLACES
            for place in (string(of(name)), *strings(of(f"{name}s")))
        ),
        plain(string(of("date"))),
        plain(string(of("time"))),
        plain(formatted(names.local(moment), "{date_long} at {time}", names.now)) if moment else Text(),
        *(plain(string(file.get("name"))) for file in objects(an_object(state).get("files"))),
    ]
    return [text for text in shown if text]


_PLACES = ("conversation", "channel")


def _conversation(place: str, names: Names) -> Text:
    if not place:
        return Text()
    return plain(f"@{names.user(place)}" if place.startswith(("U", "W")) else f"#{names.channel(place)}")


def _choices(fields: Json, state: Json | None, names: Names) -> Text:
    picked = {text.plain for text in chosen(fields, state, names)}
    on, off = _MARKS[string(fields.get("type"))]
    labels = [words(option.get("text"), names) for option in objects(fields.get("options"))]
    return Text("\n").join(Text(f"{on if label.plain in picked else off} ") + label for label in labels)


def _boxed(inside: Text, style: str | Style = "bold") -> Text:
    return Text.assemble(("[ ", style), inside, (" ]", style))
