"""What nobody sees is stored in no field, and what no store can hold is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.characters import is_blank, visible
from bot.domain.contract import parse
from bot.domain.errors import InvalidInput
from tests.domain.contract_file import CONTRACT, EXAMPLE

UNSEEN = [0x200B, 0x2060, 0xFEFF, 0xAD, 0x3164, 0x2800, 0x200E, 0x200F, 0x202E, 0x2066, 0x61C, 0x34F, 0x115F]
SPACES = [0xA0, 0x202F, 0x2009, 0x3000, 0x200B, 0x2028]
TEXTS = [spec.field for spec in CONTRACT if spec.type == "string"]


@pytest.mark.parametrize("code", [*UNSEEN, 0x200D, 0xFE0F], ids=hex)
def test_a_text_of_nothing_that_shows_is_blank(code: int) -> None:
    assert is_blank(chr(code) * 3 + " ")
    with pytest.raises(InvalidInput) as refused:
        parse(EXAMPLE | {"summary": chr(code)})
    assert [(each.field, each.code) for each in refused.value.problems] == [("summary", "blank")]


@pytest.mark.parametrize("code", SPACES, ids=hex)
def test_each_space_is_a_space(code: int) -> None:
    assert visible(f"9{chr(code)}am") == "9 am"


@pytest.mark.parametrize("field", TEXTS)
def test_what_does_not_show_is_kept_in_no_field(field: str) -> None:
    hidden = "".join(chr(code) for code in UNSEEN if visible(chr(code)) == "")
    assert parse(EXAMPLE | {field: f"a{hidden}b"}).to_wire()[field] == "ab"


@pytest.mark.parametrize(
    "text", ["👨‍👩‍👧 came", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 wins", "❤️", "line\nbreak\tand tab", "e\u0301"]
)
def test_what_joins_what_shows_is_kept(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("field", TEXTS)
def test_the_character_that_no_store_holds_is_refused_with_its_field(field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(EXAMPLE | {field: "a\0b"})
    assert [(each.field, each.code) for each in refused.value.problems] == [(field, "not_storable")]


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
