"""An LSTM and a GRU, forwards and backwards, with lines that can be exchanged."""

from types import SimpleNamespace

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def by_lines(v, lines, changes):
    """Compute line by line, some lines exchanged."""
    for name, line in (lines | changes).items():
        setattr(v, name, line(v))
    return v


def lstm(x_t, h_prev, c_prev, U, W, b_h, order="ifgo", gate=sigmoid, **changes):
    a = x_t @ U.T + h_prev @ W.T + b_h
    part = dict(zip(order, np.split(a, 4, axis=1)))
    v = SimpleNamespace(h_prev=h_prev, c_prev=c_prev, part=part)
    v.i, v.f, v.o = (gate(part[name]) for name in "ifo")
    lines = {
        "g": lambda v: np.tanh(v.part["g"]),
        "c": lambda v: v.f * v.c_prev + v.i * v.g,
        "h": lambda v: v.o * np.tanh(v.c),
    }
    v = by_lines(v, lines, changes)
    return v.h, v.c


def lstm_with(**changes):
    return lambda *arguments: lstm(*arguments, **changes)


def lstm_cell_forward(x_t, h_prev, c_prev, U, W, b_h):
    """One step: output and memory."""
    return lstm(x_t, h_prev, c_prev, U, W, b_h)


def lstm_back(dh_t, dc_t, c_prev, i, f, g, o, c_t, order="ifgo", **changes):
    v = SimpleNamespace(dh=dh_t, late=dc_t, c_prev=c_prev, i=i, f=f, g=g, o=o, c=c_t)
    lines = {
        "slope": lambda v: 1 - np.tanh(v.c) ** 2,
        "dc": lambda v: v.late + v.dh * v.o * v.slope,
        "of": lambda v: lambda s: s * (1 - s),
        "of_g": lambda v: 1 - v.g**2,
        "ai": lambda v: v.dc * v.g * v.of(v.i),
        "af": lambda v: v.dc * v.c_prev * v.of(v.f),
        "ag": lambda v: v.dc * v.i * v.of_g,
        "ao": lambda v: v.dh * np.tanh(v.c) * v.of(v.o),
        "dc_prev": lambda v: v.dc * v.f,
    }
    v = by_lines(v, lines, changes)
    da = np.concatenate([getattr(v, "a" + name) for name in order], axis=1)
    return da, v.dc_prev


def lstm_back_with(**changes):
    return lambda *arguments: lstm_back(*arguments, **changes)


def lstm_cell_backward(dh_t, dc_t, c_prev, i, f, g, o, c_t):
    """The gradient of all pre-activations, i, f, g, o, and of the memory before."""
    return lstm_back(dh_t, dc_t, c_prev, i, f, g, o, c_t)


def gru(x_t, h_prev, U, W, b_x, b_h, order="rzn", **changes):
    s = dict(zip(order, np.split(x_t @ U.T + b_x, 3, axis=1)))
    m = dict(zip(order, np.split(h_prev @ W.T + b_h, 3, axis=1)))
    H, last = len(b_h) // 3, order.index("n")
    rows = slice(last * H, (last + 1) * H)
    v = SimpleNamespace(h_prev=h_prev, s=s, m=m, W_n=W[rows], b_n=b_h[rows])
    lines = {
        "r": lambda v: sigmoid(v.s["r"] + v.m["r"]),
        "z": lambda v: sigmoid(v.s["z"] + v.m["z"]),
        "n": lambda v: np.tanh(v.s["n"] + v.r * v.m["n"]),
        "h": lambda v: (1 - v.z) * v.n + v.z * v.h_prev,
    }
    return by_lines(v, lines, changes).h


def gru_with(**changes):
    return lambda *arguments: gru(*arguments, **changes)


def gru_cell_forward(x_t, h_prev, U, W, b_x, b_h):
    """One step; z keeps the old state, and r acts after the matrix product."""
    return gru(x_t, h_prev, U, W, b_x, b_h)


def gru_back(dh_t, h_prev, r, z, n, m_n, W, **changes):
    v = SimpleNamespace(dh=dh_t, h_prev=h_prev, r=r, z=z, n=n, m_n=m_n, W=W)
    lines = {
        "a_n": lambda v: v.dh * (1 - v.z) * (1 - v.n**2),
        "a_z": lambda v: v.dh * (v.h_prev - v.n) * v.z * (1 - v.z),
        "a_r": lambda v: v.a_n * v.m_n * v.r * (1 - v.r),
        "into_m": lambda v: v.a_n * v.r,
        "direct": lambda v: v.dh * v.z,
    }
    v = by_lines(v, lines, changes)
    dm = np.concatenate([v.a_r, v.a_z, v.into_m], axis=1)
    return np.concatenate([v.a_r, v.a_z, v.a_n], axis=1), dm @ v.W + v.direct


def gru_back_with(**changes):
    return lambda *arguments: gru_back(*arguments, **changes)


def mended_gru_back(dh_t, h_prev, r, z, n, m_n, W):
    """The gradient of r, z and n before their activations, and of the state before."""
    return gru_back(dh_t, h_prev, r, z, n, m_n, W)


def from_rows(Wx, Wh, b, order=(0, 1, 3, 2), of_b=None, turned=True):
    H = len(b) // 4
    take = np.concatenate([np.arange(k * H, (k + 1) * H) for k in order])
    of_b = take if of_b is None else of_b(take)
    U, W = Wx[:, take], Wh[:, take]
    return (U.T, W.T, b[of_b]) if turned else (U, W, b[of_b])


def lstm_from_rows(Wx, Wh, b):
    """U, W and b_h, gates in the order i, f, g, o, of a cell in rows with the order i, f, o, g."""
    return from_rows(Wx, Wh, b)


BLOCKS = {"RNN": (1, 1), "LSTM": (4, 1), "GRU": (3, 2)}


def units(
    kind,
    n_in,
    n_out,
    budget,
    blocks=BLOCKS,
    readout=True,
    readout_bias=1,
    above=0,
    once=None,
):
    n, biases = blocks[kind]
    H = 0
    while True:
        H += 1
        inputs = n_in * H * (1 if once else n)
        size = inputs + n * H * (H + biases) + readout * n_out * (H + readout_bias)
        if size > budget:
            return H - 1 + above


def units_for(kind, n_in, n_out, budget):
    """The largest number of units whose cell and readout have at most so many parameters."""
    return units(kind, n_in, n_out, budget)
