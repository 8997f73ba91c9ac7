"""Kin of the plain recurrent cell: another activation, a leak, a skip over time, and recurrence through the output."""

from typing import NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.rnn import RNNParams, check_sizes, rnn_init, rnn_zero_state
from rnnlib.tree import Array, Inexact


def _relu_forward(x_t, h_prev, params: RNNParams):
    a_t = x_t @ params.U.T + h_prev @ params.W.T + params.b_h
    h_t = np.where(a_t.real > 0, a_t, 0)
    return h_t, h_t, (x_t, h_prev, h_t, params)


def _relu_backward(dh_t, dstate, cache):
    x_t, h_prev, h_t, params = cache
    da_t = (dh_t + dstate) * (h_t.real > 0)
    grads = RNNParams(da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0))
    return da_t @ params.U, da_t @ params.W, grads


#: h_t = max(0, U x_t + W h_{t-1} + b_h): nothing is squashed from above (Le, Jaitly and Hinton 2015).
ReluRNN = Cell(rnn_init, rnn_zero_state, _relu_forward, _relu_backward)


def leaky_rnn(leak: float) -> Cell:
    """Return a cell that keeps a part of its state: h_t = (1 - leak) h_{t-1} + leak tanh(U x_t + W h_{t-1} + b_h).

    With leak = 1 it is the plain RNN (Jaeger et al. 2007).

    Raises
    ------
    ValueError
        If leak is not above 0 and at most 1.

    Examples
    --------
    >>> cell = leaky_rnn(0.5)
    >>> params = RNNParams(U=np.zeros((1, 1)), W=np.zeros((1, 1)), b_h=np.zeros(1))
    >>> cell.forward(np.ones((1, 1)), np.ones((1, 1)), params)[0]
    array([[0.5]])
    """
    if not 0 < leak <= 1:
        raise ValueError(f"leak must lie above 0 and be at most 1; got {leak}")
    leak = float(leak)  # a number of NumPy would turn float32 into float64

    def forward(x_t, h_prev, params: RNNParams):
        candidate = np.tanh(x_t @ params.U.T + h_prev @ params.W.T + params.b_h)
        h_t = (1 - leak) * h_prev + leak * candidate
        return h_t, h_t, (x_t, h_prev, candidate, params)

    def backward(dh_t, dstate, cache):
        x_t, h_prev, candidate, params = cache
        dh_t = dh_t + dstate
        da_t = leak * dh_t * (1 - candidate**2)
        grads = RNNParams(da_t.T @ x_t, da_t.T @ h_prev, da_t.sum(axis=0))
        return da_t @ params.U, (1 - leak) * dh_t + da_t @ params.W, grads

    return Cell(rnn_init, rnn_zero_state, forward, backward)


class SkipParams(NamedTuple):
    """``U`` (H, I), ``W`` (H, H) from the step before, ``W_d`` (H, H) from d steps before, ``b_h`` (H,)."""

    U: Inexact[Array, "H I"]
    W: Inexact[Array, "H H"]
    W_d: Inexact[Array, "H H"]
    b_h: Inexact[Array, "H"]


def skip_rnn(delay: int) -> Cell:
    """Return a cell that also hears an older state: h_t = tanh(U x_t + W h_{t-1} + W_d h_{t-d} + b_h), d = delay.

    The state holds the last d values of h, the latest first: (d, B, H) (Lin et al. 1996).

    Raises
    ------
    ValueError
        If delay is below 1.

    Examples
    --------
    >>> cell, one = skip_rnn(3), np.ones((1, 1))
    >>> params = SkipParams(U=0 * one, W=0 * one, W_d=one, b_h=np.zeros(1))
    >>> past = np.array([[[0.0]], [[0.0]], [[1.0]]])
    >>> cell.forward(one, past, params)[0].round(3)
    array([[0.762]])
    """
    check_sizes(delay=delay)

    def init(n_in, n_hidden, *, rng):
        U, W, b_h = rnn_init(n_in, n_hidden, rng=rng)
        return SkipParams(U, W, rnn_init(n_in, n_hidden, rng=rng).W, b_h)

    def zero_state(n_batch, params: SkipParams):
        return np.zeros((delay, n_batch, len(params.W)), dtype=params.W.dtype)

    def forward(x_t, past, params: SkipParams):
        U, W, W_d, b_h = params
        h_t = np.tanh(x_t @ U.T + past[0] @ W.T + past[-1] @ W_d.T + b_h)
        later = np.concatenate([h_t[None], past[:-1]])
        return h_t, later, (x_t, past, h_t, params)

    def backward(dh_t, dpast, cache):
        x_t, past, h_t, (U, W, W_d, _) = cache
        da_t = (dh_t + dpast[0]) * (1 - h_t**2)
        earlier = np.concatenate([dpast[1:], np.zeros_like(dpast[:1])])
        earlier[0] += da_t @ W
        earlier[-1] += da_t @ W_d
        shares = da_t.T @ past[0], da_t.T @ past[-1], da_t.sum(axis=0)
        return da_t @ U, earlier, SkipParams(da_t.T @ x_t, *shares)

    return Cell(init, zero_state, forward, backward)


