"""Numbers that others have printed or computed: CS231n, the Coursera course, PyTorch."""

import json

import numpy as np
import pytest

from rnnlib.bptt import unroll_forward
from rnnlib.interop import from_columns, to_columns
from rnnlib.layers import ReadoutParams, readout_forward
from rnnlib.losses import log_softmax
from rnnlib.lstm import LSTM, LSTMParams, LSTMState
from rnnlib.rnn import (
    RNNParams,
    rnn_backward,
    rnn_cell_backward,
    rnn_cell_forward,
    rnn_forward,
)
from tools import freeze_stacks
from tools.freeze_torch import FROZEN, KINDS, errors

TOLERANCE = 1e-13
CASES = json.loads(FROZEN.read_text())["cases"]


def assert_printed(got, printed, digits=8):
    """Hold to the digits that were printed."""
    got, printed = np.asarray(got), np.asarray(printed)
    assert got.shape == printed.shape
    assert abs(got - printed).max() < 0.5001 * 10.0**-digits


# PyTorch, frozen by tools/freeze_torch.py


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_outputs_and_gradients_are_those_of_torch(case):
    found = errors(case)
    assert {"h", "dx", "d.U", "d.W", "d.b_h"} < found.keys()
    for name, error in found.items():
        assert error < TOLERANCE, name


def test_every_kind_is_frozen_with_sizes_that_differ():
    assert [case["kind"] for case in CASES] == list(KINDS)
    for case in CASES:
        T, B, I = np.shape(case["x"])
        assert len({T, B, I, np.shape(case["h"])[2]}) == 4


STACKS = json.loads(freeze_stacks.FROZEN.read_text())["cases"]


@pytest.mark.parametrize("case", STACKS, ids=lambda case: case["name"])
def test_layers_and_directions_are_those_of_torch(case):
    found = freeze_stacks.errors(case)
    assert {"output", "dx", "last 0", "dstate 0", "weight_hh_l1"} < found.keys()
    for name, error in found.items():
        assert error < TOLERANCE, name


def test_every_stack_is_frozen():
    assert [case["name"] for case in STACKS] == list(freeze_stacks.SETUPS)
    sizes = freeze_stacks.T, freeze_stacks.B, freeze_stacks.I, freeze_stacks.H
    assert len(set(sizes)) == 4 and len(set(freeze_stacks.LENGTHS)) == freeze_stacks.B


# Stanford CS231n, assignment 3 (2019-2024): outputs printed in the RNN and LSTM captioning notebooks.
# Rows: x @ Wx + h @ Wh + b. Gates in the order i, f, o, g.


def spread(ends, *shape):
    return np.linspace(*ends, int(np.prod(shape))).reshape(shape)


