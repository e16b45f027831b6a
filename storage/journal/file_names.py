"""A file name for every workspace, whatever its ids hold.

Slack's ids stand as they are (`T111.json`). Everything else is escaped byte by byte into
capitals and digits, so no two workspaces share a file, not even where the file system ignores case. Only an
initial E or T stays unescaped, so no name begins with a dot or is a device of Windows.

A workspace is known by its team alone. Until it was, its file was named after its organisation, too (`E111-T111.json`);
such a file keeps its name, and is its team's.
"""

import hashlib
import re
from pathlib import Path

from bot.domain.workspace import Workspace

_ESCAPED = re.compile(rb"\A[^ET]|[^A-Z0-9]")
_ESCAPE = re.compile(r"_([0-9A-F]{2})")
_NAME = re.compile(r"(?:([A-Z0-9_]+)-)?([A-Z0-9_]*)\.json")
_LONGEST = 200  # file systems take 255 bytes; the journal's suffix needs some of them


def file_name(workspace: Workspace) -> str:
    """`{team}.json`, or `{enterprise}-.json` of an organisation; ending in a digest where too long."""
    team = workspace.team_id or None
    return _name(None if team else workspace.enterprise_id, team)


def workspace_named(name: str) -> Workspace | None:
    """Whose file it is by its name; None where that does not tell."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    enterprise, team = parts[1] and _unescaped(parts[1]), _unescaped(parts[2]) if parts[2] else None
    if not (enterprise or team) or _name(enterprise, team) != name:
        return None
    return Workspace(enterprise_id=enterprise, team_id=team)


def shown(path: Path) -> str:
    """A path as people type it: `./data` rather than `data`."""
    return str(path) if path.is_absolute() else f"./{path}"


def _name(enterprise: str | None, team: str | None) -> str:
    name = ("" if enterprise is None else _safe(enterprise) + "-") + ("" if team is None else _safe(team))
    if len(name) > _LONGEST:
        name = f"{name[:100]}~{hashlib.sha256(name.encode()).hexdigest().upper()}"
    return f"{name}.json"


def _safe(text: str) -> str:
    escaped = _ESCAPED.sub(lambda match: b"_%02X" % ord(match[0]), text.encode(errors="surrogatepass"))
    return escaped.decode() or "_"


def _unescaped(text: str) -> str:
    if text == "_":
        return ""
    raw = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).encode("latin-1")
    return raw.decode(errors="replace")  # what cannot be is another name then
