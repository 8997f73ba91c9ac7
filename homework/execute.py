"""Run the cells of one notebook, inside the process that ``isolate`` made for it.

A script, not a module: ``python execute.py FD``. Through the socket FD it gets a job and reports each cell's start and
end, as JSON. The clock is the parent's: a cell that takes too long is ended from there, with this process and all that
it started. When the parent is gone, this process ends itself likewise.
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import sys
import threading
from multiprocessing.connection import Connection

import psutil

# jsonschema would compile its grammar of web addresses, which takes a second.
sys.modules["rfc3987_syntax"] = None

from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import DeadKernelError  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook, new_output  # noqa: E402
from traitlets.config import Config  # noqa: E402

# What is kept of the outputs, in characters
TEXT = 20_000  # of text, from a cell
RICH = 1_000_000  # of pictures and tables, from a cell
WHOLE = 8_000_000  # of pictures and tables, from a notebook
SHORT = 2_000  # of a result for which there is no room, or of a line of a traceback
FEW = 3  # results and errors of a cell, not characters

FULL = 0.8  # of the address space; a kernel that holds more is not fit for more
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans become ours, so that they are found


class Client(NotebookClient):
    """A notebook client that keeps only so many characters of each cell, however many arrive."""

    left = WHOLE

    def run(self, source: str) -> tuple[list, str | None]:
        """Execute a cell; return its outputs, and why the kernel must not be used again, if so."""
        self.text, self.few, self.reply = TEXT, FEW, {}
        self.rich = most = min(RICH, self.left)
        cell = new_code_cell(source)
        self.nb.cells = [cell]
        try:
            self.execute_cell(cell, 0)
        except DeadKernelError:
            why = "the kernel died"
            return [*cell.outputs, _error("Stopped", why)], why
        self.left -= most - max(self.rich, 0)
        outputs = cell.outputs
        failed = self.reply.get("status") == "error"
        if failed and not any(one.output_type == "error" for one in outputs):
            outputs.append(_error(self.reply["ename"], self.reply["evalue"]))
        sources = [one.get("source") for one in self.reply.get("payload", [])]
        if "ask_exit" in sources:
            return outputs, "exit() was called"
        if failed and self.reply["ename"] == "MemoryError":
            return outputs, "out of memory"
        return outputs, None

    def on_cell_executed(self, cell, cell_index, execute_reply):
        """Keep the kernel's answer (nbclient calls this by its name)."""
        self.reply = execute_reply["content"]

    def output(self, outs, msg, display_id, cell_index):
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            if self.text <= 0:
                return None
            left = self.text - len(content["text"])
            if left <= 0:
                kept = content["text"][: self.text]
                content["text"] = f"{kept}\n... what follows was left out ...\n"
            self.text = left
        elif kind == "error":
            content["evalue"] = content["evalue"][:SHORT]
            content["traceback"] = [line[:SHORT] for line in content["traceback"][-20:]]
            self.few -= 1
        else:
            size = sum(len(str(value)) for value in content["data"].values())
            if size > self.rich:
                plain = str(content["data"].get("text/plain", "left out: too large"))
                content["data"] = {"text/plain": plain[:SHORT]}
            self.rich -= size + SHORT
            self.few -= kind == "execute_result"
        if self.few < 0 or (kind == "display_data" and self.rich < 0):
            return None
        try:
            return super().output(outs, msg, None, cell_index)
        except Exception:  # no notebook can hold it, as a picture that is a number
            return None

    def handle_comm_msg(self, outs, msg, cell_index):
        """Widgets have no place in a graded notebook."""


def _error(name: str, words: str):
    return new_output("error", ename=name, evalue=words, traceback=[f"{name}: {words}"])


def _confine(limits: dict) -> None:
    """Limit this process and all that it starts."""
    threads = 0  # a limit of processes counts all threads of the user
    for one in psutil.process_iter(["uids", "num_threads"]):
        if one.info["uids"] and one.info["uids"].real == os.getuid():
            threads += one.info["num_threads"] or 0
    most = {
        resource.RLIMIT_AS: limits["memory"],
        resource.RLIMIT_FSIZE: limits["file"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: threads + 8 * limits["processes"],
    }
    for kind, wanted in most.items():
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # macOS limits no address space; isolate watches the real memory as well
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def _full(kernel: psutil.Process, memory: int) -> bool:
    """Say whether a kernel holds too much for the next cell; only Linux limits address space and counts it truly."""
    if sys.platform != "linux":
        return False
    try:
        return kernel.memory_info().vms > FULL * memory
    except psutil.Error:  # it died behind its last cell; the next one tells
        return False


def _follow(connection: Connection, home: str) -> None:
    """Wait until the parent is gone; then end everything."""
    with contextlib.suppress(EOFError, OSError):
        connection.recv_bytes()
    for _ in range(3):  # a child may start another while it is ended
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    shutil.rmtree(home, ignore_errors=True)
    os._exit(1)


def main() -> None:
    """Run the job's cells that are still to run, after those that prepare for them."""
    connection = Connection(int(sys.argv[1]))
    os.set_inheritable(connection.fileno(), False)
    job = json.loads(connection.recv_bytes())
    _confine(job["limits"])
    threading.Thread(
        target=_follow, args=(connection, job["home"]), daemon=True
    ).start()

    def tell(**event):
        with contextlib.suppress(OSError):  # the parent is gone; _follow sees it too
            connection.send_bytes(json.dumps(event).encode())

    sockets = os.path.join(job["home"], "run", "k")
    client = Client(  # the usual traceback takes seconds after a deep recursion
        new_notebook(),
        kernel_name="python3",
        timeout=None,
        allow_errors=True,
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--InteractiveShell.xmode=Plain"],
        config=Config({"KernelManager": {"transport": "ipc", "ip": sockets}}),
    )
    client.create_kernel_manager()
    client.start_new_kernel(cwd=os.path.join(job["home"], "work"))
    client.start_new_kernel_client()
    kernel = psutil.Process(client.km.provisioner.pid)
    for number, source in job["cells"]:
        tell(start=number)
        outputs, lost = client.run(source)
        if lost is None and _full(kernel, job["limits"]["memory"]):
            lost = "out of memory"
        tell(end=number, outputs=outputs, lost=lost)
        if lost:
            break
    else:
        tell(done=True)
    threading.Event().wait()  # to be ended together with all that was started here


if __name__ == "__main__":
    main()