def test_cs231n_rnn_step():
    N, D, H = 3, 10, 4
    U, W = spread((-0.1, 0.9), D, H).T, spread((-0.3, 0.7), H, H).T
    params = RNNParams(U, W, spread((-0.2, 0.4), H))
    x, h_prev = spread((-0.4, 0.7), N, D), spread((-0.2, 0.5), N, H)
    want = [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
    assert_printed(rnn_cell_forward(x, h_prev, params)[0], want)


def test_cs231n_rnn_sequence():
    N, T, D, H = 2, 3, 4, 5
    U, W = spread((-0.2, 0.4), D, H).T, spread((-0.4, 0.1), H, H).T
    params = RNNParams(U, W, spread((-0.7, 0.1), H))
    x, h_0 = spread((-0.1, 0.3), N, T, D).swapaxes(0, 1), spread((-0.3, 0.1), N, H)
    want = [
        [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
        [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043],
    ]
    assert_printed(rnn_forward(x, h_0, params)[0][-1], want)


def test_cs231n_lstm_step():
    N, D, H = 3, 4, 5

    def reordered(columns):
        i, f, o, g = np.split(columns, 4, axis=-1)
        return np.concatenate([i, f, g, o], axis=-1).T

    params = LSTMParams(
        reordered(spread((-2.1, 1.3), D, 4 * H)),
        reordered(spread((-0.7, 2.2), H, 4 * H)),
        reordered(spread((0.3, 0.7), 4 * H)),
    )
    state = LSTMState(spread((-0.3, 0.7), N, H), spread((-0.4, 0.9), N, H))
    _, (h, c), _ = unroll_forward(LSTM, spread((-0.4, 1.2), 1, N, D), state, params)
    assert_printed(h[0], [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904])
    assert_printed(h[2], [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299])
    assert_printed(c[0], [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407])
    assert_printed(c[2], [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676])


# deeplearning.ai Sequence Models, week 1, Building a Recurrent Neural Network - Step by Step:
# expected outputs. Columns (n_x, m, T); numpy.random.seed(1), then randn in the order listed.

COURSERA = {
    "x": (3, 10, 4),
    "xt": (3, 10),
    "a0": (5, 10),
    "Waa": (5, 5),
    "Wax": (5, 3),
    "Wya": (2, 5),
    "ba": (5, 1),
    "by": (2, 1),
    "da": (5, 10, 4),
    "da_next": (5, 10),
}


def draws(order):
    legacy = np.random.RandomState(1)  # what numpy.random.seed(1) starts
    drawn = {name: legacy.randn(*COURSERA[name]) for name in order.split()}
    params = RNNParams(drawn["Wax"], drawn["Waa"], drawn["ba"][:, 0])
    return drawn, params, ReadoutParams(drawn["Wya"], drawn["by"][:, 0])


def probabilities(h, readout):
    return np.exp(log_softmax(readout_forward(h, readout)[0]))


def test_coursera_rnn_cell_forward():
    drawn, params, readout = draws("xt a0 Waa Wax Wya ba by")
    a_next, _ = rnn_cell_forward(drawn["xt"].T, drawn["a0"].T, params)
    assert_printed(
        a_next.T[4],
        [0.59584544, 0.18141802, 0.61311866, 0.99808218, 0.85016201]
        + [0.99980978, -0.18887155, 0.99815551, 0.6531151, 0.82872037],
    )
    assert_printed(
        probabilities(a_next, readout).T[1],
        [0.9888161, 0.01682021, 0.21140899, 0.36817467, 0.98988387]
        + [0.88945212, 0.36920224, 0.9966312, 0.9982559, 0.17746526],
    )


def test_coursera_rnn_forward():
    drawn, params, readout = draws("x a0 Waa Wax Wya ba by")
    h, _ = rnn_forward(from_columns(drawn["x"]), drawn["a0"].T, params)
    a, y = to_columns(h), to_columns(probabilities(h, readout))
    assert_printed(a[4][1], [-0.99999375, 0.77911235, -0.99861469, -0.99833267])
    assert_printed(y[1][3], [0.79560373, 0.86224861, 0.11118257, 0.81515947])


def test_coursera_rnn_cell_backward():
    drawn, params, _ = draws("xt a0 Wax Waa Wya ba by da_next")
    _, cache = rnn_cell_forward(drawn["xt"].T, drawn["a0"].T, params)
    dx_t, dh_prev, grads = rnn_cell_backward(drawn["da_next"].T, cache)
    assert_printed(dx_t.T[1][2], -1.3872130506, 10)
    assert_printed(dh_prev.T[2][3], -0.1523994938, 10)
    assert_printed(grads.U[3][1], 0.4107728249, 10)
    assert_printed(grads.W[1][2], 1.1503450668, 10)
    assert_printed(grads.b_h[4], 0.20023491)


def test_coursera_rnn_backward():
    drawn, params, _ = draws("x a0 Wax Waa Wya ba by da")
    _, caches = rnn_forward(from_columns(drawn["x"]), drawn["a0"].T, params)
    dx, dh_0, grads = rnn_backward(from_columns(drawn["da"]), caches)
    assert_printed(
        to_columns(dx)[1][2], [-2.07101689, -0.59255627, 0.02466855, 0.01483317]
    )
    assert_printed(dh_0.T[2][3], -0.3149423751, 10)
    assert_printed(grads.U[3][1], 11.2641044965, 10)
    assert_printed(grads.W[1][2], 2.3033331266, 10)
    assert_printed(grads.b_h[4], -0.74747722)
