"""Block elements in a terminal: buttons, menus and inputs, with what was chosen or typed in them."""

from rich.style import Style
from rich.text import Text

from bot.playground.terminal.dates import formatted
from bot.playground.terminal.reading import Json, an_object, items, number, objects, string
from bot.playground.terminal.rich_text import rich_text
from bot.playground.terminal.text import Names, clean, mrkdwn, plain

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

    def each(name: str) -> list[object]:
        """Of `user`: what `selected_user` and `selected_users` hold, or `initial_user` and so on."""
        source, prefix = (fields, "initial") if state is None else (state, "selected")
        picked = (source.get(f"{prefix}_{name}"), *items(source.get(f"{prefix}_{name}s")))
        return [item for item in picked if item]

    typed = fields.get("initial_value") if state is None else state.get("rich_text_value", state.get("value"))
    shown = [
        Text(clean(string(typed))),
        rich_text(an_object(typed), names),
        *(words(an_object(option).get("text"), names) for option in each("option")),
        *(
            _who_or_where(string(place), names)
            for place in (*each("user"), *each("conversation"), *each("channel"))
        ),
        *(Text(clean(string(date))) for date in (*each("date"), *each("time"))),
        *(_moment(number(moment), names) for moment in each("date_time")),
        *(Text(clean(string(file.get("name")))) for file in objects(an_object(state).get("files"))),
    ]
    return [text for text in shown if text]


def _who_or_where(place: str, names: Names) -> Text:
    """A person by name, whom Slack's `U…` and `W…` stand for, or a channel."""
    return plain(f"@{names.user(place)}" if place.startswith(("U", "W")) else f"#{names.channel(place)}")


def _moment(timestamp: float, names: Names) -> Text:
    return Text(formatted(names.local(timestamp), "{date_long} at {time}", names.now))


def _choices(fields: Json, state: Json | None, names: Names) -> Text:
    picked = {text.plain for text in chosen(fields, state, names)}
    on, off = _MARKS[string(fields.get("type"))]
    labels = [words(option.get("text"), names) for option in objects(fields.get("options"))]
    return Text("\n").join(Text(f"{on if label.plain in picked else off} ") + label for label in labels)


def _boxed(inside: Text, style: str | Style = "bold") -> Text:
    return Text.assemble(("[ ", style), inside, (" ]", style))
