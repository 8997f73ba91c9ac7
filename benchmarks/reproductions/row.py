"""What a row of the table holds, and the few ways in which rows say how it went."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.record import RESULTS

REACHED, SHAPE = "reached", "same shape, other size"
IN_PART = "reached in part"
NOT_TIMED = -1.0


class Row(NamedTuple):
    """A published claim beside ours.

    Attributes
    ----------
    paper : key in the bibliography
    chapter : the page that explains it, from the folder of the book; empty while there is none
    claim : one sentence
    lines : (what, the published number, ours) as text
    source : where the published numbers stand, and whether they were checked there
    setup : how ours came about, what is smaller than in the paper included
    verdict : "reached", "reached in part: ...", "same shape, other size", or "not reached, because ..."
    curves : numbers for the page's figures
    seconds : set by the command, or by the row when another benchmark did the work; a run counts in one row only
    made_by : what to type to make the numbers again, when another benchmark did the work
    beside : what stands in the column beside ours
    """

    paper: str
    chapter: str
    claim: str
    lines: Sequence[tuple[str, str, str]]
    source: str
    setup: str
    verdict: str
    curves: Any = None
    seconds: float | None = None
    made_by: str = ""
    beside: str = "published"


def not_reached(reason: str) -> str:
    return f"not reached, because {reason}"


def each(values: Sequence[float], digits: int) -> str:
    """Write the values of several seeds, or their median and range when there are more than five."""
    if len(values) > 5:
        low, middle, high = np.min(values), np.median(values), np.max(values)
        return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}, {len(values)} seeds)"
    return ", ".join(f"{value:.{digits}f}" for value in values)


def strings(count: float) -> str:
    return f"{count:,.0f}"


class NotMeasured(LookupError):
    """The results of another benchmark, on which a row rests, are not there yet."""


def measured(name: str, *keys: str) -> Any:
    """Return a part of another benchmark's results file; long runs are not done twice."""
    path = RESULTS / f"{name}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = kept.get("results", {})
    for key in keys:
        if key not in found:
            raise NotMeasured(f"{path.name} has no part {key!r} yet")
        found = found[key]
    return found
