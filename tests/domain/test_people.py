"""Who is who: what the index answers is what a look at everybody would, whoever joins, changes, leaves or comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.people import ChannelMembers, Group, Person, WorkspacePeople, vanished
from bot.domain.queues import Override, Queue

ANA = Person(id="U1", names=("ana", "Ana Weber"), timezone="Europe/Berlin")
BEN = Person(id="U2", names=("ben",), timezone="America/New_York")
NOW, HOUR = datetime(2026, 12, 1, 9, tzinfo=UTC), timedelta(hours=1)
EVERYBODY = ("U1", "U2", "U3", "U4")
NAMES = ("ana", "Ana", "ben", "Straße", "STRASSE", "U1")

people = st.builds(
    Person,
    id=st.sampled_from(EVERYBODY),
    names=st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple),
    timezone=st.sampled_from([None, "Europe/Berlin", "Nowhere/Atlantis"]),
    is_bot=st.booleans(),
    is_admin=st.booleans(),
    is_outsider=st.booleans(),
    has_left=st.booleans(),
)


@given(st.lists(st.lists(people, max_size=4), max_size=6))
def test_it_answers_what_a_look_at_everybody_would(changes: list[list[Person]]) -> None:
    index, model = WorkspacePeople(), dict[str, Person]()
    for changed in changes:
        before, answered = index, answers(index)
        index = index.with_people(changed)
        assert answers(before) == answered, "what somebody holds already stays as it is"
        model |= {person.id: person for person in changed}
        here = {person.id: person for person in model.values() if not person.has_left}
        assert index.left == model.keys() - here.keys()
        for user in EVERYBODY:
            person, present = model.get(user), here.get(user)
            assert index.knows(user) == (present is not None)
            assert index.is_admin(user) == bool(present and present.is_admin)
            outside = person and (person.is_bot or person.is_outsider or person.has_left)
            assert index.is_outsider(user) == bool(outside)
            assert index.name(user) == (person.name if person else user)
            assert index.zone_name(user) == (present.timezone if present else None)
            assert (index.zone(user) is not None) == (index.zone_name(user) == "Europe/Berlin")
        for name in NAMES:
            if name not in here:
                fits = [p for p in here.values() if name.casefold() in {each.casefold() for each in p.names}]
                assert {p.id: p for p in index.called(name)} == {p.id: p for p in fits}
    assert index.differing(model.values()) == []


def answers(index: WorkspacePeople) -> object:
    return index.left, [index.called(name) for name in NAMES], [index.name(user) for user in EVERYBODY]


def test_people_go_by_each_of_their_names_whatever_its_case_and_by_their_id() -> None:
    index = WorkspacePeople().with_people([ANA, Person(id="U3", names=("Ana",))])
    assert {person.id for person in index.called("ANA")} == {"U1", "U3"}
    assert [person.id for person in index.called("ana weber")] == ["U1"]
    assert [person.id for person in index.called("Ana\u00a0Weber")] == ["U1"]
    assert [person.id for person in index.called("U3")] == ["U3"]
    assert index.called("nobody") == ()


def test_whoever_has_left_is_remembered_and_no_longer_answers_to_a_name() -> None:
    gone = ANA.model_copy(update={"has_left": True})
    index = WorkspacePeople().with_people([ANA, BEN]).with_people([gone])
    assert index.left == {"U1"}
    assert index.is_outsider("U1")
    assert not index.knows("U1")
    assert index.called("ana") == index.called("U1") == ()
    assert index.name("U1") == "ana", "what they wrote still has a name"
    assert index.with_people([ANA]).left == frozenset()


def test_a_change_of_one_among_many_copies_a_fraction_of_them() -> None:
    crowd = [Person(id=f"U{number}", names=(f"worker {number}",)) for number in range(50_000)]
    before = WorkspacePeople().with_people(crowd)
    after = before.with_people([crowd[7].model_copy(update={"names": ("seven",)})])
    assert [person.id for person in after.called("seven")] == ["U7"]
    shards = zip(before._by_id._shards, after._by_id._shards, strict=True)
    copied = [len(one) for one, other in shards if one is not other]
    assert len(copied) == 1
    assert copied[0] < 1_000


def test_a_queues_members_are_those_of_its_group_or_else_of_its_channel() -> None:
    by_channel = Queue(name="a", channel="C1", owner="U1")
    by_group = Queue(name="b", channel="C1", group="S1", owner="U1")
    index = WorkspacePeople()
    assert index.members(by_channel) is index.members(by_group) is None
    index = index.with_channel(ChannelMembers(channel="C1", members=frozenset({"U1", "U2"})))
    index = index.with_groups([Group(id="S1", name="team", members=frozenset({"U3"}))])
    assert index.members(by_channel) == frozenset({"U1", "U2"})
    assert index.members(by_group) == frozenset({"U3"})
    assert index.without_channel("C1").members(by_channel) is None
    assert index.with_groups([]).members(by_group) is None


def test_groups_come_by_name() -> None:
    groups = [Group(id=f"S{name}", name=name, members=frozenset()) for name in ("net", "Field", "audio")]
    assert [group.name for group in WorkspacePeople().with_groups(groups).groups] == ["audio", "Field", "net"]


def test_whoever_is_not_on_the_list_of_everybody_has_left_unless_something_was_heard_of_them() -> None:
    guest = Person(id="U3", names=("gus",), is_outsider=True)
    moved, late = BEN.model_copy(update={"timezone": "Europe/Lisbon"}), Person(id="U4", names=("late",))
    before = WorkspacePeople().with_people([ANA, BEN, guest])
    now = before.with_people([late])
    assert vanished(before, now, {"U1", "U2"}) == []
    assert vanished(before, now, {"U1"}) == [BEN.model_copy(update={"has_left": True})]
    assert vanished(before, now.with_people([moved]), {"U1"}) == []


def test_a_queues_agents_are_its_members_and_who_is_on_duty_but_no_guests() -> None:
    guest = Person(id="U3", names=("chloe",), is_outsider=True)
    duty = Override(person="U2", start=NOW - HOUR, end=NOW + HOUR)
    queue = Queue(name="network", channel="C1", owner="U1", overrides=(duty,))
    index = WorkspacePeople().with_people([ANA, BEN, guest])
    assert index.agents(queue, NOW) is None, "nobody has read the channel yet"
    index = index.with_channel(ChannelMembers(channel="C1", members=frozenset({"U1", "U3"})))
    assert index.agents(queue, NOW) == frozenset({"U1", "U2"})
    assert index.agents(queue, NOW + HOUR) == frozenset({"U1"})


def test_groups_are_found_by_letters_of_their_handle() -> None:
    index = WorkspacePeople().with_groups(
        [Group(id=name, name=name, members=frozenset()) for name in ("Network-team", "field", "net")]
    )
    assert [group.name for group in index.groups_like("@NET")] == ["net", "Network-team"]
    assert [group.name for group in index.groups_like("")] == ["field", "net", "Network-team"]
    assert index.groups_like("lab") == []


@pytest.mark.parametrize("name", ["USLACKBOT", "slackbot", "Slackbot"])
def test_slackbot_is_known_without_being_listed_and_works_no_tickets(name: str) -> None:
    people = WorkspacePeople()
    (slackbot,) = people.remembered(name)
    assert people.why_unassignable(slackbot.id) == "Slackbot is a bot. Choose a person."


def test_what_is_older_than_what_is_known_is_no_news() -> None:
    """Two replicas may get two changes of one person in the other order."""
    admin = ANA.model_copy(update={"is_admin": True, "updated": 10})
    demoted = ANA.model_copy(update={"updated": 20})
    known = WorkspacePeople().with_people([demoted])
    assert known.differing([admin]) == []
    newer, untold = (admin.model_copy(update={"updated": at}) for at in (20, None))
    for each in (newer, untold):
        assert known.differing([each]) == [each]
    assert WorkspacePeople().with_people([admin]).differing([demoted]) == [demoted]


def test_who_has_only_another_status_is_as_they_were() -> None:
    """Slack says so of everybody who goes into a meeting: nothing is written, and no replica reads anybody anew."""
    known = WorkspacePeople().with_people([ANA.model_copy(update={"updated": 10})])
    assert known.differing([ANA.model_copy(update={"updated": 20})]) == []


def test_who_was_heard_of_while_everybody_was_listed_has_not_vanished() -> None:
    before = WorkspacePeople().with_people([ANA.model_copy(update={"updated": 10})])
    now = before.with_people([ANA.model_copy(update={"is_admin": True, "updated": 20})])
    assert [*vanished(before, now, listed=())] == []
    assert [each.id for each in vanished(before, before, listed=())] == [ANA.id]
