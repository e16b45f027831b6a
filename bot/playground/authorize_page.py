"""The HTML of the page on which somebody lets an app into their workspace. It needs no script."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from bot.playground.app import App

_MEANS = {
    "app_mentions:read": "See messages that mention it",
    "channels:history": "See messages in public channels that it has been added to",
    "channels:read": "See the public channels, and who is in them",
    "chat:write": "Send messages as itself",
    "commands": "Add shortcuts and slash commands that people can use",
    "dnd:read": "See when people are not to be disturbed",
    "groups:history": "See messages in private channels that it has been added to",
    "groups:read": "See the private channels that it has been added to, and who is in them",
    "im:history": "See messages that are sent to it directly",
    "im:read": "See its direct messages",
    "im:write": "Start direct messages with people",
    "metadata.message:read": "See what apps attach to messages",
    "mpim:history": "See messages in group messages that it has been added to",
    "reactions:read": "See emoji reactions",
    "reactions:write": "Add emoji reactions",
    "team:read": "See the workspace's name and address",
    "usergroups:read": "See the user groups, and who is in them",
    "usergroups:write": "Change who is in a user group",
    "users:read": "See the people of the workspace",
}
_PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page/static/css/tokens.css">
    <link rel="stylesheet" href="/page/static/css/authorize.css">
  </head>
  <body>
    <main>
{main}
    </main>
  </body>
</html>
"""


@dataclass(frozen=True)
class Asked:
    """What somebody is asked. `fields` is the query, `places` are names by id, `people` the admins of the chosen one, by id and
    name."""

    app: App
    fields: Mapping[str, str]
    places: Mapping[str, str]
    place: str
    people: list[tuple[str, str]]
    required: list[str]
    optional: list[str]


def draw(asked: Asked) -> str:
    app, name = escape(asked.app.name), escape(asked.places[asked.place])
    main = f"""
      <h1>{app} is asking for access to <em>{name}</em></h1>
      <form class="place" method="get">
        {_hidden(asked.fields, without=("team",))}
        <label for="team">Workspace</label>
        <select id="team" name="team">{_options(asked.places.items(), asked.place)}</select>
        <button>Change</button>
      </form>
      <form method="post">
        {_hidden(asked.fields)}
        <input type="hidden" name="place" value="{escape(asked.place)}">
        {_people(asked)}
        <section>
          <h2>What will {app} be able to do?</h2>
          <ul>{"".join(f"<li>{_meaning(each)}</li>" for each in asked.required)}</ul>
        </section>
        {_optional(asked)}
        <p class="buttons">
          <button name="decision" value="cancel">Cancel</button>
          <button class="primary" name="decision" value="allow"{"" if asked.people else " disabled"}>Allow</button>
        </p>
      </form>"""
    return _PAGE.format(title=f"Install {app} – {name}", main=main)


@dataclass(frozen=True)
class Choice:
    """A workspace, and whether it has the app."""

    id: str
    name: str
    is_on: bool


def draw_choice(app: App, choices: Iterable[Choice]) -> str:
    boxes = "".join(
        f'<li><label><input type="checkbox" name="team" value="{escape(each.id)}"{" checked" if each.is_on else ""}> '
        f"{escape(each.name)}</label></li>"
        for each in choices
    )
    main = f"""
      <h1>Which workspaces have {escape(app.name)}?</h1>
      <form method="post">
        <ul class="boxes">{boxes}</ul>
        <p class="buttons"><button class="primary">Save</button></p>
      </form>"""
    return _PAGE.format(title=f"Workspaces with {escape(app.name)}", main=main)


def draw_error(app: App, code: str, words: str) -> str:
    main = f"""
      <h1>Something went wrong when installing {escape(app.name)}</h1>
      <p>{escape(words)}</p>
      <p class="soft">Error details: {escape(code)}</p>
      <p><a href="/">Back to the playground</a></p>"""
    return _PAGE.format(title="Something went wrong", main=main)


def _hidden(fields: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
        if name not in without
    )


def _options(pairs: Iterable[tuple[str, str]], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in pairs
    )


def _people(asked: Asked) -> str:
    if not asked.people:
        return "<p>This workspace has no admin who could install an app.</p>"
    options = _options(asked.people, asked.people[0][0])
    return f'<p class="person"><label for="person">You are</label> <select id="person" name="person">{options}</select></p>'


def _optional(asked: Asked) -> str:
    if not asked.optional:
        return ""
    boxes = "".join(
        f'<li><label><input type="checkbox" name="grant" value="{escape(each)}" checked> {_meaning(each)}</label></li>'
        for each in asked.optional
    )
    words = f"Optional: {escape(asked.app.name)} does without what you leave out"
    return f"<section><h2>{words}</h2><ul class='boxes'>{boxes}</ul></section>"


def _meaning(scope: str) -> str:
    return f"{escape(_MEANS.get(scope, scope))} <code>{escape(scope)}</code>"
