"""Who is who, by workspace."""

from bot.domain.people import Group, Person
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace
from bot.services.people import People

HERE, ELSEWHERE = Workspace(team_id="T1"), Workspace(team_id="T2")
ANA = Person(id="U1", names=("ana", "Ana Weber"), timezone="Europe/Berlin")


def test_people_go_by_each_of_their_names_whatever_its_case() -> None:
    people = People()
    people.learn(HERE, [ANA, Person(id="U2", names=("Ana",))])
    assert {person.id for person in people.called(HERE, "ANA")} == frozenset({"U1", "U2"})
    assert [person.id for person in people.called(HERE, "ana weber")] == ["U1"]
    assert people.called(HERE, "nobody") == ()


def test_no_workspace_knows_the_people_of_another() -> None:
    people = People()
    people.learn(HERE, [ANA])
    assert people.called(ELSEWHERE, "ana") == ()
    assert not people.knows(ELSEWHERE, "U1")
    assert people.name(ELSEWHERE, "U1") == "U1"


def test_what_is_new_replaces_what_was_known() -> None:
    people = People()
    people.learn(HERE, [ANA])
    people.learn(HERE, [Person(id="U1", names=("anna",), timezone="Asia/Kathmandu")])
    assert people.called(HERE, "ana") == ()
    assert people.name(HERE, "U1") == "anna"
    assert str(people.zone(HERE, "U1")).endswith("Kathmandu')")


def test_who_is_forgotten_or_has_no_zone_has_none() -> None:
    people = People()
    people.learn(HERE, [ANA, Person(id="U2", names=(), timezone="Nowhere/Atlantis")])
    assert people.zone(HERE, "U2") is None
    assert people.name(HERE, "U2") == "U2"
    people.forget(HERE, "U1")
    assert people.zone(HERE, "U1") is None
    assert people.called(HERE, "ana") == ()


def test_admins_and_outsiders_are_known_and_nobody_else_is_either() -> None:
    people = People()
    people.learn(
        HERE, [ANA, Person(id="U2", names=(), is_admin=True), Person(id="U3", names=(), is_bot=True)]
    )
    people.learn(HERE, [Person(id="U4", names=(), is_outsider=True)])
    assert [user for user in ("U1", "U2", "U3", "U4", "U5") if people.is_admin(HERE, user)] == ["U2"]
    assert [user for user in ("U1", "U2", "U3", "U4", "U5") if people.is_outsider(HERE, user)] == ["U3", "U4"]
    assert not people.is_admin(ELSEWHERE, "U2")


def test_whoever_left_is_an_outsider_until_they_come_back() -> None:
    people = People()
    people.learn(HERE, [ANA])
    assert set(people.left(HERE)) == set()
    people.forget(HERE, "U1")
    assert set(people.left(HERE)) == {"U1"}
    assert people.is_outsider(HERE, "U1")
    people.learn(HERE, [ANA])
    assert set(people.left(HERE)) == set()


def test_a_queues_members_are_those_of_its_group_or_else_of_its_channel() -> None:
    people = People()
    by_channel = Queue(name="a", channel="C1", owner="U1")
    by_group = Queue(name="b", channel="C1", group="S1", owner="U1")
    assert people.members(HERE, by_channel) is None
    assert people.members(HERE, by_group) is None
    people.learn_channel(HERE, "C1", ["U1", "U2"])
    people.learn_groups(HERE, [Group(id="S1", name="team", members=frozenset({"U3"}))])
    assert people.members(HERE, by_channel) == frozenset({"U1", "U2"})
    assert people.members(HERE, by_group) == frozenset({"U3"})
    assert people.members(ELSEWHERE, by_channel) is None
