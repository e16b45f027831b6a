"""What one must know on site: whoever goes there is told, and nobody else."""

from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office
from tests.journeys.test_telling import direct
from tests.journeys.test_ticket_view import oncall

__all__ = ["oncall"]  # the fixture

LINE = '/ticket Kiln cold customer:acme site:"Plant 2" type:break_fix #network'
NOTES = ("Kilns above", "Gate B", "shift lead", "Industrial · 24/7")


async def test_hazards_are_told_to_whoever_is_given_the_ticket_and_shown_to_agents_alone(
    office: Office, ben: Person, support: Channel, oncall: Channel
) -> None:
    chloe, emil = office.person("chloe"), office.person("emil")
    await ben.types(LINE)
    await support.shows("T-1")
    await oncall.shows("T-1")
    await emil.types("/ticket assign T-1 @chloe")
    await office.runtime.settled()
    (told,) = direct(chloe)
    for words in NOTES:
        assert words in told.shown, words
    assert told.shown.index("Kilns above") < told.shown.index("Gate B") < told.shown.index("shift lead")
    assert "Kilns" not in told.text, "a lock screen shows none of it"
    everything = [*support.messages, *oncall.messages, *direct(ben)]
    assert not [each.shown for each in everything if any(words in each.shown for words in NOTES)]
    ours = await (await chloe.types("/ticket show T-1")).form()
    theirs = await (await ben.types("/ticket show T-1")).form()
    for words in NOTES:
        assert ours.shows(words), words
        assert not theirs.shows(words), words
    await emil.types("/ticket assign T-1 @emil")
    await office.runtime.settled()
    assert "Kilns above" not in direct(chloe)[0].shown, "it is theirs no more"
