"""The loops over time: sums worked out in closed form, and the identities between full and cut gradients."""

from itertools import product

import numpy as np
import pytest
from refusals import refuses

from rnnlib.bptt import (
    Caches,
    Cell,
    randomised_flow,
    truncated_flow,
    unroll_backward,
    unroll_forward,
    windowed_backward,
)
from rnnlib.gradcheck import complex_step
from rnnlib.rnn import RNN
from rnnlib.tree import tree_leaves, tree_map, tree_zeros
from tools.proof import CELLS, B, H, I, T, agree, draw_cell, frozen, like, weighted

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
EXACTLY = 1e-300


# Two cells of one's own


def sum_forward(x_t, total, w):
    total = total + w * x_t
    return total, total, (x_t, w)


def sum_backward(dh_t, dtotal, cache):
    x_t, w = cache
    d = dh_t + dtotal
    return d * w, d, (d * x_t).sum(axis=0)


#: h_t = h_{t-1} + w x_t: every gradient can be written down.
SUM = Cell(None, None, sum_forward, sum_backward)


def nested_zero_state(n_batch, w):
    return np.zeros((n_batch, len(w))), (np.zeros((n_batch, len(w))),)


def nested_forward(x_t, state, w):
    total, (last,) = state
    h_t = w * x_t + total * last
    return h_t, (total + h_t, (x_t * x_t,)), (x_t, total, last, w)


def nested_backward(dh_t, dstate, cache):
    x_t, total, last, w = cache
    dtotal, (dlast,) = dstate
    d = dh_t + dtotal
    return d * w + 2 * x_t * dlast, (dtotal + d * last, (d * total,)), (d * x_t).sum(0)


#: A state of tuples in a tuple, parameters that are one bare array.
NESTED = Cell(
    lambda n_in, n_hidden, *, rng: rng.normal(size=n_in),
    nested_zero_state,
    nested_forward,
    nested_backward,
)
ALL_CELLS = {**CELLS, "nested": NESTED}
CELL = pytest.mark.parametrize("cell", ALL_CELLS.values(), ids=ALL_CELLS)


class Run:
    """A cell unrolled over random inputs, with random weights on every output and on the final state."""

    def __init__(self, cell, n_steps=T, seed=0):
        rng = np.random.default_rng(seed)
        self.cell, self.n_steps = cell, n_steps
        self.params, self.state = draw_cell(cell, rng)
        self.x = frozen(rng.normal(size=(n_steps, B, I)))
        out = unroll_forward(cell, self.x, self.state, self.params)
        self.h, self.last, self.caches = out
        self.dh, self.dlast = like(rng, (self.h, self.last))

    def backward(self, flow=None):
        return unroll_backward(self.cell, self.dh, self.dlast, self.caches, flow)

    def apart(self, first, stop, dh, dlast):
        """Start from the state before a step, see nothing else, and go back over these steps only."""
        state = self.state
        for x_t in self.x[:first]:
            state = self.cell.forward(x_t, state, self.params)[1]
        _, _, caches = unroll_forward(self.cell, self.x[first:stop], state, self.params)
        return unroll_backward(self.cell, dh, dlast, caches)


def total(parts):
    first, *others = parts
    for other in others:
        first = tree_map(np.add, first, other)
    return first


# Forwards


@CELL
def test_a_long_run_is_short_runs_in_a_row(cell):
    run = Run(cell)
    for cut in range(1, T):
        h_1, between, _ = unroll_forward(cell, run.x[:cut], run.state, run.params)
        h_2, last, _ = unroll_forward(cell, run.x[cut:], between, run.params)
        assert np.array_equal(np.concatenate([h_1, h_2]), run.h)
        assert agree(last, run.last, EXACTLY)


@CELL
def test_each_step_sees_its_input_and_the_state_before(cell):
    run = Run(cell)
    state = run.state
    for t in range(T):
        h_t, state, _ = cell.forward(run.x[t], state, run.params)
        assert np.array_equal(h_t, run.h[t])
    assert agree(state, run.last, EXACTLY)


