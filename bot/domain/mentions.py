"""What people say to @Deskhand: whether a message speaks to us, and which order of `/ticket` it gives.

A message speaks to us where it begins with our mention. The words are `/ticket`'s own (steps.py, ticket_commands.py); in the
thread of a ticket its number may be left out: `take` -> `take T-42`. What is doubtful is asked, and what is no order is a line.
"""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.domain.characters import visible
from bot.domain.contract import CHOICES
from bot.domain.due import due_end
from bot.domain.elsewhere_words import SHOW, elsewhere_order
from bot.domain.fields import TICKET_FIELDS
from bot.domain.lifecycle import steps
from bot.domain.names import DASHES, squashed
from bot.domain.reminder_words import says_when
from bot.domain.share_words import says_with_whom
from bot.domain.step_words import fits, status_of
from bot.domain.steps import STEPS, Step, StepName, step_typed
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import (
    begins_with_a_ticket,
    command_of,
    is_word_and_ticket,
    slip,
    takes_a_ticket,
    tickets_alone,
    turned_round,
    without_please,
)
from bot.domain.words import listed

_MENTION = re.compile(r"\A(?P<marks>[*_~]*)<@(?P<who>[UW][A-Z0-9]+)(?:\|[^<>]*)?>(?P<behind>.*)\Z", re.DOTALL)
_ADDRESSED = re.compile(r"\A[\s,;:\u2013\u2014-]+")
_NOTHING = re.compile(r"[\s,;:.!\u2026]*")
_SOMEBODY_ELSE = ("<@", "<!")
_THANKS = r"(?:many\s+)?thanks(?:\s+a\s+lot)?|thank\s+you|thx|ty|cheers|danke"
_PLEASE = rf"please|pls|plz|bitte|{_THANKS}"
_LAST_POLITE = re.compile(rf"[\s,;:.!](?:{_PLEASE})\Z", re.IGNORECASE)
_LONGEST_POLITE = 32  # characters
_ONLY_POLITE = re.compile(rf"(?:[\s,;:.!]*(?:{_PLEASE}))*[\s,;:.!]*", re.IGNORECASE)
_THE_TICKET = re.compile(
    r"\A(?:it|(?:this|that)(?:\s+(?:one|ticket))?|the\s+ticket)"
    rf"(?=[\s,;:.!]*\Z|[,;:]|\s+(?:to|until|till|for|as|with|on|{_PLEASE})\b)\s*",
    re.IGNORECASE,
)
_VERB = re.compile(r"(?P<verb>\w+)(?P<mark>\s*[,;:.!]+|\s+[\u2013\u2014-]+(?=\s))?(?P<rest>.*)", re.DOTALL)
_THEIRS = re.compile(rf"\w/T[-{DASHES}]?\d", re.IGNORECASE)
_MARKS = ",;:.!"
_SAYS_WHEN = re.compile(
    r"(?:on\b|(?:later|soon|now|asap|first|next|immediately|urgently|quickly)[\s.!]*\Z)", re.IGNORECASE
)
"""What makes a wish of an order: `hold on`, `resolve asap`."""
_CHOSEN = {"assignedUserId", "status", "priority", "relatedTicketId"}
_FREE = {"text", "note", "resolution", "holdReason"}
"""Behind which any words may stand."""


class Order(NamedTuple):
    """`line` is what stands behind `/ticket`. Where there is a `doubt`, it asks what was meant, in mrkdwn, and nothing is done.
    `implied`: the step whose ticket was left out, and is that of the thread."""

    line: str
    doubt: str = ""
    implied: StepName | None = None


def behind_mention(text: str, us: Collection[str | None]) -> str | None:
    """What a message says to us, in Slack's mrkdwn; None where it does not speak to us, or to others as well: `should we ask
    @Deskhand?`, `@Deskhand @ben any idea?`. Empty where it is our mention alone."""
    found = _MENTION.match(visible(text).strip())
    if found is None or found["who"] not in us:
        return None
    behind, closing = found["behind"], found["marks"][::-1]
    if closing:
        is_there = behind.startswith(closing)
        behind = behind.removeprefix(closing) if is_there else behind.removesuffix(closing)
    said = _ADDRESSED.sub("", behind).strip()
    if said.startswith(_SOMEBODY_ELSE) or any(f"<@{each}" in said for each in us if each):
        return None
    return "" if _NOTHING.fullmatch(said) else said


def is_order(text: str, us: Collection[str | None], known: Collection[str], *, in_thread: bool) -> bool:
    """Whether a message gives us an order, as far as it can be told from the message alone. `known`: what `/ticket` knows."""
    said = behind_mention(text, us)
    return said is not None and (not said or order_of(said, known, 1 if in_thread else None) is not None)


def order_of(said: str, known: Collection[str], here: int | None) -> Order | None:
    """The order that was said, in the thread of ticket `here` or, with None, elsewhere; None of what is no order."""
    line = without_please(said.strip())
    if not line:
        return None
    if order := _explicit(line, known, here):
        return order
    if here is None:
        return Order(line) if slip(line, known) else None
    return _of_the_thread(line, here)


def names_number(line: str, number: int) -> bool:
    """Whether an order is about this ticket by its number alone, which below another workspace's ticket may mean that one."""
    word, rest = [*line.split(maxsplit=1), "", ""][:2]
    if _THEIRS.search(line):
        return False
    typed = command_of(line)
    return number in (typed.numbers if typed else tickets_alone(rest if word.casefold() == SHOW else line))


