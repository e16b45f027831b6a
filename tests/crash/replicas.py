"""Two replicas at work on one PostgreSQL while something happens to one of them, to PostgreSQL, or to what is between: round after
round, and after each what is left is checked.
"""

import asyncio
import os
import select
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP, SIGTERM
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from tests.crash.checks import CHECKS, LAST
from tests.crash.loads import HOLD, run
from tests.crash.proxy import Proxy
from tests.crash.slack import Slack, Then
from tests.postgres import Cluster, connected, made

T = TypeVar("T")

LOADS = ("desk", "intake", "clock")

ROUNDS_OF_A_DATABASE = 5

_REPLICAS = 2
_LONGEST = 0.3  # seconds until something happens, and from then on
_PATIENCE = 60.0  # seconds until a replica says something
_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.crash.loads"])


class Replica:
    """A process with a load."""

    def __init__(self, load: str, folder: Path, seed: int) -> None:
        self.heard = b""
        self._reading, writing = Pipe(duplex=False)
        self._process = _forking.Process(target=run, args=(load, folder, seed, writing))
        self._process.start()
        writing.close()

    def send(self, signal: int) -> None:
        os.kill(self.pid, signal)

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def fileno(self) -> int:
        return self._reading.fileno()

    def hear(self) -> None:
        more = os.read(self.fileno(), 1 << 16)
        assert more, "it ended by itself"
        self.heard += more

    def kill(self) -> list[str]:
        """Gives what it said was durable."""
        self._process.kill()
        self._process.join()
        assert self._process.exitcode == -9, "it ended by itself"
        return self._last_words()

    def end(self) -> list[str]:
        """As `kill`, once what is on its way has arrived."""
        self.send(SIGTERM)
        while more := os.read(self.fileno(), 1 << 16):
            self.heard += more
        self._process.join(_PATIENCE)
        assert self._process.exitcode == 0, "it did not end in order"
        return self._last_words()

    def discard(self) -> None:
        """Whatever has become of it."""
        self._process.kill()
        self._process.join()

    def _last_words(self) -> list[str]:
        self._process.close()
        while more := os.read(self.fileno(), 1 << 16):
            self.heard += more
        self._reading.close()
        return self.heard.decode().splitlines()


