"""A symbol remembered for 50 steps, from two kinds of first weights, for chapter 12: python -m benchmarks.first_weights

The training of the chapter's `remember`: 20 tanh units see one of two symbols, then noise, and say at the end which it
was; 200 steps of plain descent with clipping. Recorded is the mean loss of the last 20 steps, one number for each seed;
ln 2 is guessing.
"""

import time

import numpy as np

from benchmarks.record import record
from rnnlib.layers import ReadoutParams, readout_backward, readout_forward
from rnnlib.losses import cross_entropy
from rnnlib.model import LMParams
from rnnlib.optim import clip_by_norm, sgd
from rnnlib.rnn import RNNParams, rnn_backward, rnn_forward

DELAY, H, SEEDS = 50, 20, range(35)


def gaussian(rng):
    return rng.normal(size=(H, H)) / np.sqrt(H)


def orthogonal(rng):
    Q, R = np.linalg.qr(rng.normal(size=(H, H)))
    return Q * np.sign(np.diag(R))


def network(W, rng):
    U, V = rng.normal(size=(H, 2)), rng.normal(size=(2, H))
    cell = RNNParams(U / np.sqrt(2), W, np.zeros(H))
    return LMParams(cell, ReadoutParams(V / np.sqrt(H), np.zeros(2)))


def draw(rng, B=32):
    y = rng.integers(2, size=B)
    x = 0.1 * rng.normal(size=(DELAY + 1, B, 2))
    x[0, np.arange(B), y] += 1
    return x, y


def gradient(params, x, y):
    h, caches = rnn_forward(x, np.zeros((len(y), H)), params.cell)
    o, kept = readout_forward(h[-1], params.readout)
    loss, do = cross_entropy(o, y)
    dh = np.zeros_like(h)
    dh[-1], readout = readout_backward(do, kept)
    return loss, LMParams(rnn_backward(dh, caches)[2], readout)


def remember(first, seed, n_steps=200):
    rng, losses = np.random.default_rng(seed), []
    params = network(first(rng), rng)
    init, update = sgd(0.5)
    memory = init(params)
    for _ in range(n_steps):
        loss, grads = gradient(params, *draw(rng))
        params, memory = update(clip_by_norm(grads, 1.0)[0], memory, params)
        losses.append(loss)
    return round(float(np.mean(losses[-20:])), 3)


def main() -> None:
    began = time.process_time()
    found: dict = {"delay": DELAY}
    for first in (gaussian, orthogonal):
        found[first.__name__] = [remember(first, seed) for seed in SEEDS]
        print(first.__name__, found[first.__name__])
    found["seconds"] = round(time.process_time() - began)
    record("first-weights", found, command="python -m benchmarks.first_weights")


if __name__ == "__main__":
    main()
