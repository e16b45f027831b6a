"""A file name for every workspace, whatever its ids hold.

Slack's ids stand as they are (`T111.json`, `E111-T111.json`). Everything else is escaped byte by byte into
capitals and digits, so no two workspaces share a file, not even where the file system ignores case. Only an
initial E or T stays unescaped, so no name begins with a dot or is a device of Windows.
"""

import hashlib
import re
from pathlib import Path

from bot.domain.workspace import Workspace

_ESCAPED = re.compile(rb"\A[^ET]|[^A-Z0-9]")
_LONGEST = 200  # file systems take 255 bytes; the journal's suffix needs some of them


def file_name(workspace: Workspace) -> str:
    """`{enterprise}-{team}.json`, or `{team}.json` without enterprise; ending in a digest where too long."""
    enterprise = "" if workspace.enterprise_id is None else _safe(workspace.enterprise_id) + "-"
    team = "" if workspace.team_id is None else _safe(workspace.team_id)
    name = enterprise + team
    if len(name) > _LONGEST:
        name = f"{name[:100]}~{hashlib.sha256(name.encode()).hexdigest().upper()}"
    return f"{name}.json"


def _safe(text: str) -> str:
    escaped = _ESCAPED.sub(lambda match: b"_%02X" % ord(match[0]), text.encode(errors="surrogatepass"))
    return escaped.decode() or "_"


def shown(path: Path) -> str:
    """A path as people type it: `./data` rather than `data`."""
    return str(path) if path.is_absolute() else f"./{path}"
