"""Optimisers as pairs of functions, and what is done to a gradient before it is used."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnlib.tree import tree_leaves, tree_map, tree_norm, tree_zeros

Rate = float | Callable[[int], float]


class Optimiser(NamedTuple):
    """How parameters move.

    init : params -> state
    update : (grads, state, params) -> (params, state); nothing is written in place
    """

    init: Callable[[Any], Any]
    update: Callable[[Any, Any, Any], tuple[Any, Any]]


class OptimiserState(NamedTuple):
    """The number of updates done, and what is remembered of the gradients: trees built like the parameters."""

    step: int
    memory: tuple


def sgd(rate: Rate, *, weight_decay: float = 0.0) -> Optimiser:
    """Step against the gradient: theta - rate * g.

    Parameters
    ----------
    rate : a number, or a function from the step, 0 at first, to one
    weight_decay : each step also takes rate * weight_decay * theta away

    Examples
    --------
    >>> init, update = sgd(0.1)
    >>> update(np.array([1.0]), init(np.array([5.0])), np.array([5.0]))[0]
    array([4.9])
    """
    return _optimiser(rate, weight_decay, 0, lambda g, t: (g,))


def momentum(rate: Rate, *, decay: float = 0.9, weight_decay: float = 0.0) -> Optimiser:
    """Step along a running sum of gradients, v = decay * v + g (Polyak 1964)."""

    def move(g, t, v):
        v = decay * v + g
        return v, v

    return _optimiser(rate, weight_decay, 1, move)


def adagrad(rate: Rate, *, eps: float = 1e-8, weight_decay: float = 0.0) -> Optimiser:
    """Divide by the root of the sum of all squares so far (Duchi, Hazan and Singer 2011); eps stands under the root."""

    def move(g, t, s):
        s = s + g * g
        return g / np.sqrt(s + eps), s

    return _optimiser(rate, weight_decay, 1, move)


def rmsprop(
    rate: Rate,
    *,
    decay: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Optimiser:
    """Divide by the root of a running mean of squares (Tieleman and Hinton 2012)."""

    def move(g, t, s):
        s = decay * s + (1 - decay) * g * g
        return g / (np.sqrt(s) + eps), s

    return _optimiser(rate, weight_decay, 1, move)


def adam(
    rate: Rate,
    *,
    decay_1: float = 0.9,
    decay_2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Optimiser:
    """Step along a running mean of gradients over the root of one of squares, both unbiased (Kingma and Ba 2015)."""

    def move(g, t, m, s):
        m = decay_1 * m + (1 - decay_1) * g
        s = decay_2 * s + (1 - decay_2) * g * g
        mean, square = m / (1 - decay_1**t), s / (1 - decay_2**t)
        return mean / (np.sqrt(square) + eps), m, s

    return _optimiser(rate, weight_decay, 2, move)


def clip_by_norm(grads: Any, max_norm: float) -> tuple[Any, np.floating]:
    """Rescale a whole tree of gradients when its norm exceeds ``max_norm``; its direction stays.

    Returns
    -------
    grads, norm : the norm is that before clipping

    Raises
    ------
    ValueError
        If max_norm is not above 0.

    Examples
    --------
    >>> clip_by_norm((np.array([3.0]), np.array([4.0])), 1.0)
    ((array([0.6]), array([0.8])), np.float64(5.0))
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be above 0; got {max_norm}")
    norm = tree_norm(grads)
    if norm <= max_norm:
        return grads, norm
    return tree_map(lambda g: g * g.dtype.type(max_norm / norm), grads), norm


def clip_by_value(grads: Any, limit: float) -> Any:
    """Cut each number of the gradients to -limit .. limit; the direction may change.

    Examples
    --------
    >>> clip_by_value((np.array([3.0, -0.5]),), 1.0)
    (array([ 1. , -0.5]),)
    """
    _check_above_zero("limit", limit)
    return tree_map(lambda g: np.clip(g, -limit, limit), grads)


def guard(
    grads: Any,
    policy: str,
    *,
    scale: float = 1e-2,
    rng: np.random.Generator | None = None,
) -> Any | None:
    """Decide what becomes of gradients in which a number is not finite; finite ones are returned as they are.

    ``raise`` stops with an error that names the array; ``skip`` returns None, for a step left out; ``random`` returns a
    random direction of norm ``scale`` (as Goodfellow, Bengio and Courville 2016, section 10.11.1, mention).

    Raises
    ------
    FloatingPointError
        If the policy is ``raise`` and a gradient is not finite.
    ValueError
        If the policy is unknown, or ``random`` comes without an rng.
    """
    if policy not in ("raise", "skip", "random"):
        raise ValueError(f"policy must be raise, skip or random; got {policy!r}")
    if policy == "random" and rng is None:
        raise ValueError("the policy 'random' needs an rng; got None")
    broken = [n for n, leaf in tree_leaves(grads) if not np.isfinite(leaf).all()]
    if not broken:
        return grads
    if policy == "raise":
        raise FloatingPointError(
            f"gradients must be finite; got NaN or infinity in {', '.join(broken)}"
        )
    if policy == "skip":
        return None
    drawn = tree_map(lambda g: rng.normal(size=g.shape).astype(g.dtype), grads)
    norm = tree_norm(drawn)
    return tree_map(lambda g: g * g.dtype.type(scale / norm), drawn)


def _optimiser(
    rate: Rate, weight_decay: float, n_memories: int, move: Callable
) -> Optimiser:
    """Make an optimiser from ``move``: (g, t, *memories) -> (direction, *memories) for one array."""
    if not callable(rate):
        _check_above_zero("rate", rate)

    def init(params: Any) -> OptimiserState:
        return OptimiserState(0, tuple(tree_zeros(params) for _ in range(n_memories)))

    def update(grads: Any, state: OptimiserState, params: Any):
        step, memory = state
        now = rate(step) if callable(rate) else rate
        moved = [
            move(g, step + 1, *remembered)
            for (_, g), *remembered in zip(
                tree_leaves(grads), *(_leaves(tree) for tree in memory)
            )
        ]
        columns = [iter(column) for column in zip(*moved)]
        directions, *memory = (tree_map(lambda _, c=c: next(c), grads) for c in columns)

        def descend(theta, direction):
            return theta - now * (direction + weight_decay * theta)

        params = tree_map(descend, params, directions)
        return params, OptimiserState(step + 1, tuple(memory))

    return Optimiser(init, update)


def _leaves(tree: Any) -> list:
    return [leaf for _, leaf in tree_leaves(tree)]


def _check_above_zero(name: str, number: float) -> None:
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be a number above 0; got {number}")
