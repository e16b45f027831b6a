"""Who is who, by workspace."""

from bot.domain.people import Person
from bot.domain.workspace import Workspace
from bot.services.people import People

HERE, ELSEWHERE = Workspace(team_id="T1"), Workspace(team_id="T2")
ANA = Person(id="U1", names=("ana", "Ana Weber"), timezone="Europe/Berlin")


def test_people_go_by_each_of_their_names_whatever_its_case() -> None:
    people = People()
    people.learn(HERE, [ANA, Person(id="U2", names=("Ana",))])
    assert {person.id for person in people.called(HERE, "ANA")} == {"U1", "U2"}
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
