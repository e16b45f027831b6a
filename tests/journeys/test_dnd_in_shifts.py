"""Do-not-disturb in a shift: who looks at who is on call is warned of it, after the answer, which waits for nobody.

ana: /ticket oncall   -> network: @emil now, @ana from …
                      -> Do-not-disturb in a shift: @emil on network, from 22:00 until 8:00
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot import app
from bot.app import utc_now
from bot.http import server
from bot.playground.driver import Person
from bot.services.dnd_in_shifts import DndInShifts
from bot.services.leases import Leases
from bot.services.people import People
from bot.tasks import Supervisor
from handlers.outbound.dnd import SlackDnd
from tests.bot.test_cli_courier import says, serving
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_settings import add_queue, days_away
from tests.stores import is_postgresql

WARNING = "*Do-not-disturb in a shift*"


@pytest.fixture
async def emil(office: Office) -> Person:
    """On call for network, and after him Ana."""
    dana, rule = office.person("dana"), days_away(office)
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["emil", "ana"], ownRule=rule)
    await form.close()
    return office.person("emil")


async def test_who_looks_is_warned_of_nights_in_which_slack_keeps_pages_back(
    ana: Person, ben: Person, emil: Person
) -> None:
    emil.rests_at_night()
    answer = await ben.types("/ticket oncall")
    await answer.shows("*network*: <@U0EMIL> now, <@U0ANA> from")
    warning = await answer.shows(WARNING)
    assert "<@U0EMIL> on *network*: from <!date^" in warning.shown
    assert "<@U0ANA>" not in warning.shown
    assert warning.only_for == ben.id
    ana.rests_at_night()
    both = await (await ben.types("/ticket oncall")).shows("<@U0ANA> on *network*")
    assert "<@U0EMIL> on *network*" in both.shown


async def test_a_pause_is_warned_of_as_long_as_it_lasts(office: Office, ben: Person, emil: Person) -> None:
    emil.pauses_notifications("hour")
    await (await ben.types("/ticket oncall")).shows(WARNING)
    emil.resumes_notifications()
    await silent(office, ben)


async def silent(office: Office, who: Person) -> None:
    answer = await who.types("/ticket oncall")
    await answer.shows("*network*: <@U0EMIL> now")
    await office.runtime.settled()
    before = [each for each in office.slack.ephemerals(to=who) if WARNING in each.shown]
    assert len(before) <= 1, "only what was said before"


def without_the_scope(office: Office) -> None:
    app = office.slack.world.app
    office.slack.world.app = replace(app, scopes=app.scopes - {"dnd:read"})


def broken(office: Office) -> None:
    office.slack.faults.break_down("dnd.info", 503, times=None)


def nonsense(office: Office) -> None:
    office.slack.faults.garble("dnd.info", times=None, next_dnd_start_ts="soon")


@pytest.mark.parametrize("hinder", [without_the_scope, broken, nonsense])
async def test_where_slack_does_not_tell_nothing_is_said(
    office: Office, ben: Person, emil: Person, hinder: Callable[[Office], None]
) -> None:
    emil.rests_at_night()
    hinder(office)
    await silent(office, ben)
    assert [each for each in office.slack.ephemerals(to=ben) if WARNING in each.shown] == []


async def test_the_answer_does_not_wait_for_a_slack_that_hangs(
    office: Office, ben: Person, emil: Person
) -> None:
    emil.rests_at_night()
    hung = office.slack.faults.hang("dnd.info", times=None)
    answer = await ben.types("/ticket oncall")
    await answer.shows("*network*: <@U0EMIL> now")
    await office.slack.until(lambda: hung.struck)
    hung.release()
    await answer.shows(WARNING)


async def test_the_metrics_tell_in_how_many_shifts(office: Office, emil: Person) -> None:
    emil.rests_at_night()
    await office.slack.events_taken()
    await office.runtime.dnd.look()
    async with (
        server.listening(office.runtime.asgi, host="127.0.0.1", port=0) as port,
        ClientSession() as http,
    ):
        answer = await http.get(f"http://127.0.0.1:{port}/metrics")
        assert "deskhand_dnd_in_shifts 1.0" in await answer.text()


async def test_a_replica_looks_where_it_has_never_been(office: Office, emil: Person) -> None:
    if not is_postgresql():
        pytest.skip("of replicas")
    emil.rests_at_night()
    await office.slack.events_taken()
    store = app.store_of(office.settings).open()
    dnd = DndInShifts(
        store, People(store, utc_now), utc_now, SlackDnd(office.runtime.clients.of, utc_now).windows
    )
    await office.runtime.leases.let_go("do-not-disturb")
    tasks, leases = Supervisor(utc_now), Leases(store)
    dnd.start(tasks, leases)
    assert await leases.is_mine("do-not-disturb")
    await dnd.look()
    assert dnd.found() == 1
    await tasks.stop(1)
    await store.close()


@pytest.mark.usefixtures("emil")
async def test_doctor_warns_where_deskhand_does_not_run_and_where_it_does(
    office: Office, tmp_path: Path
) -> None:
    settings = settings_for(office.slack, tmp_path / "data")
    secrets = {
        "SLACK_BOT_TOKEN": office.slack.bot_token,
        "SLACK_SIGNING_SECRET": office.slack.signing_secret,
        "SLACK_API_URL": settings.api_url,
    }
    await office.runtime.__aexit__(None, None, None)
    assert "do-not-disturb" not in await says(tmp_path, "doctor", **secrets)
    office.person("emil").rests_at_night()
    said = await says(tmp_path, "doctor", **secrets)
    assert "! do-not-disturb: emil on network, " in said
    assert "`/ticket oncall swap`" in said
    async with serving(office.slack, tmp_path) as running:
        said = await says(tmp_path, "doctor", **running)
        told = (
            "in 1 shift on call, now or next: `/ticket oncall` tells whose"  # by the one that has the folder
        )
        assert f"! do-not-disturb: {'emil on network, ' if is_postgresql() else told}" in said
