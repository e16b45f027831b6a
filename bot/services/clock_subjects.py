"""What the clock looks at: a subject for each kind of timer."""

from collections.abc import Mapping
from datetime import timedelta

from bot.services.clock import Subject
from bot.services.hand_pages import HandPageTimes
from bot.services.people import People
from bot.services.ports.dnd import AskDnd, nobody
from bot.services.reminders import ReminderTimes
from bot.services.shifts import Shifts
from bot.services.ticket_news import TicketNews
from bot.services.ticket_times import Sweep, TicketTimes
from bot.services.tray import Tray


def subjects(people: People, held: timedelta, ask_dnd: AskDnd = nobody) -> Mapping[str, Subject]:
    """`held`: how long news wait for more. `ask_dnd`: asks who has do-not-disturb on."""
    tray = Tray(TicketNews(people, held))
    return {
        "ticket": TicketTimes(people, tray, ask_dnd),
        "queue": Shifts(people, tray),
        "digest": tray,
        "sweep": Sweep(),
        "page": HandPageTimes(people, ask_dnd),
        "reminder": ReminderTimes(people),
    }
