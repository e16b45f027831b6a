"""The picture in docs/ shows the house that stands."""

from tests.house.picture import PLACE, ROWS, arrows, needed, svg


def test_the_picture_is_the_one_that_the_imports_give() -> None:
    assert PLACE.read_text() == svg(), "draw it anew: python -m tests.house.picture"


def test_every_room_has_a_place_in_it() -> None:
    assert {room for arrow in arrows() for room in arrow} <= {room for row in ROWS for room in row}


def test_what_a_longer_way_implies_is_not_drawn() -> None:
    drawn = {("bot.app", "bot"), ("bot", "bot.domain"), ("bot.app", "bot.domain")}
    assert needed(drawn) == drawn - {("bot.app", "bot.domain")}
