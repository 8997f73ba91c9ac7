"""The plain recurrent cell of Elman (1990), forwards and backwards, one step and many."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.bptt import Caches, Cell, unroll_backward, unroll_forward
from rnnlib.tree import Array, Inexact


class RNNParams(NamedTuple):
    """``U`` (H, I) input to hidden, ``W`` (H, H) hidden to hidden, ``b_h`` (H,)."""

    U: Inexact[Array, "H I"]
    W: Inexact[Array, "H H"]
    b_h: Inexact[Array, "H"]


class RNNCache(NamedTuple):
    """What the way back needs of one step."""

    x_t: Inexact[Array, "B I"]
    h_prev: Inexact[Array, "B H"]
    h_t: Inexact[Array, "B H"]
    params: RNNParams


def rnn_init(n_in: int, n_hidden: int, *, rng: np.random.Generator) -> RNNParams:
    """Draw all parameters uniformly between -1/sqrt(H) and 1/sqrt(H), as PyTorch does (which has two biases, though).

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> rnn_init(3, 4, rng=np.random.default_rng(0)).U.shape
    (4, 3)
    """
    check_sizes(n_in=n_in, n_hidden=n_hidden)
    bound = 1 / np.sqrt(n_hidden)
    shapes = (n_hidden, n_in), (n_hidden, n_hidden), (n_hidden,)
    return RNNParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))


def rnn_zero_state(n_batch: int, params: RNNParams) -> Inexact[Array, "B H"]:
    """Return a hidden state of zeros in the parameters' dtype."""
    return np.zeros((n_batch, len(params.W)), dtype=params.W.dtype)


def rnn_cell_forward(
    x_t: Inexact[Array, "B I"], h_prev: Inexact[Array, "B H"], params: RNNParams
) -> tuple[Inexact[Array, "B H"], RNNCache]:
    """Take one step: h_t = tanh(U x_t + W h_{t-1} + b_h).

    Examples
    --------
    >>> params = RNNParams(U=np.array([[1.0]]), W=np.array([[0.5]]), b_h=np.array([0.0]))
    >>> rnn_cell_forward(np.array([[1.0]]), np.array([[2.0]]), params)[0]
    array([[0.96402758]])
    """
    a_t = x_t @ params.U.T + h_prev @ params.W.T + params.b_h
    h_t = np.tanh(a_t)
    return h_t, RNNCache(x_t, h_prev, h_t, params)


def rnn_cell_backward(
    dh_t: Inexact[Array, "B H"], cache: RNNCache
) -> tuple[Inexact[Array, "B I"], Inexact[Array, "B H"], RNNParams]:
    """Walk one step back. dh_t is the total gradient: from this step's output, and through the next step's state.

    Returns
    -------
    dx_t, dh_prev, grads : the gradient with respect to the input, the state before, and this step's use of U, W, b_h
    """
    x_t, h_prev, h_t, params = cache
    da_t = dh_t * (1 - h_t**2)  # tanh' = 1 - tanh^2
    grads = RNNParams(U=da_t.T @ x_t, W=da_t.T @ h_prev, b_h=da_t.sum(axis=0))
    return da_t @ params.U, da_t @ params.W, grads


def _forward(x_t, state, params):
    h_t, cache = rnn_cell_forward(x_t, state, params)
    return h_t, h_t, cache


def _backward(dh_t, dstate, cache):
    return rnn_cell_backward(dh_t + dstate, cache)  # own + through: the total


RNN = Cell(rnn_init, rnn_zero_state, _forward, _backward)


def rnn_forward(
    x: Inexact[Array, "T B I"], h_0: Inexact[Array, "B H"], params: RNNParams
) -> tuple[Inexact[Array, "T B H"], Caches]:
    """Take T steps from h_0; return all hidden states h_1 .. h_T.

    Raises
    ------
    ValueError
        If a shape does not fit, or a number in x or h_0 is not finite.
    """
    check_steps(x, h_0, params.U.shape[1], len(params.W))
    h, _, caches = unroll_forward(RNN, x, h_0, params)
    return h, caches


def rnn_backward(
    dh: Inexact[Array, "T B H"], caches: Caches
) -> tuple[Inexact[Array, "T B I"], Inexact[Array, "B H"], RNNParams]:
    """Walk back through all steps; dh holds the gradient with respect to each h_t from outside the recurrence."""
    return unroll_backward(RNN, dh, None, caches)


def check_sizes(**sizes: int) -> None:
    """Refuse sizes below 1, by name."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1; got {size}")


def check_steps(x: Any, h_0: Any, n_in: int, n_hidden: int) -> None:
    """Refuse inputs and a state that do not fit a cell."""
    if np.ndim(x) != 3 or 0 in np.shape(x) or np.shape(x)[2] != n_in:
        raise ValueError(
            f"x must have shape (T, B, I) with I = {n_in}, and T, B at least 1; got {np.shape(x)}"
        )
    if np.shape(h_0) != (np.shape(x)[1], n_hidden):
        raise ValueError(
            f"h_0 must have shape (B, H) = {(np.shape(x)[1], n_hidden)}; got {np.shape(h_0)}"
        )
    for name, array in (("x", x), ("h_0", h_0)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite; got NaN or infinity in it")
