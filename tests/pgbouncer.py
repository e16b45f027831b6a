"""A real PgBouncer that pools by transactions, in front of a PostgreSQL for tests: Debian's package `pgbouncer` has it."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.patience import PATIENCE
from tests.postgres import free_port

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

_SERVERS = 2
"""Connections to PostgreSQL, of which each statement may get another one."""
_INI = """
[databases]
* = host={host} port={at} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
server_round_robin = 1
"""


def knows_prepared_statements() -> bool:
    """From 1.21 on."""
    assert PROGRAM
    said = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    found = re.search(r"(\d+)\.(\d+)", said)
    assert found, said
    return (int(found[1]), int(found[2])) >= (1, 21)


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[str]:
    """The URL of the same database through it."""
    assert PROGRAM
    parts, port = urlsplit(url), free_port()
    ini = _INI.format(host=parts.hostname, at=parts.port, port=port, servers=_SERVERS)
    if knows_prepared_statements():
        ini += "max_prepared_statements = 200\n"
    with tempfile.TemporaryDirectory(prefix="deskhand-pgbouncer-") as folder:
        path = Path(folder) / "pgbouncer.ini"
        path.write_text(ini)
        path.parent.chmod(0o755)
        process = subprocess.Popen(  # noqa: ASYNC220, S603  (it is there at once)
            [PROGRAM, "-q", str(path)],
            user="nobody" if os.geteuid() == 0 else None,  # as PostgreSQL, it refuses root
            stdin=subprocess.DEVNULL,
        )
        try:
            await _answers(port)
            yield urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{port}"))
        finally:
            process.terminate()
            process.wait(PATIENCE)


async def _answers(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)
