"""Cells of cells and layers over whole sequences: one order of work or another, the numbers are the same."""

import numpy as np
import pytest
from refusals import refuses

from rnnlib.bptt import unroll_backward, unroll_forward
from rnnlib.gru import GRU
from rnnlib.layers import DenseParams, dense_forward
from rnnlib.lstm import LSTM, LSTMState
from rnnlib.rnn import RNN, RNNParams
from rnnlib.stacking import bidirectional, deep, deep_transition, recurrent, stack
from rnnlib.tree import tree_leaves, tree_map
from tools.proof import LAYERS, B, H, I, T, agree, draw_lengths, frozen, like

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
LAYER = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def draw(made, seed=0):
    """Draw parameters, a state and inputs."""
    rng = np.random.default_rng(seed)
    params = frozen(made.init(I, H, rng=rng))
    state = like(rng, made.zero_state(B, params))
    return params, state, frozen(rng.normal(size=(T, B, I))), rng


def test_step_by_step_is_layer_by_layer():
    cells = [LSTM, RNN, GRU]
    params, state, x, rng = draw(stack(cells))
    by_step = unroll_forward(stack(cells), x, state, params)
    layer = deep([recurrent(cell) for cell in cells])
    by_layer = layer.forward(x, state, params)
    assert agree(by_step[:2], by_layer[:2], TOLERANCE)
    weights = like(rng, by_step[:2])
    back = unroll_backward(stack(cells), *weights, by_step[2])
    assert agree(back, layer.backward(*weights, by_layer[2]), TOLERANCE)


def test_a_stack_of_one_is_the_cell_itself():
    params, state, x, _ = draw(RNN)
    h, last, _ = unroll_forward(RNN, x, state, params)
    for skip in (False, True):
        got = unroll_forward(stack([RNN], skip=skip), x, (state,), (params,))
        assert (got[0] == h).all() and (got[1][0] == last).all()


def test_skips_reach_every_cell_and_add_every_output():
    cell = stack([RNN, RNN], skip=True)
    params, state, x, _ = draw(cell)
    h, (low, high), _ = unroll_forward(cell, x[:1], state, params)
    assert params[1].U.shape == (H, H + I)
    below = np.tanh(x[0] @ params[0].U.T + state[0] @ params[0].W.T + params[0].b_h)
    read = np.concatenate([below, x[0]], axis=1) @ params[1].U.T
    above = np.tanh(read + state[1] @ params[1].W.T + params[1].b_h)
    assert agree((low, high, h[0]), (below, above, below + above), TOLERANCE)


@pytest.mark.parametrize("skip", [False, True])
def test_a_deep_step_is_its_layers_in_a_row(skip):
    cell = deep_transition(3, skip=skip)
    params, state, x, _ = draw(cell)
    z = np.tanh(x[0] @ params.first.U.T + state @ params.first.W.T + params.first.b_h)
    for layer in params.further:
        assert isinstance(layer, RNNParams if skip else DenseParams)
        through = state @ layer.W.T if skip else 0
        z = np.tanh(z @ layer.U.T + through + layer.b_h)
    assert agree(cell.forward(x[0], state, params)[0], z, TOLERANCE)


def test_a_deep_step_of_one_layer_is_the_plain_cell():
    cell = deep_transition(1)
    params, state, x, _ = draw(cell)
    plain = RNN.forward(x[0], state, params.first)[0]
    assert (cell.forward(x[0], state, params)[0] == plain).all()


def test_the_final_states_of_both_directions():
    layer = bidirectional(LSTM)
    params, state, x, _ = draw(layer)
    h, (last, first), _ = layer.forward(x, state, params)
    assert (h[-1, :, :H] == last.h).all() and (h[0, :, H:] == first.h).all()
    assert not np.allclose(h[-1, :, H:], first.h)


