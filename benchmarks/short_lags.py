"""Lags that no loss can see, for chapter 11: python -m benchmarks.short_lags

The bit task of benchmarks.truncation with shorter lags, with the state carried: once every walk is a single step
(segments of 1), and once nothing but the readout learns. A loss of ln 2 is guessing.
"""

import time
from functools import partial

import numpy as np

from benchmarks.record import record
from benchmarks.truncation import lag_runs, segments
from rnnlib.tree import tree_map

LAGS, SEEDS = (3, 4, 5, 6, 9), range(6)


def readout_only(dh, steps, rng):
    return tree_map(np.zeros_like, steps[0].params)


def main() -> None:
    began = time.process_time()
    found: dict = {"lags": list(LAGS), "one step": {}, "readout only": {}}
    for name, back in (
        ("one step", partial(segments, 1)),
        ("readout only", readout_only),
    ):
        for lag in LAGS:
            losses = [round(lag_runs(seed, back, lag), 3) for seed in SEEDS]
            found[name][str(lag)] = losses
            print(name, lag, losses)
    found["seconds"] = round(time.process_time() - began)
    record("short-lags", found, command="python -m benchmarks.short_lags")


if __name__ == "__main__":
    main()
