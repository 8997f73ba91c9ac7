"""Backpropagation through time: unroll any cell forwards, and walk back through the steps.

A cell is four functions. The loops over time are written here, once, for all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rnnlib.tree import Array, Float, Inexact, tree_map, tree_zeros


class Cell(NamedTuple):
    """What one step of a recurrent network is: four functions.

    ``init(n_in, n_hidden, *, rng) -> params``; ``zero_state(n_batch, params) -> state``;
    ``forward(x_t, state, params) -> (h_t, state, cache)``;
    ``backward(dh_t, dstate, cache) -> (dx_t, dstate_prev, grads)``, where dh_t is the gradient with respect to this
    step's own output, and dstate what came from the next step.
    """

    init: Callable
    zero_state: Callable
    forward: Callable
    backward: Callable


class Caches(list):
    """The caches of all steps; ``zero``: a state of zeros, for a gradient that nothing has flowed into yet; ``shape``:
    that of all outputs."""

    zero: Any
    shape: tuple[int, ...]


def unroll_forward(
    cell: Cell, x: Inexact[Array, "T B I"], state: Any, params: Any
) -> tuple[Inexact[Array, "T B H"], Any, Caches]:
    """Take T steps, each with the same parameters and the state that the step before left.

    Raises
    ------
    ValueError
        If x does not have three axes, or no step.

    Examples
    --------
    >>> from rnnlib.rnn import RNN
    >>> params = RNN.init(3, 4, rng=np.random.default_rng(0))
    >>> h, state, caches = unroll_forward(RNN, np.ones((5, 2, 3)), RNN.zero_state(2, params), params)
    >>> h.shape, state.shape, len(caches)
    ((5, 2, 4), (2, 4), 5)
    """
    if np.ndim(x) != 3 or not len(x):
        raise ValueError(
            f"x must have shape (T, B, I) with T at least 1; got {np.shape(x)}"
        )
    h, caches = [], Caches()
    caches.zero = tree_zeros(state)
    for x_t in x:
        h_t, state, cache = cell.forward(x_t, state, params)
        h.append(h_t)
        caches.append(cache)
    h = np.stack(h)
    caches.shape = h.shape
    return h, state, caches


def unroll_backward(
    cell: Cell,
    dh: Inexact[Array, "T B H"],
    dstate: Any,
    caches: Caches,
    flow: Float[Array, "T"] | None = None,
) -> tuple[Inexact[Array, "T B I"], Any, Any]:
    """Walk back from the last step to the first, and add up what each step says about the shared parameters.

    A state has two ways to the loss, through its own step's output and through the next step. The gradients of both are
    added in ``cell.backward``: dh_t = own + through, where own is ``dh[t]`` and through came from step t + 1.

    ``flow[t]`` is the factor on the gradient that step t passes to the step before it: all ones for full
    backpropagation through time, zeros at the cuts of truncation, random for randomised truncation.

    Parameters
    ----------
    dh : gradient with respect to each output h_t from outside the recurrence: the own terms, not the totals
    dstate : gradient with respect to the state after the last step; None for zero
    caches : what ``unroll_forward`` returned
    flow : ones when left out

    Returns
    -------
    dx, dstate_0, grads : gradients with respect to the inputs, the initial state (after flow[0]) and the parameters

    Raises
    ------
    ValueError
        If dh does not have the shape of the outputs, or flow not one entry for each step.

    Examples
    --------
    h_1 = tanh(w h_0) and h_2 = tanh(w h_1) with the loss h_1 + h_2: both own terms are 1, and w is used twice.

    >>> from rnnlib.rnn import RNN, RNNParams
    >>> params = RNNParams(U=np.zeros((1, 1)), W=np.array([[0.5]]), b_h=np.zeros(1))
    >>> h, _, caches = unroll_forward(RNN, np.zeros((2, 1, 1)), np.ones((1, 1)), params)
    >>> grads = unroll_backward(RNN, np.ones((2, 1, 1)), None, caches)[2]
    >>> (h_1, h_2), w = h.ravel(), 0.5
    >>> through = w * (1 - h_2**2)
    >>> np.isclose(grads.W, (1 + through) * (1 - h_1**2) * 1 + (1 - h_2**2) * h_1)
    array([[ True]])
    """
    T = len(caches)
    flow = np.ones(T) if flow is None else np.asarray(flow)
    _check_outputs(dh, caches)
    if flow.shape != (T,):
        raise ValueError(f"flow must have T = {T} steps, shape (T,); got {flow.shape}")
    if dstate is None:
        dstate = caches.zero
    dx, grads = [None] * T, None
    for t in reversed(range(T)):
        dx[t], dstate, grads_t = cell.backward(dh[t], dstate, caches[t])
        factor = float(flow[t])  # Python's own, so that float32 stays float32
        dstate = tree_map(partial(np.multiply, factor), dstate)
        grads = grads_t if grads is None else tree_map(np.add, grads, grads_t)
    return np.stack(dx), dstate, grads


def truncated_flow(T: int, k: int) -> Float[Array, "T"]:
    """Return the flow of truncation to segments of k steps: 0 at t = k, 2k, ..., 1 elsewhere.

    Raises
    ------
    ValueError
        If T or k is below 1.

    Examples
    --------
    >>> truncated_flow(5, 2)
    array([1., 1., 0., 1., 0.])
    """
    _check_at_least_one(T=T, k=k)
    flow = np.ones(T)
    flow[k::k] = 0
    return flow


def randomised_flow(
    T: int, keep: float, *, rng: np.random.Generator
) -> Float[Array, "T"]:
    """Return a random flow: 1 at t = 0, elsewhere 1/keep with probability keep and 0 otherwise.

    The factors are independent and have the mean 1, so the gradient has the full one as its mean (Tallec and Ollivier
    2017).

    Raises
    ------
    ValueError
        If T is below 1, or keep is not above 0 and at most 1.

    Examples
    --------
    >>> randomised_flow(5, 0.5, rng=np.random.default_rng(0))
    array([1., 2., 2., 2., 0.])
    """
    _check_at_least_one(T=T)
    if not 0 < keep <= 1:
        raise ValueError(f"keep must lie above 0 and be at most 1; got {keep}")
    flow = (rng.random(T) < keep) / keep
    flow[0] = 1
    return flow


def windowed_backward(
    cell: Cell, dh: Inexact[Array, "T B H"], dstate: Any, caches: Caches, k: int
) -> tuple[Inexact[Array, "T B I"], Any, Any]:
    """Let the loss of each step look back over k steps, its own the first: a window that slides.

    This is no flow: a step passes on what came from the next k - 1 losses and drops what came from later ones. It costs
    k times as much as ``unroll_backward``. A loss on the final state counts to the last step.

    Raises
    ------
    ValueError
        If k is below 1, or dh does not have the shape of the outputs.
    """
    T = len(caches)
    _check_at_least_one(k=k)
    _check_outputs(dh, caches)
    dx, grads, dstate_0 = [0] * T, None, caches.zero
    for last in range(T):
        given = last == T - 1 and dstate is not None
        d = dstate if given else caches.zero
        for t in range(last, max(last - k, -1), -1):
            own = dh[t] if t == last else np.zeros_like(dh[t])
            dx_t, d, grads_t = cell.backward(own, d, caches[t])
            dx[t] = dx[t] + dx_t
            grads = grads_t if grads is None else tree_map(np.add, grads, grads_t)
        if last < k:
            dstate_0 = tree_map(np.add, dstate_0, d)
    return np.stack(dx), dstate_0, grads


def _check_outputs(dh: Any, caches: Caches) -> None:
    if np.shape(dh) != caches.shape:
        raise ValueError(
            f"dh must have the shape of the outputs, {caches.shape}; got {np.shape(dh)}"
        )


def _check_at_least_one(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1; got {size}")
