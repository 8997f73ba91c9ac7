"""The LSTM cell with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000)."""

from typing import NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.rnn import check_sizes
from rnnlib.tree import Array, Inexact


class LSTMParams(NamedTuple):
    """``U`` (4H, I), ``W`` (4H, H), ``b_h`` (4H,): four gates stacked on the first axis in the order i, f, g, o."""

    U: Inexact[Array, "4H I"]
    W: Inexact[Array, "4H H"]
    b_h: Inexact[Array, "4H"]


class LSTMState(NamedTuple):
    """The output ``h`` (B, H) and the memory ``c`` (B, H)."""

    h: Inexact[Array, "B H"]
    c: Inexact[Array, "B H"]


class LSTMCache(NamedTuple):
    """What the way back needs of one step."""

    x_t: Inexact[Array, "B I"]
    before: LSTMState
    gates: tuple
    tanh_c: Inexact[Array, "B H"]
    params: LSTMParams


def lstm_init(
    n_in: int, n_hidden: int, *, rng: np.random.Generator, forget_bias: float = 0.0
) -> LSTMParams:
    """Draw all parameters uniformly between -1/sqrt(H) and 1/sqrt(H), and add ``forget_bias`` to the forget gate's.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> lstm_init(3, 4, rng=np.random.default_rng(0)).U.shape
    (16, 3)
    """
    check_sizes(n_in=n_in, n_hidden=n_hidden)
    bound = 1 / np.sqrt(n_hidden)
    shapes = (4 * n_hidden, n_in), (4 * n_hidden, n_hidden), (4 * n_hidden,)
    params = LSTMParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))
    params.b_h[n_hidden : 2 * n_hidden] += forget_bias
    return params


def lstm_zero_state(n_batch: int, params: LSTMParams) -> LSTMState:
    """Return output and memory of zeros in the parameters' dtype."""
    shape = n_batch, params.W.shape[1]
    zeros = (np.zeros(shape, dtype=params.W.dtype) for _ in range(2))
    return LSTMState(*zeros)


def lstm_cell_forward(
    x_t: Inexact[Array, "B I"], state: LSTMState, params: LSTMParams
) -> tuple[LSTMState, LSTMCache]:
    """Take one step.

    i, f, o = sigmoid and g = tanh of their parts of U x_t + W h_{t-1} + b_h;
    c_t = f c_{t-1} + i g and h_t = o tanh(c_t).
    """
    a_t = x_t @ params.U.T + state.h @ params.W.T + params.b_h
    a_i, a_f, a_g, a_o = np.split(a_t, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_t = f * state.c + i * g
    tanh_c = np.tanh(c_t)
    cache = LSTMCache(x_t, state, (i, f, g, o), tanh_c, params)
    return LSTMState(o * tanh_c, c_t), cache


def lstm_cell_backward(
    dstate: LSTMState, cache: LSTMCache
) -> tuple[Inexact[Array, "B I"], LSTMState, LSTMParams]:
    """Walk one step back. ``dstate.h`` is the total gradient of h_t, ``dstate.c`` what step t + 1 hands back for c_t.

    The memory has two ways out of a step: on to the next step, and into h_t. Their gradients add up in dc_t.
    """
    x_t, before, (i, f, g, o), tanh_c, params = cache
    dc_t = dstate.c + dstate.h * o * (1 - tanh_c**2)
    da_t = np.concatenate(  # i, f, g, o; sigmoid' = sigmoid (1 - sigmoid)
        [
            dc_t * g * i * (1 - i),
            dc_t * before.c * f * (1 - f),
            dc_t * i * (1 - g**2),
            dstate.h * tanh_c * o * (1 - o),
        ],
        axis=1,
    )
    grads = LSTMParams(U=da_t.T @ x_t, W=da_t.T @ before.h, b_h=da_t.sum(axis=0))
    return da_t @ params.U, LSTMState(da_t @ params.W, dc_t * f), grads


def sigmoid(a: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """Return 1 / (1 + exp(-a)), as (1 + tanh(a / 2)) / 2, which cannot overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return (1 + np.tanh(a / 2)) / 2


def _forward(x_t, state, params):
    state, cache = lstm_cell_forward(x_t, state, params)
    return state.h, state, cache


def _backward(dh_t, dstate, cache):
    return lstm_cell_backward(LSTMState(dh_t + dstate.h, dstate.c), cache)


LSTM = Cell(lstm_init, lstm_zero_state, _forward, _backward)
