"""A language model over any cell: one-hot tokens in, logits over the next token out."""

from typing import Any, NamedTuple

import numpy as np

from rnnlib.bptt import Caches, Cell, unroll_backward, unroll_forward
from rnnlib.layers import (
    ReadoutParams,
    check_token_ids,
    one_hot,
    readout_backward,
    readout_forward,
    readout_init,
)
from rnnlib.losses import cross_entropy, log_softmax
from rnnlib.tree import Array, Float, Inexact, Integer, tree_leaves, tree_map


class LMParams(NamedTuple):
    """The parameters of the cell and of the readout."""

    cell: Any
    readout: ReadoutParams


class LMCache(NamedTuple):
    """What the way back needs: the gradient at the logits, and what readout and steps have kept."""

    cell: Cell
    do: Inexact[Array, "T B V"]
    readout: tuple
    steps: Caches


def lm_init(
    cell: Cell, vocab_size: int, n_hidden: int, *, rng: np.random.Generator
) -> LMParams:
    """Draw the parameters of a language model over ``vocab_size`` tokens.

    Examples
    --------
    >>> from rnnlib.rnn import RNN
    >>> lm_init(RNN, 27, 8, rng=np.random.default_rng(0)).readout.V.shape
    (27, 8)
    """
    params = cell.init(vocab_size, n_hidden, rng=rng)
    return LMParams(params, readout_init(n_hidden, vocab_size, rng=rng))


def lm_loss(
    cell: Cell,
    params: LMParams,
    inputs: Integer[Array, "T B"],
    targets: Integer[Array, "T B"],
    state: Any,
    mask: Array | None = None,
) -> tuple[np.inexact, Any, LMCache]:
    """Predict each target from the inputs up to its step; return the mean loss in nats per token that counts.

    Raises
    ------
    TypeError
        If inputs or targets are not whole numbers.
    ValueError
        If a shape does not fit, an id lies outside the vocabulary, or no token counts.

    Examples
    --------
    >>> from rnnlib.rnn import RNN
    >>> params = lm_init(RNN, 5, 8, rng=np.random.default_rng(0))
    >>> ids = np.array([[0], [1], [2], [3]])
    >>> loss, state, cache = lm_loss(RNN, params, ids[:-1], ids[1:], RNN.zero_state(1, params.cell))
    >>> round(float(loss), 1), state.shape
    (1.6, (1, 8))
    """
    check_batch(cell, params, inputs, targets, state)
    V, dtype = params.readout.V.shape[0], params.readout.V.dtype
    x = one_hot(inputs, V, dtype)
    h, state, steps = unroll_forward(cell, x, state, params.cell)
    o, readout = readout_forward(h, params.readout)
    loss, do = cross_entropy(o, targets, mask)
    return loss, state, LMCache(cell, do, readout, steps)


def lm_backward(cache: LMCache, flow: Float[Array, "T"] | None = None) -> LMParams:
    """Return the gradients of ``lm_loss`` with respect to all parameters; ``flow`` as in ``unroll_backward``."""
    return lm_backward_to_state(cache, flow)[0]


def lm_backward_to_state(
    cache: LMCache, flow: Float[Array, "T"] | None = None
) -> tuple[LMParams, Any]:
    """Return the gradients with respect to the parameters, and to the state before the first step."""
    dh, readout = readout_backward(cache.do, cache.readout)
    _, dstate, cell = unroll_backward(cache.cell, dh, None, cache.steps, flow)
    return LMParams(cell, readout), dstate


def lm_step(
    cell: Cell, params: LMParams, token: Integer[Array, "B"], state: Any
) -> tuple[Inexact[Array, "B V"], Any]:
    """Read one token; return the log probabilities of the next, and the new state."""
    V, dtype = params.readout.V.shape[0], params.readout.V.dtype
    x_t = one_hot(token, V, dtype)
    check_state(cell, params, state, len(x_t))
    h_t, state, _ = cell.forward(x_t, state, params.cell)
    return log_softmax(readout_forward(h_t, params.readout)[0]), state


def check_batch(
    cell: Cell, params: LMParams, inputs: Any, targets: Any, state: Any
) -> None:
    """Refuse a batch, or a state, that does not fit the model."""
    if np.ndim(inputs) != 2 or 0 in np.shape(inputs):
        raise ValueError(
            f"inputs must have shape (T, B), T and B at least 1; got {np.shape(inputs)}"
        )
    if np.shape(targets) != np.shape(inputs):
        raise ValueError(
            f"targets must have the shape of inputs, {np.shape(inputs)}; got {np.shape(targets)}"
        )
    check_token_ids(inputs, params.readout.V.shape[0], "inputs")
    check_state(cell, params, state, np.shape(inputs)[1])


def check_state(cell: Cell, params: LMParams, state: Any, n_batch: int) -> None:
    """Refuse a state that is not one of the cell, for so many rows."""
    zero = cell.zero_state(n_batch, params.cell)
    tree_map(lambda _, given: given, zero, state)  # built alike, or an error
    for (name, leaf), (_, wanted) in zip(
        tree_leaves(state, "state"), tree_leaves(zero)
    ):
        if np.ndim(leaf) != 2 or len(leaf) != n_batch:
            raise ValueError(
                f"{name} must have shape (B, H) with B = {n_batch}; got {np.shape(leaf)}"
            )
        if leaf.shape != wanted.shape:
            raise ValueError(
                f"{name} must have shape (B, H) = {wanted.shape}; got {leaf.shape}"
            )