@CELL
def test_there_is_a_cache_for_each_step_and_a_zero(cell):
    run = Run(cell)
    assert isinstance(run.caches, Caches) and len(run.caches) == T
    assert type(run.caches.zero) is type(run.state)
    pairs = zip(tree_leaves(run.caches.zero), tree_leaves(run.state), strict=True)
    for (_, zero), (_, leaf) in pairs:
        assert zero.shape == leaf.shape and zero.dtype == leaf.dtype and not zero.any()


# Backwards


@pytest.mark.parametrize("seed", range(3))
def test_gradients_of_a_sum_in_closed_form(seed):
    rng = np.random.default_rng(seed)
    w, x, h_0, flow, dlast = (
        frozen(rng.normal(size=shape)) for shape in (I, (T, B, I), (B, I), T, (B, I))
    )
    h, last, caches = unroll_forward(SUM, x, h_0, w)
    dh = like(rng, h)
    dx, dh_0, dw = unroll_backward(SUM, dh, dlast, caches, flow)
    reaching = [  # step t hears of step s through the flow of all steps between
        sum(np.prod(flow[t + 1 : s + 1]) * dh[s] for s in range(t, T))
        + np.prod(flow[t + 1 :]) * dlast
        for t in range(T)
    ]
    assert agree(h, h_0 + np.cumsum(w * x, axis=0), TOLERANCE)
    assert agree(dx, w * np.stack(reaching), TOLERANCE)
    assert agree(dh_0, flow[0] * reaching[0], TOLERANCE)
    assert agree(dw, (x * reaching).sum(axis=(0, 1)), TOLERANCE)


def test_a_cell_of_ones_own_has_its_gradients():
    run = Run(NESTED)

    def loss(tree):
        params, x, state = tree
        out = unroll_forward(NESTED, x, state, params)[:2]
        return weighted((run.dh, run.dlast), out)

    dx, dstate, dw = run.backward()
    want = complex_step(loss, (run.params, run.x, run.state))
    assert agree((dw, dx, dstate), want, TOLERANCE)


@CELL
def test_no_gradient_for_the_state_is_zero(cell):
    run = Run(cell)
    got = unroll_backward(cell, run.dh, None, run.caches)
    want = unroll_backward(cell, run.dh, tree_zeros(run.last), run.caches)
    assert agree(got, want, EXACTLY)
    assert agree(
        windowed_backward(cell, run.dh, None, run.caches, 2),
        windowed_backward(cell, run.dh, tree_zeros(run.last), run.caches, 2),
        EXACTLY,
    )


@CELL
def test_a_flow_of_ones_is_no_flow(cell):
    run = Run(cell)
    for ones in (np.ones(T), np.ones(T, dtype=np.float32)):
        assert agree(run.backward(ones), run.backward(), EXACTLY)


@CELL
def test_no_flow_leaves_each_step_alone(cell):
    run = Run(cell)
    dx, dstate_0, grads = run.backward(np.zeros(T))
    ends = [tree_zeros(run.last)] * (T - 1) + [run.dlast]
    steps = [run.apart(t, t + 1, run.dh[t : t + 1], ends[t]) for t in range(T)]
    assert agree(dx, np.concatenate([step[0] for step in steps]), TOLERANCE)
    assert agree(grads, total(step[2] for step in steps), TOLERANCE)
    assert not any(leaf.any() for _, leaf in tree_leaves(dstate_0))


@CELL
def test_going_back_twice_gives_the_same(cell):
    run = Run(cell)
    assert agree(run.backward(), run.backward(), EXACTLY)


@CELL
def test_single_precision_stays(cell):
    def single(leaf):
        return frozen(leaf.astype(np.float32))

    run = Run(cell)
    x, dh, state, dlast, params = tree_map(
        single, (run.x, run.dh, run.state, run.dlast, run.params)
    )
    h, last, caches = unroll_forward(cell, x, state, params)
    flow = np.array([1.0, 0.5, 0.0, 2.0])
    got = [(h, last, caches.zero)]
    got += [unroll_backward(cell, dh, dlast, caches, f) for f in (None, flow)]
    got += [unroll_backward(cell, dh, None, caches)]
    got += [windowed_backward(cell, dh, d, caches, 2) for d in (None, dlast)]
    assert all(leaf.dtype == np.float32 for _, leaf in tree_leaves(tuple(got)))
    assert agree(got[1], run.backward(), 1e-5)


