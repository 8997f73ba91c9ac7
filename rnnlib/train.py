"""The training loop as a generator: each step is handed to the caller, who looks, draws, saves or stops."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnnlib import checkpoint
from rnnlib.batches import Batch
from rnnlib.bptt import Cell
from rnnlib.initial import FirstState, LearnedStart, spread, spread_backward
from rnnlib.model import LMParams, lm_backward_to_state, lm_loss
from rnnlib.optim import Optimiser, clip_by_norm, guard
from rnnlib.tree import Array, tree_leaves, tree_zeros


class Position(NamedTuple):
    """Everything that a run needs to go on: a run resumed from here ends bit for bit like one never stopped.

    ``params`` is what is trained, with a learned start or without; ``optimiser`` is the optimiser's state, ``hidden``
    the network's; ``epoch`` and ``batch`` count what is done; ``epoch_rng`` is the generator's state when the epoch's
    batches were drawn, ``rng`` its state now.
    """

    params: LMParams | LearnedStart
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
    params: LMParams | LearnedStart,
    optimiser: Optimiser,
    n_batch: int,
    *,
    rng: np.random.Generator,
) -> Position:
    """Return the position before the first step; with ``learned_start(...)`` as params, the first state is learned."""
    state = rng.bit_generator.state
    model = params.model if isinstance(params, LearnedStart) else params
    hidden = cell.zero_state(n_batch, model.cell)
    return Position(params, optimiser.init(params), hidden, 0, 0, state, state)


def train(
    cell: Cell,
    position: Position,
    optimiser: Optimiser,
    batches: Callable[[np.random.Generator], Iterable[Batch]],
    n_epochs: int,
    *,
    carry: bool,
    first_state: FirstState | None = None,
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
    carry : whether the state after one batch is the state before the next (fresh at each epoch), or fresh each time
    first_state : (zeros, rng) -> fresh state, such as ``gaussian_state(0.1)``; zeros when left out; learned when the
        position's params are a ``LearnedStart``
    max_norm : clip the gradient by its norm
    flow : (T, rng) -> flow for truncated or randomised backpropagation through time
    non_finite : raise, skip or random, as in ``guard``
    loss_and_grads : (cell, params, x, y, state) -> (loss, state, grads), such as the fused one; not with ``flow``, nor
        with a learned start

    Raises
    ------
    ValueError
        If two options are given that cannot go together, or an epoch has no batches.
    FloatingPointError
        If a gradient is not finite and the policy is to raise.
    """
    learned = isinstance(position.params, LearnedStart)
    _check_options(learned, first_state, flow, loss_and_grads)
    rng = np.random.default_rng(0)
    params, memory, hidden, first_epoch, done, epoch_rng, now = position
    number, zeros = memory.step, tree_zeros(hidden)
    for epoch in range(first_epoch, n_epochs):
        rng.bit_generator.state = epoch_rng
        n_seen = 0
        for n_seen, (x, y) in enumerate(batches(rng), start=1):
            if n_seen <= done:  # seen before the run was stopped
                rng.bit_generator.state = now
                continue
            fresh = n_seen == 1 or not carry
            if fresh:
                hidden = _first(params, zeros, first_state, rng)
            model = params.model if learned else params
            if loss_and_grads is not None:
                loss, hidden, grads = loss_and_grads(cell, model, x, y, hidden)
            else:
                loss, hidden, cache = lm_loss(cell, model, x, y, hidden)
                cuts = None if flow is None else flow(len(x), rng)
                grads, dstate = lm_backward_to_state(cache, cuts)
            if learned:
                dfirst = spread_backward(dstate if fresh else zeros)
                grads = LearnedStart(grads, dfirst)
            grads, norm = _prepared(grads, max_norm, non_finite, rng)
            if grads is not None:
                params, memory = optimiser.update(grads, memory, params)
            now = rng.bit_generator.state
            position = Position(params, memory, hidden, epoch, n_seen, epoch_rng, now)
            yield Step(number, loss, norm, grads is None, position)
            number += 1
        if not n_seen:
            raise ValueError("batches must yield at least one batch; got none")
        epoch_rng, done = rng.bit_generator.state, 0


def _check_options(learned, first_state, flow, loss_and_grads) -> None:
    if flow is not None and loss_and_grads is not None:
        raise ValueError("flow and loss_and_grads cannot be given together; got both")
    if learned and (first_state is not None or loss_and_grads is not None):
        raise ValueError(
            "a learned start goes without first_state and loss_and_grads; got one of them"
        )


def _first(params, zeros, first_state, rng):
    if isinstance(params, LearnedStart):
        return spread(params.state, len(next(tree_leaves(zeros))[1]))
    return zeros if first_state is None else first_state(zeros, rng)


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
