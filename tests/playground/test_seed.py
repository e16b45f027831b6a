"""The example workspace, and how it outlives a restart."""

import csv
import json

from bot.playground import seed, snapshot
from bot.playground.app import read_manifest
from bot.playground.clock import Clock
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
