"""Run one student's notebook in a process of its own, and go on behind whatever a cell does to it.

A cell that takes too long, kills its kernel or fills its memory is marked with an error and never run again: all
processes are ended, new ones replay the earlier cells without it, and the run continues with the next cell.
"""

import contextlib
import json
import time
from typing import NamedTuple

import nbformat
import psutil

from homework.match import grade_id
from homework.processes import family, processes
from homework.score import NOT_RUN, error

TRIES = 3  # to get a kernel on a busy machine


class Limits(NamedTuple):
    """What one submission may use."""

    seconds: float = 20.0  # for a cell
    total: float = 300.0  # for the notebook, replays included
    memory: int = 2 * 2**30  # bytes: address space of each process, or all real memory
    file: int = 64 * 2**20  # bytes of one file
    processes: int = 64
    start: float = 60.0  # seconds until the kernel answers


class Ended(Exception):
    """The processes are gone or had to go: the cell that ran (None before the first) and why."""


def run(notebook: nbformat.NotebookNode, limits: Limits) -> list[str]:
    """Execute a notebook in place; return a flag for each cell that had to be stopped.

    Raises
    ------
    RuntimeError : no kernel could be started; the submission is not to blame
    """
    cells = notebook.cells
    full = [bool(cell.source.strip()) for cell in cells]
    code = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and full[i]]
    killers: dict[int, str] = {}
    done: set[int] = set()
    tries, deadline = 0, time.monotonic() + limits.total
    while len(done) < len(code) and time.monotonic() < deadline:
        job = [(i, cells[i].source) for i in code if i not in killers]
        try:
            for number, outputs in _events(job, limits, deadline):
                if number not in done:
                    cells[number].outputs = [nbformat.from_dict(one) for one in outputs]
                    done.add(number)
        except Ended as end:
            number, why = end.args
            if number is None:
                tries += 1
                if tries == TRIES:
                    raise RuntimeError(
                        f"no kernel after {TRIES} tries: {why}"
                    ) from None
                continue
            killers[number] = why
            if number not in done:
                cells[number].outputs = [error("Stopped", why)]
                done.add(number)
    flags = [
        f"stopped: {grade_id(cells[i]) or cells[i].get('id', i)}: {why}"
        for i, why in killers.items()
    ]
    left = [i for i in code if i not in done]
    for i in left:
        cells[i].outputs = [
            error(NOT_RUN, f"the notebook's {limits.total:g} seconds were over")
        ]
    return flags + [f"not run: {len(left)} cells, for lack of time"] * bool(left)


def _events(job: list, limits: Limits, deadline: float):
    """Run the cells of a job in new processes; yield number and outputs of each cell as it ends; raise Ended."""
    task = {"cells": job, "limits": limits._asdict()}
    with processes(task) as (process, connection):
        running, since, allowed = None, time.monotonic(), limits.start
        while True:
            try:
                if not connection.poll(0.25):
                    spent = time.monotonic() - since
                    if spent > allowed or since + spent > deadline:
                        raise Ended(running, f"took longer than {spent:.0f} seconds")
                    if why := _excess(process, limits):
                        raise Ended(running, why)
                    continue
                event = json.loads(connection.recv_bytes())
            except (EOFError, OSError):
                raise Ended(running, "the process died") from None
            if "start" in event:
                running, since = event["start"], time.monotonic()
                allowed = limits.seconds
            elif "end" in event:
                yield event["end"], event["outputs"]
                if event["lost"]:
                    raise Ended(event["end"], event["lost"])
            else:
                return


def _excess(process, limits: Limits) -> str | None:
    """Say what the processes together use too much of, if anything."""
    kin = family(process.pid)
    if len(kin) > limits.processes:
        return f"started more than {limits.processes} processes"
    memory = 0
    for one in kin:
        with contextlib.suppress(psutil.Error):
            memory += one.memory_info().rss
    return "out of memory" if memory > limits.memory else None
