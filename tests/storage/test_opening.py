"""Opening a data folder: what is refused and how, and what an earlier version left there."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreUnavailable
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.store import Transaction
from storage import StoreOpenError, open_store, store_url
from storage.journal.file_names import file_name
from tests.directories import whole
from tests.storage.samples import DESK, DIRECTORY, FULL_TICKET, NOW, OTHER, draft, job, ticket
from tests.storage.test_tinydb_store import files

RECORDED = Path(__file__).with_name("written-by-0.1.0.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"customers": {}}',
        b'{"meta": {"1": {"schema": 1, "workspace": {}}}}',
        b'{"meta": {"1": {"schema": 1, "workspace": {"teamId": "T1"}}}, "tickets": {"1": []}}',
        RECORDED.read_bytes()[:-1],
    ],
)
async def test_a_file_that_cannot_be_read_is_told_and_left_alone_and_other_workspaces_go_on(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whose = tmp_path / "T1.json", Workspace(team_id="T1")
    broken.write_bytes(content)
    monkeypatch.setattr("storage.tinydb.open_databases._TRY_AGAIN", 0.0)
    store = open_store(f"tinydb:{tmp_path}")
    for attempt in (store.open(whose), store.read(whose).ticket(1), store.change(whose, nothing)):
        with pytest.raises(StoreUnavailable) as refused:
            await attempt
        assert refused.value.message.startswith("The tickets of this workspace cannot be opened.")
        assert f"{broken} cannot be read" in refused.value.message or "is damaged" in refused.value.message
        assert "from a backup" in refused.value.message
        assert await store.fault() is None, "others go on"
        assert str(broken) in store.troubles()["T1"]
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    assert await store.read(DESK).ticket(1)
    assert broken.read_bytes() == content
    broken.unlink()
    assert await store.fault() is None
    assert store.troubles() == {}
    await store.open(whose)
    await store.close()


async def save(saved: Ticket, tx: Transaction) -> None:
    await tx.save(saved, now=NOW)


async def nothing(_: Transaction) -> None:
    """Changes nothing."""


async def test_a_copy_of_a_file_inside_the_folder_is_refused(tmp_path: Path) -> None:
    shutil.copy(RECORDED, tmp_path / "E111-T111.json")
    shutil.copy(RECORDED, tmp_path / "backup.json")
    with pytest.raises(StoreOpenError, match=r"backup\.json is a copy: .* T111\.json"):
        open_store(f"tinydb:{tmp_path}")


async def test_a_copy_under_the_name_of_another_team_is_not_opened(tmp_path: Path) -> None:
    shutil.copy(RECORDED, tmp_path / "T222.json")
    store = open_store(f"tinydb:{tmp_path}")
    with pytest.raises(StoreUnavailable, match=r"T222\.json is a copy: its workspace belongs in T111\.json"):
        await store.read(OTHER).ticket(1)
    await store.close()


async def test_a_file_of_a_later_version_is_not_opened(tmp_path: Path) -> None:
    later = RECORDED.read_bytes().replace(b'"schema":1', b'"schema":4')
    (tmp_path / "E111-T111.json").write_bytes(later)
    store = open_store(f"tinydb:{tmp_path}")
    with pytest.raises(StoreUnavailable, match="written by a newer Deskhand"):
        await store.open(DESK)
    await store.close()


async def test_a_file_that_was_named_after_its_organisation_is_its_teams_and_keeps_its_name(
    tmp_path: Path,
) -> None:
    shutil.copy(RECORDED, tmp_path / "E111-T111.json")
    for number in (3, 4):
        store = open_store(f"tinydb:{tmp_path}")
        assert await store.workspaces() == [Workspace(team_id="T111")]
        assert store.workspace_of("T111") == DESK
        team = Workspace(team_id="T111")
        assert await store.read(team).ticket(1) == FULL_TICKET
        await store.change(team, partial(save, ticket(number)))
        await store.close()
        assert not (tmp_path / "T111.json").exists()


async def test_of_two_files_of_one_team_the_one_that_was_used_so_far_is_used_and_the_other_is_told_of(
    tmp_path: Path,
) -> None:
    """Until a workspace was known by its team alone, a team with two had the first by its name."""
    shutil.copy(RECORDED, tmp_path / "E111-T111.json")
    second = RECORDED.read_bytes().replace(b'"enterpriseId":"E111"', b'"enterpriseId":null')
    (tmp_path / "T111.json").write_bytes(second)
    with capture_logs() as logs:
        store = open_store(f"tinydb:{tmp_path}")
    (told,) = [log for log in logs if log["event"] == "two_stores_of_a_team"]
    assert (told["used"], told["left_alone"]) == (
        str(tmp_path / "E111-T111.json"),
        str(tmp_path / "T111.json"),
    )
    await store.change(DESK, lambda tx: tx.save(ticket(3), now=NOW))
    await store.close()
    assert (tmp_path / "T111.json").read_bytes() == second
    findings = [each for each in await store_url(f"tinydb:{tmp_path}").examine() if each.verdict == "warn"]
    assert [each.name for each in findings] == ["data folder"]
    assert "T111.json" in findings[0].detail
    assert "E111-T111.json" in findings[0].detail


@pytest.mark.parametrize("is_open", [True, False])
async def test_what_is_forgotten_of_a_team_with_two_files_does_not_come_back(
    tmp_path: Path, *, is_open: bool
) -> None:
    """Another start would take the second one for the team's own."""
    for name in ("E111-T111.json", "T111.json"):
        shutil.copy(RECORDED, tmp_path / name)
    store = open_store(f"tinydb:{tmp_path}")
    if is_open:
        await store.open(DESK)
    await store.forget(DESK)
    await store.close()
    assert not [name for name in files(tmp_path) if "T111" in name]
    store = open_store(f"tinydb:{tmp_path}")
    assert await store.workspaces() == []
    await store.close()


