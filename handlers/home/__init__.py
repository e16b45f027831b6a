"""App Home."""

from handlers.home import home
from handlers.slack import ids
from handlers.slack.journey import Journey

JOURNEY = Journey(
    actions={
        ids.HOME_TAB: home.switched,
        ids.HOME_WORDS: home.narrowed,
        ids.HOME_PAGE: home.turned,
    },
    events={"app_home_opened": home.opened},
)
