"""Cells made of cells: each is a ``Cell`` again, so that the loops over time need not know."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.layers import DenseParams, dense_backward, dense_forward, dense_init
from rnnlib.rnn import (
    RNNParams,
    check_sizes,
    rnn_cell_backward,
    rnn_cell_forward,
    rnn_init,
    rnn_zero_state,
)
from rnnlib.tree import Array, Inexact


def stack(cells: Sequence[Cell], *, skip: bool = False) -> Cell:
    """Put cells on top of each other: within a step, each reads the output of the one below.

    Parameters and states are tuples with one entry for each cell, the lowest first. The output is the top cell's. With
    ``skip`` each cell above the lowest reads the input x_t beside the output below, and the output is the sum of all
    cells' outputs, so that every cell is one step from the input and one from the output (after Graves 2013).

    Raises
    ------
    ValueError
        If there are no cells.

    Examples
    --------
    >>> from rnnlib.bptt import unroll_forward
    >>> from rnnlib.rnn import RNN
    >>> from rnnlib.gru import GRU
    >>> cell = stack([RNN, GRU])
    >>> params = cell.init(3, 4, rng=np.random.default_rng(0))
    >>> h, state, _ = unroll_forward(cell, np.ones((5, 2, 3)), cell.zero_state(2, params), params)
    >>> h.shape, [part.shape for part in state]
    ((5, 2, 4), [(2, 4), (2, 4)])
    """
    cells = tuple(cells)
    if not cells:
        raise ValueError("cells must hold at least one cell; got none")

    def init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> tuple:
        above = n_hidden + n_in if skip else n_hidden
        sizes = [n_in] + [above] * (len(cells) - 1)
        return tuple(c.init(n, n_hidden, rng=rng) for c, n in zip(cells, sizes))

    def zero_state(n_batch: int, params: tuple) -> tuple:
        return tuple(c.zero_state(n_batch, p) for c, p in zip(cells, params))

    def forward(x_t, state, params):
        states, caches, outputs, below = [], [], [], x_t
        for cell, before, p in zip(cells, state, params, strict=True):
            h_t, after, cache = cell.forward(below, before, p)
            states.append(after)
            caches.append(cache)
            outputs.append(h_t)
            below = np.concatenate([h_t, x_t], axis=1) if skip else h_t
        h_t = sum(outputs) if skip else outputs[-1]
        return h_t, tuple(states), tuple(caches)

    def backward(dh_t, dstate, cache):
        dstates, grads, from_above, dx_t = [], [], 0, 0
        for level in reversed(range(len(cells))):
            at_output = level == len(cells) - 1 or skip
            own = dh_t + from_above if at_output else from_above
            dbelow, dbefore, g = cells[level].backward(own, dstate[level], cache[level])
            dstates.append(dbefore)
            grads.append(g)
            if skip and level:  # [h below, x_t] was read
                H = dh_t.shape[1]
                from_above, dx_t = dbelow[:, :H], dx_t + dbelow[:, H:]
            else:
                from_above = dbelow
        return dx_t + from_above, tuple(dstates[::-1]), tuple(grads[::-1])

    return Cell(init, zero_state, forward, backward)


class DeepStep(NamedTuple):
    """``first`` reads x_t and h_{t-1}; each of ``further`` reads the layer below (and h_{t-1}, with skips)."""

    first: RNNParams
    further: tuple[DenseParams | RNNParams, ...]


def deep_transition(n_layers: int, *, skip: bool = False) -> Cell:
    """Return a cell whose one step from h_{t-1} to h_t goes through n_layers layers of tanh (Pascanu et al. 2014).

    z_1 = tanh(U x_t + W h_{t-1} + b_h), z_k = tanh(U_k z_{k-1} + b_k), and h_t is the last z. With ``skip`` each
    further layer reads the state before as well, z_k = tanh(U_k z_{k-1} + W_k h_{t-1} + b_k): the shortest path from
    state to state then passes one layer only.

    Raises
    ------
    ValueError
        If n_layers is below 1.

    Examples
    --------
    >>> cell = deep_transition(3)
    >>> params = cell.init(2, 4, rng=np.random.default_rng(0))
    >>> cell.forward(np.ones((1, 2)), cell.zero_state(1, params), params)[0].shape
    (1, 4)
    """
    check_sizes(n_layers=n_layers)
    layer_init = rnn_init if skip else dense_init

    def init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> DeepStep:
        first = rnn_init(n_in, n_hidden, rng=rng)
        rest = (layer_init(n_hidden, n_hidden, rng=rng) for _ in range(n_layers - 1))
        return DeepStep(first, tuple(rest))

    def zero_state(n_batch: int, params: DeepStep) -> Inexact[Array, "B H"]:
        return rnn_zero_state(n_batch, params.first)

    def forward(x_t, h_prev, params):
        z, cache = rnn_cell_forward(x_t, h_prev, params.first)
        caches = [cache]
        for layer in params.further:
            z, cache = (
                rnn_cell_forward(z, h_prev, layer) if skip else dense_forward(z, layer)
            )
            caches.append(cache)
        return z, z, tuple(caches)

    def backward(dh_t, dstate, cache):
        dz, dh_prev, further = dh_t + dstate, 0, []
        for layer in reversed(cache[1:]):
            if skip:
                dz, through, grads = rnn_cell_backward(dz, layer)
                dh_prev = dh_prev + through
            else:
                dz, grads = dense_backward(dz, layer)
            further.append(grads)
        dx_t, through, first = rnn_cell_backward(dz, cache[0])
        return dx_t, dh_prev + through, DeepStep(first, tuple(further[::-1]))

    return Cell(init, zero_state, forward, backward)