# Flows


@pytest.mark.parametrize(
    ("T", "k", "want"),
    [
        (5, 2, [1, 1, 0, 1, 0]),
        (6, 3, [1, 1, 1, 0, 1, 1]),
        (4, 1, [1, 0, 0, 0]),
        (4, 3, [1, 1, 1, 0]),
        (3, 3, [1, 1, 1]),
        (3, 9, [1, 1, 1]),
        (1, 1, [1]),
    ],
)
def test_truncated_flow_is_zero_at_the_cuts(T, k, want):
    flow = truncated_flow(T, k)
    assert flow.tolist() == want and flow.dtype == np.float64


@CELL
@pytest.mark.parametrize("k", range(1, T + 2))
def test_truncated_is_chunks_run_separately(cell, k):
    run = Run(cell)
    dx, dstate_0, grads = run.backward(truncated_flow(T, k))
    parts = []
    for first in range(0, T, k):
        stop = min(first + k, T)
        end = run.dlast if stop == T else None
        parts.append(run.apart(first, stop, run.dh[first:stop], end))
    assert agree(dx, np.concatenate([part[0] for part in parts]), TOLERANCE)
    assert agree(dstate_0, parts[0][1], TOLERANCE)
    assert agree(grads, total(part[2] for part in parts), TOLERANCE)


@CELL
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_the_mean_over_all_random_cuts_is_the_full_gradient(cell, keep):
    run = Run(cell)
    parts = []
    for pattern in product([0, 1], repeat=T - 1):
        n_kept = sum(pattern)
        probability = keep**n_kept * (1 - keep) ** (T - 1 - n_kept)
        got = run.backward(np.array([1, *pattern]) / np.array([1] + [keep] * (T - 1)))
        parts.append(tree_map(lambda leaf, p=probability: p * leaf, got))
    assert len(parts) == 2 ** (T - 1)
    assert agree(total(parts), run.backward(), TOLERANCE)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.75])
def test_randomised_flow_draws_every_cut_by_itself(keep):
    rng, n_draws, spread = np.random.default_rng(0), 4000, 0.03
    flows = np.stack([randomised_flow(4, keep, rng=rng) for _ in range(n_draws)])
    assert (flows[:, 0] == 1).all() and set(flows[:, 1:].flat) == {0, 1 / keep}
    kept = flows[:, 1:] > 0
    for pattern in product([False, True], repeat=3):
        n_kept = sum(pattern)
        want = keep**n_kept * (1 - keep) ** (3 - n_kept)
        assert abs((kept == pattern).all(axis=1).mean() - want) < spread


