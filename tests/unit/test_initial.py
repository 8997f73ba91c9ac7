"""The state before the first step: drawn, learned, and what must hold of both."""

from itertools import islice

import numpy as np
import pytest

from rnnlib.batches import sequential_batches
from rnnlib.fused import lm_loss_and_grads
from rnnlib.gradcheck import complex_step, relative_error
from rnnlib.gru import GRU
from rnnlib.initial import (
    LearnedStart,
    gaussian_state,
    learned_start,
    spread,
    spread_backward,
)
from rnnlib.lstm import LSTM
from rnnlib.model import lm_backward_to_state, lm_init, lm_loss
from rnnlib.optim import adam, sgd
from rnnlib.rnn import RNN
from rnnlib.train import load, save, start, train
from rnnlib.tree import tree_leaves, tree_map

IDS = np.random.default_rng(3).integers(5, size=(5, 3))
TEXT = np.tile(np.arange(5), 40)


def model(cell):
    return lm_init(cell, 5, 4, rng=np.random.default_rng(0))


def in_order(rng):
    return sequential_batches(TEXT, 7, 3)


def begin(cell, learned=True):
    params = learned_start(cell, model(cell)) if learned else model(cell)
    return start(cell, params, adam(0.01), 3, rng=np.random.default_rng(1))


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_the_gradient_of_a_learned_state_is_right(cell):
    params = model(cell)
    rng = np.random.default_rng(1)
    state = tree_map(
        lambda leaf: rng.normal(size=leaf.shape), cell.zero_state(1, params.cell)
    )

    def loss(state):
        return lm_loss(cell, params, IDS[:-1], IDS[1:], spread(state, 3))[0]

    cache = lm_loss(cell, params, IDS[:-1], IDS[1:], spread(state, 3))[2]
    got = spread_backward(lm_backward_to_state(cache)[1])
    assert relative_error(got, complex_step(loss, state)) < 1e-12


@pytest.mark.parametrize("carry", [True, False])
@pytest.mark.parametrize("cell", [RNN, LSTM])
def test_a_learned_start_is_trained_with_the_rest(cell, carry, tmp_path):
    steps = list(train(cell, begin(cell), adam(0.01), in_order, 4, carry=carry))
    last = steps[-1].position
    assert isinstance(last.params, LearnedStart)
    for _, leaf in tree_leaves(last.params.state):
        assert leaf.shape == (1, 4) and np.abs(leaf).min() > 0
    save(tmp_path / "run.npz", steps[4].position)
    again = load(tmp_path / "run.npz", begin(cell))
    *_, resumed = train(cell, again, adam(0.01), in_order, 4, carry=carry)
    pairs = zip(tree_leaves(resumed.position), tree_leaves(last), strict=True)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


def test_with_the_state_carried_only_the_first_batch_moves_the_start():
    still = sgd(0.5)
    position = start(
        RNN, learned_start(RNN, model(RNN)), still, 3, rng=np.random.default_rng(1)
    )
    first, second = islice(train(RNN, position, still, in_order, 1, carry=True), 2)
    assert np.abs(first.position.params.state).max() > 0
    assert np.array_equal(first.position.params.state, second.position.params.state)


def test_a_drawn_start_is_drawn_for_each_row_and_each_time():
    zeros = LSTM.zero_state(200, model(LSTM).cell)
    rng = np.random.default_rng(0)
    first, second = (gaussian_state(0.5)(zeros, rng) for _ in range(2))
    assert abs(first.h.std() - 0.5) < 0.05 and not np.any(first.h == first.c)
    assert not np.any(first.h == second.h)
    small = tree_map(lambda leaf: leaf.astype(np.float32), zeros)
    assert gaussian_state(0.5)(small, rng).c.dtype == np.float32


@pytest.mark.parametrize("carry", [True, False])
def test_a_run_with_drawn_starts_can_be_resumed(carry, tmp_path):
    options = {"carry": carry, "first_state": gaussian_state(0.5)}
    run = lambda position: train(RNN, position, adam(0.01), in_order, 3, **options)  # noqa: E731
    steps = list(run(begin(RNN, learned=False)))
    plain = list(
        train(RNN, begin(RNN, learned=False), adam(0.01), in_order, 3, carry=carry)
    )
    assert steps[0].loss != plain[0].loss
    for stop in (0, 4, 8, 9, 12):
        save(tmp_path / "run.npz", steps[stop].position)
        again = load(tmp_path / "run.npz", begin(RNN, learned=False))
        *_, last = run(again)
        assert last.loss == steps[-1].loss


def test_what_cannot_go_together_is_refused():
    for options in (
        {"first_state": gaussian_state(0.1)},
        {"loss_and_grads": lm_loss_and_grads},
    ):
        with pytest.raises(
            ValueError,
            match="a learned start goes without first_state and loss_and_grads; got one",
        ):
            next(train(RNN, begin(RNN), adam(0.01), in_order, 1, carry=True, **options))
    for std in (-0.1, np.nan, np.inf):
        with pytest.raises(
            ValueError, match=f"std must be a number of at least 0; got {std}"
        ):
            gaussian_state(std)
