"""Optimisers against their formulas written out; clipping; what happens to NaN."""

from typing import NamedTuple

import numpy as np
import pytest

from rnnlib.optim import (
    adagrad,
    adam,
    clip_by_norm,
    clip_by_value,
    guard,
    momentum,
    rmsprop,
    sgd,
)
from rnnlib.tree import tree_leaves, tree_map, tree_norm


class Tree(NamedTuple):
    a: np.ndarray
    b: tuple


@pytest.fixture
def params():
    rng = np.random.default_rng(0)
    return Tree(rng.normal(size=(2, 3)), (rng.normal(size=4), rng.normal(size=1)))


def grads_of(params, seed):
    rng = np.random.default_rng(seed)
    return tree_map(lambda p: rng.normal(size=p.shape), params)


def run(optimiser, params, n_steps=4):
    state = optimiser.init(params)
    for step in range(n_steps):
        params, state = optimiser.update(grads_of(params, step), state, params)
    return params, state


def by_hand(rule, theta, gradients):
    """Apply a rule (theta, g, t, memory) -> theta to one number after the other."""
    memory = {}
    for t, g in enumerate(gradients, start=1):
        theta = rule(theta, g, t, memory)
    return theta


def adam_rule(theta, g, t, memory):
    memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
    memory["s"] = 0.999 * memory.get("s", 0) + 0.001 * g * g
    m, s = memory["m"] / (1 - 0.9**t), memory["s"] / (1 - 0.999**t)
    return theta - 0.1 * m / (np.sqrt(s) + 1e-8)


def momentum_rule(theta, g, t, memory):
    memory["v"] = 0.9 * memory.get("v", 0) + g
    return theta - 0.1 * memory["v"]


def adagrad_rule(theta, g, t, memory):
    memory["s"] = memory.get("s", 0) + g * g
    return theta - 0.1 * g / np.sqrt(memory["s"] + 1e-8)


def rmsprop_rule(theta, g, t, memory):
    memory["s"] = 0.99 * memory.get("s", 0) + 0.01 * g * g
    return theta - 0.1 * g / (np.sqrt(memory["s"]) + 1e-8)


RULES = {
    "sgd": (sgd(0.1), lambda theta, g, t, memory: theta - 0.1 * g),
    "momentum": (momentum(0.1), momentum_rule),
    "adagrad": (adagrad(0.1), adagrad_rule),
    "rmsprop": (rmsprop(0.1), rmsprop_rule),
    "adam": (adam(0.1), adam_rule),
}


@pytest.mark.parametrize("name", RULES)
def test_each_number_follows_the_formula(name, params):
    optimiser, rule = RULES[name]
    moved, state = run(optimiser, params)
    assert state.step == 4
    gradients = [list(tree_leaves(grads_of(params, step))) for step in range(4)]
    for k, ((_, before), (_, after)) in enumerate(
        zip(tree_leaves(params), tree_leaves(moved))
    ):
        for place in np.ndindex(before.shape):
            g = [step[k][1][place] for step in gradients]
            assert after[place] == pytest.approx(
                by_hand(rule, before[place], g), rel=1e-12
            )


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_written_to_and_float32_stays(name, params):
    single = tree_map(lambda p: p.astype(np.float32), params)
    kept = tree_map(np.copy, single)
    grads = tree_map(lambda g: g.astype(np.float32), grads_of(params, 1))
    optimiser = RULES[name][0]
    state = optimiser.init(single)
    moved, later = optimiser.update(grads, state, single)
    assert {leaf.dtype for _, leaf in tree_leaves(moved)} == {np.dtype(np.float32)}
    assert all(
        (a == b).all() for (_, a), (_, b) in zip(tree_leaves(single), tree_leaves(kept))
    )
    assert all(
        (leaf == 0).all() for tree in state.memory for _, leaf in tree_leaves(tree)
    )
    assert type(moved) is Tree and later.step == 1


def test_the_rate_may_fall_and_weights_decay():
    theta = np.array([2.0])
    init, update = sgd(lambda step: 1 / (step + 1), weight_decay=0.5)
    state = init(theta)
    theta, state = update(np.array([0.0]), state, theta)
    assert theta[0] == 1.0  # 2 - 1 * 0.5 * 2
    theta, state = update(np.array([0.0]), state, theta)
    assert theta[0] == 0.75  # 1 - 1/2 * 0.5 * 1


@pytest.mark.parametrize("rate", [0.0, -0.1, np.nan, np.inf])
def test_a_rate_must_be_above_zero(rate):
    with pytest.raises(ValueError, match="rate must be a number above 0; got"):
        sgd(rate)


def test_clip_by_norm_keeps_the_direction(params):
    norm = tree_norm(params)
    same, before = clip_by_norm(params, float(norm) * 1.01)
    assert before == norm and same is params
    clipped, before = clip_by_norm(params, float(norm) / 3)
    assert before == norm and tree_norm(clipped) == pytest.approx(norm / 3)
    ratios = [
        a / b for (_, a), (_, b) in zip(tree_leaves(clipped), tree_leaves(params))
    ]
    assert all(np.allclose(ratio, 1 / 3) for ratio in ratios)


def test_clip_by_value_may_turn_the_gradient():
    grads = (np.array([3.0, -0.5]), np.array([-7.0]))
    first, second = clip_by_value(grads, 1.0)
    assert first.tolist() == [1.0, -0.5] and second.tolist() == [-1.0]
    for clip in (clip_by_value, clip_by_norm):
        with pytest.raises(ValueError, match="above 0; got"):
            clip(grads, 0.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_each_policy_for_what_is_not_finite(value, params):
    grads = grads_of(params, 0)
    assert guard(grads, "raise") is grads
    grads.b[0][2] = value
    with pytest.raises(FloatingPointError, match=r"NaN or infinity in b\.0"):
        guard(grads, "raise")
    assert guard(grads, "skip") is None
    drawn = guard(grads, "random", scale=0.1, rng=np.random.default_rng(0))
    assert tree_norm(drawn) == pytest.approx(0.1) and type(drawn) is Tree
    with pytest.raises(ValueError, match="needs an rng"):
        guard(grads, "random")
    with pytest.raises(ValueError, match="must be raise, skip or random; got 'ignore'"):
        guard(grads, "ignore")


@pytest.mark.parametrize(("dtype", "big"), [(np.float32, 1e30), (np.float64, 1e300)])
def test_gradients_too_large_to_be_squared_are_clipped_all_the_same(dtype, big):
    grads = np.array([3, 0], dtype) * dtype(big), np.array([[-4]], dtype) * dtype(big)
    clipped, norm = clip_by_norm(grads, 1.0)
    assert np.isclose(norm / dtype(big), 5) and clipped[0].dtype == dtype
    assert np.allclose(clipped[0], [0.6, 0]) and np.allclose(clipped[1], -0.8)
    assert np.isinf(tree_norm((np.array([np.inf, 1.0]),)))
    assert np.isnan(tree_norm((np.array([np.nan, 1.0]),)))
