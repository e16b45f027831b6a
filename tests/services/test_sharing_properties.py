"""Whatever three workspaces do, and whenever the process dies: each sees what a model of three dictionaries says, and no card and no
comment is missing or there twice.

Slack answers, or not, and a crash comes where a delivery was about to do something that outlives it: before and after each commit in either store, each
change of the shared index, and each thing that Slack does.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.domain.elsewhere import SharedTicket
from bot.domain.errors import DeskError
from bot.domain.mirror_ref import MirrorRef
from bot.domain.partners import Partnership
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.across import across
from bot.services.joins import Joins
from bot.services.outbox.courier import Courier
from bot.services.ports.messenger import ChannelClosed, NoAnswer, RateLimited, Refused, Unauthorized
from bot.services.ports.sharing import Readers, SharingStore
from bot.services.ports.store import Store
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.tasks import Supervisor
from tests.services.courier_kit import Late, Lost
from tests.services.sharing_kit import GONE, NAMES, A, B, C, Town
from tests.services.test_courier_properties import Mortal, MortalMessenger, MortalStore
from tests.stores import temporary_folder

T = TypeVar("T")

ALL = (A, B, C)
TICKETS = 2  # of each

workspaces = st.sampled_from(ALL)
pairs = st.permutations(ALL).map(lambda order: order[:2])
numbers = st.integers(1, TICKETS)
_OPS = (
    "share",
    "unshare",
    "global",
    "local",
    "note",
    "comment",
    "write",
    "typed",
    "partner",
    "end",
    "let",
    "watch",
    "join",
)
operations = st.tuples(st.sampled_from(_OPS), pairs, numbers)
"""What it is, by whom and with whom, and of which ticket."""
Script = Sequence[tuple[str, Sequence[Workspace], int]]
failures = st.sampled_from(
    [
        Lost("TimeoutError"),
        NoAnswer("HTTP 503"),
        RateLimited("ratelimited", after=30),
        Refused("never_heard_of"),
        ChannelClosed("not_in_channel"),
        Unauthorized("not_installed"),
    ]
)
"""What Slack answers, in whichever workspace asks it next."""


@dataclass
class MortalSharing:
    """A delivery's way to the shared index."""

    store: SharingStore
    mortal: Mortal

    async def put(self, shared: SharedTicket, readers: Readers, to_tell: frozenset[str]) -> bool:
        return await self._mortal(lambda: self.store.put(shared, readers, to_tell))

    async def change_partnership(
        self, one: str, other: str, work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        return await self._mortal(lambda: self.store.change_partnership(one, other, work))

    async def _mortal(self, change: Callable[[], Awaitable[T]]) -> T:
        await self.mortal.passes()
        done = await change()
        await self.mortal.passes()
        return done

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


class MortalTown(Town):
    """What its courier does may be cut off; what people do is not."""

    def __init__(self, folder: Path, deaths: list[int]) -> None:
        self.mortal = Mortal(deaths)
        super().__init__(folder, dead=lambda: self.mortal.dead)

    def new_courier(self, store: Store | None = None) -> Courier:
        del store
        self.build(self.store)
        dying = MortalStore(self.store, self.mortal)
        news = TicketNews(self.people, timedelta())
        deliveries = across(
            dying,  # type: ignore[arg-type]  # all that deliveries need of it
            MortalSharing(self.sharing_store, self.mortal),  # type: ignore[arg-type]
            self.installed,
            self.people,
            steps=TicketSteps(self.store, self.clock, self.people, news),
            comments=TicketComments(dying, self.clock, news),  # type: ignore[arg-type]
            clock=self.clock,
        ).deliveries
        return Courier(
            dying,  # type: ignore[arg-type]
            MortalMessenger(self.slack, self.mortal),
            self.clock,
            Supervisor(self.clock),
            backoff=self.backoff,
            on_hand_on=deliveries.hand_on,
            mirrored=deliveries.mirrored,
        )

    async def go_on(self) -> None:
        """Until everything is delivered, in this life or the next."""
        await self._delivered()
        while self.mortal.dead:
            await self.close()
            self.mortal.revive()
            self.open()
            await self.courier.start()
            await self._delivered()

    async def _delivered(self) -> None:
        await self.rest()
        while not self.mortal.dead and (times := self.times()):
            self.advance(max(0.0, (min(times) - self.now).total_seconds()))
            await self.rest()


@dataclass
class Model:
    """Who sees what. A ticket is its home's team and its number; `carded` and `copied` say what stands with whom."""

    mode: dict[tuple[str, int], str] = field(default_factory=dict)
    shared: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    partners: set[frozenset[str]] = field(default_factory=set)
    silent: set[tuple[str, str]] = field(default_factory=set)  # home, and who may only see
    joined: set[frozenset[str]] = field(default_factory=set)
    watching: set[tuple[str, str]] = field(default_factory=set)  # who, whose
    carded: set[tuple[str, str, int]] = field(default_factory=set)
    said: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    copied: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)

    def sees(self, team: str, home: str, number: int) -> bool:
        both, mode = frozenset((team, home)), self.mode[home, number]
        if mode == "shared":
            return both in self.partners and team in self.shared[home, number]
        return mode == "global" and both in self.joined

    def listed(self, team: str) -> list[tuple[str, int]]:
        return [key for key in self.mode if key[0] != team and self.sees(team, *key)]

    def told(self, home: str, number: int, *, only: Collection[str] = NAMES) -> None:
        """Partners learn how it is: who watches gets a card."""
        for team in NAMES:
            is_partner = frozenset((team, home)) in self.partners and team in only
            if is_partner and (team, home) in self.watching and self.sees(team, home, number):
                self.carded.add((team, home, number))

    def commented(self, home: str, number: int, text: str, by: str) -> None:
        self.said.setdefault((home, number), []).append(text)
        for team in NAMES:
            if (
                team not in {home, by}
                and (team, home, number) in self.carded
                and self.sees(team, home, number)
            ):
                self.copied.setdefault(team, []).append((home, number, text))