def test_randomised_flow_obeys_its_generator():
    one, same, other = (
        randomised_flow(50, 0.5, rng=np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_keeping_all_is_the_full_gradient():
    flow = randomised_flow(50, 1.0, rng=np.random.default_rng(0))
    assert flow.tolist() == [1] * 50 and flow.dtype == np.float64
    assert randomised_flow(1, 0.1, rng=np.random.default_rng(0)).tolist() == [1]


# Windows


@CELL
@pytest.mark.parametrize("k", range(1, T + 2))
def test_windowed_is_a_sum_over_losses_each_run_by_itself(cell, k):
    run = Run(cell)
    zeros = tree_zeros((run.x, run.state, run.params))
    dx, dstate_0, grads = (tree_map(np.copy, tree) for tree in zeros)
    for last in range(T):
        first = max(last - k + 1, 0)
        dh = np.zeros_like(run.dh[first : last + 1])
        dh[-1] = run.dh[last]
        end = run.dlast if last == T - 1 else None
        dx_part, dstate_part, grads_part = run.apart(first, last + 1, dh, end)
        dx[first : last + 1] += dx_part
        grads = tree_map(np.add, grads, grads_part)
        if last < k:  # it reaches the initial state
            dstate_0 = tree_map(np.add, dstate_0, dstate_part)
    got = windowed_backward(cell, run.dh, run.dlast, run.caches, k)
    assert agree(got, (dx, dstate_0, grads), TOLERANCE)


@CELL
@pytest.mark.parametrize("k", [T, T + 1, 10 * T])
def test_a_window_over_all_is_the_full_gradient(cell, k):
    run = Run(cell)
    got = windowed_backward(cell, run.dh, run.dlast, run.caches, k)
    assert agree(got, run.backward(), TOLERANCE)


@CELL
def test_a_window_of_one_is_a_cut_at_each_step(cell):
    run = Run(cell)
    dx, dstate_0, grads = windowed_backward(cell, run.dh, run.dlast, run.caches, 1)
    want_dx, want_dstate_0, want = run.backward(truncated_flow(T, 1))
    assert agree((dx, dstate_0, grads), (want_dx, want_dstate_0, want), TOLERANCE)


@pytest.mark.parametrize("k", range(1, T + 2))
def test_windows_of_a_sum_in_closed_form(k):
    rng = np.random.default_rng(0)
    w, x, h_0, dlast = (like(rng, np.zeros(s)) for s in (I, (T, B, I), (B, I), (B, I)))
    h, _, caches = unroll_forward(SUM, x, h_0, w)
    dh = like(rng, h)
    ends = dh.copy()
    ends[-1] += dlast
    reaching = np.stack([ends[t : t + k].sum(axis=0) for t in range(T)])
    dx, dh_0, dw = windowed_backward(SUM, dh, dlast, caches, k)
    assert agree(dx, w * reaching, TOLERANCE)
    assert agree(dh_0, reaching[0], TOLERANCE)
    assert agree(dw, (x * reaching).sum(axis=(0, 1)), TOLERANCE)


# Bad input


@pytest.mark.parametrize("shape", [(), (I,), (B, I), (0, B, I), (1, T, B, I)])
def test_inputs_need_three_axes_and_a_step(shape):
    run = Run(RNN)
    with refuses(rf"x must have shape \(T, B, I\) .*; got \({str(shape)[1:-1]}\)"):
        unroll_forward(RNN, np.zeros(shape), run.state, run.params)


@pytest.mark.parametrize("n_steps", [0, T - 1, T + 1])
def test_gradients_need_one_entry_for_each_step(n_steps):
    run, dh = Run(RNN), np.zeros((n_steps, B, H))
    with refuses(
        rf"dh must have the shape of the outputs, \({T}, .*; got \({n_steps}, "
    ):
        unroll_backward(RNN, dh, None, run.caches)
    with refuses(
        rf"dh must have the shape of the outputs, \({T}, .*; got \({n_steps}, "
    ):
        windowed_backward(RNN, dh, None, run.caches, 2)
    with refuses(rf"flow must .* T = {T} steps, .* \({n_steps},\)"):
        unroll_backward(RNN, run.dh, None, run.caches, np.ones(n_steps))


@pytest.mark.parametrize("shape", [(T, 1, H), (T, B, 1)])
def test_gradients_have_the_shape_of_the_outputs(shape):
    run, dh = Run(RNN), np.zeros(shape)
    with pytest.raises(ValueError, match="dh"):
        unroll_backward(RNN, dh, None, run.caches)


def test_flow_has_one_axis():
    run = Run(RNN)
    for flow in (np.ones((T, 1)), np.ones((T, B)), np.array(1.0)):
        with refuses(f"flow must have T = {T} steps"):
            unroll_backward(RNN, run.dh, None, run.caches, flow)


@pytest.mark.parametrize("k", [0, -1])
def test_segments_and_windows_have_a_step(k):
    run = Run(RNN)
    with refuses(f"k must be at least 1; got {k}"):
        truncated_flow(T, k)
    with refuses(f"k must be at least 1; got {k}"):
        windowed_backward(RNN, run.dh, None, run.caches, k)
    with refuses(f"T must be at least 1; got {k}"):
        truncated_flow(k, 2)
    with refuses(f"T must be at least 1; got {k}"):
        randomised_flow(k, 0.5, rng=np.random.default_rng(0))


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.1, np.nan, np.inf])
def test_keep_is_a_probability_above_zero(keep):
    with refuses(f"keep must lie above 0 and be at most 1; got {keep}"):
        randomised_flow(T, keep, rng=np.random.default_rng(0))
