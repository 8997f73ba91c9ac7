"""The fast path: the numbers of ``model``, whatever was in the workspace before."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.fused import Workspace, draw_tokens, lm_loss_and_grads
from rnnlib.gru import GRU
from rnnlib.kin import OutputRNN, ReluRNN, leaky_rnn
from rnnlib.lstm import LSTM, LSTMState
from rnnlib.model import LMParams, lm_backward, lm_init, lm_loss, lm_step
from rnnlib.rnn import RNN
from rnnlib.sampling import generate
from rnnlib.tree import tree_leaves, tree_map
from tools.proof import agree, frozen, like

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
EXACTLY = 1e-300
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=40)
CELLS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
CELL = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
SMALL = 4, 2, 7, 5  # T, B, V, H
SIZES = [
    SMALL,
    (1, 1, 1, 1),
    (1, 3, 5, 2),
    (6, 1, 5, 2),
    (3, 2, 4, 1),
    (5, 40, 2, 3),  # every token many times
    (4, 2, 255, 3),
    (4, 2, 256, 3),  # the last that is added up by a product
    (4, 2, 257, 3),
    (9, 50, 300, 3),  # repeated, and some never used
]


def draw(cell, sizes=SMALL, masked=False, dtype=np.float64, seed=0):
    T, B, V, H = sizes
    rng = np.random.default_rng(seed)

    def cast(tree):
        return tree_map(lambda leaf: frozen(leaf.astype(dtype)), tree)

    params = cast(lm_init(cell, V, H, rng=rng))
    inputs, targets = frozen(rng.integers(V, size=(2, T, B)))
    state = cast(like(rng, cell.zero_state(B, params.cell)))
    mask = rng.random((T, B)) < 0.6
    mask[-1, -1] = True
    return params, inputs, targets, state, frozen(mask) if masked else None


def visible(cell, *arguments):
    loss, state, cache = lm_loss(cell, *arguments)
    return loss, state, lm_backward(cache)


def assert_same(got, want, tolerance=TOLERANCE):
    """Loss to its own size, state and gradients array by array, all of one dtype."""
    assert type(got[0]) is type(want[0])
    assert abs(got[0] - want[0]) <= tolerance * (abs(want[0]) + tolerance)
    assert type(got[1]) is type(want[1]) and type(got[2]) is LMParams
    pairs = zip(tree_leaves(got[1:]), tree_leaves(want[1:]), strict=True)
    for (name, mine), (other_name, other) in pairs:
        assert name == other_name and mine.dtype == other.dtype
        assert mine.shape == other.shape
        largest = max(abs(other).max(), 1e-3)  # with one class, no gradient at all
        assert abs(mine - other).max() <= tolerance * largest, name


# The same numbers


@CELL
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_fused_is_visible(cell, sizes, masked):
    arguments = draw(cell, sizes, masked)
    assert_same(lm_loss_and_grads(cell, *arguments), visible(cell, *arguments))


@CELL
@STEADY
@given(
    sizes=st.tuples(*[st.integers(1, 6)] * 4),
    seed=st.integers(0, 999),
    masked=st.booleans(),
)
def test_fused_is_visible_for_any_sizes(cell, sizes, seed, masked):
    arguments = draw(cell, sizes, masked, seed=seed)
    assert_same(lm_loss_and_grads(cell, *arguments), visible(cell, *arguments))


@CELL
@pytest.mark.parametrize("V", [7, 300])
@pytest.mark.parametrize("masked", [False, True])
def test_single_precision_stays(cell, V, masked):
    arguments = draw(cell, (4, 2, V, 5), masked, np.float32)
    got = lm_loss_and_grads(cell, *arguments)
    assert got[0].dtype == np.float32
    assert all(leaf.dtype == np.float32 for _, leaf in tree_leaves(got[1:]))
    assert_same(got, visible(cell, *arguments), 1e-5)


@CELL
@pytest.mark.parametrize("mask_dtype", [int, float, np.float32])
def test_a_mask_may_be_of_ones_and_zeros(cell, mask_dtype):
    *arguments, mask = draw(cell, masked=True)
    got = lm_loss_and_grads(cell, *arguments, mask.astype(mask_dtype))
    assert_same(got, lm_loss_and_grads(cell, *arguments, mask), EXACTLY)


@CELL
@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_ids_of_any_whole_type(cell, dtype):
    params, inputs, targets, state, _ = draw(cell)
    small = inputs.astype(dtype), targets.astype(dtype)
    got = lm_loss_and_grads(cell, params, *small, state)
    assert_same(got, lm_loss_and_grads(cell, params, inputs, targets, state), EXACTLY)


def batch_first(ids):
    return ids.T.copy().T


def by_columns(leaf):
    return frozen(np.asfortranarray(leaf))


def every_other(leaf):
    wide = np.repeat(leaf, 2, axis=-1)
    wide.flags.writeable = False
    return wide[..., ::2]


@CELL
@pytest.mark.parametrize("layout", [by_columns, every_other])
def test_the_layout_in_memory_does_not_matter(cell, layout):
    params, inputs, targets, state, mask = draw(cell, masked=True)
    got = lm_loss_and_grads(
        cell,
        tree_map(layout, params),
        batch_first(inputs),
        batch_first(targets),
        tree_map(layout, state),
        batch_first(mask),
    )
    assert_same(got, visible(cell, params, inputs, targets, state, mask))


@CELL
def test_huge_logits_do_not_overflow(cell):
    params, *rest = draw(cell)
    huge = params.readout._replace(V=1e5 * params.readout.V)
    params = params._replace(readout=huge)
    assert_same(lm_loss_and_grads(cell, params, *rest), visible(cell, params, *rest))


@CELL
def test_huge_pre_activations_do_not_overflow(cell):
    params, *rest = draw(cell)
    params = params._replace(cell=tree_map(lambda leaf: 1e5 * leaf, params.cell))
    assert_same(lm_loss_and_grads(cell, params, *rest), visible(cell, params, *rest))


def test_a_forbidden_token_has_no_probability():
    params, inputs, targets, state, _ = draw(RNN)
    b_y = np.array(params.readout.b_y)
    b_y[6] = -np.inf
    params = params._replace(readout=params.readout._replace(b_y=b_y))
    targets = np.minimum(targets, 5)
    got = lm_loss_and_grads(RNN, params, inputs, targets, state)
    assert np.isfinite(got[0]) and got[2].readout.b_y[6] == 0
    assert_same(got, visible(RNN, params, inputs, targets, state))


@CELL
def test_padding_is_not_seen(cell):
    params, inputs, targets, state, mask = draw(cell, masked=True)
    other = np.where(mask, targets, (targets + 1) % SMALL[2])
    got = lm_loss_and_grads(cell, params, inputs, other, state, mask)
    want = lm_loss_and_grads(cell, params, inputs, targets, state, mask)
    assert_same(got, want, EXACTLY)


# The workspace


def test_a_workspace_may_be_used_for_anything_in_any_order():
    """Changing shapes, dtypes, masks and cells, twice over, against a new workspace each time."""
    shared = Workspace()
    T, B, V, H = SMALL
    calls = [
        (cell, sizes, masked, dtype)
        for sizes in (SMALL, (T, B, V, H + 1), (T + 1, B, V, H), (T, B + 1, 300, H))
        for cell in CELLS.values()
        for dtype in (np.float64, np.float32)
        for masked in (False, True)
    ]
    order = np.random.default_rng(0).permutation(2 * len(calls)) % len(calls)
    for seed, i in enumerate([*range(len(calls)), *order]):
        cell, sizes, masked, dtype = calls[i]
        arguments = draw(cell, sizes, masked, dtype, seed)
        got = lm_loss_and_grads(cell, *arguments, shared)
        assert_same(got, lm_loss_and_grads(cell, *arguments), EXACTLY)


@CELL
def test_what_is_left_in_the_workspace_does_not_matter(cell):
    arguments, workspace = draw(cell), Workspace()
    want = lm_loss_and_grads(cell, *arguments, workspace)
    for buffer in workspace._buffers.values():
        buffer[...] = np.nan
    assert_same(lm_loss_and_grads(cell, *arguments, workspace), want, EXACTLY)


@CELL
def test_no_buffer_is_made_twice(cell):
    workspace = Workspace()
    lm_loss_and_grads(cell, *draw(cell), workspace)
    before = dict(workspace._buffers)
    lm_loss_and_grads(cell, *draw(cell, masked=True, seed=1), workspace)
    assert before.keys() == workspace._buffers.keys() and before
    assert all(workspace._buffers[name] is buffer for name, buffer in before.items())


@CELL
@pytest.mark.parametrize("V", [7, 300])
def test_results_are_the_callers_own(cell, V):
    arguments, workspace = draw(cell, (4, 2, V, 5)), Workspace()
    _, state, grads = got = lm_loss_and_grads(cell, *arguments, workspace)
    given = [leaf for _, leaf in tree_leaves(arguments[:4])]
    leaves = [leaf for _, leaf in tree_leaves((state, grads))]
    for i, leaf in enumerate(leaves):
        others = [*given, *workspace._buffers.values(), *leaves[:i]]
        assert not any(np.shares_memory(leaf, other) for other in others)
    kept = got[0], *tree_map(np.copy, got[1:])
    lm_loss_and_grads(cell, *draw(cell, (4, 2, V, 5), seed=1), workspace)
    assert_same(got, kept, EXACTLY)
    for leaf in leaves:
        leaf[...] = np.nan
    assert_same(lm_loss_and_grads(cell, *arguments, workspace), kept, EXACTLY)


@CELL
def test_the_state_is_carried_from_call_to_call(cell):
    params, inputs, targets, state, _ = draw(cell, (6, 2, 7, 5))
    workspace = Workspace()
    _, want, _ = visible(cell, params, inputs, targets, state)
    for part in (slice(0, 3), slice(3, 6)):
        _, state, _ = lm_loss_and_grads(
            cell, params, inputs[part], targets[part], state, None, workspace
        )
    assert agree(state, want, TOLERANCE)


def test_a_workspace_gives_the_buffer_that_is_asked_for():
    workspace = Workspace()
    one = workspace.array("a", (3, 2, 4), np.float64)
    assert one.shape == (3, 2, 4) and one.dtype == np.float64
    assert workspace.array("a", (3, 2, 4), np.float64) is one
    assert workspace.array("b", (3, 2, 4), np.float64) is not one
    steps = workspace.steps("a", 1, 3)
    assert workspace.steps("a", 1, 3) is steps and len(steps) == 3
    steps[2][:] = 7
    assert (one[2, :, 1:3] == 7).all()
    for shape, dtype in (((3, 2, 4), np.float32), ((3, 2, 5), np.float32)):
        new = workspace.array("a", shape, dtype)
        assert new.shape == shape and new.dtype == dtype
        assert np.shares_memory(workspace.steps("a", 1, 3)[0], new)


# Bad input

T, B, V, H = SMALL
IDS, MASK = np.zeros((T, B), dtype=int), np.ones((T, B), dtype=bool)


@pytest.mark.parametrize("cell", [ReluRNN, OutputRNN, leaky_rnn(1.0)])
def test_other_cells_are_refused(cell):
    params = lm_init(cell, V, H, rng=np.random.default_rng(0))
    state = cell.zero_state(B, params.cell)
    with refuses("cell must be RNN, LSTM or GRU; got another"):
        lm_loss_and_grads(cell, params, IDS, IDS, state)


@CELL
@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("inputs", IDS[0], ValueError, rf"inputs must have shape \(T, B\).*\({B},\)"),
        ("inputs", IDS[:0], ValueError, rf"inputs .* at least 1; got \(0, {B}\)"),
        ("targets", IDS[1:], ValueError, rf"targets .* inputs, \({T}, {B}\); got"),
        ("inputs", IDS * 1.0, TypeError, "must be whole numbers; got dtype float64"),
        ("targets", IDS * 1.0, TypeError, "must be whole numbers; got dtype float64"),
        ("inputs", IDS + V, ValueError, rf"must lie in 0\.\.{V - 1}; got {V}\.\.{V}"),
        ("inputs", IDS - 1, ValueError, rf"must lie in 0\.\.{V - 1}; got -1\.\.-1"),
        ("targets", IDS + V, ValueError, rf"must lie in 0\.\.{V - 1}; got {V}\.\.{V}"),
        ("targets", IDS - 1, ValueError, rf"must lie in 0\.\.{V - 1}; got -1\.\.-1"),
        ("mask", MASK & False, ValueError, f"mask .* none of {T * B}"),
        (
            "mask",
            MASK[1:],
            ValueError,
            rf"mask must have the shape .*\({T}, {B}\); got",
        ),
        ("mask", MASK * 0.5, ValueError, "mask must hold True and False"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(cell, name, value, error, words):
    params, _, _, state, _ = draw(cell)
    good = {"inputs": IDS, "targets": IDS, "state": state, "mask": None}
    with refuses(words, error):
        lm_loss_and_grads(cell, params, **{**good, name: value})


@CELL
def test_a_state_of_another_batch_is_refused(cell):
    params, inputs, targets, state, _ = draw(cell)
    short = tree_map(lambda leaf: leaf[:1], state)
    with refuses(rf"state.* must have shape \(B, H\) with B = {B}; got \(1, {H}\)"):
        lm_loss_and_grads(cell, params, inputs, targets, short)


@CELL
def test_a_state_of_one_column_is_refused(cell):
    params, inputs, targets, state, _ = draw(cell)
    thin = tree_map(lambda leaf: leaf[:, :1], state)
    with pytest.raises(ValueError, match="state"):
        lm_loss_and_grads(cell, params, inputs, targets, thin)


def test_the_state_of_another_cell_is_refused():
    params, inputs, targets, state, _ = draw(LSTM)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        lm_loss_and_grads(LSTM, params, inputs, targets, state.h)


def test_no_precision_is_lost_in_silence():
    """The visible path gives float64 here; the fused may do so too, or refuse."""
    params, inputs, targets, _, _ = draw(LSTM, dtype=np.float32)
    state = LSTMState(*np.random.default_rng(0).normal(size=(2, B, H)))
    want = visible(LSTM, params, inputs, targets, state)
    try:
        got = lm_loss_and_grads(LSTM, params, inputs, targets, state)
    except (ValueError, TypeError):
        return
    assert got[0].dtype == want[0].dtype


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("temperature", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_tokens_drawn_fast_are_those_drawn_plainly(cell, temperature, dtype):
    rng = np.random.default_rng(5)
    params = lm_init(cell, 11, 9, rng=rng)
    params = tree_map(lambda leaf: (3 * leaf).astype(dtype), params)
    zero = cell.zero_state(1, params.cell)
    state = tree_map(lambda leaf: rng.normal(size=leaf.shape).astype(dtype), zero)
    before = tree_map(np.copy, state)
    plain = generate(
        partial(lm_step, cell, params),
        state,
        [3],
        60,
        rng=np.random.default_rng(1),
        temperature=temperature,
    )
    rng = np.random.default_rng(1)
    ids, half = draw_tokens(
        cell, params, 3, state, 25, rng=rng, temperature=temperature
    )
    rest, _ = draw_tokens(
        cell, params, int(ids[-1]), half, 35, rng=rng, temperature=temperature
    )
    assert [*ids, *rest] == plain and len(set(plain)) > 4
    assert [leaf.dtype for _, leaf in tree_leaves(half)] == [
        leaf.dtype for _, leaf in tree_leaves(state)
    ]
    for (_, left), (_, right) in zip(tree_leaves(before), tree_leaves(state)):
        assert np.array_equal(left, right)


def test_fast_drawing_refuses_what_does_not_fit():
    params = lm_init(RNN, 5, 4, rng=np.random.default_rng(0))
    state, rng = RNN.zero_state(1, params.cell), np.random.default_rng(0)
    assert draw_tokens(RNN, params, 0, state, 0, rng=rng)[0].shape == (0,)
    with pytest.raises(ValueError, match="cell must be RNN, LSTM or GRU"):
        draw_tokens(ReluRNN, params, 0, state, 1, rng=rng)
    with pytest.raises(ValueError, match=r"token must lie in 0\.\.4; got 5"):
        draw_tokens(RNN, params, 5, state, 1, rng=rng)
    with pytest.raises(ValueError, match="n must be at least 0; got -1"):
        draw_tokens(RNN, params, 0, state, -1, rng=rng)
    with pytest.raises(
        ValueError, match="temperature must be a number above 0; got 0.0"
    ):
        draw_tokens(RNN, params, 0, state, 1, rng=rng, temperature=0.0)
    with pytest.raises(ValueError, match="with B = 1; got"):
        draw_tokens(RNN, params, 0, RNN.zero_state(2, params.cell), 1, rng=rng)
