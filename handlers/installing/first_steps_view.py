"""How customers come into the directory."""

from handlers.blocks.kit import View, modal, section
from handlers.slack import ids


def load_customers(team: str) -> View:
    return modal(
        "Load your customers",
        [
            section(
                "Customers, sites, systems, assets and contacts come from files: CSV, TSV or JSON, as your CRM or a spreadsheet"
                " exports them. Each becomes something to choose, and to search for, in every form."
            ),
            section(
                "Whoever runs Deskhand loads them, as often as they change:"
                f"\n```deskhand import customers.csv sites.csv --workspace {team}```"
            ),
            section(
                "All of it is loaded, or nothing: a line that cannot be read is named, with what to do. Until then you can type"
                " customers and sites by name."
            ),
        ],
        callback_id=ids.NOTICE,
    )
