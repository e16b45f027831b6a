"""App Home."""

from handlers.home import home
from handlers.home.home import redraw
from handlers.slack import ids
from handlers.slack.journey import Journey, reading

__all__ = [
    "JOURNEY",
    "redraw",
]
"""What other journeys may use."""

JOURNEY = Journey(
    actions={
        ids.HOME_TAB: home.on_tab,
        ids.HOME_WORDS: home.on_words,
        ids.HOME_PAGE: home.on_page,
        ids.HOME_LEVEL: home.on_level,
    },
    events={"app_home_opened": home.on_open},
    reads=reading(ids.HOME_TAB, ids.HOME_WORDS, ids.HOME_PAGE),
)