@dataclass
class Site:
    """PostgreSQL, the way to it, and the replicas of a round."""

    load: str
    folder: Path
    cluster: Cluster
    proxy: Proxy
    chance: Random
    replicas: list[Replica] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """All that was acknowledged since the database is new."""
    late: int = 0
    """So many posts came too late since then."""
    ends_in_order: bool = False
    """Whether the replicas of this round do: one that has posted what another recorded still has to delete it."""

    def join(self) -> None:
        self.replicas.append(Replica(self.load, self.folder, self.chance.getrandbits(32)))

    def one(self) -> Replica:
        return self.chance.choice(self.replicas)

    def dies(self) -> None:
        replica = self.one()
        self.replicas.remove(replica)
        self.said += replica.kill()

    def listen(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            for replica in select.select(self.replicas, [], [], left)[0]:
                replica.hear()

    def hears_all(self) -> None:
        """Each replica says something."""
        before = {replica: len(replica.heard) for replica in self.replicas}
        end = monotonic() + _PATIENCE
        while any(len(replica.heard) == said for replica, said in before.items()):
            assert monotonic() < end, "it never said a word"
            self.listen(0.02)

    def ends(self) -> None:
        for replica in self.replicas:
            self.said += replica.end() if self.ends_in_order else replica.kill()
        self.replicas.clear()
        self.ends_in_order = False

    def waits_for(self, found: Callable[[], T | None]) -> T:
        """What becomes true by itself."""
        end = monotonic() + _PATIENCE
        while (it := found()) is None:
            assert monotonic() < end, "it never came"
            self.listen(0.02)
        return it

    def some_time(self, longest: float = _LONGEST) -> None:
        self.listen(self.chance.uniform(0, longest))


Fate = Callable[[Site], None]


def _replica_is_killed(site: Site) -> None:
    site.dies()
    site.join()


def _postgresql_is_killed(site: Site) -> None:
    site.cluster.kill()
    site.some_time()
    site.cluster.start()


def _both_are_killed(site: Site) -> None:
    site.cluster.kill()
    site.dies()
    site.cluster.start()
    site.join()


def _postgresql_is_stopped(site: Site) -> None:
    site.cluster.stop()
    site.some_time(3.0)
    site.cluster.start()


def _replica_is_frozen(site: Site) -> None:
    """For longer than its hold."""
    site.ends_in_order = site.load != "intake"
    frozen = site.one()
    frozen.send(SIGSTOP)
    site.listen(HOLD * site.chance.uniform(0.8, 2.5))
    frozen.send(SIGCONT)


def _post_comes_too_late(site: Site) -> None:
    """A replica stands still between its look at the hold and a post until another one has posted the same."""
    site.ends_in_order = True
    _late_post(site, "goes on")


def _post_comes_too_late_and_its_replica_dies(site: Site) -> None:
    """As its post is there: it says nothing of it any more."""
    late = _late_post(site, "is killed")
    site.said += late.kill()
    site.join()


def _late_post(site: Site, then: Then) -> Replica:
    slack = Slack(site.folder / "slack.txt")
    slack.freeze_next(then)
    pid, delivery = site.waits_for(slack.frozen)
    site.waits_for(lambda: slack.times_made(delivery) or None)
    (late,) = [each for each in site.replicas if each.pid == pid]
    if then == "is killed":
        site.replicas.remove(late)
    late.send(SIGCONT)
    site.waits_for(lambda: slack.times_made(delivery) > 1 or None)
    site.late += 1
    slack.close()
    return late


def _connections_are_cut(site: Site) -> None:
    for _ in range(site.chance.randint(1, 4)):
        site.proxy.cut()
        site.some_time(0.1)


def _answers_are_lost(site: Site) -> None:
    """One at least."""
    before = site.proxy.lost
    site.proxy.loses = site.chance.choice((0.02, 0.1, 0.3))
    site.some_time(2.0)
    site.waits_for(lambda: site.proxy.lost > before or None)
    site.proxy.loses = 0.0


def _nobody_answers(site: Site) -> None:
    site.proxy.deafen()
    site.some_time(HOLD * 1.5)
    site.proxy.hear()


def away(seconds: float) -> Fate:
    """PostgreSQL is stopped for so long, under load: longer than anybody waits for the outcome of a commit."""

    def _postgresql_is_away(site: Site) -> None:
        site.listen(2)
        site.cluster.stop()
        site.listen(seconds)
        site.cluster.start()

    return _postgresql_is_away


FATES: Sequence[Fate] = (
    _replica_is_killed,
    _postgresql_is_killed,
    _both_are_killed,
    _postgresql_is_stopped,
    _replica_is_frozen,
    _connections_are_cut,
    _answers_are_lost,
    _nobody_answers,
)
LATE: Sequence[Fate] = (_post_comes_too_late, _post_comes_too_late_and_its_replica_dies)
"""A card stands twice for a moment then, and chance has no part in it."""


def fates_of(load: str) -> Sequence[Fate]:
    return (*FATES, *LATE) if load in LAST else FATES  # of others, nothing is posted


@dataclass
class Round:
    """What happened, how much was acknowledged in it, and how many commits were cut off."""

    fate: str
    acknowledged: int
    tickets: int
    cut_off: int
    deleted: int
    """Posts of replicas that found that another had posted the same."""


def rounds(
    load: str, folder: Path, times: int, seed: int, among: Sequence[Fate] | None = None
) -> Iterator[Round]:
    """Raises AssertionError with what is not as it must be. Each thing that can happen does so in turn, in an order by chance."""
    chance = Random(seed)  # noqa: S311  (it guards nothing)
    among, fates = among or fates_of(load), list[Fate]()
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(durable=True))
        proxy = Proxy(cluster.port, Random(seed))  # noqa: S311
        stack.enter_context(proxy.running())
        site = Site(load, folder, cluster, proxy, chance)
        stack.callback(_clear, site)
        for number in range(times):
            if number % ROUNDS_OF_A_DATABASE == 0:
                _begin_anew(site)
            fates = fates or chance.sample(among, len(among))
            is_last = number + 1 == times or (number + 1) % ROUNDS_OF_A_DATABASE == 0
            yield _round(site, fates.pop(), is_last=is_last)


def _round(site: Site, fate: Fate, *, is_last: bool) -> Round:
    before, cut_off, deleted = len(site.said), site.proxy.lost, _deleted(site)
    for _ in range(_REPLICAS):
        site.join()
    site.hears_all()
    site.some_time()
    fate(site)
    site.hears_all()
    site.some_time()
    site.ends()
    tickets = CHECKS[site.load](site.folder, site.said)
    if is_last and site.load in LAST:
        asyncio.run(_holds_end(site.cluster, site.folder))
        LAST[site.load](site.folder)
        assert _deleted(site) >= site.late, "a post that came too late is deleted"
    name = fate.__name__.strip("_").replace("_", " ")
    acknowledged = len(site.said) - before
    return Round(name, acknowledged, tickets, site.proxy.lost - cut_off, _deleted(site) - deleted)


def _begin_anew(site: Site) -> None:
    shutil.rmtree(site.folder, ignore_errors=True)
    site.folder.mkdir(parents=True)
    site.said.clear()
    site.late = 0
    url = asyncio.run(made(site.cluster.url))
    by_proxy = urlsplit(url)._replace(netloc=f"postgres@127.0.0.1:{site.proxy.port}")
    (site.folder / "store.txt").write_text(urlunsplit(by_proxy))


async def _holds_end(cluster: Cluster, folder: Path) -> None:
    """Those of the replicas that were killed."""
    url = urlunsplit(urlsplit(cluster.url)._replace(path=urlsplit((folder / "store.txt").read_text()).path))
    async with connected(url) as connection:
        await connection.execute(
            "SELECT pg_sleep_for(greatest('0', max(ends_at) - clock_timestamp())) FROM deskhand.holds"
        )


def _deleted(site: Site) -> int:
    slack = Slack(site.folder / "slack.txt")
    slack.close()
    return slack.deleted()


def _clear(site: Site) -> None:
    for replica in site.replicas:
        replica.discard()