class Play:
    def __init__(self, town: MortalTown) -> None:
        self.town = town
        self.model = Model()

    async def act(self, what: str, one: Workspace, other: Workspace, number: int) -> None:  # noqa: C901, PLR0912, PLR0915
        town, model, sharing = self.town, self.model, self.town.across.sharing
        town.advance(1)
        home, team, key = one.id, other.id, (one.id, number)
        both = frozenset((home, team))
        version = (await town.ticket(number, one)).version
        match what:
            case "share" if both in model.partners:
                await town.share(one, number, other)
                left = model.shared[key] if model.mode[key] == "shared" else set()
                model.mode[key], model.shared[key] = "shared", left | {team}
            case "unshare" if both in model.partners:
                await town.unshare(one, number, other)
                left = {each for each in model.shared[key] if frozenset((home, each)) in model.partners} - {
                    team
                }
                model.mode[key] = "shared" if left else "workspace_local"
                model.shared[key] = left
            case "global" | "local":
                mode = "global" if what == "global" else "workspace_local"
                await sharing.choose(one, number, mode, [], await town.request(one))  # type: ignore[arg-type]
                model.mode[key], model.shared[key] = mode, set()
            case "note":
                await town.note(one, number)
            case "comment":
                await town.comment(one, number, text := str(uuid4()))
                model.commented(home, number, text, home)
            case "write" if (team, home, number) in model.carded:
                place = self.card(other, one, number)
                await town.writes(other, place.channel, place.ts, text := str(uuid4()))
                if self.may_comment(team, home, number):
                    model.commented(home, number, text, team)
            case "typed":
                text, agent = str(uuid4()), await town.actor(other)
                try:
                    await sharing.comment(other, agent, MirrorRef(home=home, number=number), text, uuid4())
                except DeskError:
                    assert not self.may_comment(team, home, number)
                else:
                    assert self.may_comment(team, home, number)
                    model.commented(home, number, text, team)
                    if (team, home, number) in model.carded:
                        model.copied.setdefault(team, []).append((home, number, text))
            case "partner" if both not in model.partners:
                await town.partner(one, other)
                model.partners.add(both)
                model.silent -= {(home, team), (team, home)}
            case "end" if both in model.partners:
                await town.end(one, other)
                model.partners.discard(both)
                for (of, _), teams in model.shared.items():
                    if of in both:
                        teams.difference_update(
                            both - {of}
                        )  # what was shared is not shared by a new partnership
            case "let" if both in model.partners:
                admin, is_silent = await town.actor(one, "Dana"), (home, team) in model.silent
                lets = "comment" if is_silent else "see"
                await town.across.partners.let(one, admin, NAMES[team], lets, key=str(uuid4()))  # type: ignore[arg-type]
                model.silent ^= {(home, team)}
                for of, to in ((home, team), (team, home)):
                    for known in range(1, TICKETS + 1):
                        model.told(of, known, only=[to])
            case "watch" if both in model.partners:
                await town.watch(other, one)
                model.watching.add((team, home))
                for known in range(1, TICKETS + 1):  # all are open
                    model.told(home, known, only=[team])
            case "join":
                is_new = both not in model.joined
                joins = Joins(town.store, town.sharing_store, town.clock)
                await (joins.join(both) if is_new else joins.part(both))
                model.joined ^= {both}
                for each, known in model.mode:
                    if each in both:
                        model.told(each, known)
        await town.go_on()
        if (await town.ticket(number, one)).version > version:
            model.told(home, number)

    def may_comment(self, team: str, home: str, number: int) -> bool:
        is_shared = self.model.mode[home, number] == "shared" and self.model.sees(team, home, number)
        return is_shared and (home, team) not in self.model.silent

    def card(self, there: Workspace, home: Workspace, number: int) -> Place:
        for (team, place), message in self.town.slack.seen_at.items():
            if team == there.id and message == (home.id, number):
                return place
        raise AssertionError

    async def check(self) -> None:
        town, model = self.town, self.model
        for one in ALL:
            versions = {
                key: (await town.ticket(key[1], Workspace(team_id=key[0]))).version for key in model.mode
            }
            expected = sorted(f"{NAMES[h]}/T-{n} v{versions[h, n]}" for h, n in model.listed(one.id))
            assert await town.sees(one) == expected
            cards = sorted(
                f"{NAMES[h]}/T-{n} v{versions[h, n]}" if model.sees(team, h, n) else GONE
                for team, h, n in model.carded
                if team == one.id
            )
            assert town.cards(one) == cards
            copies = Counter(said.rpartition(": ")[2] for said in town.copies(one))
            shown = [text for h, n, text in model.copied.get(one.id, ()) if model.sees(one.id, h, n)]
            lost = {
                words: copies[words] for words in ("(deleted)", GONE)
            }  # what is seen no more, whoever said it
            assert copies - Counter(lost) == Counter(shown)
            for number in range(1, TICKETS + 1):
                said = [each.rpartition(": ")[2] for each in await town.said(one, number)]
                assert Counter(said) == Counter(model.said.get((one.id, number), ()))
            assert await town.jobs(one) == []


