"""An organisation's teams read each other's global tickets, until one of them is taken from it."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.domain.installation import Installation, Tokens
from bot.services.installed_neighbours import InstalledNeighbours
from bot.services.kept_installations import KeptInstallations
from bot.services.leases import Leases
from bot.services.organisation_watch import OrganisationWatch
from bot.services.outbox.holds import RETRY
from bot.tasks import Supervisor
from storage import installation_store
from tests.services.sharing_kit import GONE, A, B, Town

SINCE = datetime(2026, 11, 20, tzinfo=UTC)


class ByHand(Supervisor):
    """The turns are the test's."""

    def keep(self, *_: object, **__: object) -> None: ...


class NoRotation:
    async def refreshed(self, installation: Installation) -> Tokens:
        raise NotImplementedError


def of_organisation(*teams: str) -> Installation:
    return Installation(
        id="E1",
        enterprise_id="E1",
        is_org_wide=True,
        teams=frozenset(teams),
        bot_user="UBOT",
        installed_by="U1",
        since=SINCE,
        tokens=Tokens(access=SecretStr("xoxb-1")),
    )


async def test_cards_of_a_team_that_leaves_the_organisation_say_so(tmp_path: Path) -> None:
    town = await Town(tmp_path).start()
    tasks = Supervisor(town.clock)
    kept = installation_store(town.store, [SecretStr(Fernet.generate_key().decode())])
    installations = KeptInstallations(kept, NoRotation(), tasks, town.clock)
    org = await installations.install(of_organisation(A.id, B.id), {"*"})
    neighbours = InstalledNeighbours(installations)
    town.installed.organisation, town.installed.teams_of = neighbours.organisation, neighbours.teams_of  # type: ignore[method-assign]
    leases = Leases(town.store)
    OrganisationWatch(town.store, town.sharing_store, installations, town.clock, leases).start(tasks)
    await town.partner(A, B)
    await town.watch(B, A)
    await town.make(A, "global")
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v1"]
    await installations.take(org, [A.id], town.now)
    while town.cards(B) != [GONE]:
        await town.deliver_all()
    assert await town.sees(B) == []
    await tasks.stop(1)
    await town.close()


async def test_where_the_replica_that_was_to_look_dies_another_does_and_nothing_is_told_twice(
    tmp_path: Path,
) -> None:
    town = await Town(tmp_path).start()
    tasks = Supervisor(town.clock)
    kept = installation_store(town.store, [SecretStr(Fernet.generate_key().decode())])
    installations = KeptInstallations(kept, NoRotation(), tasks, town.clock)
    org = await installations.install(of_organisation(A.id, B.id), {"*"})
    neighbours = InstalledNeighbours(installations)
    town.installed.organisation, town.installed.teams_of = neighbours.organisation, neighbours.teams_of  # type: ignore[method-assign]
    leases = [Leases(town.store), Leases(town.store)]
    one, other = (
        OrganisationWatch(town.store, town.sharing_store, installations, town.clock, each) for each in leases
    )
    for watch in (one, other):
        watch.start(ByHand(town.clock))
    assert await leases[0].is_mine("organisations")
    await town.partner(A, B)
    await town.watch(B, A)
    await town.make(A, "global")
    await town.deliver_all()
    await installations.take(org, [A.id], town.now)
    assert await other.turn() == RETRY
    await town.deliver_all()
    assert town.cards(B) == ["acme/T-1 v1"], "it is the other one's to do"
    await leases[0].let_go("organisations")
    leases[1]._wanted.clear()  # its next look is due
    assert await other.turn() is None
    await town.deliver_all()
    assert town.cards(B) == [GONE]
    calls = len(town.slack.calls)
    assert await one.turn() == RETRY, "it comes back, and finds the other one at work"
    await leases[1].let_go("organisations")
    leases[0]._wanted.clear()
    assert await one.turn() is None
    await town.deliver_all()
    assert (town.cards(B), len(town.slack.calls)) == ([GONE], calls)
    await tasks.stop(1)
    await town.close()
