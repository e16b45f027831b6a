"""Composition objects: texts, options, confirmations, rich text.

Source: https://docs.slack.dev/reference/block-kit/composition-objects and …/blocks/rich-text-block.
"""

from bot.playground.blocks.checks import (
    Check,
    array,
    at_least_one,
    boolean,
    exactly_one,
    integer,
    number,
    one_of,
    record,
    string,
    typed,
)


def texts(most: int) -> dict[str, Check]:
    """The two kinds of text object, of at most `most` characters."""
    return {
        "plain_text": record({"text": string(most)}, {"emoji": boolean}),
        "mrkdwn": record({"text": string(most)}, {"verbatim": boolean}),
    }


def text(most: int) -> Check:
    return typed(texts(most))


def plain(most: int) -> Check:
    return typed({"plain_text": texts(most)["plain_text"]})


URL = string(3000)
BLOCK_ID = ACTION_ID = string(255)

OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75)})
CHOICE = record({"text": text(75), "value": string(150)}, {"description": text(75)})
"""An option of checkboxes and radio buttons, which may use mrkdwn."""

MENU_ITEM = record({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": URL})
OPTION_GROUP = record({"label": plain(75), "options": array(OPTION, 100)})

CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
DISPATCH = record({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
SLACK_FILE = record({}, {"id": string(), "url": URL}, also=exactly_one("id", "url"))
CONVERSATION_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    also=at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

_STYLE = record(
    {},
    dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    ),
)
_STYLED = {"style": _STYLE}
_INLINE = typed(
    {
        "text": record({"text": string()}, _STYLED),
        "link": record({"url": string()}, {"text": string(), "unsafe": boolean, **_STYLED}),
        "emoji": record({"name": string()}, {"unicode": string(), "url": string(), **_STYLED}),
        "user": record({"user_id": string()}, _STYLED),
        "channel": record({"channel_id": string()}, _STYLED),
        "usergroup": record({"usergroup_id": string()}, _STYLED),
        "team": record({"team_id": string()}, _STYLED),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, _STYLED),
        "color": record({"value": string()}, _STYLED),
        "date": record(
            {"timestamp": number, "format": string()},
            {"timezone": string(), "url": string(), "fallback": string(), **_STYLED},
        ),
    }
)
_BORDER = {"border": integer(0, 1)}
_SECTION = record({"elements": array(_INLINE, least=0)})

RICH_TEXT_ELEMENTS = array(
    typed(
        {
            "rich_text_section": _SECTION,
            "rich_text_preformatted": record(
                {"elements": array(_INLINE, least=0)}, {"language": string(), **_BORDER}
            ),
            "rich_text_quote": record({"elements": array(_INLINE, least=0)}, _BORDER),
            "rich_text_list": record(
                {
                    "style": one_of("bullet", "ordered"),
                    "elements": array(typed({"rich_text_section": _SECTION}), least=0),
                },
                {"indent": integer(0, 8), "offset": integer(0), **_BORDER},
            ),
        }
    )
)
RICH_TEXT = typed({"rich_text": record({"elements": RICH_TEXT_ELEMENTS}, {"block_id": BLOCK_ID})})
