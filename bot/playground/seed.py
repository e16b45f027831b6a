"""The example: Northgate, a company that looks after buildings, with its support and on-call people; and Halden Lifts, whom it
calls for the lifts, with a workspace of its own, where the app is not installed at first.

Northgate's customers, sites, systems, assets and contacts are the CSV files in EXAMPLE, for `deskhand import`. What its admin has
chosen, the desk's queue and what tickets of two channels begin with, is settings.json there.
"""

from pathlib import Path

from bot.playground.markup import rich_text, typed
from bot.playground.records import Conversation, File, Message, Team, User, UserGroup
from bot.playground.world import World

EXAMPLE = Path(__file__).parent / "example"
DIRECTORY = [EXAMPLE / f"{kind}.csv" for kind in ("customers", "sites", "systems", "assets", "contacts")]
"""In the order in which they refer to one another."""
SETTINGS = EXAMPLE / "settings.json"

TEAM = Team("T0NORTHGATE", "Northgate Building Services", "northgate-building")
PARTNER = Team("T0HALDEN", "Halden Lifts", "halden-lifts")

_PEOPLE = (
    User("U0ANA", "ana", "Ana Weber", "ana", "Europe/Berlin"),  # support engineer
    User("U0BEN", "ben", "Ben Carter", "ben", "America/New_York"),  # asks for help
    User("U0CHLOE", "chloe", "Chloe Duarte", "chloe", "Europe/Lisbon"),  # on call
    User("U0DANA", "dana", "Dana Okafor", "dana", "Europe/London", is_admin=True),
    User("U0EMIL", "emil", "Emil Novak", "emil", "Europe/Prague"),  # agent
)
_EVERYBODY = frozenset(user.id for user in _PEOPLE)
_DESK = frozenset({"U0ANA", "U0CHLOE", "U0DANA", "U0EMIL"})
_SUPPORT, _NETWORK, _ON_CALL = "C0SUPPORT", "C0NETWORK", "C0ONCALL"
_ACME_HQ, _HELP_DESK = "C0ACMEHQ", "C0HELPDESK"

_MESSAGES = (
    (
        _SUPPORT,
        "U0BEN",
        "1748847600.000100",
        "The lobby printer at Acme HQ is down again\nIt says “fuser error 50.4” & nothing comes out.",
        "printer-panel.jpg",
    ),
    (_SUPPORT, "U0ANA", "1748847720.000200", "Thanks Ben, I will take a look.", None),
    (
        _NETWORK,
        "U0CHLOE",
        "1748849400.000300",
        "Wi-Fi on the third floor of Bluewater Clinic drops every few minutes since this morning.",
        None,
    ),
    (
        "C0GENERAL",
        "U0DANA",
        "1748850600.000400",
        "Reminder: the fire drill at Harbor Point is on Thursday at 10:00.",
        None,
    ),
    (
        _SUPPORT,
        "U0BEN",
        "1748851200.000500",
        "Cold air from every vent in the Harbor Point tower, 18 °C inside. Tenants on 4 and 5 complain.",
        None,
    ),
    (
        _ACME_HQ,
        "U0DANA",
        "1748851800.000600",
        "This channel is about Acme Manufacturing's HQ, and Deskhand knows it: a message becomes a ticket without a form. "
        "Somebody of the support team reacts to it with :ticket:, or anybody opens its thread and writes @Deskhand. "
        "In the thread of a ticket, “@Deskhand take” and “@Deskhand resolve new fuser” are orders.",
        None,
    ),
    (
        _HELP_DESK,
        "U0DANA",
        "1748852400.000700",
        "Harbor Point's front desk writes here. Each new message becomes a ticket for the Tower by itself. Something to add? "
        "Write it in the thread, or here within ten minutes: it joins the ticket. “Thanks!” makes none.",
        None,
    ),
)


