"""Time functions against each other, fairly: CPU time, one thread, taken in turns."""

import time
from collections.abc import Callable
from statistics import median


def paired(
    functions: dict[str, Callable[[], object]], *, rounds: int = 7
) -> dict[str, dict[str, float]]:
    """Run each function once a round, after one round to warm up.

    Returns
    -------
    dict : for each name the median ``seconds`` and, against the first, ``ratio``: the median over the rounds of its
        time divided by the first's in the same round, so that a slow minute of the machine weighs on both
    """
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            started = time.process_time()
            function()
            if turn:
                taken[name].append(time.process_time() - started)
    ours = next(iter(taken.values()))
    return {
        name: {
            "seconds": float(f"{median(seconds):.3g}"),
            "ratio": float(f"{median(s / o for s, o in zip(seconds, ours)):.3g}"),
        }
        for name, seconds in taken.items()
    }
