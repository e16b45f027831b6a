"""The example workspace, and how it outlives a restart."""

import csv
import json

import pytest

from bot.playground import seed, snapshot
from bot.playground.app import Installation, read_manifest
from bot.playground.clock import Clock
from bot.playground.example_slack import keep, start_example
from bot.playground.world import World
from tests.playground.conftest import MANIFEST


def new_world() -> World:
    return World(seed.TEAM, read_manifest(MANIFEST), Clock())


def rows(kind: str) -> list[dict[str, str]]:
    with (seed.EXAMPLE / f"{kind}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_example_starts_the_same_each_time() -> None:
    one, other = new_world(), new_world()
    seed.fill(one)
    seed.fill(other)
    assert snapshot.dump(one) == snapshot.dump(other)


def test_the_example_has_people_a_foreign_channel_and_a_message_with_a_file() -> None:
    world = new_world()
    seed.fill(world)
    assert {"ana", "ben", "chloe", "dana", "emil"} <= {user.name for user in world.users.values()}
    assert world.bot.id not in world.conversation("random").members
    assert any(message.files for message in world.conversation("support").messages)


def test_every_id_of_the_directory_points_at_a_row_that_is_there() -> None:
    ids = {kind: {row["id"] for row in rows(kind)} for kind in ("customers", "sites", "systems", "assets")}
    for row in rows("sites") + rows("contacts"):
        assert row["customerId"] in ids["customers"]
    for row in rows("systems") + rows("assets"):
        assert row["siteId"] in ids["sites"]
    for row in rows("assets"):
        assert row["systemId"] in ids["systems"] | {""}
    assert [row["name"] for row in rows("sites")].count("HQ") > 1


def test_the_settings_name_channels_people_and_items_that_are_there() -> None:
    world = new_world()
    seed.fill(world)
    settings = json.loads(seed.SETTINGS.read_text())
    (queue,) = settings["queues"]
    assert world.bot.id in world.conversations[queue["channel"]].members
    assert world.users[queue["owner"]].is_admin
    assert "U0BEN" not in world.groups[queue["group"]].users
    sites = {row["id"]: row["customerId"] for row in rows("sites")}
    for channel, defaults in settings["channels"].items():
        conversation = world.conversations[channel]
        fields = defaults["fields"]
        assert {world.bot.id, "U0ANA", "U0BEN", "U0CHLOE"} <= conversation.members
        assert sites[fields["siteId"]] == fields["customerId"]
        assert fields["assignedQueue"] == queue["name"]


def test_whoever_reads_a_channel_with_defaults_is_told_what_it_does() -> None:
    world = new_world()
    seed.fill(world)
    for name, words in (("acme-hq", "without a form"), ("help-desk", "becomes a ticket")):
        (first,) = world.conversation(name).messages
        assert first.author.name == "dana"
        assert words in first.shown
    assert "<@U0DESK> take" in world.conversation("acme-hq").messages[0].text


def test_people_channels_and_messages_come_back_as_they_were() -> None:
    before, after = new_world(), new_world()
    seed.fill(before)
    ana = before.user("ana")
    said = before.say(ana, before.conversation("support"), "New & <odd>", files=[before.file(ana, "a.png")])
    before.react(ana, said, "eyes")
    before.edit(said, "Newer")
    before.direct(before.user("ben"))
    snapshot.load(after, snapshot.dump(before))
    assert snapshot.dump(after) == snapshot.dump(before)
    assert after.next_ts() > said.ts


def other_and_partner() -> tuple[World, World]:
    world = new_world()
    partner = World(seed.PARTNER, world.app.of(seed.PARTNER.id), world.clock, beside=world)
    seed.fill(world)
    seed.fill_partner(partner)
    return world, partner


def test_the_partner_has_an_admin_and_the_bot_is_in_none_of_its_channels() -> None:
    _, partner = other_and_partner()
    people = [user for user in partner.users.values() if not user.is_bot]
    assert len(people) == 4
    assert [user.name for user in people if user.is_admin] == ["mira"]
    assert all(partner.bot.id not in each.members for each in partner.conversations.values())


async def test_all_workspaces_are_there_again_with_what_they_share_and_the_bots_tokens() -> None:
    async with await start_example(MANIFEST) as slack:
        world, partner = slack.worlds
        shared = slack.share_channel("network", world, partner)
        hugo = slack.in_workspace(partner).person("hugo")
        partner.join(hugo.user, shared.conversation)
        hugo.says("On my way", shared)
        token = slack.installs.install(Installation(partner.team.id, "U0MIRA"), world.app.asked).access
        slack.clock.advance(3600)
        kept = keep(slack)
        assert token not in kept
    async with await start_example(MANIFEST, kept=kept) as slack:
        world, partner = slack.worlds
        assert keep(slack) == kept
        assert slack.clock.ahead.total_seconds() == pytest.approx(3600)
        assert world.installation is None
        assert partner.installation == Installation(partner.team.id, "U0MIRA")
        assert slack.installs.find(token).owner == partner.team.id
        room = world.conversation("network")
        assert partner.conversation("network") is room
        assert room.messages[-1].author is partner.user("hugo")


async def test_what_an_earlier_version_kept_is_northgates_and_the_partner_is_new() -> None:
    world = new_world()
    seed.fill(world)
    world.say(world.user("ana"), world.conversation("support"), "Lift is stuck")
    async with await start_example(MANIFEST, kept=snapshot.dump(world)) as slack:
        assert slack.channel("support").messages[-1].text == "Lift is stuck"
        assert slack.in_workspace(seed.PARTNER.id).channel("call-outs").messages != []


async def test_what_is_no_snapshot_is_refused() -> None:
    for kept in ("", "{}", '{"workspaces": []}'):
        with pytest.raises((ValueError, KeyError)):
            await start_example(MANIFEST, kept=kept)
