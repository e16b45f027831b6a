"""What answers a typed step: the ticket's card, or a word about each of several tickets."""

from collections.abc import Mapping, Sequence

from bot.domain.directory import Directory
from bot.domain.steps import Step
from bot.domain.ticket import Ticket
from bot.domain.words import choice, listed
from handlers.blocks import buttons, card, notice
from handlers.blocks.kit import Block, Message, context, message, section
from handlers.blocks.text import on_its_way, one_line, person, user_text, with_mentions

_NOTE = 500


def answer(
    ticket: Ticket,
    directory: Directory,
    step: Step,
    note: str,
    refused: str | None = None,
) -> Message:
    """The card, and what it does not show: where words went, and a note. `refused` as `on_its_way`
    takes it."""
    said = {
        "comment": on_its_way("Your comment", refused) if refused else "Your comment is below it.",
        "reply": on_its_way(f"Your reply to {person(ticket.created_by)}", refused),
    }.get(step.name)
    told = [said] if said else []
    if note:
        told.append(f":lock: Your note, for agents only: {with_mentions(one_line(note, _NOTE))}")
    blocks = [*card.blocks(ticket, directory), *buttons.button_row(ticket)]
    return message(card.headline(ticket), [*blocks, *([context(*told)] if told else [])])


def done(step: Step, tickets: Sequence[Ticket]) -> tuple[tuple[int, ...], str]:
    """What a typed step has done, for all: the tickets' numbers, and words that tell no more of them."""
    names = listed([f"*{ticket.name}*" for ticket in tickets], "and")
    status = choice(tickets[0].status).lower() if step.ends and len(tickets) == 1 else ""
    words = f"{names} is {status}." if status else f"Done: {names}."
    return tuple(ticket.number for ticket in tickets), words


def results(
    step: Step,
    done: Sequence[Ticket],
    refused: Mapping[int, str],
    rest: str,
    token_refused: str | None = None,
) -> Message:
    """`refused`: by the ticket's number, why. `rest`: the words that were typed behind the tickets."""
    blocks: list[Block] = [
        section(
            f":white_check_mark: *{ticket.name}* · {one_line(ticket.summary, 150)}. {_came(step, ticket, token_refused)}"
        )
        for ticket in done
    ]
    blocks += [
        section(f":warning: *T-{number}* was left as it is. {with_mentions(user_text(why, 250))}")
        for number, why in refused.items()
    ]
    if refused and rest:
        blocks += notice.typed_line(rest)
    return message(f"{len(done)} done, {len(refused)} not" if refused else f"{len(done)} done", blocks)


def _came(step: Step, ticket: Ticket, token_refused: str | None) -> str:
    if step.behind == "text":
        return on_its_way("What you wrote", token_refused)
    return f"You {step.past}." if step.past else f"It is {choice(ticket.status).lower()}."
