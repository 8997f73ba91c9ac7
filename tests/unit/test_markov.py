"""Chains: counted, followed, sampled."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.markov import marginals, sample_chain, stationary, transition_matrix

TOLERANCE = 1e-12
STEADY = settings(derandomize=True, database=None, deadline=None)
P = np.array([[0.8, 0.2, 0.0], [0.3, 0.4, 0.3], [0.1, 0.5, 0.4]])
START = np.array([0.7, 0.1, 0.2])
EVEN = np.array([0.5, 0.5])
FLIP = np.array([[0.0, 1.0], [1.0, 0.0]])


@st.composite
def paths(draw):
    n_states = draw(st.integers(1, 4))
    middle = draw(st.lists(st.integers(0, n_states - 1), max_size=30))
    return [*range(n_states), *middle, 0], n_states  # every state is left at least once


@STEADY
@given(paths())
def test_transition_matrix_counts_exits(case):
    ids, n_states = case
    got = transition_matrix(np.array(ids), n_states)
    assert got.shape == (n_states, n_states)
    assert abs(got.sum(axis=1) - 1).max() < TOLERANCE
    pairs = list(zip(ids, ids[1:]))
    for i, j in product(range(n_states), repeat=2):
        assert abs(got[i, j] - pairs.count((i, j)) / ids[:-1].count(i)) < TOLERANCE


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32])
def test_transition_matrix_takes_small_integers(dtype):
    n_states = 20
    ids = np.random.default_rng(0).integers(n_states, size=2000)
    got = transition_matrix(ids.astype(dtype), n_states)
    assert np.array_equal(got, transition_matrix(ids, n_states))


@pytest.mark.parametrize(
    ("ids", "error", "words"),
    [
        (np.array([0.0, 1.0, 0.0]), TypeError, "(?i)integer"),
        (np.array([0, 1, 2, 0]), ValueError, r"0\.\.1; got 0\.\.2"),
        (np.array([0, -1, 1, 0]), ValueError, r"0\.\.1; got -1\.\.1"),
        (np.array([0, 0, 1]), ValueError, "state 1 never"),
        (np.array([0]), ValueError, r"at least 2; got \(1,\)"),
        (np.array([[0, 1], [1, 0]]), (ValueError, TypeError), None),
    ],
)
def test_transition_matrix_refuses(ids, error, words):
    with pytest.raises(error, match=words):
        transition_matrix(ids, 2)


@pytest.mark.parametrize("n_steps", [0, 1, 4])
def test_marginals_are_sums_over_all_paths(n_steps):
    got = marginals(START, P, n_steps)
    want = np.zeros((n_steps + 1, len(START)))
    for path in product(range(len(START)), repeat=n_steps + 1):
        weight = START[path[0]] * np.prod([P[i, j] for i, j in zip(path, path[1:])])
        for t, state in enumerate(path):
            want[t, state] += weight
    assert got.shape == want.shape and abs(got - want).max() < TOLERANCE


def test_marginals_leave_their_arguments_alone():
    start, chain = START.copy(), P.copy()
    marginals(start, chain, 2)[0] = 0
    assert np.array_equal(start, START) and np.array_equal(chain, P)


def test_single_precision_stays_and_is_accepted():
    rng = np.random.default_rng(0)
    for chain in rng.dirichlet(np.ones(5), size=(50, 5)).astype(np.float32):
        rows = marginals(chain[0], chain, 1)
        assert rows.dtype == np.float32
        assert np.allclose(rows[1], chain[0] @ chain, rtol=1e-5)


@pytest.mark.parametrize(
    ("start", "chain", "words"),
    [
        (EVEN, P, "S = 2; got"),
        (START, P[:2], r"S = 3; got \(2, 3\)"),
        (np.array([0.5, 0.4]), FLIP, "start .* 0.9"),
        (np.array([1.5, -0.5]), FLIP, "start"),
        (np.array([np.nan, 1.0]), FLIP, "start"),
        (EVEN, np.array([[0.0, 1.0], [1.0, 0.5]]), r"row of P .* 1\.5"),
        (EVEN, np.array([[0.0, 1.0], [0.4, 0.5]]), r"row of P .* 0\.9"),
        (EVEN, np.array([[2.0, -1.0], [1.0, 0.0]]), "row of P"),
        (EVEN, np.array([[np.nan, 1.0], [1.0, 0.0]]), "row of P"),
    ],
)
def test_what_is_no_chain_is_refused(start, chain, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        marginals(start, chain, 1)
    if caught.type is ValueError:
        caught.match(words)
    with pytest.raises((ValueError, TypeError)):
        sample_chain(start, chain, 1, rng=np.random.default_rng(0))


def test_steps_must_not_be_negative():
    with pytest.raises(ValueError, match="n_steps"):
        marginals(START, P, -1)
    with pytest.raises(ValueError, match="n_steps"):
        sample_chain(START, P, -1, rng=np.random.default_rng(0))


@pytest.mark.parametrize("chain", [P, FLIP, np.array([[0.5, 0.5], [0.0, 1.0]])])
def test_stationary_is_left_as_it_is(chain):
    pi = stationary(chain)
    assert abs(pi.sum() - 1) < TOLERANCE and pi.min() > -TOLERANCE
    assert abs(pi @ chain - pi).max() < TOLERANCE
    assert abs(pi @ np.linalg.matrix_power(chain, 50) - pi).max() < TOLERANCE


def test_stationary_needs_one_answer():
    with pytest.raises(ValueError, match="falls apart"):
        stationary(np.eye(2))
    with pytest.raises(ValueError, match="row of P"):
        stationary(2 * FLIP)


def test_a_sampled_chain_obeys_its_matrix():
    n_steps, spread = 20_000, 0.02
    path = sample_chain(START, P, n_steps, rng=np.random.default_rng(0))
    assert path.shape == (n_steps + 1,) and path.dtype == np.int64
    estimate = transition_matrix(path, len(P))
    assert abs(estimate - P).max() < spread and estimate[P == 0].max() == 0
    again = sample_chain(START, P, n_steps, rng=np.random.default_rng(0))
    assert np.array_equal(path, again)


def test_a_sampled_chain_begins_where_it_is_told():
    rng = np.random.default_rng(0)
    for state in range(len(P)):
        assert sample_chain(np.eye(len(P))[state], P, 0, rng=rng).tolist() == [state]
    alternating = sample_chain(np.array([0.0, 1.0]), FLIP, 3, rng=rng)
    assert alternating.tolist() == [1, 0, 1, 0]
