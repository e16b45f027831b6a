"""A user group that is whoever is on call for a queue, and nobody else."""

from collections.abc import Sequence

from bot.domain.clock.shifts import Refusal
from bot.domain.errors import InvalidInput, Problem
from bot.domain.people import WorkspacePeople
from bot.domain.queues import Queue
from bot.domain.record import Record
from bot.domain.words import quoted


def refuse_shared(queue: Queue, others: Sequence[Queue]) -> None:
    """Raises InvalidInput where a queue's group for on call is also a group of agents, who would all be put out of it, or
    another queue's for on call; or where its group of agents is another's for on call."""
    problem = None
    if queue.on_call_group:
        for each in (queue, *others):
            if each.group == queue.on_call_group:
                whose = "this queue" if each is queue else quoted(each.name)
                words = f"The agents of {whose} are this group, and I would put all but one out of it. Choose another one."
                problem = Problem(field="onCallGroup", code="agents", message=words)
        for each in others:
            if each.on_call_group == queue.on_call_group:
                words = f"Whoever is on call for {quoted(each.name)} is this group. Choose another one."
                problem = Problem(field="onCallGroup", code="taken", message=words)
    for each in others:
        if queue.group and each.on_call_group == queue.group:
            words = f"Only whoever is on call for {quoted(each.name)} is in this group. Choose another one."
            problem = Problem(field="group", code="on_call", message=words)
    if problem:
        raise InvalidInput([problem])


NOBODY, GUEST = "nobody", "guest"
"""What hinders a group before Slack is asked: nobody is on call, or somebody whom no group takes."""

_OF_A_PERSON = {GUEST, "invalid_user", "failed_for_some_users", "single_channel_guests_cannot_be_added"}
"""What another shift may mend by itself."""


class GroupNotice(Record):
    """What the owner of a queue is told where its group for on call does not follow. Slack IDs."""

    queue: str
    group: str
    refusal: Refusal


def hindered(holder: str | None, known: WorkspacePeople) -> str | None:
    """Why nobody need ask Slack to make a group whoever is on call; None where it may."""
    if holder is None:
        return NOBODY
    return GUEST if known.is_outsider(holder) else None


def refusal(why: str, holder: str | None) -> Refusal:
    """A cause that is told once: of one about a person, once for each."""
    return Refusal(why=why, person=holder if why in _OF_A_PERSON else None)
