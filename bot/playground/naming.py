"""Whom and what people mean by the names that they type."""

from collections.abc import Iterable, Mapping

from bot.playground.records import Conversation, User, UserGroup


def names(users: Iterable[User], conversations: Iterable[Conversation]) -> dict[str, str]:
    """What people type, in lower case, and what it stands for: `@ana` → `@U0ANA`, `#support` → `#C…`."""
    people = {f"@{name.lower()}": f"@{u.id}" for u in users for name in (u.display_name, u.name)}
    rooms = {f"#{c.name}": f"#{c.id}" for c in conversations if c.name}
    return people | rooms


def mentioned(named: Iterable[str], users: Mapping[str, User], groups: Mapping[str, UserGroup]) -> set[str]:
    """Who is meant by what `paged` found: a group's mention names its members, `!channel` everybody."""
    found: set[str] = set()
    for each in named:
        group = groups.get(each.removeprefix("!subteam^"))
        found |= set(group.users) if group else users.keys() if each.startswith("!") else {each}
    return found
