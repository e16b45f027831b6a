"""Who is told what: each person's messages, counted."""

from bot.playground.driver import Channel, Person
from bot.playground.records import Message
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue, choose

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


def pinged(office: Office) -> list[str]:
    """Everybody whom a mention notified, in a channel."""
    return [each.who for each in office.slack.paged if each.message.conversation.id.startswith("C")]


def lines(channel: Channel) -> list[str]:
    """What stands in the threads of a channel."""
    return [each.shown for each in channel.messages if each.thread_ts]


def direct(person: Person) -> list[Message]:
    return person.messages.messages


async def test_a_ticket_from_creation_to_solved_tells_each_what_the_table_says(
    office: Office, ben: Person, support: Channel
) -> None:
    chloe = office.person("chloe")
    await ben.types(LINE)
    await office.runtime.settled()
    assert pinged(office) == [], "a card pings nobody"
    for order in ("start T-1", "hold T-1 waiting for parts", "resume T-1", "resolve T-1 New fuser"):
        await chloe.types(f"/ticket {order}")
        await office.runtime.settled()
    taken, held, resumed, resolved = lines(support)
    assert "has taken T-1 Printer down" in taken
    assert "put T-1 Printer down on hold: waiting for parts" in held
    assert "goes on with T-1" in resumed
    assert "resolved T-1 Printer down: New fuser" in resolved
    assert pinged(office) == [ben.id] * 4
    assert direct(chloe) == [], "nobody is told of their own act"
    said = next(each for each in support.messages if "New fuser" in each.shown and each.thread_ts)
    await ben.presses(said, "Not yet")
    await support.shows("T-1 is open again")
    await office.runtime.settled()
    (told,) = direct(chloe)
    assert "opened T-1 Printer down again" in told.shown
    await chloe.types("/ticket resolve T-1 Another fuser")
    await office.runtime.settled()
    said = await support.shows("Another fuser")
    said = next(each for each in support.messages if "Another fuser" in each.shown and each.thread_ts)
    await ben.presses(said, "Solved")
    await support.shows("T-1 is solved and closed")
    await office.runtime.settled()
    assert (await office.ticket(1)).status == "closed"
    assert ["closed T-1" in each.shown for each in direct(chloe)] == [False, True]
    assert pinged(office) == [ben.id] * 5
    assert direct(ben) == []


async def test_an_assignee_is_told_in_a_sentence_at_creation_and_when_it_is_taken_away(
    office: Office, ana: Person, ben: Person
) -> None:
    chloe = office.person("chloe")
    await ana.types(f"{LINE} !critical @chloe")
    await office.runtime.settled()
    (told,) = direct(chloe)
    assert told.text.endswith("gave you T-1 Printer down (critical).")
    assert "Requested by" in told.shown
    await ana.types("/ticket assign T-1 @ben please hurry")
    await office.runtime.settled()
    (given,) = direct(ben)
    assert given.text.endswith("gave you T-1 Printer down (critical): please hurry")
    assert "please hurry" in given.shown
    assert "It was yours" in direct(chloe)[-1].shown
    assert len(direct(chloe)) == 2


async def test_a_requesters_reply_reaches_the_assignee_and_one_that_reopens_is_confirmed(
    office: Office, ben: Person, support: Channel
) -> None:
    chloe = office.person("chloe")
    await ben.types(LINE)
    await chloe.types("/ticket start T-1")
    await office.runtime.settled()
    card = await support.shows("· *Printer")
    ben.says("It smells", reply_to=card)
    await office.slack.events_taken()
    await office.runtime.settled()
    assert "wrote about T-1 Printer down: It smells" in direct(chloe)[-1].shown
    await chloe.types("/ticket resolve T-1 Aired")
    await office.runtime.settled()
    ben.says("It still smells", reply_to=card)
    await office.slack.events_taken()
    await office.runtime.settled()
    assert "is open again: It still smells" in direct(chloe)[-1].shown
    assert any("T-1 Printer down is open again, and" in each for each in lines(support))
    assert len(direct(chloe)) == 2