async def test_what_version_0_1_0_wrote_is_read_and_goes_on(tmp_path: Path) -> None:
    shutil.copy(RECORDED, tmp_path / file_name(DESK))
    store = open_store(f"tinydb:{tmp_path}")
    read = store.read(DESK)
    assert await store.workspaces() == [DESK]
    assert await read.ticket(1) == FULL_TICKET
    assert await read.ticket_by_id(FULL_TICKET.id) == FULL_TICKET
    assert await read.ticket(2) == ticket(2)
    assert await read.answered("form:n1") == 1
    assert await read.draft("n2") == draft("n2")
    assert await read.jobs() == (job(7, number=1), job(5, number=2))
    assert await whole(read) == DIRECTORY
    assert await store.change(DESK, lambda tx: tx.next_number()) == 3
    await store.close()


@pytest.mark.parametrize("url", ["", "data", "tinydb", "tinydb:", "tinydb://data", "mysql://u:secret@h/d"])
def test_a_wrong_url_is_refused_in_one_line_that_names_the_setting_and_no_secret(url: str) -> None:
    with pytest.raises(StoreOpenError) as refused:
        open_store(url)
    assert refused.value.message.startswith("DESKHAND_STORE must be")
    assert "\n" not in refused.value.message
    assert "secret" not in refused.value.message


async def test_a_folder_that_cannot_be_used_is_refused_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreOpenError, match=r"The data folder \./data cannot be used \(File exists\)"):
        open_store("tinydb:./data")


async def test_a_new_workspace_appears_with_its_first_commit(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    odd = Workspace(team_id="../t/ü\0" + "x" * 500)
    await store.change(odd, lambda tx: tx.save(ticket(1), now=NOW))
    await store.close()
    again = open_store(f"tinydb:{tmp_path}")
    assert await again.workspaces() == [odd]
    await again.close()


async def test_where_cards_stood_in_an_earlier_version_is_where_they_stand(tmp_path: Path) -> None:
    shutil.copy(RECORDED, tmp_path / file_name(DESK))
    old, new = FULL_TICKET.cards[0], Place(channel="C0HELP", ts="1795426300.000300")
    for cards in ((old, new), (new,), ()):
        assert await kept_and_read_again(tmp_path, FULL_TICKET.model_copy(update={"cards": cards}))


async def kept_and_read_again(folder: Path, ticket: Ticket) -> bool:
    """Whether the store has it with these cards, at once and after it was opened anew."""
    store = open_store(f"tinydb:{folder}")
    await store.change(DESK, lambda tx: tx.keep_cards(ticket))
    at_once = await store.read(DESK).ticket(ticket.number)
    await store.close()
    store = open_store(f"tinydb:{folder}")
    later = await store.read(DESK).ticket(ticket.number)
    await store.close()
    return at_once == later == ticket


def journal_lines(folder: Path) -> list[bytes]:
    (journal,) = folder.glob("*.journal")
    return journal.read_bytes().rstrip(b"\0").splitlines()


async def test_to_keep_a_card_writes_no_ticket_again(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    shown = ticket(1).model_copy(update={"cards": FULL_TICKET.cards})
    await store.change(DESK, lambda tx: tx.keep_cards(shown))
    await store.change(DESK, lambda tx: tx.save(shown.model_copy(update={"version": 2}), now=NOW))
    assert await store.read(DESK).ticket(1) == shown.model_copy(update={"version": 2})
    place = FULL_TICKET.cards[0].ts.encode()
    assert [(b'"tickets"' in line, line.count(place)) for line in journal_lines(tmp_path)[-3:]] == [
        (True, 0),
        (False, 2),
        (True, 0),
    ]
    await store.close()
