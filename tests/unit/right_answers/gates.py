"""Right answers to the exercises of chapter 19."""

import numpy as np

from rnnlib.gru import GRUParams
from rnnlib.gru import gru_cell_forward as package_gru
from rnnlib.lstm import LSTMParams, LSTMState
from rnnlib.lstm import lstm_cell_forward as package_lstm


def by_the_package(x_t, h_prev, c_prev, U, W, b_h):
    state, _ = package_lstm(x_t, LSTMState(h_prev, c_prev), LSTMParams(U, W, b_h))
    return [state.h, state.c]


def by_slices(x_t, h_prev, c_prev, U, W, b_h):
    H = h_prev.shape[1]
    h, c = np.empty_like(h_prev), np.empty_like(c_prev)
    for b in range(len(x_t)):
        a = U @ x_t[b] + W @ h_prev[b] + b_h
        i, f, o = (1 / (1 + np.exp(-a[k * H : (k + 1) * H])) for k in (0, 1, 3))
        c[b] = f * c_prev[b] + i * np.tanh(a[2 * H : 3 * H])
        h[b] = o * np.tanh(c[b])
    return h, c


def back_by_nudging(dh_t, dc_t, c_prev, i, f, g, o, c_t):
    """Central differences of dh_t h_t + dc_t c_t; only c_t itself is not made from the gates here."""
    a = [np.log(s / (1 - s)) for s in (i, f)] + [np.arctanh(g), np.log(o / (1 - o))]
    shift = c_t - f * c_prev - i * g

    def value(a, c_prev):
        i, f, o = (1 / (1 + np.exp(-a[k])) for k in (0, 1, 3))
        c = f * c_prev + i * np.tanh(a[2]) + shift
        return dh_t * o * np.tanh(c) + dc_t * c

    eps, da = 1e-4, []
    for k in range(4):
        up, down = ([x + s * eps * (n == k) for n, x in enumerate(a)] for s in (1, -1))
        up_2, down_2 = (
            [x + s * 2 * eps * (n == k) for n, x in enumerate(a)] for s in (1, -1)
        )
        near = (value(up, c_prev) - value(down, c_prev)) / (2 * eps)
        far = (value(up_2, c_prev) - value(down_2, c_prev)) / (4 * eps)
        da.append((4 * near - far) / 3)
    dc = (value(a, c_prev + eps) - value(a, c_prev - eps)) / (2 * eps)
    dc_2 = (value(a, c_prev + 2 * eps) - value(a, c_prev - 2 * eps)) / (4 * eps)
    return np.hstack(da), (4 * dc - dc_2) / 3


def gru_by_the_package(x_t, h_prev, U, W, b_x, b_h):
    return package_gru(x_t, h_prev, GRUParams(U, W, b_x, b_h))[0]


def rows_by_blocks(Wx, Wh, b):
    blocks = [np.split(array.T, 4) for array in (Wx, Wh, b)]
    return tuple(np.concatenate([i, f, g, o]) for i, f, o, g in blocks)


def units_by_the_root(kind, n_in, n_out, budget):
    n, biases = {"RNN": (1, 1), "LSTM": (4, 1), "GRU": (3, 2)}[kind]
    linear = n * (n_in + biases) + n_out
    root = (-linear + np.sqrt(linear**2 + 4 * n * (budget - n_out))) / (2 * n)
    return int(root + 1e-9)


ANSWERS = [
    ("lstm_cell_forward", by_the_package),
    ("lstm_cell_forward", by_slices),
    ("lstm_cell_backward", back_by_nudging),
    ("gru_cell_forward", gru_by_the_package),
    ("lstm_from_rows", rows_by_blocks),
    ("units_for", units_by_the_root),
    ("half_life_bias", 4.968),
]
ARRAYS = ["gru_cell_forward"]
NUMBERS = ["units_for"]