class OutputRNNParams(NamedTuple):
    """``U`` (H, I), ``W`` (H, O) output to hidden, ``b_h`` (H,), ``V`` (O, H), ``b_y`` (O,)."""

    U: Inexact[Array, "H I"]
    W: Inexact[Array, "H O"]
    b_h: Inexact[Array, "H"]
    V: Inexact[Array, "O H"]
    b_y: Inexact[Array, "O"]


def output_rnn_init(
    n_in: int, n_hidden: int, *, rng: np.random.Generator, n_out: int | None = None
) -> OutputRNNParams:
    """Draw all parameters uniformly between -1/sqrt(H) and 1/sqrt(H); n_out is n_hidden when left out."""
    n_out = n_hidden if n_out is None else n_out
    check_sizes(n_in=n_in, n_hidden=n_hidden, n_out=n_out)
    H, bound = n_hidden, 1 / np.sqrt(n_hidden)
    shapes = (H, n_in), (H, n_out), (H,), (n_out, H), (n_out,)
    return OutputRNNParams(*(rng.uniform(-bound, bound, shape) for shape in shapes))


def output_rnn_zero_state(
    n_batch: int, params: OutputRNNParams
) -> Inexact[Array, "B O"]:
    """Return an output of zeros in the parameters' dtype."""
    return np.zeros((n_batch, len(params.V)), dtype=params.V.dtype)


def _output_forward(x_t, o_prev, params: OutputRNNParams):
    h_t = np.tanh(x_t @ params.U.T + o_prev @ params.W.T + params.b_h)
    o_t = h_t @ params.V.T + params.b_y
    return o_t, o_t, (x_t, o_prev, h_t, params)


def _output_backward(do_t, dstate, cache):
    x_t, o_prev, h_t, params = cache
    do_t = do_t + dstate
    da_t = do_t @ params.V * (1 - h_t**2)
    grads = OutputRNNParams(
        U=da_t.T @ x_t,
        W=da_t.T @ o_prev,
        b_h=da_t.sum(axis=0),
        V=do_t.T @ h_t,
        b_y=do_t.sum(axis=0),
    )
    return da_t @ params.U, da_t @ params.W, grads


#: o_t = V tanh(U x_t + W o_{t-1} + b_h) + b_y: the state is the output (Jordan 1986).
OutputRNN = Cell(
    output_rnn_init, output_rnn_zero_state, _output_forward, _output_backward
)


def output_rnn_forced(
    x: Inexact[Array, "T B I"],
    o_prev: Inexact[Array, "T B O"],
    params: OutputRNNParams,
) -> tuple[Inexact[Array, "T B O"], tuple]:
    """Take all T steps at once, each fed the true output ``o_prev[t]`` of the step before: teacher forcing in parallel.

    Nothing links the steps when the truth stands in for the model's own output, so T steps of B rows are T * B rows.
    """
    rows = (array.reshape(-1, array.shape[-1]) for array in (x, o_prev))
    o, _, cache = _output_forward(*rows, params)
    return o.reshape(*x.shape[:2], -1), cache


def output_rnn_forced_backward(
    do: Inexact[Array, "T B O"], cache: tuple
) -> tuple[Inexact[Array, "T B I"], OutputRNNParams]:
    """Walk back through all steps at once; no gradient passes from step to step."""
    dx, _, grads = _output_backward(do.reshape(-1, do.shape[-1]), 0, cache)
    return dx.reshape(*do.shape[:2], -1), grads
