"""What tickets of a channel begin with, and whether its messages become tickets by themselves."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator

from bot.domain.contract import CHOICES, unstorable
from bot.domain.directory import Directory
from bot.domain.errors import Problem
from bot.domain.fields import KIND_OF, label
from bot.domain.record import Record

Value = TypeVar("Value")
Intake = Literal["off", "ticket", "offer"]
"""What becomes of a new message: nothing, a ticket at once, or the offer to make one."""
INTAKES: Mapping[str, Intake] = {name: name for name in ("off", "ticket", "offer")}

FILLED = ("customerId", "siteId", "ticketType", "sourceChannel", "assignedQueue", "priority")
"""The fields that a channel may fill, by the contract's names."""

MOST_TOLD = 20
LONGEST_JOIN = 60  # minutes


def _in_order(fields: Mapping[str, str]) -> Mapping[str, str]:
    """As FILLED has them: what a store keeps of them has any order."""
    places = {field: place for place, field in enumerate(FILLED)}
    return {field: fields[field] for field in sorted(fields, key=lambda each: places.get(each, len(places)))}


class ChannelDefaults(Record):
    """`fields` are in wire form, those of FILLED that are chosen, in its order. `told` hear of each new ticket of the channel, by their
    Slack user IDs. What the same person writes within `joins_within` minutes of a message that became a ticket joins it."""

    fields: Annotated[Mapping[str, str], AfterValidator(_in_order)] = {}
    told: tuple[str, ...] = ()
    intake: Intake = "off"
    joins_within: int = 10

    def fill(self, fields: Mapping[str, Value], *, doubtful: Collection[str] = ()) -> dict[str, Value | str]:
        """What was said, and of what is open what is chosen here. `fields` have what they imply (Directory.complete): a site
        its customer. The site that is chosen here is none of another customer's. What is `doubtful` was said, whatever it
        means."""
        said = {field for field, value in fields.items() if value is not None and str(value).strip()}
        said |= {*doubtful}
        chosen = {field: value for field, value in self.fields.items() if field not in said}
        if "customerId" in said and fields.get("customerId") != self.fields.get("customerId"):
            chosen.pop("siteId", None)
        return {**fields, **chosen}

    def gone(self, directory: Directory) -> tuple[str, ...]:
        """Which of the customer and the site is not in the directory any more, or not together. `directory` has what these
        fields point at."""
        found = {
            field: directory.get(KIND_OF[field], self.fields[field])
            for field in ("customerId", "siteId")
            if field in self.fields and directory.knows(KIND_OF[field])
        }
        lost = tuple(field for field, item in found.items() if item is None)
        if "siteId" not in self.fields or "siteId" in lost:
            return lost
        site = found.get("siteId")
        is_elsewhere = site is not None and site.parent_id != self.fields.get("customerId")
        return (*lost, "siteId") if "customerId" in lost or is_elsewhere else lost

    def without(self, gone: Collection[str]) -> "ChannelDefaults":
        if not gone:
            return self
        kept = {field: value for field, value in self.fields.items() if field not in gone}
        return self.model_copy(update={"fields": kept})

    def in_queue(self, name: str | None, *, instead_of: str) -> "ChannelDefaults":
        """After a queue got another name, or None where it was removed."""
        if self.fields.get("assignedQueue") != instead_of:
            return self
        kept = self.without({"assignedQueue"})
        return kept.model_copy(update={"fields": {**kept.fields, "assignedQueue": name}}) if name else kept


NOTHING = ChannelDefaults()
_BEGAN = "What tickets of this channel began with is not in the directory any more."


def faults(defaults: ChannelDefaults, directory: Directory) -> list[Problem]:
    """What is wrong with defaults that somebody chose, as far as the directory and the contract tell. `directory` has what
    their fields point at."""
    found = [*unstorable(defaults.fields), *directory.check_ids(defaults.fields)]
    for field, value in defaults.fields.items():
        if field in CHOICES and value not in CHOICES[field]:
            message = f"{label(field)} is none that there is. Choose one of the list."
            found.append(Problem(field=field, code="not_a_choice", message=message))
    if len(defaults.told) > MOST_TOLD:
        message = f"{MOST_TOLD} people are the most."
        found.append(Problem(field="told", code="too_many", message=message))
    if not 1 <= defaults.joins_within <= LONGEST_JOIN:
        message = f"Choose a whole number of minutes from 1 to {LONGEST_JOIN}."
        found.append(Problem(field="joinsWithin", code="out_of_range", message=message))
    return found


def explained(problems: Iterable[Problem], gone: Collection[str]) -> list[Problem]:
    """Says of a field that is missing that the channel's tickets began with something that is gone."""
    return [
        each.model_copy(update={"message": f"{each.message} {_BEGAN}"})
        if each.code == "required" and each.field and each.field in gone
        else each
        for each in problems
    ]


def gone_text(gone: Collection[str]) -> str:
    """For whoever sees the form, which has nothing there."""
    names = " and the ".join(label(field).lower() for field in gone)
    return f"Choose the {names}. {_BEGAN} `/ticket channel` sets another."


def intake_named(word: str) -> Intake | None:
    """What `/ticket channel intake …` means by a word."""
    word = word.casefold()
    return INTAKES.get("ticket" if word in {"on", "tickets"} else word)
