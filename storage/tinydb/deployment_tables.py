"""All tables of the deployment's database. Who adds some adds their module here."""

from typing import Any

from storage.tinydb import due_index, installations, sharing
from storage.tinydb.deployment import DeploymentTable

ALL: tuple[DeploymentTable[Any], ...] = (*due_index.TABLES, *installations.TABLES, *sharing.TABLES)
