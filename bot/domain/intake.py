"""Which messages of an intake channel become tickets, and which belong together.

What doubtful words mean is asked: only what says nothing at all is passed over.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from bot.domain.comments import ThreadMessage, moment_of
from bot.domain.message import first_line
from bot.domain.ticket import Ticket

Meaning = Literal["nothing", "remark", "request"]
"""`nothing`: thanks, a greeting, an emoji. `remark`: it follows on something, such as “any news?”, or is a picture without a
word. `request`: all else that somebody says."""

Whose = Literal["person", "channel"]
"""Which limit is reached."""

SPAN = timedelta(minutes=10)
"""Messages are found again by the span of time that they were written in, and limits hold for one."""

MOST_OF_A_PERSON = 10
"""Tickets that become of one person's messages in one span of a channel."""
MOST_OF_A_CHANNEL = 30
"""The same of everybody's."""

_SIGNS = re.compile(r"<[@!][^<>]*>|:[a-z0-9_+'-]+:(?::skin-tone-\d:)?|&\w+;|[^\w\s+?]", re.IGNORECASE)
_NICE = (
    r"thanks|thank you|thankyou|thx|ty|tysm|cheers|danke|dankeschön|vielen dank|dank(?:e)? dir|dank(?:e)? euch|merci|gracias"
    r"|grazie|obrigad[oa]|ok|okay|k|kk|okey|alright|great|perfect|perfekt|super|cool|nice|awesome|lol|haha|np|no problem"
    r"|you re welcome|youre welcome|yw|gerne|bitte|\+1|👍|got it|sounds good|will do|good morning|good night|morning|bye|see you"
)
_TO_WHOM = r"all|team|everyone|everybody|folks|guys|so much|a lot|very much|again|schön|sehr|viel(?:mals)?|euch|dir|you|mille"
_NICETY = re.compile(rf"(?:{_NICE})(?= |\Z)(?: (?:{_NICE}|{_TO_WHOM})(?= |\Z))*+", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"(?:hi |hello |hey )?(?:(?:is there |are there |do you have |have you )?(?:any|some) (?:news|updates?|progress|luck|ideas?|eta)"
    r"|updates?|news|status|eta|bump|ping|yes|no|ja|nein|same here|me too|still|still (?:nothing|broken|down|waiting|the same)"
    r"|any(?:one|body)(?: there| here)?|what s the status|whats the status|how s it going|gibt es (?:etwas )?neues|was neues"
    r"|works(?: again| now)?|it works(?: again| now)?|fixed|done|solved|never ?mind|forget it|erledigt|geht wieder)"
    r"(?: on this| here| yet| so far| please| pls| team| all| again| for me)*",
    re.IGNORECASE,
)

_THANKS_FOR = re.compile(r"(?:thanks|thank you|thx|cheers|danke|merci|gracias)(?: \S+){1,6}", re.IGNORECASE)


def meaning_of(text: str, *, has_files: bool) -> Meaning:
    """What a message is, by itself. `text` is Slack's mrkdwn."""
    words = " ".join(_SIGNS.sub(" ", text.replace("’", " ").replace("'", " ")).replace("?", " ").split())
    if not first_line(text) or _NICETY.fullmatch(words):
        return "remark" if has_files else "nothing"
    return "remark" if _FOLLOWS.fullmatch(words) or _THANKS_FOR.fullmatch(words) else "request"


def burst_key(channel: str, user: str, span: int, place: int) -> str:
    """Names the ticket, or the offer, that a person's messages of a span lead to: the first has place 0."""
    return f"burst:{channel}:{user}:{span}:{place}"


def taken_key(channel: str, span: int, place: int) -> str:
    """Names a ticket among all that a channel's messages of a span have become."""
    return f"intake:{channel}:{span}:{place}"


def span_of(ts: str) -> int:
    """In which span of time a message was written."""
    return int(moment_of(ts).timestamp() // SPAN.total_seconds())


def spans_near(ts: str, minutes: int) -> range:
    """The spans in which something stands that was written so many minutes before or after, or less."""
    reach = -(-timedelta(minutes=minutes) // SPAN)  # rounded up
    return range(span_of(ts) - reach, span_of(ts) + reach + 1)


def distance(ts: str, other: str) -> timedelta:
    return abs(moment_of(ts) - moment_of(other))


def is_near(ts: str, other: str, minutes: int) -> bool:
    return distance(ts, other) <= timedelta(minutes=minutes)


def joined_by(ts: str, tickets: Iterable[Ticket], minutes: int) -> Ticket | None:
    """The ticket that a message joins, of those that the same person's messages became: the nearest that is not over."""
    near = [
        (distance(ts, made), ticket.number, ticket)
        for ticket in tickets
        if (made := ticket.origin.message_ts) and is_near(ts, made, minutes) and not _is_over(ticket)
    ]
    return min(near)[2] if near else None


def with_waiting(waiting: tuple[ThreadMessage, ...], message: ThreadMessage) -> tuple[ThreadMessage, ...]:
    """The messages that wait for the ticket of their offer, with one more of them or with another report of one. What one
    gesture sent twice is one."""
    sent = message.client_msg_id
    if sent and any(each.client_msg_id == sent and each.ts != message.ts for each in waiting):
        return waiting
    known = next((each for each in waiting if each.ts == message.ts), None)
    if known and (known.deleted or (known.changed_ts or "") >= (message.changed_ts or "")):
        return waiting
    if message.deleted:
        message = message.model_copy(update={"text": "", "files": ()})
    if known is None:
        return (*waiting, message)
    return tuple(message if each is known else each for each in waiting)


def _is_over(ticket: Ticket) -> bool:
    return ticket.status == "closed" or ticket.withdrawn_at is not None