async def test_a_queues_ticket_pings_whoever_is_on_call_and_nobody_else(office: Office, ben: Person) -> None:
    dana = office.person("dana")
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["emil", "ana"])
    await office.runtime.settled()
    await form.close()
    await ben.types(f"{LINE} !critical #network")
    await office.runtime.settled()
    emil = office.person("emil")
    in_channel = emil.id in office.channel("ops-oncall").conversation.members
    assert pinged(office) == ([emil.id] if in_channel else [])
    assert len(direct(emil)) == (0 if in_channel else 1)
    others = [office.person(name) for name in ("ana", "ben", "chloe", "dana")]
    assert [direct(each) for each in others] == [[]] * 4, "it pings exactly one person"
    announced = await office.channel("ops-oncall").shows("you are on call for network")
    assert "T-1" in announced.shown
    await emil.types("/ticket start T-1")
    await office.runtime.settled()
    assert "you are on call for network" in announced.shown, "it stays as the card changes"


class Ear:
    """What has notified whom since it listened last: direct messages, mentions in channels, and what only they see."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._known: set[int] = set()

    async def hears(self) -> dict[str, list[str]]:
        """By name; each message once, however often it changes."""
        await self._office.runtime.settled()
        world = self._office.slack.world
        heard: dict[str, list[str]] = {}
        for conversation in world.conversations.values():
            for message in conversation.messages:
                if not message.author.is_bot or id(message) in self._known:
                    continue
                self._known.add(id(message))
                for user in self._notified(message):
                    heard.setdefault(world.users[user].name, []).append(message.shown)
        return heard

    def _notified(self, message: Message) -> set[str]:
        if message.only_for:
            return {message.only_for}
        if message.conversation.id.startswith("D"):
            return {
                user
                for user in message.conversation.members
                if not self._office.slack.world.users[user].is_bot
            }
        return {each.who for each in self._office.slack.paged if each.message is message}


async def test_from_a_message_to_solved_each_person_gets_what_the_table_says_and_no_more(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    chloe, triage, dana = office.person("chloe"), office.channel("ops-oncall"), office.person("dana")
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["chloe"])
    await office.runtime.settled()
    await choose(office, dana, form, "settings_choice:default_queue", "network")
    await form.close()
    ear = Ear(office)
    await ear.hears()

    async def tells(**expected: str) -> None:
        heard = await ear.hears()
        assert {name: len(each) for name, each in heard.items()} == dict.fromkeys(expected, 1), heard
        for name, words in expected.items():
            assert words in heard[name][0]

    said = ben.says("The lobby printer smells of smoke")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="acme", siteId="hq", ticketType="break_fix", priority="critical")
    await form.submit()
    await tells(ben="made T-1", chloe="you are on call for network: T-1")
    announced = await triage.shows("T-1")
    await chloe.presses(announced, "Start")
    await tells(ben="has taken T-1")
    hold = await (await chloe.presses(announced, "Hold")).form()
    await hold.fill(holdReason="parts")
    await hold.submit()
    await tells(ben="put T-1 The lobby printer smells of smoke on hold: parts")
    ben.says("Any news?", reply_to=said)
    await office.slack.events_taken()
    await tells(chloe="wrote about T-1")
    reply = await (await chloe.types("/ticket reply T-1", in_="ops-oncall")).form()
    await reply.fill(reply="They come tomorrow")
    await reply.submit()
    await tells(ben="chloe to <@U0BEN>:")
    await resolves(chloe, announced, "New fuser")
    await tells(ben="resolved T-1 The lobby printer smells of smoke: New fuser")
    await ben.presses(with_buttons(support), "Not yet")
    await support.shows("T-1 is open again")
    await tells(chloe="opened T-1 The lobby printer smells of smoke again")
    await resolves(chloe, announced, "New printer")
    await tells(ben="New printer")
    await ben.presses(with_buttons(support), "Solved")
    await support.shows("T-1 is solved and closed")
    await tells(chloe="closed T-1")
    for channel in (support, triage):
        assert sum("* · *The lobby" in each.shown for each in channel.messages) == 1, "one card"


async def resolves(agent: Person, card: Message, resolution: str) -> None:
    form = await (await agent.presses(card, "Resolve")).form()
    await form.fill(resolution=resolution)
    await form.submit()


def with_buttons(channel: Channel) -> Message:
    """The message that asks whether it is solved."""
    (found,) = [each for each in channel.messages if "Not yet" in str(each.blocks)]
    return found


async def choose_level(office: Office, person: Person, level: str) -> None:
    person.opens_home()
    home = await office.slack.until(lambda: person.home)
    await person.selects(home, "home_level", level)
    await office.runtime.settled()


async def test_whoever_chose_all_hears_of_every_ticket_of_their_queues(office: Office, ben: Person) -> None:
    chloe, dana, emil = office.person("chloe"), office.person("dana"), office.person("emil")
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.settled()
    await form.close()
    await choose_level(office, emil, "all")
    await ben.types(f"{LINE} #network")
    await chloe.types("/ticket start T-1")
    await ben.types(f"{LINE} #facilities")
    await office.runtime.settled()
    first, second = direct(emil)
    assert "opened T-1" in first.shown
    assert "has taken T-1" in second.shown
    assert direct(chloe) == direct(dana) == []
    await choose_level(office, emil, "mine")
    await chloe.types("/ticket hold T-1 parts")
    await office.runtime.settled()
    assert len(direct(emil)) == 2


async def test_the_admin_chooses_how_much_those_hear_who_have_chosen_nothing(
    office: Office, ben: Person, support: Channel
) -> None:
    chloe, dana, emil = office.person("chloe"), office.person("dana"), office.person("emil")
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.settled()
    await choose_level(office, chloe, "mine")
    await choose(office, dana, form, "settings_choice:level", "all")
    await ben.types(f"{LINE} #network")
    await office.runtime.settled()
    assert ["opened T-1" in each.shown for each in direct(emil)] == [True]
    assert direct(chloe) == [], "she has chosen another"
    await choose(office, dana, form, "settings_choice:level", "quiet")
    await emil.types("/ticket start T-1")
    await office.runtime.settled()
    assert lines(support) == [], "nothing asks Ben to act"
    assert len(direct(emil)) == 1


async def test_quiet_people_are_asked_to_act_all_the_same(office: Office, ana: Person, ben: Person) -> None:
    chloe, dana = office.person("chloe"), office.person("dana")
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["chloe"])
    await office.runtime.settled()
    await form.close()
    await choose_level(office, chloe, "quiet")
    await ben.types(f"{LINE} #network")
    await office.runtime.settled()
    assert pinged(office) == [chloe.id], "she is on call"
    await ana.types("/ticket assign T-1 @chloe")
    await ana.types("/ticket note T-1 call first")
    await office.runtime.settled()
    assert ["gave you T-1" in each.shown for each in direct(chloe)] == [True], "a note asks for nothing"
    await chloe.types("/ticket resolve T-1 Aired")
    await office.runtime.settled()
    ben.says("No", reply_to=next(each for each in office.channel("support").messages if "T-1*" in each.shown))
    await office.slack.events_taken()
    await office.runtime.settled()
    assert ["is open again" in each.shown for each in direct(chloe)] == [False, True]


async def test_quiet_people_hear_only_what_asks_them_to_act(
    office: Office, ben: Person, support: Channel
) -> None:
    chloe = office.person("chloe")
    ben.opens_home()
    await office.slack.until(lambda: ben.home is not None)
    assert ben.home
    await ben.selects(ben.home, "home_level", "quiet")
    await ben.types(LINE)
    await chloe.types("/ticket start T-1")
    await office.runtime.settled()
    assert lines(support) == []
    await chloe.types("/ticket resolve T-1 New fuser")
    await office.runtime.settled()
    (told,) = lines(support)
    assert "resolved T-1" in told


async def test_a_reply_pings_its_requester_once_and_copies_ping_nobody(
    office: Office, ben: Person, support: Channel
) -> None:
    dana, triage = office.person("dana"), office.channel("ops-oncall")
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.settled()
    await form.close()
    await ben.types(f"{LINE} #network")
    await office.runtime.settled()
    ben.says("@emil said that it smells", reply_to=await support.shows("· *Printer"))
    await office.slack.events_taken()
    await office.runtime.settled()
    await triage.shows("said that it smells")
    await dana.types("/ticket reply T-1 On our way")
    await office.runtime.settled()
    await support.shows("On our way")
    await triage.shows("On our way")
    by_desk = [each for each in office.slack.paged if each.message.author.is_bot]
    assert [(each.who, each.message.conversation.name) for each in by_desk] == [(ben.id, "support")]
