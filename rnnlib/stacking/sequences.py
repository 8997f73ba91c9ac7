"""Layers that read whole sequences: a cell in one direction, in both, and layers on layers.

A layer needs the end of a sequence before it can go backwards, so it is no ``Cell``: it cannot take one step.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.tree import Array, Bool, Inexact, tree_map, tree_zeros


class Layer(NamedTuple):
    """What a layer over whole sequences is: four functions and the number of outputs for each hidden unit.

    ``init(n_in, n_hidden, *, rng) -> params``; ``zero_state(n_batch, params) -> state``;
    ``forward(x, state, params, mask=None) -> (h, state, cache)`` with x (T, B, I) and h (T, B, n_directions H);
    ``backward(dh, dstate, cache) -> (dx, dstate_0, grads)``, where a dstate of None is zero. ``mask`` (T, B) is True at
    real steps: at the others the state waits and the output is 0, so the final state is that of the true last step.
    """

    init: Callable
    zero_state: Callable
    forward: Callable
    backward: Callable
    n_directions: int = 1


class SequenceCache(NamedTuple):
    """What the way back needs: the cell's caches, the mask (T, B, 1) or None, and a state of zeros."""

    steps: list
    mask: Array | None
    zero: Any


def recurrent(cell: Cell) -> Layer:
    """Return the layer that takes a cell from the first step to the last.

    Examples
    --------
    >>> from rnnlib.rnn import RNN
    >>> layer = recurrent(RNN)
    >>> params = layer.init(3, 4, rng=np.random.default_rng(0))
    >>> mask = np.array([[True, True], [True, False]])
    >>> h, state, _ = layer.forward(np.ones((2, 2, 3)), layer.zero_state(2, params), params, mask)
    >>> bool((h[1, 1] == 0).all()), bool((state[1] == h[0, 1]).all())
    (True, True)
    """
    return Layer(
        cell.init, cell.zero_state, partial(_forward, cell), partial(_backward, cell)
    )


def _forward(
    cell: Cell,
    x: Inexact[Array, "T B I"],
    state: Any,
    params: Any,
    mask: Bool[Array, "T B"] | None = None,
) -> tuple[Inexact[Array, "T B H"], Any, SequenceCache]:
    _check(x, mask)
    mask = None if mask is None else mask[:, :, None]
    h, steps, zero = [], [], tree_zeros(state)
    for t, x_t in enumerate(x):
        h_t, after, cache = cell.forward(x_t, state, params)
        if mask is not None:
            h_t = np.where(mask[t], h_t, 0)
            after = tree_map(partial(np.where, mask[t]), after, state)
        state = after
        h.append(h_t)
        steps.append(cache)
    return np.stack(h), state, SequenceCache(steps, mask, zero)


def _backward(cell: Cell, dh: Inexact[Array, "T B H"], dstate: Any, cache):
    steps, mask, zero = cache
    dstate = zero if dstate is None else dstate
    dx, grads = [None] * len(steps), None
    for t in reversed(range(len(steps))):
        own, waiting = dh[t], zero
        if mask is not None:
            real = mask[t]
            waiting = tree_map(partial(np.where, real, 0), dstate)
            own, dstate = tree_map(partial(np.multiply, real), (own, dstate))
        dx[t], dstate, grads_t = cell.backward(own, dstate, steps[t])
        dstate = tree_map(np.add, dstate, waiting)
        grads = grads_t if grads is None else tree_map(np.add, grads, grads_t)
    return np.stack(dx), dstate, grads


def bidirectional(cell: Cell) -> Layer:
    """Return the layer that reads a sequence from both ends with two sets of parameters (Schuster and Paliwal 1997).

    Parameters and states are pairs (forwards, backwards); the outputs of both stand side by side, so that h[t] knows
    the whole sequence. The final state of the backward direction is its state at the first step, h[0, :, H:].

    Examples
    --------
    >>> from rnnlib.rnn import RNN
    >>> layer = bidirectional(RNN)
    >>> params = layer.init(3, 4, rng=np.random.default_rng(0))
    >>> h, (last, first), _ = layer.forward(np.ones((5, 2, 3)), layer.zero_state(2, params), params)
    >>> h.shape, bool((h[-1, :, :4] == last).all()), bool((h[0, :, 4:] == first).all())
    ((5, 2, 8), True, True)
    """

    def init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> tuple:
        return tuple(cell.init(n_in, n_hidden, rng=rng) for _ in range(2))

    def zero_state(n_batch: int, params: tuple) -> tuple:
        return tuple(cell.zero_state(n_batch, p) for p in params)

    def forward(x, state, params, mask=None):
        flipped = None if mask is None else mask[::-1]
        h, last, one = _forward(cell, x, state[0], params[0], mask)
        g, first, two = _forward(cell, x[::-1], state[1], params[1], flipped)
        return np.concatenate([h, g[::-1]], axis=2), (last, first), (one, two)

    def backward(dh, dstate, cache):
        H = dh.shape[2] // 2
        last, first = (None, None) if dstate is None else dstate
        dx, dlast, one = _backward(cell, dh[:, :, :H], last, cache[0])
        dg, dfirst, two = _backward(cell, dh[::-1, :, H:], first, cache[1])
        return dx + dg[::-1], (dlast, dfirst), (one, two)

    return Layer(init, zero_state, forward, backward, n_directions=2)


def deep(layers: Sequence[Layer]) -> Layer:
    """Put layers on top of each other: each reads all outputs of the one below, when that one is done.

    Parameters and states are tuples with one entry for each layer, the lowest first.

    Raises
    ------
    ValueError
        If there are no layers.

    Examples
    --------
    >>> from rnnlib.gru import GRU
    >>> layer = deep([bidirectional(GRU), bidirectional(GRU)])
    >>> params = layer.init(3, 4, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 2, 3)), layer.zero_state(2, params), params)[0].shape
    (5, 2, 8)
    """
    layers = tuple(layers)
    if not layers:
        raise ValueError("layers must hold at least one layer; got none")

    def init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> tuple:
        sizes = [n_in] + [n_hidden * layer.n_directions for layer in layers[:-1]]
        return tuple(
            layer.init(n, n_hidden, rng=rng) for layer, n in zip(layers, sizes)
        )

    def zero_state(n_batch: int, params: tuple) -> tuple:
        return tuple(layer.zero_state(n_batch, p) for layer, p in zip(layers, params))

    def forward(x, state, params, mask=None):
        states, caches = [], []
        for layer, before, p in zip(layers, state, params, strict=True):
            x, after, cache = layer.forward(x, before, p, mask)
            states.append(after)
            caches.append(cache)
        return x, tuple(states), tuple(caches)

    def backward(dh, dstate, cache):
        dstate = [None] * len(layers) if dstate is None else dstate
        dstates, grads = [], []
        for layer, after, kept in zip(layers[::-1], dstate[::-1], cache[::-1]):
            dh, before, g = layer.backward(dh, after, kept)
            dstates.append(before)
            grads.append(g)
        return dh, tuple(dstates[::-1]), tuple(grads[::-1])

    return Layer(init, zero_state, forward, backward, layers[-1].n_directions)


def _check(x: Any, mask: Any) -> None:
    if np.ndim(x) != 3 or not len(x):
        raise ValueError(
            f"x must have shape (T, B, I) with T at least 1; got {np.shape(x)}"
        )
    if mask is not None and (
        np.shape(mask) != np.shape(x)[:2] or np.asarray(mask).dtype != bool
    ):
        raise ValueError(
            f"mask must be boolean with shape (T, B) = {np.shape(x)[:2]}; got {np.asarray(mask).dtype} {np.shape(mask)}"
        )