def test_backwards_is_forwards_on_the_reversed_sequence():
    params, state, x, _ = draw(bidirectional(GRU))
    h = bidirectional(GRU).forward(x, state, params)[0]
    turned = bidirectional(GRU).forward(x[::-1], state[::-1], params[::-1])[0]
    swapped = np.concatenate([turned[::-1, :, H:], turned[::-1, :, :H]], axis=2)
    assert agree(h, swapped, TOLERANCE)


@LAYER
def test_padding_changes_nothing(layer):
    """Each row alone, at its true length, gives the same outputs, state and gradients."""
    params, state, x, rng = draw(layer)
    mask = draw_lengths(T)
    h, last, cache = layer.forward(x, state, params, mask)
    weights = like(rng, (h, last))
    dx, dstate, grads = layer.backward(*weights, cache)
    total = None
    for b, length in enumerate(mask.sum(axis=0)):
        row = slice(b, b + 1)
        own_state = tree_map(lambda s: s[row], state)  # noqa: B023
        g, ends, kept = layer.forward(x[:length, row], own_state, params)
        assert agree(g, h[:length, row], TOLERANCE)
        assert agree(ends, tree_map(lambda s: s[row], last), TOLERANCE)  # noqa: B023
        assert (h[length:, b] == 0).all() and (dx[length:, b] == 0).all()
        own = tree_map(lambda w: w[row], weights[1])  # noqa: B023
        one = layer.backward(weights[0][:length, row], own, kept)
        assert agree(one[0], dx[:length, row], TOLERANCE)
        assert agree(one[1], tree_map(lambda s: s[row], dstate), TOLERANCE)  # noqa: B023
        total = one[2] if total is None else tree_map(np.add, total, one[2])
    assert agree(total, grads, TOLERANCE)


@LAYER
def test_a_full_mask_and_no_gradient_of_the_state(layer):
    params, state, x, rng = draw(layer)
    plain = layer.forward(x, state, params)
    full = layer.forward(x, state, params, np.ones((T, B), dtype=bool))
    dh = like(rng, plain[0])
    zeros = tree_map(np.zeros_like, plain[1])
    assert agree(plain[:2], full[:2], 1e-300)
    assert agree(
        layer.backward(dh, None, plain[2]), layer.backward(dh, zeros, full[2]), 1e-300
    )


@LAYER
def test_float32_stays_float32(layer):
    params, state, x, _ = tree_map(lambda a: a.astype(np.float32), draw(layer)[:3]) + (
        0,
    )
    for mask in (None, draw_lengths(T)):
        h, last, cache = layer.forward(x, state, params, mask)
        out = (h, last, *layer.backward(h, last, cache))
        assert {leaf.dtype for _, leaf in tree_leaves(out)} == {np.dtype(np.float32)}


def test_shapes_of_parameters_and_states():
    params, state, _, _ = draw(deep([bidirectional(RNN), recurrent(LSTM)]))
    assert [p.U.shape for p in params[0]] == [(H, I), (H, I)]
    assert params[1].U.shape == (4 * H, 2 * H)
    assert isinstance(state[1], LSTMState) and state[0][1].shape == (B, H)


def test_a_dense_layer_takes_any_leading_shape():
    rng = np.random.default_rng(0)
    params = DenseParams(rng.normal(size=(H, I)), rng.normal(size=H))
    x = rng.normal(size=(T, B, I))
    whole = dense_forward(x, params)[0]
    assert agree(whole[1, 0], np.tanh(params.U @ x[1, 0] + params.b_h), TOLERANCE)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: stack([]), "cells must hold at least one"),
        (lambda: deep([]), "layers must hold at least one"),
        (lambda: deep_transition(0), "n_layers must be at least 1; got 0"),
    ],
)
def test_nothing_is_refused(made, words):
    with refuses(words):
        made()


@pytest.mark.parametrize(
    "mask", [np.ones((T, B)), np.ones((B, T), dtype=bool), np.ones(T, dtype=bool)]
)
def test_masks_that_do_not_fit_are_refused(mask):
    params, state, x, _ = draw(recurrent(RNN))
    with refuses("mask"):
        recurrent(RNN).forward(x, state, params, mask)