def meant_in(tickets: Sequence[Ticket], step: StepName) -> Ticket | None:
    """Which ticket of a thread a step is meant for: the only one, the only open one, or the only one it can be done to."""
    can = [ticket for ticket in tickets if step in steps(ticket) or STEPS[step].starts == ()]
    for few in (tickets, [ticket for ticket in can if ticket.is_open], can):
        if len(few) == 1:
            return few[0]
    return None


def which(tickets: Sequence[Ticket], order: Order) -> str:
    """Asks for which ticket of a thread an order was meant."""
    verb = order.line.split(maxsplit=1)[0]
    names = [ticket.name for ticket in tickets]
    return f"This thread is about {listed(names, 'and')}. Which one? Name it: `@Deskhand {verb} {names[0]}`."


def _explicit(line: str, known: Collection[str], here: int | None) -> Order | None:
    """What names its ticket, or needs none."""
    if tickets_alone(line) or ("/" in line and elsewhere_order(line)):
        return Order(line)
    word, rest = [*line.split(maxsplit=1), "", ""][:2]
    typed, row = command_of(line), step_typed(word)
    if typed is None or row is None:
        if row and takes_a_ticket(row):  # `link with T-7`
            return None
        is_other = row is None and word.casefold() in {*known, "?"}
        return Order(line) if is_other or turned_round(line) or is_word_and_ticket(line) else None
    if here is None:
        return Order(line)
    if row.behind == "reminder" and says_when(rest):  # `remind 2 days`
        return None
    is_this_one = typed.numbers == (here,) and not typed.rest
    if not begins_with_a_ticket(rest) and not is_this_one:
        return Order(line, _doubt(word, typed.numbers, here))
    if takes_a_ticket(row) and not typed.rest and not is_this_one:  # `link T-7`: this one with that one
        return Order(f"{word} T-{here} {rest}", implied=row.name)
    return Order(line)


def _doubt(verb: str, numbers: Sequence[int], here: int) -> str:
    names, verb = [f"T-{number}" for number in numbers], verb.casefold()
    return (
        f"Did you mean {listed(names, 'and')}? Then write `@Deskhand {verb} {', '.join(names)}`. "
        f"For the ticket of this thread, write `@Deskhand {verb} T-{here}: …`."
    )


def _of_the_thread(line: str, here: int) -> Order | None:
    """What leaves the ticket out: it is that of the thread."""
    whole = _blunt(line)
    if _is_priority(whole):
        return Order(f"priority T-{here} {whole.lstrip('!')}", implied="priority")
    if _is_status(line):
        return Order(f"status T-{here} {_blunt(line)}", implied="status")
    found = _VERB.match(line)
    row = step_typed(found["verb"]) if found else None
    if found is None or row is None:
        return None
    rest = found["rest"].strip()
    if row.behind != "text" and row.name != "note":
        rest = _THE_TICKET.sub("", rest)
    if _ONLY_POLITE.fullmatch(rest):
        rest = ""
    if row.behind in _CHOSEN:
        rest = _blunt(rest)
    named = f"{row.words[0]} T-{here}"
    if not rest:
        return Order(named, implied=row.name)
    if not _may_stand_behind(row, rest, has_mark=bool(found["mark"]) or rest[0] in _MARKS):
        return None
    return Order(f"{named}{':' if row.behind in _FREE else ''} {rest.lstrip(_MARKS + ' ')}", implied=row.name)


def _may_stand_behind(row: Step, rest: str, *, has_mark: bool) -> bool:
    """Whether words are what the step takes, and no sentence that begins like it: `close the window`, `assign blame to the
    vendor`, `hold on a second`, `resolve asap`."""
    match row.behind:
        case "status":
            return status_of(rest)[0] is not None
        case "priority":
            return fits(row, rest)
        case "assignedUserId":
            return fits(row, rest) or " " not in rest or rest.casefold().startswith("to ")
        case "relatedTicketId":
            return any(map(str.isdigit, rest))
        case "note" if row.name != "note":
            return has_mark or bool(row.until and fits(row, rest))
        case "partners":
            return says_with_whom(rest)
        case "resolution" | "holdReason" if not has_mark:
            return not _SAYS_WHEN.match(rest) and due_end(rest, 0) < len(rest)
    return bool(row.behind)


def _blunt(text: str) -> str:
    """Without what is only polite at its end: `take it, please!` -> `take it`."""
    end = len(text)
    while True:
        while end and (text[end - 1].isspace() or text[end - 1] in _MARKS):
            end -= 1
        polite = _LAST_POLITE.search(text, max(end - _LONGEST_POLITE, 0), end)
        if polite is None:
            return text[:end]
        end = polite.start()


def _is_priority(text: str) -> bool:
    return squashed(text.removeprefix("!")) in {
        *map(squashed, CHOICES["priority"]),
        *TICKET_FIELDS["priority"].also,
    }


def _is_status(text: str) -> bool:
    """`on hold`, `done, new fuser`, `on hold until monday`; but not `new printer needed`."""
    status, rest = status_of(text)
    if status is None:
        return False
    before = text[: len(text) - len(rest)].rstrip()
    return bool(_ONLY_POLITE.fullmatch(rest)) or before[-1] in _MARKS or fits(STEPS["hold"], rest)
