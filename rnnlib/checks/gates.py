"""Exercises of chapter 19, LSTM and GRU: gates in the wrong order, the wrong way round, or on the wrong path."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.ways_gated import (
    BLOCKS,
    from_rows,
    gru,
    gru_back,
    gru_back_with,
    gru_cell_forward,
    gru_with,
    lstm,
    lstm_back_with,
    lstm_cell_backward,
    lstm_cell_forward,
    lstm_from_rows,
    lstm_with,
    mended_gru_back,
    sigmoid,
    units,
    units_for,
)

_rng = np.random.default_rng(19)


def _lstm_case(B, I, H, size=0.8):
    shapes = (B, I), (B, H), (B, H), (4 * H, I), (4 * H, H), (4 * H,)
    return tuple(size * _rng.normal(size=shape) for shape in shapes)


def _gru_case(B, I, H):
    shapes = (B, I), (B, H), (3 * H, I), (3 * H, H), (3 * H,), (3 * H,)
    return tuple(0.8 * _rng.normal(size=shape) for shape in shapes)


def _back_case(B, H):
    dh, dc, c_prev, c_t = 1.3 * _rng.normal(size=(4, B, H))
    i, f, g, o = _rng.uniform(0.1, 0.9, size=(4, B, H))
    return dh, dc, c_prev, i, f, g - 0.6, o, c_t


def _gru_back_case(B, H):
    dh, h_prev, n, m_n = 0.6 * _rng.normal(size=(4, B, H))
    r, z = _rng.uniform(0.1, 0.9, size=(2, B, H))
    return dh, h_prev, r, z, np.tanh(n), m_n, _rng.normal(size=(3 * H, H))


def _rows_case(D, H):
    shapes = (D, 4 * H), (H, 4 * H), (4 * H,)
    return tuple(_rng.normal(size=shape) for shape in shapes)


_kept = 0.5 ** (1 / 100)

EXERCISES = {
    "lstm_cell_forward": Exercise(
        solution=lstm_cell_forward,
        cases={
            "two rows": _lstm_case(2, 3, 5),
            "one row, large weights": _lstm_case(1, 4, 3, size=2.5),
            "I = H": _lstm_case(3, 4, 4),
        },
        wrong={
            "the parts are read as i, f, o, g; here g is the third and o the last": lstm_with(
                order="ifog"
            ),
            "i and f are exchanged: the order is i, f, g, o": lstm_with(order="figo"),
            "f is the wrong way round: the forget gate multiplies what is kept": lstm_with(
                c=lambda v: (1 - v.f) * v.c_prev + v.i * v.g
            ),
            "1 - f stands where the input gate i should": lstm_with(
                c=lambda v: v.f * v.c_prev + (1 - v.f) * v.g
            ),
            "the candidate goes in whole: the input gate i is missing": lstm_with(
                c=lambda v: v.f * v.c_prev + v.g
            ),
            "the forget gate multiplies h_{t-1}; it belongs to the memory c_{t-1}": lstm_with(
                c=lambda v: v.f * v.h_prev + v.i * v.g
            ),
            "the memory goes out without its tanh": lstm_with(h=lambda v: v.o * v.c),
            "the old memory goes out: h_t is made of c_t": lstm_with(
                h=lambda v: v.o * np.tanh(v.c_prev)
            ),
            "the candidate g has a sigmoid; it has a tanh": lstm_with(
                g=lambda v: sigmoid(v.part["g"])
            ),
            "the gates have a tanh; a gate is a sigmoid": lstm_with(gate=np.tanh),
            "the bias is missing": lambda x, h, c, U, W, b: lstm(x, h, c, U, W, 0 * b),
            "the two results have changed places: h_t, then c_t": lambda *a: (
                lstm_cell_forward(*a)[::-1]
            ),
        },
        hint="np.split(a_t, 4, axis=1) gives the four parts; c_t = f c_{t-1} + i g, then h_t.",
    ),
    "lstm_cell_backward": Exercise(
        solution=lstm_cell_backward,
        cases={"two rows": _back_case(2, 3), "three rows": _back_case(3, 5)},
        wrong={
            "the way of c_t through h_t is missing from dc_t": lstm_back_with(
                dc=lambda v: v.late
            ),
            "what step t + 1 hands back is missing from dc_t": lstm_back_with(
                dc=lambda v: v.dh * v.o * v.slope
            ),
            "the dc_t that is handed in is multiplied by f already; you do it again": lstm_back_with(
                dc=lambda v: v.late * v.f + v.dh * v.o * v.slope
            ),
            "the output gate is reached through h_t alone: its factor is dh_t, not dc_t": lstm_back_with(
                ao=lambda v: v.dc * np.tanh(v.c) * v.of(v.o)
            ),
            "the slope is 1 - tanh(c)^2; yours is 1 - c^2": lstm_back_with(
                slope=lambda v: 1 - v.c**2
            ),
            "the way through h_t passes the output gate: o is missing": lstm_back_with(
                dc=lambda v: v.late + v.dh * v.slope
            ),
            "the parts stand in the order i, f, o, g; wanted i, f, g, o": lstm_back_with(
                order="ifog"
            ),
            "the slope of a sigmoid is s (1 - s); yours is that of tanh": lstm_back_with(
                of=lambda v: lambda s: 1 - s**2
            ),
            "the candidate has the slope of a tanh, 1 - g^2; yours is that of a sigmoid": lstm_back_with(
                of_g=lambda v: v.g * (1 - v.g)
            ),
            "those are the gradients of the gates: their slopes are missing": lstm_back_with(
                of=lambda v: lambda s: 1, of_g=lambda v: 1
            ),
            "the forget gate met the memory before: its factor is c_{t-1}, not c_t": lstm_back_with(
                af=lambda v: v.dc * v.c * v.of(v.f)
            ),
            "the memory before is reached through f: dc_{t-1} lacks it": lstm_back_with(
                dc_prev=lambda v: v.dc
            ),
            "only what came from step t + 1 is handed on; it must be the whole dc_t": lstm_back_with(
                dc_prev=lambda v: v.late * v.f
            ),
        },
        hint="first the whole dc_t, from two sides; then each part is dc_t or dh_t, times its partner and its slope.",
    ),
    "gru_cell_forward": Exercise(
        solution=gru_cell_forward,
        cases={
            "two rows": _gru_case(2, 3, 5),
            "one row": _gru_case(1, 2, 4),
            "I = H": _gru_case(3, 4, 4),
        },
        wrong={
            "z takes the new state in; here it keeps the old one": gru_with(
                h=lambda v: v.z * v.n + (1 - v.z) * v.h_prev
            ),
            "r acts before the matrix product; here it acts after": gru_with(
                n=lambda v: np.tanh(v.s["n"] + (v.r * v.h_prev) @ v.W_n.T + v.b_n)
            ),
            "r multiplies the input's part too": gru_with(
                n=lambda v: np.tanh(v.r * (v.s["n"] + v.m["n"]))
            ),
            "the candidate's second bias is outside of r": gru_with(
                n=lambda v: np.tanh(v.s["n"] + v.b_n + v.r * (v.m["n"] - v.b_n))
            ),
            "r and z are exchanged: the order is r, z, n": gru_with(order="zrn"),
            "the candidate has a sigmoid; it has a tanh": gru_with(
                n=lambda v: sigmoid(v.s["n"] + v.r * v.m["n"])
            ),
            "the old state is missing from h_t": gru_with(h=lambda v: (1 - v.z) * v.n),
            "r is not used": gru_with(n=lambda v: np.tanh(v.s["n"] + v.m["n"])),
            "the second bias is not used": lambda x, h, U, W, b_x, b_h: gru(
                x, h, U, W, b_x, 0 * b_h
            ),
        },
        hint="split both sums in three; r multiplies the third part of the state's sum, its bias included.",
    ),
    "half_life_bias": Exercise(
        solution=float(np.log(_kept / (1 - _kept))),
        wrong={
            "that is the gate's value; its bias was asked for": float(_kept),
            "the sign is turned: that gate forgets nearly all at once": float(
                -np.log(_kept / (1 - _kept))
            ),
            "that is f / (1 - f): the logarithm is missing": float(_kept / (1 - _kept)),
            "that is a logarithm to base 10": float(np.log10(_kept / (1 - _kept))),
            "after 100 steps of that, one e-th is left, and not one half": float(
                np.log(np.exp(-0.01) / (1 - np.exp(-0.01)))
            ),
            "that gate is 0.5, which halves the memory at each step": 0.0,
            "that takes 1 - f for -ln f, which is near it and not equal": float(
                np.log(100 / np.log(2))
            ),
            "three decimals are asked for": 4.97,
            "that is the inverse of tanh; a gate is a sigmoid": float(
                np.arctanh(_kept)
            ),
        },
        hint="f^100 = 1/2 gives f; sigmoid(b) = f means b = ln(f / (1 - f)).",
        tolerance=1.2e-4,
    ),
    "lstm_from_rows": Exercise(
        solution=lstm_from_rows,
        cases={
            "D = 3, H = 2": _rows_case(3, 2),
            "D = 2, H = 5": _rows_case(2, 5),
            "D = 1, H = 3": _rows_case(1, 3),
        },
        wrong={
            "the gates are still in the order i, f, o, g": lambda *a: from_rows(
                *a, order=(0, 1, 2, 3)
            ),
            "the gates are moved, and nothing is transposed": lambda *a: from_rows(
                *a, turned=False
            ),
            "the bias has kept the old order": lambda *a: from_rows(*a, of_b=np.sort),
            "f and o are exchanged; g and o must be": lambda *a: from_rows(
                *a, order=(0, 2, 1, 3)
            ),
            "i and g are exchanged; o and g must be": lambda *a: from_rows(
                *a, order=(3, 1, 2, 0)
            ),
            "the order of the gates is turned round": lambda *a: from_rows(
                *a, order=(3, 2, 1, 0)
            ),
        },
        hint="take the column blocks 0, 1, 3, 2 of width H, in all three arrays; then transpose the two matrices.",
    ),
    "units_for": Exercise(
        solution=units_for,
        cases={
            "RNN, 28 tokens": ("RNN", 28, 28, 40_000),
            "LSTM, 28 tokens": ("LSTM", 28, 28, 40_000),
            "GRU, 28 tokens": ("GRU", 28, 28, 40_000),
            "LSTM, the budget met exactly": ("LSTM", 3, 2, 4 * 7 * 11 + 16),
            "GRU, wide readout": ("GRU", 5, 300, 9_000),
            "GRU, small": ("GRU", 4, 3, 130),
        },
        wrong={
            "the readout is not counted": lambda *a: units(*a, readout=False),
            "the readout's bias is not counted": lambda *a: units(*a, readout_bias=0),
            "that is the first number of units above the budget": lambda *a: units(
                *a, above=1
            ),
            "the blocks are not counted: an LSTM has four, a GRU three": lambda *a: (
                units(*a, blocks=dict.fromkeys(BLOCKS, (1, 1)))
            ),
            "the GRU of the package has two biases": lambda *a: units(
                *a, blocks=BLOCKS | {"GRU": (3, 1)}
            ),
            "every cell is given two biases; here only the GRU has them": lambda *a: (
                units(*a, blocks={"RNN": (1, 2), "LSTM": (4, 2), "GRU": (3, 2)})
            ),
            "the LSTM has four blocks, and you count three": lambda *a: units(
                *a, blocks=BLOCKS | {"LSTM": (3, 1)}
            ),
            "U is counted once; each block has its own": lambda *a: units(
                *a, once=True
            ),
        },
        hint="blocks * H * (I + H + biases) + O * (H + 1); go up until it is too many.",
    ),
    "mended_gru_back": Exercise(
        solution=mended_gru_back,
        cases={"two rows": _gru_back_case(2, 3), "three rows": _gru_back_case(3, 5)},
        wrong={
            "both mistakes are still there": gru_back_with(
                into_m=lambda v: v.a_n, direct=lambda v: 0.0
            ),
            "one is left: the old state also goes straight into h_t, times z": gru_back_with(
                direct=lambda v: 0.0
            ),
            "one is left: on the candidate's way back to W h, r stands in between": gru_back_with(
                into_m=lambda v: v.a_n
            ),
            "the straight way has the factor z, not 1 - z": gru_back_with(
                direct=lambda v: v.dh * (1 - v.z)
            ),
            "the straight way has no factor: z is missing": gru_back_with(
                direct=lambda v: v.dh
            ),
            "the sign of z's part is turned: h_t grows with z where h_{t-1} is above n": gru_back_with(
                a_z=lambda v: v.dh * (v.n - v.h_prev) * v.z * (1 - v.z)
            ),
            "r was put on the input's side as well": lambda *a: (
                np.concatenate(
                    [
                        *np.split(gru_back(*a)[0], 3, 1)[:2],
                        gru_back(*a)[0][:, -a[2].shape[1] :] * a[2],
                    ],
                    axis=1,
                ),
                gru_back(*a)[1],
            ),
        },
        hint="h_{t-1} is used in four places: in r, in z, in n behind r, and straight in h_t.",
    ),
}
