"""The state before the first step: zeros, a random draw, or learned as any parameter is."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnlib.bptt import Cell
from rnnlib.model import LMParams
from rnnlib.tree import tree_map

FirstState = Callable[[Any, np.random.Generator], Any]


class LearnedStart(NamedTuple):
    """A language model and the state it starts from: leaves (1, H), so that they hold no batch size."""

    model: LMParams
    state: Any


def learned_start(cell: Cell, model: LMParams) -> LearnedStart:
    """Put a state of zeros beside the parameters, to be trained with them.

    Examples
    --------
    >>> from rnnlib.model import lm_init
    >>> from rnnlib.rnn import RNN
    >>> learned_start(RNN, lm_init(RNN, 5, 3, rng=np.random.default_rng(0))).state
    array([[0., 0., 0.]])
    """
    return LearnedStart(model, cell.zero_state(1, model.cell))


def spread(state: Any, n_batch: int) -> Any:
    """Repeat a state of one row for every row of a batch.

    Examples
    --------
    >>> spread(np.array([[1.0, 2.0]]), 3)
    array([[1., 2.],
           [1., 2.],
           [1., 2.]])
    """
    return tree_map(lambda leaf: np.repeat(leaf, n_batch, axis=0), state)


def spread_backward(dstate: Any) -> Any:
    """Add up the gradients of all rows, since each row used the same state.

    Examples
    --------
    >>> spread_backward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[4., 6.]])
    """
    return tree_map(lambda leaf: leaf.sum(axis=0, keepdims=True), dstate)


def gaussian_state(std: float) -> FirstState:
    """Return (zeros, rng) -> state: every number drawn anew with mean 0 and this standard deviation.

    Raises
    ------
    ValueError
        If std is below 0.

    Examples
    --------
    >>> gaussian_state(0.1)(np.zeros((1, 2)), np.random.default_rng(0)).round(3)
    array([[ 0.013, -0.013]])
    """
    if not 0 <= std < np.inf:
        raise ValueError(f"std must be a number of at least 0; got {std}")

    def first_state(zeros: Any, rng: np.random.Generator) -> Any:
        return tree_map(
            lambda leaf: (std * rng.normal(size=leaf.shape)).astype(leaf.dtype), zeros
        )

    return first_state
