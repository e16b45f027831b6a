"""What the lock file says of its holder."""

import os
import sys
from pathlib import Path

import pytest

from storage import StoreOpenError
from storage.journal.lock import FolderLock, delivering

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")


def test_the_lock_file_names_its_holder_and_says_whether_it_delivers(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    process = str(os.getpid())
    assert (tmp_path / ".lock").read_text().split() == [process]
    with delivering(tmp_path):
        assert (tmp_path / ".lock").read_text().split() == [process, "delivers"]
        with pytest.raises(StoreOpenError, match=rf"\(process {process}\)"):
            FolderLock(tmp_path)
    assert (tmp_path / ".lock").read_text().split() == [process]
    lock.release()


def test_what_a_holder_that_crashed_left_in_the_lock_file_is_gone(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("1234567 delivers")
    lock = FolderLock(tmp_path)
    assert (tmp_path / ".lock").read_text().split() == [str(os.getpid())]
    lock.release()