_PARTNERS_PEOPLE = (
    User("U0MIRA", "mira", "Mira Lund", "mira", "Europe/Oslo", is_admin=True),
    User("U0FARID", "farid", "Farid Aziz", "farid", "Europe/London"),  # plans who goes where
    User("U0HUGO", "hugo", "Hugo Marques", "hugo", "Europe/Lisbon"),  # repairs lifts
    User("U0INES", "ines", "Ines Moreau", "ines", "Europe/Paris"),  # repairs lifts
)
_PARTNERS_MESSAGES = (
    (
        "C0CALLOUTS",
        "U0FARID",
        "1748848200.000250",
        "Northgate has called twice this week about lift B at Harbor Point. Hugo, are you near there today?",
        None,
    ),
    ("C0CALLOUTS", "U0HUGO", "1748848380.000260", "After two. The door contacts are in the van.", None),
    (
        "C0WORKSHOP",
        "U0INES",
        "1748850000.000350",
        "The governor rope for Bluewater Clinic has come. It wants two of us and half a day.",
        None,
    ),
    (
        "C0LOBBY",
        "U0MIRA",
        "1748853000.000750",
        "Northgate keeps its tickets in Deskhand. Once it is installed here too, what they share with us shows up in a channel "
        "of ours, and what we write below it reaches them.",
        None,
    ),
)


def fill_partner(world: World) -> None:
    """Puts the partner's people, channels and messages into a new workspace; the bot is in none of the channels."""
    for person in _PARTNERS_PEOPLE:
        world.add_user(User(**vars(person)))
    everybody = {user.id for user in _PARTNERS_PEOPLE}
    for channel, name in (("C0LOBBY", "lobby"), ("C0CALLOUTS", "call-outs"), ("C0WORKSHOP", "workshop")):
        world.add_conversation(Conversation(channel, name, members=set(everybody)))
    for channel, author, ts, text, file in _PARTNERS_MESSAGES:
        world.keep(_message(world, channel, author, ts, text, file))


def fill(world: World) -> None:
    """Puts Northgate's people, channels and messages into a new workspace; ids and times are always the same."""
    for person in _PEOPLE:
        world.add_user(User(**vars(person)))
    world.add_group(UserGroup("S0FIELD", "field-team", "Field team", ("U0BEN", "U0EMIL")))
    world.add_group(UserGroup("S0DESK", "support-team", "Support team", tuple(sorted(_DESK))))
    world.add_group(UserGroup("S0CALL", "facilities-oncall", "On call for facilities", ("U0DANA",)))
    bot = world.bot.id
    for conversation in (
        Conversation(_SUPPORT, "support", members={*_EVERYBODY, bot}),
        Conversation(_NETWORK, "network", members={*_EVERYBODY, bot}),
        Conversation("C0GENERAL", "general", members={*_EVERYBODY, bot}),
        Conversation(_ON_CALL, "ops-oncall", members={*_DESK, bot}),
        Conversation("C0LEADS", "support-leads", "private", members={"U0ANA", "U0DANA", bot}),
        Conversation("C0RANDOM", "random", members={*_EVERYBODY}),
        Conversation(_ACME_HQ, "acme-hq", members={*_EVERYBODY, bot}),
        Conversation(_HELP_DESK, "help-desk", members={*_EVERYBODY, bot}),
    ):
        world.add_conversation(conversation)
    for channel, author, ts, text, file in _MESSAGES:
        world.keep(_message(world, channel, author, ts, text, file))


def fill_plain(world: World) -> None:
    """A small workspace, with ids that are its own: an admin, ada, and two more people, bo and cy; #general and #support, where
    the bot is not yet."""
    key = world.team.id[1:]
    for name, real_name, is_admin in (
        ("ada", "Ada Quist", True),
        ("bo", "Bo Lindqvist", False),
        ("cy", "Cy Marsh", False),
    ):
        user = User(f"U{key}{name.upper()}", name, real_name, name, "Europe/London", is_admin=is_admin)
        world.add_user(user)
    people = {user.id for user in world.users.values() if not user.is_bot}
    for name in ("general", "support"):
        world.add_conversation(Conversation(f"C{key}{name.upper()}", name, members=set(people)))


def _message(world: World, channel: str, author: str, ts: str, text: str, file: str | None) -> Message:
    markup = typed(text, world.names())
    files = (File("F0PRINTER", file, "image/jpeg", 184_302, author, int(float(ts))),) if file else ()
    return Message(
        ts,
        world.conversations[channel],
        world.users[author],
        markup,
        [rich_text(markup)],
        files=files,
        client_msg_id=f"seed-{ts}",
    )
