"""The script that counts what a line passes counts what there is, and a line passes no more than it did."""

from tests.house.request_path import counted


async def test_a_line_passes_from_the_http_app_to_the_journal() -> None:
    counting = await counted()
    rooms = {module.rpartition(".")[0] for module in counting.modules}
    assert {"bot.http", "handlers.tickets", "bot.services", "bot.domain", "storage.journal"} <= rooms
    assert {"bot.domain.line", "bot.domain.contract"} <= counting.modules
    assert not any(module.startswith("bot.playground") for module in counting.modules)
    assert counting.reads["directory"] >= 1
    figures = counting.figures
    assert figures.modules == len(counting.modules) < figures.functions
    assert figures.store_reads <= figures.crossings
    assert figures.modules <= 65
    # 151, and what the journal's thread happens to do meanwhile. What both stores share is a room of its own, `storage.common`.
    assert figures.crossings <= 156
    assert figures.store_reads <= 6
