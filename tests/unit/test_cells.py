"""The cells: the book's formulas column by column, the contract, and what must hold for any weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.bptt import unroll_backward, unroll_forward
from rnnlib.gru import GRU, GRUParams, gru_cell_backward, gru_cell_forward
from rnnlib.kin import (
    OutputRNN,
    ReluRNN,
    SkipParams,
    leaky_rnn,
    output_rnn_forced,
    output_rnn_forced_backward,
    skip_rnn,
)
from rnnlib.lstm import (
    LSTM,
    LSTMState,
    lstm_cell_backward,
    lstm_cell_forward,
    sigmoid,
)
from rnnlib.rnn import (
    RNN,
    rnn_backward,
    rnn_cell_backward,
    rnn_cell_forward,
    rnn_forward,
)
from rnnlib.tree import tree_leaves, tree_map, tree_zeros
from tools.proof import CELLS, B, H, I, O, T, agree, draw_cell, frozen, like

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
EXACTLY = 1e-300
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=25)
CELL = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
PARAMS = {
    "RNN": {"U": (H, I), "W": (H, H), "b_h": (H,)},
    "LSTM": {"U": (4 * H, I), "W": (4 * H, H), "b_h": (4 * H,)},
    "GRU": {"U": (3 * H, I), "W": (3 * H, H), "b_x": (3 * H,), "b_h": (3 * H,)},
    "ReluRNN": {"U": (H, I), "W": (H, H), "b_h": (H,)},
    "leaky_rnn(0.3)": {"U": (H, I), "W": (H, H), "b_h": (H,)},
    "OutputRNN": {"U": (H, I), "W": (H, O), "b_h": (H,), "V": (O, H), "b_y": (O,)},
}
STATES = {
    **{name: {"": (B, H)} for name in PARAMS},
    "LSTM": {"h": (B, H), "c": (B, H)},
    "OutputRNN": {"": (B, O)},
}


def shapes(tree):
    return {name: leaf.shape for name, leaf in tree_leaves(tree)}


def cast(tree, dtype):
    return tree_map(lambda leaf: frozen(leaf.astype(dtype)), tree)


def draw_run(cell, seed=0, n_steps=T, n_batch=B):
    """Draw parameters, inputs, state and a weight on each output and on the final state."""
    rng = np.random.default_rng(seed)
    params, _ = draw_cell(cell, rng)
    x = frozen(rng.normal(size=(n_steps, n_batch, I)))
    state = like(rng, cell.zero_state(n_batch, params))
    out = unroll_forward(cell, x, state, params)[:2]
    return params, x, state, like(rng, out)


def run(cell, params, x, state, weights):
    """Return outputs, final state and gradients."""
    h, last, caches = unroll_forward(cell, x, state, params)
    return h, last, *unroll_backward(cell, *weights, caches)


# Formulas, for one column vector


def s(a):
    return 1 / (1 + np.exp(-a))


def rnn_column(x, h, p):
    return np.tanh(p.U @ x + p.W @ h + p.b_h)


def relu_column(x, h, p):
    return np.maximum(0, p.U @ x + p.W @ h + p.b_h)


def leaky_column(x, h, p):
    return 0.7 * h + 0.3 * np.tanh(p.U @ x + p.W @ h + p.b_h)


def output_column(x, o, p):
    return p.V @ np.tanh(p.U @ x + p.W @ o + p.b_h) + p.b_y


def lstm_column(x, state, p):
    h, c = state
    i, f, g, o = (p.U @ x + p.W @ h + p.b_h).reshape(4, H)
    c = s(f) * c + s(i) * np.tanh(g)
    return s(o) * np.tanh(c), c


def gru_column(x, h, p):
    s_r, s_z, s_n = (p.U @ x + p.b_x).reshape(3, H)
    m_r, m_z, m_n = (p.W @ h + p.b_h).reshape(3, H)
    z = s(s_z + m_z)
    return (1 - z) * np.tanh(s_n + s(s_r + m_r) * m_n) + z * h


COLUMNS = rnn_column, lstm_column, gru_column, relu_column, leaky_column, output_column


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_its_formula(name):
    column = dict(zip(CELLS, COLUMNS))[name]
    params, x, state, _ = draw_run(CELLS[name])
    h_t, new, _ = CELLS[name].forward(x[0], state, params)
    for b in range(B):
        want = column(x[0, b], tree_map(lambda leaf, b=b: leaf[b], state), params)
        got = tree_map(lambda leaf, b=b: leaf[b], new)
        assert agree(tuple(got) if name == "LSTM" else got, want, TOLERANCE)
    assert h_t is (new.h if name == "LSTM" else new)


def test_sigmoid_bears_any_size():
    a = np.array([-1e300, -1000, -2, 0, 2, 1000, 1e300])
    got = sigmoid(a)
    assert got[[0, 1, 3, 5, 6]].tolist() == [0, 0, 0.5, 1, 1]
    assert agree(got[[2, 4]], 1 / (1 + np.exp(-a[[2, 4]])), TOLERANCE)
    assert sigmoid(np.float32([-1000, 0])).dtype == np.float32


@CELL
def test_huge_inputs_do_not_overflow(cell):
    params, x, state, weights = draw_run(cell)
    for out in run(cell, params, 1e6 * x, state, weights):
        assert all(np.isfinite(leaf).all() for _, leaf in tree_leaves(out))


# The contract


@pytest.mark.parametrize("name", CELLS)
def test_shapes_of_parameters_states_and_gradients(name):
    cell = CELLS[name]
    params, x, state, weights = draw_run(cell)
    assert shapes(params) == PARAMS[name]
    assert shapes(cell.zero_state(B, params)) == STATES[name]
    h, last, dx, dstate, grads = run(cell, params, x, state, weights)
    assert h.shape == (T, B, O if name == "OutputRNN" else H) and dx.shape == x.shape
    assert shapes(last) == shapes(dstate) == STATES[name]
    assert shapes(grads) == PARAMS[name]
    assert type(grads) is type(params) and type(dstate) is type(last) is type(state)


@CELL
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_first_state_is_zero_and_new(cell, dtype):
    params = cast(cell.init(I, H, rng=np.random.default_rng(0)), dtype)
    leaves = [leaf for _, leaf in tree_leaves(cell.zero_state(B, params))]
    for leaf in leaves:
        assert leaf.dtype == dtype and not leaf.any()
        leaf[:] = 1
        leaf[:] -= 1
    assert len({id(leaf) for leaf in leaves}) == len(leaves)
    assert not np.shares_memory(leaves[0], leaves[-1]) or len(leaves) == 1


def test_memory_and_output_start_as_two_arrays():
    state = LSTM.zero_state(B, LSTM.init(I, H, rng=np.random.default_rng(0)))
    state.h[:] = 1
    assert not state.c.any()


@CELL
@pytest.mark.parametrize("n_hidden", [1, 4, 100])
def test_parameters_are_drawn_evenly_within_the_bound(cell, n_hidden):
    params = cell.init(50, n_hidden, rng=np.random.default_rng(0))
    for _, leaf in tree_leaves(params):
        unit = leaf * np.sqrt(n_hidden)
        assert leaf.dtype == np.float64 and abs(unit).max() <= 1
        if leaf.size >= 200:
            assert unit.min() < -0.95 and unit.max() > 0.95
            assert abs(unit.mean()) < 0.15 and abs(unit.var() - 1 / 3) < 0.05


@CELL
def test_parameters_obey_the_generator(cell):
    one, same, other = (
        cell.init(I, H, rng=np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert agree(one, same, EXACTLY)
    assert all(not np.array_equal(a, b) for a, b in zip(one, other))
    assert len({leaf.flat[0] for leaf in one}) == len(one)  # no draw is used twice


def test_forget_bias_is_added_to_the_forget_gate():
    plain, lifted = (
        LSTM.init(I, H, rng=np.random.default_rng(0), forget_bias=bias)
        for bias in (0.0, 2.5)
    )
    want = np.repeat([0, 2.5, 0, 0], H)
    assert agree(lifted.b_h - plain.b_h, want, TOLERANCE)
    assert agree(lifted[:2], plain[:2], EXACTLY)
    assert agree(plain, LSTM.init(I, H, rng=np.random.default_rng(0)), EXACTLY)


def test_as_many_outputs_as_hidden_units_when_not_told():
    params = OutputRNN.init(I, H, rng=np.random.default_rng(0))
    assert shapes(params) == {
        **PARAMS["OutputRNN"],
        "W": (H, H),
        "V": (H, H),
        "b_y": (H,),
    }


@pytest.mark.parametrize(
    ("cell", "forward", "backward"),
    [
        (RNN, rnn_cell_forward, rnn_cell_backward),
        (GRU, gru_cell_forward, gru_cell_backward),
        (LSTM, lstm_cell_forward, lstm_cell_backward),
    ],
    ids=["RNN", "GRU", "LSTM"],
)
def test_a_cell_adds_what_comes_from_output_and_next_step(cell, forward, backward):
    params, x, state, (dh, dstate) = draw_run(cell)
    h_t, new, cache = cell.forward(x[0], state, params)
    alone, own_cache = forward(x[0], state, params)
    assert agree(alone, new, EXACTLY)
    joined = LSTMState(dh[0] + dstate.h, dstate.c) if cell is LSTM else dh[0] + dstate
    got = cell.backward(dh[0], dstate, cache)
    assert agree(got, backward(joined, own_cache), EXACTLY)


def test_rnn_forward_and_backward_are_the_loops():
    params, x, h_0, (dh, _) = draw_run(RNN)
    h, caches = rnn_forward(x, h_0, params)
    want_h, _, want_caches = unroll_forward(RNN, x, h_0, params)
    assert np.array_equal(h, want_h)
    want = unroll_backward(RNN, dh, None, want_caches)
    assert agree(rnn_backward(dh, caches), want, EXACTLY)


@CELL
def test_results_are_the_callers_own(cell):
    params, x, state, weights = draw_run(cell)
    given = [leaf for _, leaf in tree_leaves((params, x, state, weights))]
    h, last, dx, dstate, grads = run(cell, params, x, state, weights)
    for _, leaf in tree_leaves((h, dx, dstate, grads)):
        assert not any(np.shares_memory(leaf, other) for other in given)
    before = tree_map(np.copy, last)
    h[:] = 7
    assert agree(last, before, EXACTLY)


# Dtypes


@CELL
def test_single_precision_stays(cell):
    single = [cast(part, np.float32) for part in draw_run(cell)]
    h_t, state, cache = cell.forward(single[1][0], single[2], single[0])
    step = cell.backward(single[3][0][0], single[3][1], cache)
    got = run(cell, *single)
    for _, leaf in tree_leaves((h_t, state, step, got)):
        assert leaf.dtype == np.float32
    assert agree(got, run(cell, *draw_run(cell)), 1e-5)


def test_a_leak_from_an_array_leaves_single_precision():
    cell = leaky_rnn(np.float64(0.3))
    single = [cast(part, np.float32) for part in draw_run(cell)]
    for _, leaf in tree_leaves(run(cell, *single)):
        assert leaf.dtype == np.float32


@CELL
def test_complex_numbers_pass_through(cell):
    """A small imaginary part rides along; the real part is what it was."""
    plain = draw_run(cell)
    moved = [cast(plain[0], complex), plain[1] + 1e-20j, cast(plain[2], complex)]
    h, last, *back = run(cell, *moved, plain[3])
    want_h, want_last, *want_back = run(cell, *plain)
    for got, want in (
        ((h, last), (want_h, want_last)),
        (tuple(back), tuple(want_back)),
    ):
        assert all(np.iscomplexobj(leaf) for _, leaf in tree_leaves(got))
        assert agree(tree_map(np.real, got), want, TOLERANCE)
    assert h.imag.any()


# Kin


def test_a_leak_of_one_is_the_plain_cell():
    plain = draw_run(RNN)
    assert agree(run(leaky_rnn(1.0), *plain), run(RNN, *plain), TOLERANCE)


def test_a_leak_keeps_its_part_of_the_state():
    params, x, state, _ = draw_run(RNN)
    plain, _, _ = RNN.forward(x[0], state, params)
    for leak in (0.1, 0.5, 0.9):
        got, _, _ = leaky_rnn(leak).forward(x[0], state, params)
        assert agree(got, state + leak * (plain - state), TOLERANCE)


def test_a_skip_hears_the_step_before_and_an_older_one():
    rng = np.random.default_rng(0)
    cell = skip_rnn(3)
    params = cell.init(I, H, rng=rng)
    assert shapes(params) == {"U": (H, I), "W": (H, H), "W_d": (H, H), "b_h": (H,)}
    x = rng.normal(size=(T + 3, B, I))
    h, last, _ = unroll_forward(cell, x, cell.zero_state(B, params), params)
    states = np.concatenate([np.zeros((3, B, H)), h])  # states[t + 2] is h_{t-1}
    for t, x_t in enumerate(x):
        a_t = x_t @ params.U.T + states[t + 2] @ params.W.T
        a_t += states[t] @ params.W_d.T + params.b_h
        assert agree(h[t], np.tanh(a_t), TOLERANCE)
    assert agree(last, h[:-4:-1], EXACTLY)


def test_a_skip_of_one_adds_its_matrices():
    params, x, _, _ = draw_run(RNN)
    split = SkipParams(params.U, params.W - 0.5, np.full((H, H), 0.5), params.b_h)
    skipping = unroll_forward(skip_rnn(1), x, np.zeros((1, B, H)), split)[0]
    assert agree(
        skipping, unroll_forward(RNN, x, np.zeros((B, H)), params)[0], TOLERANCE
    )


def test_relu_is_zero_below_and_open_above():
    params, x, state, _ = draw_run(ReluRNN)
    h, _, _ = unroll_forward(ReluRNN, 10 * x, state, params)
    assert h.min() == 0 and h.max() > 10


def test_relu_has_no_slope_at_zero():
    params, x, state, (dh, dstate) = draw_run(ReluRNN)
    h_t, _, cache = ReluRNN.forward(x[0], state, tree_zeros(params))
    assert not h_t.any()
    _, _, grads = ReluRNN.backward(dh[0], dstate, cache)
    assert not any(leaf.any() for leaf in grads)


def merged(params, block):
    """Move a block of b_h into b_x."""
    part = np.zeros((3, H))
    part[block] = 1
    b = params.b_h * part.ravel()
    return GRUParams(params.U, params.W, params.b_x + b, params.b_h - b)


def test_only_the_candidates_biases_are_two():
    params, x, state, _ = draw_run(GRU)
    h, _, _ = unroll_forward(GRU, x, state, params)
    for block in (0, 1):
        got, _, _ = unroll_forward(GRU, x, state, merged(params, block))
        assert agree(got, h, TOLERANCE)
    got, _, _ = unroll_forward(GRU, x, state, merged(params, 2))
    assert abs(got - h).max() > 1e-3


def test_teacher_forcing_in_parallel_is_step_by_step():
    params, x, _, (do, _) = draw_run(OutputRNN)
    truth = like(np.random.default_rng(1), do)
    o, cache = output_rnn_forced(x, truth, params)
    dx, grads = output_rnn_forced_backward(do, cache)
    zero, want = np.zeros((B, O)), []
    for t in range(T):
        o_t, _, step = OutputRNN.forward(x[t], truth[t], params)
        dx_t, _, grads_t = OutputRNN.backward(do[t], zero, step)
        want.append((o_t, dx_t, grads_t))
    assert agree(o, np.stack([step[0] for step in want]), TOLERANCE)
    assert agree(dx, np.stack([step[1] for step in want]), TOLERANCE)
    total = tree_map(lambda *parts: sum(parts), *(step[2] for step in want))
    assert agree(grads, total, TOLERANCE)


def test_a_cell_forced_with_its_own_outputs_runs_freely():
    params, x, state, (do, _) = draw_run(OutputRNN)
    o, _, caches = unroll_forward(OutputRNN, x, state, params)
    forced, cache = output_rnn_forced(x, np.concatenate([state[None], o[:-1]]), params)
    assert agree(forced, o, TOLERANCE)
    dx, _, grads = unroll_backward(OutputRNN, do, None, caches, np.zeros(T))
    assert agree(output_rnn_forced_backward(do, cache), (dx, grads), TOLERANCE)


def test_forcing_keeps_single_precision():
    params, x, _, (do, _) = (cast(part, np.float32) for part in draw_run(OutputRNN))
    o, cache = output_rnn_forced(x, do, params)
    got = o, *output_rnn_forced_backward(do, cache)
    assert all(leaf.dtype == np.float32 for _, leaf in tree_leaves(got))


# For any weights

SEEDS = st.integers(0, 10**6)
FEW = st.integers(1, 3)


@CELL
@STEADY
@given(seed=SEEDS, a=st.floats(-3, 3), b=st.floats(-3, 3), n_steps=FEW, n_batch=FEW)
def test_the_way_back_is_linear(cell, seed, a, b, n_steps, n_batch):
    params, x, state, one = draw_run(cell, seed, n_steps, n_batch)
    other = like(np.random.default_rng(seed), one)
    _, _, caches = unroll_forward(cell, x, state, params)

    def back(weights):
        return unroll_backward(cell, *weights, caches)

    both = tree_map(lambda v, w: a * v + b * w, one, other)
    want = tree_map(lambda v, w: a * v + b * w, back(one), back(other))
    size = 1 + sum(abs(leaf).max() for _, leaf in tree_leaves((back(one), back(other))))
    for (_, got), (_, leaf) in zip(tree_leaves(back(both)), tree_leaves(want)):
        assert abs(got - leaf).max() < TOLERANCE * size


@CELL
@STEADY
@given(seed=SEEDS, n_steps=FEW, n_batch=FEW)
def test_no_loss_has_no_gradient(cell, seed, n_steps, n_batch):
    params, x, state, weights = draw_run(cell, seed, n_steps, n_batch)
    got = run(cell, params, x, state, tree_zeros(weights))[2:]
    assert not any(leaf.any() for _, leaf in tree_leaves(got))


@CELL
@STEADY
@given(seed=SEEDS, n_steps=FEW, order=st.permutations(range(3)))
def test_the_order_of_the_batch_does_not_matter(cell, seed, n_steps, order):
    params, x, state, (dh, dlast) = draw_run(cell, seed, n_steps, 3)

    def permuted(tree):
        return tree_map(lambda leaf: leaf[order], tree)

    got = run(
        cell, params, x[:, order], permuted(state), (dh[:, order], permuted(dlast))
    )
    h, last, dx, dstate, grads = run(cell, params, x, state, (dh, dlast))
    want = h[:, order], permuted(last), dx[:, order], permuted(dstate), grads
    assert agree(got, want, TOLERANCE)


@CELL
@STEADY
@given(seed=SEEDS, n_steps=FEW, n_batch=FEW)
def test_a_batch_is_its_rows_run_alone(cell, seed, n_steps, n_batch):
    params, x, state, (dh, dlast) = draw_run(cell, seed, n_steps, n_batch)
    whole = run(cell, params, x, state, (dh, dlast))
    total = tree_zeros(params)
    for b in range(n_batch):
        row = slice(b, b + 1)

        def pick(tree, row=row):
            return tree_map(lambda leaf: leaf[row], tree)

        alone = run(cell, params, x[:, row], pick(state), (dh[:, row], pick(dlast)))
        h, last, dx, dstate, _ = whole
        want = h[:, row], pick(last), dx[:, row], pick(dstate)
        assert agree(alone[:4], want, TOLERANCE)
        total = tree_map(np.add, total, alone[4])
    assert agree(total, whole[4], TOLERANCE)


# Bad input

GOOD = {"x": np.zeros((T, B, I)), "h_0": np.zeros((B, H))}
X = rf"x must have shape \(T, B, I\) with I = {I}, and T, B at least 1; got "
H_0 = rf"h_0 must have shape \(B, H\) = \({B}, {H}\); got "


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", np.zeros((B, I)), X + rf"\({B}, {I}\)"),
        ("x", np.zeros((1, T, B, I)), X + rf"\(1, {T}, {B}, {I}\)"),
        ("x", np.zeros((0, B, I)), X + rf"\(0, {B}, {I}\)"),
        ("x", np.zeros((T, 0, I)), X + rf"\({T}, 0, {I}\)"),
        ("x", np.zeros((T, B, I + 1)), X + rf"\({T}, {B}, {I + 1}\)"),
        ("x", np.full((T, B, I), np.nan), "x must be finite; got NaN or infinity"),
        ("x", np.full((T, B, I), -np.inf), "x must be finite; got NaN or infinity"),
        ("h_0", np.zeros((B + 1, H)), H_0 + rf"\({B + 1}, {H}\)"),
        ("h_0", np.zeros((1, H)), H_0 + rf"\(1, {H}\)"),
        ("h_0", np.zeros((B, H + 1)), H_0 + rf"\({B}, {H + 1}\)"),
        ("h_0", np.zeros((B, 1)), H_0 + rf"\({B}, 1\)"),
        ("h_0", np.zeros(H), H_0 + rf"\({H},\)"),
        ("h_0", np.full((B, H), np.nan), "h_0 must be finite; got NaN or infinity"),
    ],
)
def test_rnn_forward_checks_what_it_is_given(name, value, words):
    params = RNN.init(I, H, rng=np.random.default_rng(0))
    with refuses(words):
        rnn_forward(**{**GOOD, name: value}, params=params)


def test_one_number_that_is_not_finite_is_found():
    params, x = RNN.init(I, H, rng=np.random.default_rng(0)), np.zeros((T, B, I))
    x[2, 1, 0] = np.nan
    with refuses("x must be finite"):
        rnn_forward(x, GOOD["h_0"], params)


def test_rnn_backward_needs_a_gradient_for_each_step():
    params, x, h_0, (dh, _) = draw_run(RNN)
    with refuses(rf"dh must have the shape of the outputs, \({T}, .*; got \({T - 1}, "):
        rnn_backward(dh[1:], rnn_forward(x, h_0, params)[1])


@CELL
@pytest.mark.parametrize("size", [0, -1])
def test_sizes_are_at_least_one(cell, size):
    rng = np.random.default_rng(0)
    with refuses(f"n_in must be at least 1; got {size}"):
        cell.init(size, H, rng=rng)
    with refuses(f"n_hidden must be at least 1; got {size}"):
        cell.init(I, size, rng=rng)


def test_outputs_are_at_least_one():
    with refuses("n_out must be at least 1; got 0"):
        OutputRNN.init(I, H, rng=np.random.default_rng(0), n_out=0)


def test_a_delay_is_at_least_one():
    with refuses("delay must be at least 1; got 0"):
        skip_rnn(0)


@pytest.mark.parametrize("leak", [0.0, -0.5, 1.5, np.nan, np.inf])
def test_a_leak_lies_above_zero_and_is_at_most_one(leak):
    with refuses(f"leak must lie above 0 and be at most 1; got {leak}"):
        leaky_rnn(leak)
