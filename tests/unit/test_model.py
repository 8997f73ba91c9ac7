"""The language model: its loss is that of reading token by token, and its gradients add up over chunks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.bptt import truncated_flow
from rnnlib.layers import ReadoutParams
from rnnlib.lstm import LSTM, LSTMState
from rnnlib.model import LMParams, lm_backward, lm_init, lm_loss, lm_step
from rnnlib.rnn import RNN
from rnnlib.tree import tree_leaves, tree_map, tree_zeros
from tools.proof import CELLS, B, H, T, V, agree, draw_mask, frozen, like

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
EXACTLY = 1e-300
TYPED = hasattr(lm_loss, "__wrapped__")  # beartype is watching
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=20)
CELL = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
MASKED = pytest.mark.parametrize("mask", [None, draw_mask()], ids=["all", "masked"])


def draw(cell, n_steps=T, n_batch=B, seed=0):
    rng = np.random.default_rng(seed)
    params = frozen(lm_init(cell, V, H, rng=rng))
    inputs, targets = frozen(rng.integers(V, size=(2, n_steps, n_batch)))
    return params, inputs, targets, like(rng, cell.zero_state(n_batch, params.cell))


def loss_and_grads(cell, *arguments, flow=None):
    loss, state, cache = lm_loss(cell, *arguments)
    return loss, state, lm_backward(cache, flow)


def read(cell, params, inputs, state):
    """Read token by token; return all log probabilities and the last state."""
    log_p = []
    for token in inputs:
        row, state = lm_step(cell, params, token, state)
        log_p.append(row)
    return np.stack(log_p), state


@CELL
@MASKED
def test_the_loss_is_that_of_reading_token_by_token(cell, mask):
    params, inputs, targets, state = draw(cell)
    log_p, want_state = read(cell, params, inputs, state)
    loss, new, _ = lm_loss(cell, params, inputs, targets, state, mask)
    mask = np.ones((T, B), dtype=bool) if mask is None else mask
    nats = [-log_p[(*at, targets[at])] for at in np.ndindex(T, B) if mask[at]]
    assert abs(loss / (sum(nats) / len(nats)) - 1) < TOLERANCE
    assert agree(new, want_state, TOLERANCE)


@CELL
def test_a_step_gives_probabilities(cell):
    params, inputs, _, state = draw(cell)
    log_p, new = lm_step(cell, params, inputs[0], state)
    assert log_p.shape == (B, V) and type(new) is type(state)
    assert abs(np.exp(log_p).sum(axis=1) - 1).max() < TOLERANCE


@CELL
def test_knowing_nothing_costs_log_v(cell):
    params, *rest = draw(cell)
    loss, _, _ = lm_loss(cell, tree_zeros(params), *rest)
    assert abs(loss - math.log(V)) < TOLERANCE


@CELL
@pytest.mark.parametrize("k", range(1, T + 1))
def test_truncation_is_the_chunks_one_after_another(cell, k):
    params, inputs, targets, state = draw(cell)
    loss, last, grads = loss_and_grads(
        cell, params, inputs, targets, state, flow=truncated_flow(T, k)
    )
    want_loss, want = 0.0, tree_zeros(params)
    for first in range(0, T, k):
        part = slice(first, first + k)
        share = len(inputs[part]) / T
        chunk_loss, state, chunk = loss_and_grads(
            cell, params, inputs[part], targets[part], state
        )
        want_loss = want_loss + share * chunk_loss
        want = tree_map(lambda a, b, share=share: a + share * b, want, chunk)
    assert abs(loss / want_loss - 1) < TOLERANCE
    assert agree(grads, want, TOLERANCE) and agree(last, state, TOLERANCE)


@STEADY
@given(seed=st.integers(0, 999), n_batch=st.integers(1, 3), n_steps=st.integers(1, 3))
def test_a_batch_is_the_mean_of_its_texts(seed, n_batch, n_steps):
    params, inputs, targets, state = draw(LSTM, n_steps, n_batch, seed)
    loss, _, grads = loss_and_grads(LSTM, params, inputs, targets, state)
    want_loss, want = 0.0, tree_zeros(params)
    for b in range(n_batch):
        row = slice(b, b + 1)
        own = tree_map(lambda leaf, row=row: leaf[row], state)
        one, _, part = loss_and_grads(
            LSTM, params, inputs[:, row], targets[:, row], own
        )
        want_loss = want_loss + one / n_batch
        want = tree_map(lambda a, b: a + b / n_batch, want, part)
    assert abs(loss / want_loss - 1) < TOLERANCE and agree(grads, want, TOLERANCE)


# The mask


@CELL
def test_a_mask_of_ones_is_no_mask(cell):
    arguments = draw(cell)
    for ones in (np.ones((T, B), dtype=bool), np.ones((T, B))):
        got, want = (
            loss_and_grads(cell, *arguments, ones),
            loss_and_grads(cell, *arguments),
        )
        assert got[0] == want[0] and agree(got[1:], want[1:], EXACTLY)


@CELL
def test_padding_at_the_end_is_not_seen(cell):
    """A text of T - 1 tokens in a batch of T, and the same text alone."""
    params, inputs, targets, state = draw(cell)
    mask = np.ones((T, B), dtype=bool)
    mask[-1] = False
    loss, _, grads = loss_and_grads(cell, params, inputs, targets, state, mask)
    want_loss, _, want = loss_and_grads(cell, params, inputs[:-1], targets[:-1], state)
    assert abs(loss / want_loss - 1) < TOLERANCE and agree(grads, want, TOLERANCE)
    other = np.where(mask, targets, (targets + 1) % V)
    got = loss_and_grads(cell, params, inputs, other, state, mask)
    assert got[0] == loss and agree(got[2], grads, EXACTLY)


def test_a_masked_token_is_still_read():
    params, inputs, targets, state = draw(RNN)
    mask = np.ones((T, B), dtype=bool)
    mask[0] = False
    loss, _, grads = loss_and_grads(RNN, params, inputs, targets, state, mask)
    _, after, _ = lm_loss(RNN, params, inputs[:1], targets[:1], state)
    want_loss, _, want = loss_and_grads(RNN, params, inputs[1:], targets[1:], after)
    assert abs(loss / want_loss - 1) < TOLERANCE
    assert agree(grads.readout, want.readout, TOLERANCE)
    assert (
        abs(grads.cell.W - want.cell.W).max() > 1e-3
    )  # the first step is learned from


# Parameters, dtypes


@CELL
def test_parameters_fit_the_vocabulary(cell):
    params = lm_init(cell, V, H, rng=np.random.default_rng(0))
    assert type(params) is LMParams and type(params.readout) is ReadoutParams
    assert params.readout.V.shape == (V, H) and params.readout.b_y.shape == (V,)
    assert params.cell.U.shape[1] == V and len(params.cell.U) % H == 0
    same, other = (lm_init(cell, V, H, rng=np.random.default_rng(i)) for i in (0, 1))
    assert agree(params, same, EXACTLY)
    assert not np.array_equal(params.readout.V, other.readout.V)
    _, _, grads = loss_and_grads(cell, *draw(cell))
    assert [name for name, _ in tree_leaves(grads)] == [
        n for n, _ in tree_leaves(params)
    ]


@CELL
def test_single_precision_stays(cell):
    params, inputs, targets, state = draw(cell)
    single, zero = (
        tree_map(lambda leaf: frozen(leaf.astype(np.float32)), tree)
        for tree in (params, state)
    )
    flow = truncated_flow(T, 2)
    loss, last, grads = loss_and_grads(cell, single, inputs, targets, zero, flow=flow)
    step = lm_step(cell, single, inputs[0], zero)
    for _, leaf in tree_leaves((last, grads, step)):
        assert leaf.dtype == np.float32
    assert loss.dtype == np.float32 and isinstance(loss, np.float32)
    want = loss_and_grads(cell, params, inputs, targets, state, flow=flow)
    assert abs(loss / want[0] - 1) < 1e-5 and agree(grads, want[2], 1e-4)


@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_ids_of_any_whole_type(dtype):
    params, inputs, targets, state = draw(RNN)
    small = inputs.astype(dtype), targets.astype(dtype)
    got = loss_and_grads(RNN, params, *small, state)
    want = loss_and_grads(RNN, params, inputs, targets, state)
    assert got[0] == want[0] and agree(got[1:], want[1:], EXACTLY)


def test_a_cache_may_be_used_twice():
    _, _, cache = lm_loss(LSTM, *draw(LSTM))
    first = lm_backward(cache)
    cut = lm_backward(cache, truncated_flow(T, 1))
    assert agree(lm_backward(cache), first, EXACTLY)
    assert abs(cut.cell.W - first.cell.W).max() > 1e-6


# Bad input

IDS = np.zeros((T, B), dtype=int)
MASK = np.ones((T, B), dtype=bool)


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("inputs", IDS[0], ValueError, rf"inputs must have shape \(T, B\).*\({B},\)"),
        (
            "inputs",
            IDS[None],
            ValueError,
            r"inputs must have shape \(T, B\).* got \(1,",
        ),
        ("inputs", IDS[:0], ValueError, rf"inputs .* at least 1; got \(0, {B}\)"),
        ("inputs", IDS[:, :0], ValueError, rf"inputs .* at least 1; got \({T}, 0\)"),
        ("targets", IDS[1:], ValueError, rf"targets .* inputs, \({T}, {B}\); got"),
        ("targets", IDS[:, :1], ValueError, rf"targets .* inputs, \({T}, {B}\); got"),
        ("inputs", IDS * 1.0, TypeError, "must be whole numbers; got dtype float64"),
        ("inputs", IDS > 0, TypeError, "must be whole numbers; got dtype bool"),
        ("targets", IDS * 1.0, TypeError, "y must be whole numbers; got dtype float64"),
        ("inputs", IDS + V, ValueError, rf"must lie in 0\.\.{V - 1}; got {V}\.\.{V}"),
        ("inputs", IDS - 1, ValueError, rf"must lie in 0\.\.{V - 1}; got -1\.\.-1"),
        ("targets", IDS + V, ValueError, rf"y must lie in 0\.\.{V - 1}.*; got {V}"),
        ("targets", IDS - 1, ValueError, rf"y must lie in 0\.\.{V - 1}.*; got -1"),
        ("mask", MASK & False, ValueError, f"mask .* none of {T * B}"),
        (
            "mask",
            MASK[1:],
            ValueError,
            rf"mask must have the shape .*\({T}, {B}\); got",
        ),
        ("mask", MASK * 0.5, ValueError, "mask must hold True and False"),
        ("state", np.zeros((B + 1, H)), ValueError, rf"B = {B}; got \({B + 1}, {H}\)"),
        ("state", np.zeros(H), ValueError, rf"state must .* B = {B}; got \({H},\)"),
        ("state", np.zeros((1, B, H)), ValueError, rf"B = {B}; got \(1, {B}, {H}\)"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(name, value, error, words):
    params, _, _, state = draw(RNN)
    good = {"inputs": IDS, "targets": IDS, "state": state, "mask": None}
    with refuses(words, error):
        lm_loss(RNN, params, **{**good, name: value})


def test_a_part_of_the_state_is_named():
    params, inputs, targets, state = draw(LSTM)
    with refuses(rf"state\.c must have shape \(B, H\) with B = {B}; got \(1, {H}\)"):
        lm_loss(LSTM, params, inputs, targets, LSTMState(state.h, state.c[:1]))


def test_the_argument_that_is_wrong_is_named():
    params, _, _, state = draw(RNN)
    with pytest.raises(ValueError, match="inputs"):
        lm_loss(RNN, params, IDS + V, IDS, state)


@pytest.mark.parametrize("n_hidden", [1, H - 1, H + 1])
def test_a_state_of_another_size_is_refused(n_hidden):
    for cell in (RNN, LSTM):
        params, inputs, targets, state = draw(cell)
        state = tree_map(lambda leaf: np.zeros((B, n_hidden)), state)
        with pytest.raises(ValueError, match="state"):
            lm_loss(cell, params, inputs, targets, state)


def test_a_memory_of_another_size_is_refused():
    params, inputs, targets, state = draw(LSTM)
    with pytest.raises(ValueError, match=r"state\.c"):
        lm_loss(LSTM, params, inputs, targets, LSTMState(state.h, state.c[:, :1]))


def test_a_step_checks_its_token():
    params, _, _, state = draw(RNN)
    with refuses(rf"must lie in 0\.\.{V - 1}; got 0\.\.{V}"):
        lm_step(RNN, params, np.array([0, V]), state)
    with refuses("must be whole numbers; got dtype float64", TypeError):
        lm_step(RNN, params, np.zeros(B), state)


def test_a_step_has_a_state_for_each_token():
    params, inputs, _, state = draw(RNN)
    with pytest.raises((ValueError, TypeError)):
        lm_step(RNN, params, inputs[0], state[:1])


@pytest.mark.parametrize(("V", "H", "name"), [(0, 3, "n_in"), (3, 0, "n_hidden")])
def test_sizes_are_at_least_one(V, H, name):
    with refuses(f"{name} must be at least 1; got 0"):
        lm_init(RNN, V, H, rng=np.random.default_rng(0))
