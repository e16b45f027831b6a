"""`python -m bot` again and again, imported once: a process that has done so is copied (`fork`) for each command.

Of a start, most is to import what it needs: more than a second, and the same each time. A copy gets an environment, a folder, files
and an end of its own. Who asks how a process starts starts one.
"""

import atexit
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_FILES = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}
"""In the order of their numbers."""

_idle: list["_Imported"] = []


def command(
    words: Sequence[str], environment: Mapping[str, str], typed: str, timeout: float
) -> subprocess.CompletedProcess[str]:
    """What becomes of it, and what it says. `timeout` in seconds. Raises TimeoutExpired."""
    imported = _idle.pop() if _idle else _Imported()
    with TemporaryDirectory(prefix="deskhand-command-") as name:
        files = {each: Path(name) / each for each in _FILES}
        for file in files.values():
            file.touch()
        files["stdin"].write_text(typed)
        code = imported.runs(
            {
                "words": [*words],
                "environment": {**environment},
                "folder": str(Path.cwd()),
                "files": {each: str(file) for each, file in files.items()},
            },
            timeout,
        )
        _idle.append(imported)
        return subprocess.CompletedProcess(
            [*words], code, files["stdout"].read_text(), files["stderr"].read_text()
        )


class _Imported:
    """The process that is copied; one command at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (ours)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"]},
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._orders, self._codes = self._process.stdin, self._process.stdout
        atexit.register(self._end)

    def runs(self, order: Mapping[str, object], timeout: float) -> int:
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        if not select.select([self._codes], [], [], timeout)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(str(order["words"]), timeout)
        return int(self._codes.readline())

    def _end(self) -> None:
        self._orders.close()
        self._process.wait()
        self._codes.close()


def _copy_for_each() -> None:
    import bot.cli  # noqa: F401, PLC0415  (here alone: tests import it in no process of theirs)

    while line := sys.stdin.readline():
        pid = os.fork()
        if not pid:
            _run(json.loads(line))
            return
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(code, flush=True)  # noqa: T201  (to who asked)


def _run(order: dict[str, object]) -> None:
    """As `python -m bot` does."""
    words, environment, folder, files = (order[each] for each in ("words", "environment", "folder", "files"))
    assert isinstance(words, list)
    assert isinstance(environment, dict)
    assert isinstance(files, dict)
    for number, (name, flags) in enumerate(_FILES.items()):
        os.dup2(os.open(files[name], flags), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(folder))
    sys.argv[1:] = words
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _copy_for_each()
