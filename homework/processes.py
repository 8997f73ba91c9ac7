"""Give a submission processes of its own, and end all of them afterwards, wherever they have gone."""

import contextlib
import functools
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from multiprocessing import Pipe
from pathlib import Path

import psutil

SCRIPT = Path(__file__).with_name("execute.py")
MARK = "HOMEWORK_PROCESS"  # in the environment of all that a submission starts
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "OPENBLAS_CORETYPE")


@contextlib.contextmanager
def processes(job: dict):
    """Start the runner with a home, an environment and a mark of its own; end all of its kin afterwards."""
    mark, home = uuid.uuid4().hex, tempfile.mkdtemp(prefix="hw-")
    ours, theirs = Pipe()
    try:
        environment = _environment(home) | {MARK: mark}
        process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        try:
            # It may have died at once; then reading says so.
            with contextlib.suppress(OSError):
                ours.send_bytes(json.dumps(job | {"home": home}).encode())
            yield process, ours
        finally:
            _end(process, mark)
    finally:
        ours.close()
        theirs.close()
        shutil.rmtree(home, ignore_errors=True)


def _environment(home: str) -> dict[str, str]:
    """Make an empty home with a working directory in it; return the variables that point there and nowhere else."""
    for name in ("work", "run", "tmp", "fonts"):
        os.mkdir(os.path.join(home, name))
    for name, content in _fonts().items():
        Path(home, "fonts", name).write_bytes(content)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HOME": home,
        "TMPDIR": os.path.join(home, "tmp"),
        "MPLCONFIGDIR": os.path.join(home, "fonts"),
        "IPYTHONDIR": os.path.join(home, "ipython"),
        "JUPYTER_CONFIG_DIR": os.path.join(home, "jupyter"),
        "JUPYTER_DATA_DIR": os.path.join(home, "jupyter"),
        "JUPYTER_RUNTIME_DIR": os.path.join(home, "run"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # threads would else reserve much of the address space
    }


@functools.cache
def _fonts() -> dict[str, bytes]:
    """Let matplotlib list the machine's fonts once, which takes seconds; each student gets a copy."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env=os.environ | {"MPLCONFIGDIR": folder},
            capture_output=True,
        )
        return {
            os.path.basename(path): Path(path).read_bytes()
            for path in glob.glob(f"{folder}/*.json")
        }


def _end(process: subprocess.Popen, mark: str) -> None:
    """End a runner and everything that it started, also what left its session or lost its parent."""
    with contextlib.suppress(ProcessLookupError):
        # Stopped, it stays the parent of orphans while they are ended.
        process.send_signal(signal.SIGSTOP)
    give_up = time.monotonic() + 10
    while kin := family(process.pid)[1:]:
        _kill(kin)
        if time.monotonic() > give_up:
            break
    process.kill()
    process.wait()
    while (kin := _marked(mark)) and time.monotonic() < give_up:
        _kill(kin)


def _kill(processes: list[psutil.Process]) -> None:
    for one in processes:
        with contextlib.suppress(psutil.Error):
            one.kill()
    time.sleep(0.01)


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants that are alive."""
    try:
        parent = psutil.Process(pid)
        return [parent, *filter(_alive, parent.children(recursive=True))]
    except psutil.Error:
        return []


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _marked(mark: str) -> list[psutil.Process]:
    """Return the processes that carry a mark in their environment."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if one.environ().get(MARK) == mark:
                found.append(one)
    return found
