"""What keeps a desk from a data folder into which a copy is under way."""

from pathlib import Path

from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown

MARKER = "copying.state"
"""The file that is there as long as it is. It says how far."""


def require_no_copy(folder: Path) -> None:
    """Raises StoreOpenError while a copy into it is not over."""
    if (folder / MARKER).exists():
        message = f"{shown(folder)} holds a copy that is not complete. Run the same `deskhand copy` again: it goes on where it was."
        raise StoreOpenError(message)
