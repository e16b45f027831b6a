"""Queues as they are named, misspelled, renamed and removed."""

import pytest

from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings


def queue(name: str) -> Queue:
    return Queue(name=name, channel=f"C{name}", owner="U1")


SETUP = WorkspaceSettings(queues=(queue("Network"), queue("Facilities")), default_queue="Network")


@pytest.mark.parametrize(
    "name", ["Network", "network", "#NETWORK", " network ", "\uff2eetwork", "Net\u00adwork"]
)
def test_a_queue_is_found_however_its_name_is_written(name: str) -> None:
    assert SETUP.queue(name) == queue("Network")


@pytest.mark.parametrize("name", ["", None, "net", "other"])
def test_what_is_not_set_up_is_no_queue(name: str | None) -> None:
    assert SETUP.queue(name) is None


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        (None, "Network"),
        ("", "Network"),
        ("  ", "Network"),
        ("facilities", "Facilities"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_a_ticket_gets_the_default_queue_where_it_names_none(given: str | None, whole: str) -> None:
    assert SETUP.complete({"assignedQueue": given})["assignedQueue"] == whole
    assert WorkspaceSettings().complete({"assignedQueue": given}) == {"assignedQueue": given}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["Network", "Facilities"]),
        ("net", ["Network"]),
        ("#FAC", ["Facilities"]),
        ("netwrok", ["Network"]),
        ("zzz", []),
    ],
)
def test_a_typo_finds_the_nearest(typed: str, names: list[str]) -> None:
    assert SETUP.matching(typed) == names


def test_a_queue_that_is_renamed_stays_the_default_and_one_that_is_removed_does_not() -> None:
    renamed = SETUP.with_queue(queue("Networks"), instead_of="network")
    assert [each.name for each in renamed.queues] == ["Networks", "Facilities"]
    assert renamed.default_queue == "Networks"
    assert SETUP.without_queue("network") == WorkspaceSettings(queues=(queue("Facilities"),))
    assert SETUP.without_queue("facilities").default_queue == "Network"
