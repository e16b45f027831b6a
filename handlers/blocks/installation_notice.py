"""What is said about the installation: the welcome, which App Home shows, too, and that it has to be made again."""

from bot.domain.installation_notice import InstallationNotice
from handlers.blocks.kit import Block, Message, actions, button, context, message, section
from handlers.blocks.news import Reader, in_words
from handlers.blocks.text import moment
from handlers.slack import ids

_HELLO = ":wave: *Hello, I am Deskhand: a service desk that lives in Slack.*"
_WHAT = (
    "Type `/ticket` and what is wrong, or choose *Create ticket* in a message's menu, and it is a ticket, with a card in the channel "
    "that everybody can follow, take and resolve."
)
_FIRST = (
    "*1. Set up a queue:* a channel where new tickets are announced, and whose members are its agents.\n"
    "*2. Try it:* open a ticket, and see its card.\n"
    "*3. Load your customers,* with their sites and systems, so that nobody types them."
)
_HELP = " `/ticket help` shows what you can type."


def message_of(notice: InstallationNotice, reader: Reader) -> Message:
    if notice.event == "installed":
        return message(
            "Hello, I am Deskhand, a service desk that lives in Slack. Three steps set me up.",
            welcome(offers_form=True),
        )
    address = f"<{notice.install_url}?team={notice.team}|Install Deskhand again>"
    now = "Slack renews my right to work in this workspace no more"
    ends = ", and it ends {}" if notice.ends_at else ""
    rest = (
        "Until somebody has done that, tickets are still saved, and what I would say waits. Nothing is lost."
    )
    at = moment(notice.ends_at) if notice.ends_at else ""
    plain = in_words(reader, notice.ends_at) if notice.ends_at else ""
    return message(
        f":warning: {now}{ends.format(plain)}. Please install me again. {rest}",
        [section(f":warning: {now}{ends.format(at)}. Please {address}: it takes two clicks."), context(rest)],
    )


def welcome(*, offers_form: bool) -> list[Block]:
    """What it is, and what to do first. `offers_form`: not in Home, which has its button and the way to the help."""
    first = [button("Set up a queue", ids.SETTINGS_QUEUE, primary=True)]
    if offers_form:
        first.append(button("Try it", ids.OPEN_FORM))
    return [
        section(f"{_HELLO}\n{_WHAT}"),
        section(_FIRST),
        actions(*first, button("Load your customers", ids.LOAD_CUSTOMERS)),
        context("All of it can be changed later with `/ticket settings`." + (_HELP if offers_form else "")),
    ]
