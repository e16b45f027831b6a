"""Both stores keep the same of what belongs to no single workspace: installations, partnerships, joins, and shared tickets."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from pydantic import SecretStr

from bot.domain.elsewhere import SharedTicket
from bot.domain.partners import Partnership
from bot.domain.search import TicketFilter
from bot.services.ports.installations import InstallationStore
from bot.services.ports.sharing import Readers, SharingStore, Sources
from bot.services.ports.store import Store
from storage import installation_store, open_store, sharing_store
from tests.storage.samples import NOW, ticket
from tests.storage.test_installations import becomes, installation
from tests.storage.test_sharing import partnership

KEY = SecretStr(Fernet.generate_key().decode())
Step = tuple[str, int, int, int]
Answers = dict[str, object]
_examples = count(1)


class Kept(NamedTuple):
    """One store's."""

    installations: InstallationStore
    sharing: SharingStore


@pytest.fixture
async def both(tmp_path: Path, postgresql_url: str) -> AsyncIterator[list[Kept]]:
    """They are opened once: each example has teams of its own."""
    stores: list[Store] = [open_store(f"tinydb:{tmp_path / 'data'}"), open_store(postgresql_url)]
    yield [Kept(installation_store(store, [KEY]), sharing_store(store)) for store in stores]
    for store in stores:
        await store.close()


SHARING = ("put", "take_back", "partnership", "join", "part", "forget")
STEPS = some.tuples(
    some.sampled_from((*SHARING, "install", "uninstall", "forget_installation", "state")),
    *(some.integers(0, 2) for _ in range(3)),
)


async def take(kept: Kept, teams: Sequence[str], step: Step) -> object:
    """What it gives."""
    name, one, two, _ = step
    if name in SHARING:
        return await share(kept.sharing, teams, step)
    store, team = kept.installations, teams[one]
    match name:
        case "install":
            return await store.change(
                team, lambda known: installation(team).model_copy(update={"name": f"{two} {known is None}"})
            )
        case "uninstall":
            return await store.change(team, becomes(None))
        case "forget_installation":
            await store.forget(team)
        case "state":
            return await store.use_state(team, NOW + timedelta(days=9), NOW)
    return None


async def share(sharing: SharingStore, teams: Sequence[str], step: Step) -> object:
    name, one, two, three = step
    team, other, third = teams[one], teams[two], teams[three]
    match name:
        case "put":
            readers = Readers(frozenset({other, third} - {team}), joined=two == three)
            return await sharing.put(shared(teams, one, two, version=1 + three), readers, frozenset({third}))
        case "take_back":
            return await sharing.put(shared(teams, one, two, version=1 + three), Readers(), frozenset())
        case "partnership" if team != other:

            def changed(known: Partnership | None) -> Partnership | None:
                if known is None:
                    return partnership(team, other) if three else None
                return known.model_copy(update={"state": ("active", "ended", known.state)[three]})

            return await sharing.change_partnership(team, other, changed)
        case "join":
            await sharing.join([team, other, third])
        case "part":
            return await sharing.part([team, other, third])
        case "forget":
            await sharing.forget(team)
    return None


def shared(teams: Sequence[str], home: int, number: int, version: int) -> SharedTicket:
    at = NOW + timedelta(minutes=10 * home + number)  # no two at the same moment
    update = {"id": UUID(int=10 * home + number + 1), "created_at": at, "version": version}
    made = ticket(number + 1, summary=f"Printer {version}").model_copy(update=update)
    return SharedTicket(home=teams[home], ticket=made, people={"U1": "Ana"}, items={"customerId": "Acme"})


FILTERS = (
    TicketFilter(),
    TicketFilter(words=("printer", "2"), sort="age"),
    TicketFilter(open_only=True, sort="priority"),
)


async def answers(kept: Kept, teams: Sequence[str]) -> Answers:
    sharing, whole = kept.sharing, frozenset(teams)
    found: Answers = {"installations": [each for each in await kept.installations.all() if each.id in whole]}
    found["ids"] = (await kept.installations.changed(0)).ids & whole
    found["joins"] = [each for each in await sharing.joins() if each & whole]
    for team in teams:
        known = await sharing.partnerships(team)
        found[f"partnerships of {team}"] = sorted(known, key=lambda each: each.key)
        found[f"partnership of {team}"] = [await sharing.partnership(team, other) for other in teams]
        found[f"told of {team}"] = [await sharing.told(team, number) for number in (1, 2, 3)]
        first = [*await sharing.told_of(team, limit=2)]
        rest = [*await sharing.told_of(team, after=first[-1].order, limit=9)] if first else []
        found[f"all told of {team}"] = [(each.ref, each.to_tell) for each in (*first, *rest)]
        sources = Sources(team, whole - {team}, whole)
        found[f"found by {team}"] = [await sharing.find(sources, each, limit=2) for each in FILTERS]
        ids = (UUID(int=number) for number in range(1, 24))
        found[f"by ID for {team}"] = [await sharing.by_id(sources, each) for each in ids]
    return found


async def done(kept: Kept, teams: Sequence[str], step: Step) -> object:
    """What it gives; and everybody who asks what has changed since is told of all that has."""
    version, before = await kept.installations.version(), await kept.installations.all()
    given = await take(kept, teams, step)
    changed = await kept.installations.changed(version)
    now = {each.id: each for each in await kept.installations.all()}
    differing = {name for name, each in now.items() if each not in before}
    assert differing <= {each.id for each in changed.changed}
    assert changed.ids == now.keys()
    assert changed.version > version or [*now.values()] == before
    return given


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(STEPS, max_size=20))
@example([("join", 0, 1, 2), ("join", 1, 1, 2), ("forget", 0, 0, 0)])  # what is left is joined already
async def test_both_stores_keep_the_same_of_a_deployment(both: list[Kept], script: list[Step]) -> None:
    number = next(_examples)
    teams = [f"T{number}{letter}" for letter in "ABC"]
    for step in script:
        one, other = [await done(kept, teams, step) for kept in both]
        assert one == other, step
    one, other = [await answers(kept, teams) for kept in both]
    assert {name: (one[name], other[name]) for name in one if one[name] != other[name]} == {}
    for kept in both:
        for team in teams:
            await kept.installations.forget(team)
            await kept.sharing.forget(team)
