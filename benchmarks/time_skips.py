"""Remember a symbol for 50 steps with plain, skipping and leaky cells, for chapter 18: python -m benchmarks.time_skips

Chapter 12's task and training (benchmarks/symbol.py), from recurrent weights of the gain 0.65, with which a plain
network never began. Every cell has about as many parameters as the plain one of 20 units.
"""

import time

import numpy as np

from benchmarks.record import record
from benchmarks.symbol import DELAY, inputs_and_readout, remember
from rnnlib.kin import SkipParams, leaky_rnn, skip_rnn
from rnnlib.model import LMParams
from rnnlib.rnn import RNN, RNNParams
from rnnlib.tree import tree_leaves

GAIN, SEEDS = 0.65, range(12)


def first_weights(H, n_matrices, rng):
    """As in chapter 12; two recurrent matrices share the gain."""
    W = rng.normal(size=(H, n_matrices * H)) * GAIN / np.sqrt(n_matrices * H)
    U, readout = inputs_and_readout(H, rng)
    matrices = np.split(W, n_matrices, axis=1)
    Params = RNNParams if n_matrices == 1 else SkipParams
    return LMParams(Params(U, *matrices, np.zeros(H)), readout)


def trained(cell, H, n_matrices, seed):
    rng = np.random.default_rng(seed)
    return remember(cell, first_weights(H, n_matrices, rng), rng)


def main() -> None:
    began, found = time.process_time(), {"delay": DELAY, "skip": {}, "leak": {}}
    runs = {"plain": (RNN, 20, 1)}
    runs |= {("skip", d): (skip_rnn(d), 15, 2) for d in (1, 2, 5, 7, 10, 20, 30, 50)}
    runs |= {("leak", a): (leaky_rnn(a), 20, 1) for a in (0.5, 0.2, 0.1, 0.05, 0.02)}
    for name, run in runs.items():
        params = first_weights(*run[1:], np.random.default_rng(0))
        row = {
            "losses": [trained(*run, seed) for seed in SEEDS],
            "parameters": sum(leaf.size for _, leaf in tree_leaves(params)),
        }
        if name == "plain":
            found["plain"] = row
        else:
            found[name[0]][str(name[1])] = row
        print(name, row, round(time.process_time() - began), "s", flush=True)
    found["seconds"] = round(time.process_time() - began)
    record("time-skips", found, command="python -m benchmarks.time_skips")


if __name__ == "__main__":
    main()
