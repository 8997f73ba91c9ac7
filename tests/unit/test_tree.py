"""Trees: every array is met once, in order, and nothing else changes."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.tree import tree_leaves, tree_map, tree_norm, tree_zeros
from tools.proof import frozen

STEADY = settings(derandomize=True, database=None, deadline=None)


class Pair(NamedTuple):
    a: object
    b: object


class Other(NamedTuple):
    a: object
    b: object


TREE = frozen(
    Pair(np.array([3.0, 4.0]), (np.ones((2, 2)), Pair(np.zeros(1), -np.ones((1, 3)))))
)
NAMES = ["a", "b.0", "b.1.a", "b.1.b"]


def test_leaves_are_named_in_order():
    names, leaves = zip(*tree_leaves(TREE))
    assert list(names) == NAMES
    assert [leaf.shape for leaf in leaves] == [(2,), (2, 2), (1,), (1, 3)]
    assert leaves[0] is TREE.a and leaves[3] is TREE.b[1].b
    assert [name for name, _ in tree_leaves(TREE, "cell")] == [
        f"cell.{n}" for n in NAMES
    ]


def test_map_keeps_the_build():
    got = tree_map(lambda leaf: 2 * leaf, TREE)
    assert type(got) is Pair and type(got.b) is tuple and type(got.b[1]) is Pair
    for (name, leaf), (same, old) in zip(
        tree_leaves(got), tree_leaves(TREE), strict=True
    ):
        assert name == same and np.array_equal(leaf, 2 * old)


def test_map_takes_the_same_places_of_other_trees():
    tenfold = tree_map(lambda leaf: 10 * leaf, TREE)
    got = tree_map(lambda a, b, c: 100 * a + b - c, TREE, tenfold, TREE)
    assert got.a.tolist() == [327, 436] and got.b[1].b.tolist() == [[-109] * 3]


def test_an_array_is_a_tree():
    x = np.array([3.0, 4.0])
    assert [(name, leaf is x) for name, leaf in tree_leaves(x)] == [("", True)]
    assert [name for name, _ in tree_leaves(x, "h")] == ["h"]
    assert tree_map(np.add, x, x).tolist() == [6, 8] and tree_norm(x) == 5


def test_a_tree_may_be_empty():
    assert list(tree_leaves(())) == [] and tree_map(np.add, (), ()) == ()
    assert tree_norm(()) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_zeros_are_new_and_keep_shape_and_dtype(dtype):
    tree = tree_map(lambda leaf: leaf.astype(dtype), TREE)
    zeros = tree_zeros(tree)
    for (_, zero), (_, leaf) in zip(tree_leaves(zeros), tree_leaves(tree), strict=True):
        assert zero.shape == leaf.shape and zero.dtype == dtype and not zero.any()
        assert not np.shares_memory(zero, leaf)


@STEADY
@given(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=4), min_size=1))
def test_norm_is_that_of_all_numbers_in_one_row(rows):
    tree = tuple(np.array(row, dtype=float) for row in rows)
    want = np.linalg.norm(np.concatenate(tree))
    for built in (tree, Pair(tree, ()), (tree[:1], tree[1:])):
        assert abs(tree_norm(built) - want) <= 1e-15 * want


def test_norm_of_other_numbers():
    assert tree_norm((np.array([3j]), np.array([[-4.0 + 0j]]))) == 5
    single = tree_norm((np.float32([3]), np.float32([4])))
    assert single == 5 and single.dtype == np.float32


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (Pair(1.0, 1.0), Other(1.0, 1.0), "Pair of 2 and Other of 2"),
        (Pair(1.0, 1.0), (1.0, 1.0), "Pair of 2 and tuple of 2"),
        ((1.0, 1.0), (1.0,), "tuple of 2 and tuple of 1"),
        ((1.0, (1.0,)), (1.0, np.ones(1)), "tuple of 1 and ndarray"),
    ],
)
def test_trees_must_be_built_alike(one, other, words):
    with pytest.raises(ValueError, match=f"built alike; got {words}"):
        tree_map(np.add, one, other)
    with pytest.raises(ValueError, match="built alike"):
        tree_map(lambda a, b, c: a, one, one, other)


def test_an_array_is_not_built_like_a_tuple():
    with pytest.raises(ValueError, match="built alike"):
        tree_map(np.add, np.ones(2), (np.ones(2), np.ones(2)))
