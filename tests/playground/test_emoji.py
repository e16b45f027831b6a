"""The emoji that come with the page, as images, so that a machine without an emoji font shows them."""

import re
from pathlib import Path

from bot.playground.page.static import STATIC

ROOT = Path(__file__).parents[2]
IMAGES = STATIC / "emoji"


def table() -> dict[str, str]:
    """Characters by name, as blocks/emoji.js has them."""
    rows = (STATIC / "blocks/emoji.js").read_text().split("`")[1].split()
    return {name: character for name, _, character in (row.partition("=") for row in rows)}


def test_each_emoji_that_has_a_name_has_its_image_and_no_other_is_here() -> None:
    files = {"-".join(f"{ord(each):x}" for each in form if each != "\ufe0f") for form in table().values()}
    assert {path.stem for path in IMAGES.glob("*.svg")} == files


def test_the_images_are_small_and_say_whose_they_are() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < 400_000
    assert "creativecommons.org/licenses/by/4.0" in (IMAGES / "LICENSE.txt").read_text()


def test_what_the_desk_says_has_images() -> None:
    code = "".join(path.read_text() for path in (ROOT / "handlers").rglob("*.py"))
    said = set(re.findall(r":([a-z][a-z0-9_+-]+):", code)) - {"queue"}  # that is a filter's word
    assert {"warning", "white_check_mark"} < said
    assert said <= table().keys()


def test_what_people_choose_from_has_images() -> None:
    offered = (STATIC / "shell/emoji.js").read_text().split("const SET = [")[1].split("];")[0]
    assert set(re.findall(r'"([^"]+)"', offered)) <= table().keys()
