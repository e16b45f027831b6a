"""When something falls due in each workspace whose database is closed: so it need not be opened to know that."""

from functools import partial

from bot.domain.record import Instant, Record
from storage.journal.indexes import Unique
from storage.tinydb.deployment import DeploymentTable


class DueRow(Record):
    """`id`: the workspace's. `at`: None where nothing falls due."""

    id: str
    at: Instant | None = None


DUE = DeploymentTable("due", DueRow, {"id": partial(Unique, "id")})
TABLES = (DUE,)
