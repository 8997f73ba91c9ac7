"""Remember a symbol for 50 steps with plain, skipping and leaky cells, for chapter 18: python -m benchmarks.time_skips

Chapter 12's task and training, from recurrent weights of the gain 0.65, with which a plain network never began: two
symbols, noise, and after 50 steps the question which it was. 200 steps of plain descent on 32 fresh sequences, the
gradient clipped. Every cell has about as many parameters as the plain one of 20 units.
"""

import time

import numpy as np

from benchmarks.record import record
from rnnlib.bptt import Cell, unroll_backward, unroll_forward
from rnnlib.kin import leaky_rnn
from rnnlib.layers import ReadoutParams, readout_backward, readout_forward
from rnnlib.losses import cross_entropy
from rnnlib.model import LMParams
from rnnlib.optim import clip_by_norm, sgd
from rnnlib.rnn import RNN, RNNParams

DELAY, N_STEPS, GAIN, SEEDS = 50, 200, 0.65, range(12)


def skip_rnn(delay):
    """The cell of the chapter: h_t = tanh(U x_t + W h_{t-1} + W_d h_{t-delay} + b_h).

    ``W`` of its parameters holds W and W_d side by side, (H, 2 H); the state is the last ``delay`` values, (d, B, H).
    """

    def zero_state(n_batch, params):
        return np.zeros((delay, n_batch, len(params.W)))

    def forward(x_t, past, params):
        both = np.concatenate([past[0], past[-1]], axis=1)
        h_t = np.tanh(x_t @ params.U.T + both @ params.W.T + params.b_h)
        return h_t, np.concatenate([h_t[None], past[:-1]]), (x_t, both, h_t, params)

    def backward(dh_t, dpast, cache):
        x_t, both, h_t, params = cache
        da_t = (dh_t + dpast[0]) * (1 - h_t**2)
        near, far = np.split(da_t @ params.W, 2, axis=1)
        earlier = np.concatenate([dpast[1:], np.zeros_like(dpast[:1])])
        earlier[0] += near
        earlier[-1] += far
        grads = RNNParams(da_t.T @ x_t, da_t.T @ both, da_t.sum(axis=0))
        return da_t @ params.U, earlier, grads

    return Cell(None, zero_state, forward, backward)


def first_weights(H, n_matrices, rng):
    """As in chapter 12; several recurrent matrices share the gain."""
    W = rng.normal(size=(H, n_matrices * H)) * GAIN / np.sqrt(n_matrices * H)
    U, V = rng.normal(size=(H, 2)), rng.normal(size=(2, H))
    cell = RNNParams(U / np.sqrt(2), W, np.zeros(H))
    return LMParams(cell, ReadoutParams(V / np.sqrt(H), np.zeros(2)))


def symbol_then_noise(rng, n_batch=32):
    y = rng.integers(2, size=n_batch)
    x = 0.1 * rng.normal(size=(DELAY + 1, n_batch, 2))
    x[0, np.arange(n_batch), y] += 1
    return x, y


def remember(cell, H, n_matrices, seed):
    """Train; return the mean loss of the last 20 steps, and the number of parameters."""
    rng = np.random.default_rng(seed)
    params, losses = first_weights(H, n_matrices, rng), []
    optimiser = sgd(0.5)
    memory = optimiser.init(params)
    for _ in range(N_STEPS):
        x, y = symbol_then_noise(rng)
        start = cell.zero_state(len(y), params.cell)
        h, _, caches = unroll_forward(cell, x, start, params.cell)
        o, kept = readout_forward(h[-1], params.readout)
        loss, do = cross_entropy(o, y)
        dh = np.zeros_like(h)
        dh[-1], readout = readout_backward(do, kept)
        grads = LMParams(unroll_backward(cell, dh, None, caches)[2], readout)
        grads, _ = clip_by_norm(grads, 1.0)
        params, memory = optimiser.update(grads, memory, params)
        losses.append(loss)
    return round(float(np.mean(losses[-20:])), 3), sum(
        leaf.size for part in params for leaf in part
    )


def main() -> None:
    began, found = time.process_time(), {"delay": DELAY, "skip": {}, "leak": {}}
    runs = {"plain": (RNN, 20, 1)}
    runs |= {("skip", d): (skip_rnn(d), 15, 2) for d in (1, 2, 5, 7, 10, 20, 30, 50)}
    runs |= {("leak", a): (leaky_rnn(a), 20, 1) for a in (0.5, 0.2, 0.1, 0.05, 0.02)}
    for name, run in runs.items():
        both = [remember(*run, seed) for seed in SEEDS]
        row = {"losses": [loss for loss, _ in both], "parameters": both[0][1]}
        if name == "plain":
            found["plain"] = row
        else:
            found[name[0]][str(name[1])] = row
        print(name, row, round(time.process_time() - began), "s", flush=True)
    found["seconds"] = round(time.process_time() - began)
    record("time-skips", found, command="python -m benchmarks.time_skips")


if __name__ == "__main__":
    main()
