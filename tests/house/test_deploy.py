"""docs/deploy.md and the unit of systemd are true as far as that can be tried here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.test_architecture import ROOT

DEPLOY = (ROOT / "docs/deploy.md").read_text()
UNIT = (ROOT / "docs/deskhand.service").read_text()
LINKS = re.findall(r"\]\(((?!http)[^)#]+)(?:#([^)]+))?\)", DEPLOY)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "deskhand.service"
    unit.write_text(UNIT.replace("/opt/deskhand/bin/deskhand", sys.executable))  # the program must be there
    done = subprocess.run(  # noqa: S603  (systemd's own)
        [shutil.which("systemd-analyze") or "", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "deskhand" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_it_is_started_again_however_it_ends_and_however_often() -> None:
    """A start without its database ends at once: it comes back by itself when that does."""
    lines = UNIT.splitlines()
    assert {"Restart=always", "RestartSec=1", "StartLimitIntervalSec=0"} <= {*lines}
    assert not [line for line in lines if line.startswith(("RestartPreventExitStatus", "SuccessExitStatus"))]


@pytest.mark.parametrize(("page", "heading"), LINKS)
def test_a_link_leads_somewhere(page: str, heading: str) -> None:
    found = ROOT / "docs" / page
    assert found.exists()
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in found.read_text().splitlines()
        if line.startswith("#")
    }
    assert not heading or heading in headings


def test_each_setting_that_is_named_is_one() -> None:
    named = set(re.findall(r"\bDESKHAND_[A-Z_]+", DEPLOY + UNIT))
    known = {field.alias for field in Settings.model_fields.values()}
    assert {"DESKHAND_STORE", "DESKHAND_STORE_DIRECT", "DESKHAND_POOL"} <= named <= known


def test_each_figure_to_watch_is_one() -> None:
    metrics = (ROOT / "bot/metrics.py").read_text()
    for figure in re.findall(r"`(deskhand_[a-z_]+)", DEPLOY):
        assert f'"{figure}"' in metrics, figure
