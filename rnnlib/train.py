"""The training loop as a generator: each step is handed to the caller, who looks, draws, saves or stops."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnnlib import checkpoint
from rnnlib.batches import Batch
from rnnlib.bptt import Cell
from rnnlib.model import LMParams, lm_backward, lm_loss
from rnnlib.optim import Optimiser, clip_by_norm, guard
from rnnlib.tree import Array, tree_zeros


class Position(NamedTuple):
    """Everything that a run needs to go on: a run resumed from here ends bit for bit like one never stopped.

    ``optimiser`` is the optimiser's state, ``hidden`` the network's; ``epoch`` and ``batch`` count what is done;
    ``epoch_rng`` is the generator's state when the epoch's batches were drawn, ``rng`` its state now.
    """

    params: LMParams
    optimiser: Any
    hidden: Any
    epoch: int
    batch: int
    epoch_rng: dict
    rng: dict


class Step(NamedTuple):
    """One step of training: its ``number`` from 0, ``loss`` in nats per token before the update, gradient ``norm``
    before clipping, whether the update was ``skipped``, and the ``position`` after it."""

    number: int
    loss: np.floating
    norm: np.floating
    skipped: bool
    position: Position


def start(
    cell: Cell,
    params: LMParams,
    optimiser: Optimiser,
    n_batch: int,
    *,
    rng: np.random.Generator,
) -> Position:
    """Return the position before the first step."""
    state = rng.bit_generator.state
    hidden = cell.zero_state(n_batch, params.cell)
    return Position(params, optimiser.init(params), hidden, 0, 0, state, state)


def train(
    cell: Cell,
    position: Position,
    optimiser: Optimiser,
    batches: Callable[[np.random.Generator], Iterable[Batch]],
    n_epochs: int,
    *,
    carry: bool,
    max_norm: float | None = None,
    flow: Callable[[int, np.random.Generator], Array] | None = None,
    non_finite: str = "raise",
    loss_and_grads: Callable | None = None,
) -> Iterator[Step]:
    """Train a language model from a position on, and yield every step.

    Parameters
    ----------
    position : from ``start`` or ``load``
    batches : called with the run's generator at the start of each epoch; must draw from it before its first batch only
    n_epochs : epochs in all, those before the position included
    carry : whether the state after one batch is the state before the next (reset at each epoch), or zero each time
    max_norm : clip the gradient by its norm
    flow : (T, rng) -> flow for truncated or randomised backpropagation through time
    non_finite : raise, skip or random, as in ``guard``
    loss_and_grads : (cell, params, x, y, state) -> (loss, state, grads), such as the fused one; not with ``flow``

    Raises
    ------
    ValueError
        If ``flow`` and ``loss_and_grads`` are both given, or an epoch has no batches.
    FloatingPointError
        If a gradient is not finite and the policy is to raise.
    """
    if flow is not None and loss_and_grads is not None:
        raise ValueError("flow and loss_and_grads cannot be given together; got both")
    rng = np.random.default_rng(0)
    params, memory, hidden, first_epoch, done, epoch_rng, now = position
    number = memory.step
    for epoch in range(first_epoch, n_epochs):
        rng.bit_generator.state = epoch_rng
        n_seen = 0
        for n_seen, (x, y) in enumerate(batches(rng), start=1):
            if n_seen <= done:  # seen before the run was stopped
                rng.bit_generator.state = now
                continue
            state = hidden if carry else tree_zeros(hidden)
            if loss_and_grads is not None:
                loss, state, grads = loss_and_grads(cell, params, x, y, state)
            else:
                loss, state, cache = lm_loss(cell, params, x, y, state)
                grads = lm_backward(cache, None if flow is None else flow(len(x), rng))
            grads, norm = _prepared(grads, max_norm, non_finite, rng)
            if grads is not None:
                params, memory = optimiser.update(grads, memory, params)
            hidden = state
            now = rng.bit_generator.state
            position = Position(params, memory, hidden, epoch, n_seen, epoch_rng, now)
            yield Step(number, loss, norm, grads is None, position)
            number += 1
        if not n_seen:
            raise ValueError("batches must yield at least one batch; got none")
        epoch_rng, done, hidden = rng.bit_generator.state, 0, tree_zeros(hidden)


def _prepared(
    grads: Any, max_norm: float | None, policy: str, rng: np.random.Generator
):
    grads = guard(grads, policy, rng=rng)
    if grads is None:
        return None, np.float64(np.nan)
    return clip_by_norm(grads, np.inf if max_norm is None else max_norm)


def save(path: str | Path, position: Position) -> None:
    """Write a position to a file; what lay there before stays whole until the new one is."""
    *tree, epoch, batch, epoch_rng, rng = position
    meta = {"epoch": epoch, "batch": batch, "epoch_rng": epoch_rng, "rng": rng}
    checkpoint.save(path, tuple(tree), meta)


def load(path: str | Path, like: Position) -> Position:
    """Read a position that ``save`` has written; ``like`` is one of the same model and optimiser, from ``start``."""
    tree, meta = checkpoint.load(path, like=tuple(like[:3]))
    return Position(*tree, meta["epoch"], meta["batch"], meta["epoch_rng"], meta["rng"])