async def play(
    folder: Path, script: Script, deaths: list[int], answers: Sequence[Exception | None] = ()
) -> None:
    town = MortalTown(folder, [])
    await town.start()
    game = Play(town)
    for one in ALL:
        for number in range(1, TICKETS + 1):
            await town.make(one)
            game.model.mode[one.id, number], game.model.shared[one.id, number] = "workspace_local", set()
    for one, other in ((A, B), (B, C)):  # else most of what is tried is refused
        await town.partner(one, other)
        game.model.partners.add(frozenset((one.id, other.id)))
        await town.watch(other, one)
        game.model.watching.add((other.id, one.id))
    await town.go_on()
    town.mortal.live_on(deaths)
    shared: list[Exception | asyncio.Event | Late | None] = [*answers]
    for what, (one, other), number in script:
        town.slack.script = defaultdict(lambda: shared)
        await game.act(what, one, other, number)
        town.slack.script = defaultdict(list)
        for _ in range(2):  # once more for what was set aside while it was put back
            town.courier.retry()
            await town.go_on()
        await game.check()
    await town.close()


def run(script: Script, deaths: list[int], answers: Sequence[Exception | None] = ()) -> None:
    async def timed(folder: Path) -> None:
        async with asyncio.timeout(60):
            await play(folder, script, deaths, answers)

    with temporary_folder() as folder, capture_logs():
        asyncio.run(timed(folder))


@given(
    script=st.lists(operations, max_size=8),
    deaths=st.lists(st.integers(1, 30), max_size=4),
    answers=st.lists(st.none() | failures, max_size=6),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_each_workspace_sees_what_the_model_says_whatever_happens(
    script: Script, deaths: list[int], answers: list[Exception | None]
) -> None:
    run(script, deaths, answers)


STORY = [
    ("share", (A, B), 1),
    ("comment", (A, B), 1),
    ("write", (A, B), 1),
    ("typed", (A, B), 1),
    ("note", (A, B), 1),
    ("unshare", (A, B), 1),
    ("share", (A, B), 1),
    ("end", (A, B), 1),
]
"""Each kind of delivery."""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(1, 200))
def test_a_crash_after_any_step_of_a_delivery_loses_nothing_and_does_nothing_twice(step: int) -> None:
    run(STORY, [step])
