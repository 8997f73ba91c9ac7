"""One symbol of two, then 50 steps of noise: can a network that is trained for 200 steps say which it was?

The task and the training of chapter 12's `remember`, for any cell, shared by benchmarks of chapters 12 and 18.
"""

import numpy as np

from rnnlib.bptt import Cell, unroll_backward, unroll_forward
from rnnlib.layers import ReadoutParams, readout_backward, readout_forward
from rnnlib.losses import cross_entropy
from rnnlib.model import LMParams
from rnnlib.optim import clip_by_norm, sgd

DELAY, N_STEPS, RATE, LIMIT = 50, 200, 0.5, 1.0


def symbol_then_noise(rng, n_batch=32):
    y = rng.integers(2, size=n_batch)
    x = 0.1 * rng.normal(size=(DELAY + 1, n_batch, 2))
    x[0, np.arange(n_batch), y] += 1
    return x, y


def inputs_and_readout(H, rng):
    """Draw U (H, 2) and the readout of two classes."""
    U, V = rng.normal(size=(H, 2)), rng.normal(size=(2, H))
    return U / np.sqrt(2), ReadoutParams(V / np.sqrt(H), np.zeros(2))


def gradient(cell: Cell, params: LMParams, x, y):
    start = cell.zero_state(len(y), params.cell)
    h, _, caches = unroll_forward(cell, x, start, params.cell)
    o, kept = readout_forward(h[-1], params.readout)
    loss, do = cross_entropy(o, y)
    dh = np.zeros_like(h)
    dh[-1], readout = readout_backward(do, kept)
    return loss, LMParams(unroll_backward(cell, dh, None, caches)[2], readout)


def remember(cell: Cell, params: LMParams, rng) -> float:
    """Train by plain descent on fresh sequences, clipped; return the mean loss of the last 20 steps."""
    losses, optimiser = [], sgd(RATE)
    memory = optimiser.init(params)
    for _ in range(N_STEPS):
        loss, grads = gradient(cell, params, *symbol_then_noise(rng))
        grads, _ = clip_by_norm(grads, LIMIT)
        params, memory = optimiser.update(grads, memory, params)
        losses.append(loss)
    return round(float(np.mean(losses[-20:])), 3)
