"""One-hot, embedding, readout, dropout: each against the plain product or a loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refuses

from rnnlib.layers import (
    ReadoutParams,
    check_token_ids,
    dropout_backward,
    dropout_forward,
    embed_backward,
    embed_forward,
    one_hot,
    readout_backward,
    readout_forward,
    readout_init,
)
from tools.proof import B, H, I, O, T, V, agree, frozen

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-14
TYPED = hasattr(one_hot, "__wrapped__")  # beartype is watching
STEADY = settings(derandomize=True, database=None, deadline=None)
SHAPES = pytest.mark.parametrize("shape", [(), (1,), (B,), (T, B), (2, T, B)])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])


def draw(*shape, seed=0):
    return frozen(np.random.default_rng(seed).normal(size=shape))


def draw_ids(*shape, seed=0):
    return frozen(np.random.default_rng(seed).integers(V, size=shape))


# One-hot and embedding


@SHAPES
def test_one_hot_has_a_one_at_the_id(shape):
    ids = draw_ids(*shape)
    got = one_hot(ids, V)
    assert got.shape == (*shape, V) and got.dtype == np.float64
    for place in np.ndindex(shape):
        assert got[place].tolist() == [float(i == ids[place]) for i in range(V)]


@DTYPES
def test_one_hot_takes_the_dtype_asked_for(dtype):
    assert one_hot(draw_ids(T, B), V, dtype).dtype == dtype


@SHAPES
def test_embedding_is_a_product_with_one_hot(shape):
    ids, E, dx = draw_ids(*shape), draw(V, I), draw(*shape, I, seed=1)
    hot = one_hot(ids, V)
    x, cache = embed_forward(ids, E)
    assert agree(x, hot @ E, TOLERANCE)
    want = hot.reshape(-1, V).T @ dx.reshape(-1, I)
    assert agree(embed_backward(dx, cache), want, TOLERANCE)


@STEADY
@given(st.lists(st.integers(0, V - 1), max_size=12))
def test_a_row_hears_of_all_its_uses(ids):
    ids, E = np.array(ids, dtype=int), draw(V, I)
    dx = draw(len(ids), I, seed=1)
    dE = embed_backward(dx, embed_forward(ids, E)[1])
    for row in range(V):
        assert abs(dE[row] - dx[ids == row].sum(axis=0)).max() < TOLERANCE * 20


@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_ids_of_any_whole_type(dtype):
    ids, E = draw_ids(T, B), draw(V, I)
    small = ids.astype(dtype)
    assert np.array_equal(one_hot(small, V), one_hot(ids, V))
    x, cache = embed_forward(small, E)
    assert np.array_equal(x, E[ids])
    want = embed_backward(x, embed_forward(ids, E)[1])
    assert np.array_equal(embed_backward(x, cache), want)


def test_looked_up_rows_are_copies():
    E = np.array(draw(V, I))
    x, _ = embed_forward(np.arange(V), E)
    x[:] = 0
    assert E.all()


@DTYPES
def test_embedding_keeps_the_dtype(dtype):
    E = draw(V, I).astype(dtype)
    x, cache = embed_forward(draw_ids(T, B), E)
    assert x.dtype == embed_backward(x, cache).dtype == dtype


def test_no_ids_are_no_rows():
    none, E = np.zeros((0, B), dtype=int), draw(V, I)
    assert one_hot(none, V).shape == (0, B, V)
    x, cache = embed_forward(none, E)
    assert x.shape == (0, B, I) and not embed_backward(x, cache).any()


# Readout


@SHAPES
def test_readout_is_its_formula(shape):
    params = ReadoutParams(draw(O, H), draw(O, seed=1))
    h, do = draw(*shape, H, seed=2), draw(*shape, O, seed=3)
    o, cache = readout_forward(h, params)
    dh, grads = readout_backward(do, cache)
    assert o.shape == (*shape, O) and dh.shape == h.shape
    dV, db_y = np.zeros((O, H)), np.zeros(O)
    for place in np.ndindex(shape):
        assert agree(o[place], params.V @ h[place] + params.b_y, 1e-13)
        assert agree(dh[place], params.V.T @ do[place], 1e-13)
        dV += np.outer(do[place], h[place])
        db_y += do[place]
    assert agree(grads, ReadoutParams(dV, db_y), 1e-13)


@DTYPES
def test_readout_keeps_the_dtype(dtype):
    params = ReadoutParams(draw(O, H).astype(dtype), draw(O).astype(dtype))
    o, cache = readout_forward(draw(T, B, H).astype(dtype), params)
    dh, grads = readout_backward(o, cache)
    assert {o.dtype, dh.dtype, grads.V.dtype, grads.b_y.dtype} == {np.dtype(dtype)}


@pytest.mark.parametrize("n_hidden", [1, 4, 100])
def test_readout_is_drawn_evenly_within_the_bound(n_hidden):
    params = readout_init(n_hidden, 300, rng=np.random.default_rng(0))
    assert params.V.shape == (300, n_hidden) and params.b_y.shape == (300,)
    for leaf in params:
        unit = leaf * np.sqrt(n_hidden)
        assert abs(unit).max() <= 1 and unit.min() < -0.95 and unit.max() > 0.95
        assert abs(unit.mean()) < 0.1 and abs(unit.var() - 1 / 3) < 0.05
    same = readout_init(n_hidden, 300, rng=np.random.default_rng(0))
    other = readout_init(n_hidden, 300, rng=np.random.default_rng(1))
    assert agree(params, same, 1e-300) and not np.array_equal(params.V, other.V)


def test_a_cache_may_be_used_twice():
    params, h = ReadoutParams(draw(O, H), draw(O)), draw(T, B, H)
    o, cache = readout_forward(h, params)
    first = readout_backward(o, cache)
    assert agree(readout_backward(o, cache), first, 1e-300)


# Dropout


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.8])
def test_dropout_keeps_its_share_and_the_mean(keep):
    x, n = np.ones((50, 40)), 2000
    y, factors = dropout_forward(x, keep, rng=np.random.default_rng(0))
    assert set(factors.flat) == {0, 1 / keep} and np.array_equal(y, factors)
    spread = 4 * np.sqrt(keep * (1 - keep) / n)
    assert abs((factors > 0).mean() - keep) < spread
    for axis in (0, 1):  # each number by itself
        assert len(np.unique((factors > 0).sum(axis=axis))) > 5


def test_dropout_passes_gradients_where_numbers_passed():
    x, dy = draw(T, B, H), draw(T, B, H, seed=1)
    y, factors = dropout_forward(x, 0.6, rng=np.random.default_rng(0))
    assert np.array_equal(y, x * factors)
    dx = dropout_backward(dy, factors)
    assert np.array_equal(dx, dy * factors) and np.array_equal(dx == 0, y == 0)


def test_keeping_all_changes_nothing():
    x = draw(T, B, H)
    y, factors = dropout_forward(x, 1.0, rng=np.random.default_rng(0))
    assert np.array_equal(y, x) and (factors == 1).all()
    assert not np.shares_memory(x, y)


def test_dropout_obeys_its_generator():
    x = draw(T, B, H)
    one, same, other = (
        dropout_forward(x, 0.5, rng=np.random.default_rng(seed))[0]
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@DTYPES
def test_dropout_keeps_the_dtype(dtype):
    x = draw(T, B, H).astype(dtype)
    y, factors = dropout_forward(x, 0.7, rng=np.random.default_rng(0))
    dx = dropout_backward(x, factors)
    assert y.dtype == dx.dtype == dtype and factors.dtype == x.real.dtype


# Bad input


@pytest.mark.parametrize(
    ("ids", "error", "words"),
    [
        (np.array([0, V]), ValueError, rf"ids must lie in 0\.\.{V - 1}; got 0\.\.{V}"),
        (np.array([-1, 2]), ValueError, rf"ids must lie in 0\.\.{V - 1}; got -1\.\.2"),
        (np.array([0.0]), TypeError, "ids must be whole numbers; got dtype float64"),
        (np.array([True]), TypeError, "ids must be whole numbers; got dtype bool"),
    ],
)
def test_ids_are_checked(ids, error, words):
    for ask in (
        lambda: one_hot(ids, V),
        lambda: embed_forward(ids, draw(V, I)),
        lambda: check_token_ids(ids, V),
    ):
        with refuses(words, error):
            ask()


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.1, np.nan, np.inf])
def test_keep_is_a_probability_above_zero(keep):
    with refuses(f"keep must lie above 0 and be at most 1; got {keep}"):
        dropout_forward(draw(T, B, H), keep, rng=np.random.default_rng(0))


def test_dropout_refuses_whole_numbers():
    with np.errstate(all="ignore"), pytest.raises(TypeError):
        dropout_forward(np.ones((T, B), dtype=int), 0.5, rng=np.random.default_rng(0))


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_are_at_least_one(size):
    rng = np.random.default_rng(0)
    with refuses(f"n_hidden must be at least 1; got {size}"):
        readout_init(size, O, rng=rng)
    with refuses(f"n_out must be at least 1; got {size}"):
        readout_init(H, size, rng=rng)
