"""What docs/ names is there."""

import importlib
import re

import pytest

from tests.test_architecture import ROOT

GLOSSARY = re.findall(
    r"^\| (.+?) \| .+ \| `([\w.]+)` \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE
)
LINKS = re.findall(r"\]\(((?!http)[^)#]+)\)", (ROOT / "docs/contributing.md").read_text())


@pytest.mark.parametrize(("word", "name"), GLOSSARY)
def test_a_word_of_the_glossary_is_held_by_a_type(word: str, name: str) -> None:
    module, _, held = name.rpartition(".")
    assert hasattr(importlib.import_module(module), held), word


def test_the_glossary_has_twenty_two_words_each_once() -> None:
    assert len({word for word, _ in GLOSSARY}) == len(GLOSSARY) == 22


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_the_contributing_guide_leads_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link.replace("\\", "")).exists()
