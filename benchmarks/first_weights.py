"""A symbol remembered for 50 steps, from two kinds of first weights, for chapter 12: python -m benchmarks.first_weights

20 tanh units and the training of benchmarks/symbol.py. Recorded is the mean loss of the last 20 steps, one number for
each seed; ln 2 is guessing.
"""

import time

import numpy as np

from benchmarks.record import record
from benchmarks.symbol import DELAY, inputs_and_readout, remember
from rnnlib.model import LMParams
from rnnlib.rnn import RNN, RNNParams

H, SEEDS = 20, range(35)


def gaussian(rng):
    return rng.normal(size=(H, H)) / np.sqrt(H)


def orthogonal(rng):
    Q, R = np.linalg.qr(rng.normal(size=(H, H)))
    return Q * np.sign(np.diag(R))


def trained(first, seed):
    rng = np.random.default_rng(seed)
    W = first(rng)
    U, readout = inputs_and_readout(H, rng)
    return remember(RNN, LMParams(RNNParams(U, W, np.zeros(H)), readout), rng)


def main() -> None:
    began = time.process_time()
    found: dict = {"delay": DELAY}
    for first in (gaussian, orthogonal):
        found[first.__name__] = [trained(first, seed) for seed in SEEDS]
        print(first.__name__, found[first.__name__])
    found["seconds"] = round(time.process_time() - began)
    record("first-weights", found, command="python -m benchmarks.first_weights")


if __name__ == "__main__":
    main()
