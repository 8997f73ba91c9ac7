"""Training, stopping and going on: a run that was killed ends like one that never was, bit for bit."""

from itertools import islice

import numpy as np
import pytest

from rnnlib import checkpoint
from rnnlib.batches import random_batches, sequential_batches
from rnnlib.bptt import randomised_flow
from rnnlib.fused import Workspace, lm_loss_and_grads
from rnnlib.gru import GRU
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, lm_init
from rnnlib.optim import adam, sgd
from rnnlib.rnn import RNN
from rnnlib.train import load, save, start, train
from rnnlib.tree import tree_leaves, tree_map

IDS = np.tile(np.arange(7), 60)  # 0 1 2 ... 6 0 1 ...: easy to learn
OPTIMISER = adam(0.01)


def begin(cell=RNN, seed=0):
    params = lm_init(cell, 7, 9, rng=np.random.default_rng(seed))
    return start(cell, params, OPTIMISER, 4, rng=np.random.default_rng(1))


def shuffled(rng):
    return random_batches(IDS, 8, 4, rng=rng)


def in_order(rng):
    return sequential_batches(IDS, 8, 4, offset=int(rng.integers(8)))


def cut(n_steps, rng):
    return randomised_flow(n_steps, 0.5, rng=rng)


SETUPS = {
    "shuffled, random cuts": (shuffled, {"carry": False, "flow": cut, "max_norm": 1.0}),
    "carried": (in_order, {"carry": True}),
}


def run(setup, position=None, cell=RNN, n_epochs=3):
    batches, options = SETUPS[setup]
    yield from train(
        cell, position or begin(cell), OPTIMISER, batches, n_epochs, **options
    )


def same(left, right):
    pairs = zip(tree_leaves(left), tree_leaves(right))
    return all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
@pytest.mark.parametrize("setup", SETUPS)
def test_a_resumed_run_ends_like_one_never_stopped(setup, cell, tmp_path):
    steps = list(run(setup, cell=cell))
    assert [step.number for step in steps] == list(range(len(steps)))
    per_epoch = sum(step.position.epoch == 0 for step in steps)
    for stop in (
        0,
        per_epoch - 2,
        per_epoch - 1,
        per_epoch,
        2 * per_epoch,
        len(steps) - 2,
    ):
        save(
            tmp_path / "run.npz",
            next(islice(run(setup, cell=cell), stop, None)).position,
        )
        position = load(tmp_path / "run.npz", begin(cell, seed=5))
        *_, last = run(setup, position, cell)
        assert last.number == steps[-1].number and last.loss == steps[-1].loss
        assert same(last.position.params, steps[-1].position.params)
        assert same(last.position.optimiser, steps[-1].position.optimiser)
        assert same(last.position.hidden, steps[-1].position.hidden)


def test_it_learns():
    losses = [step.loss for step in run("carried", n_epochs=12)]
    assert losses[0] > 1.5 and losses[-1] < 0.6


def test_a_fused_run_is_the_visible_run():
    workspace = Workspace()

    def fused(cell, params, x, y, state):
        return lm_loss_and_grads(cell, params, x, y, state, workspace=workspace)

    for cell in (RNN, LSTM, GRU):
        plain = list(train(cell, begin(cell), OPTIMISER, in_order, 1, carry=True))
        quick = list(
            train(
                cell,
                begin(cell),
                OPTIMISER,
                in_order,
                1,
                carry=True,
                loss_and_grads=fused,
            )
        )
        assert np.allclose([s.loss for s in plain], [s.loss for s in quick], rtol=1e-10)


def test_the_state_is_carried_or_not():
    """With zero rates nothing is learned, so only the state can make a difference."""
    still = sgd(1e-300)
    position = start(RNN, begin().params, still, 4, rng=np.random.default_rng(1))
    runs = {
        carry: list(train(RNN, position, still, in_order, 2, carry=carry))
        for carry in (True, False)
    }
    carried, reset = ([step.loss for step in runs[carry]] for carry in (True, False))
    second = sum(
        step.position.epoch == 0 for step in runs[True]
    )  # a new epoch begins afresh
    assert carried[0] == reset[0] and carried[second] == reset[second]
    assert carried[1] != reset[1] and carried[second + 1] != reset[second + 1]


def poisoned(at):
    """Make the loss and gradients not finite at one step."""
    calls = []

    def loss_and_grads(cell, params, x, y, state):
        calls.append(1)
        loss, state, grads = lm_loss_and_grads(cell, params, x, y, state)
        if len(calls) == at:
            grads = tree_map(lambda g: g * np.nan, grads)
        return loss, state, grads

    return loss_and_grads


def test_non_finite_gradients_are_dealt_with_as_told():
    def steps(policy):
        options = {"carry": False, "non_finite": policy, "loss_and_grads": poisoned(3)}
        return list(islice(train(RNN, begin(), OPTIMISER, in_order, 1, **options), 5))

    with pytest.raises(FloatingPointError, match="NaN or infinity in cell.U"):
        steps("raise")
    skipped = steps("skip")
    assert [step.skipped for step in skipped] == [False, False, True, False, False]
    assert same(skipped[1].position.params, skipped[2].position.params)
    drawn = steps("random")
    assert not any(step.skipped for step in drawn)
    assert not same(drawn[1].position.params, drawn[2].position.params)
    assert all(
        np.isfinite(leaf).all() for _, leaf in tree_leaves(drawn[-1].position.params)
    )


def test_an_epoch_without_batches_and_two_ways_to_the_gradient_are_refused():
    with pytest.raises(ValueError, match="at least one batch; got none"):
        list(train(RNN, begin(), OPTIMISER, lambda rng: iter(()), 1, carry=False))
    with pytest.raises(ValueError, match="cannot be given together"):
        list(
            train(
                RNN,
                begin(),
                OPTIMISER,
                in_order,
                1,
                carry=False,
                flow=cut,
                loss_and_grads=poisoned(0),
            )
        )


TREE = LMParams(
    (np.arange(6.0).reshape(2, 3), np.float32([1, 2])), np.array([True, False])
)


def test_a_checkpoint_gives_back_what_was_saved(tmp_path):
    path = tmp_path / "a.npz"
    checkpoint.save(path, TREE, {"step": 3, "who": "é"})
    tree, meta = checkpoint.load(path, like=TREE)
    assert (
        meta == {"step": 3, "who": "é"} and type(tree) is LMParams and same(tree, TREE)
    )
    assert [a.dtype for _, a in tree_leaves(tree)] == [
        a.dtype for _, a in tree_leaves(TREE)
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


BROKEN = {
    "truncated": lambda whole: whole[: len(whole) // 2],
    "empty": lambda whole: b"",
    "foreign": lambda whole: b"not a checkpoint at all",
    "a flipped byte": lambda whole: (
        whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_is_named(how, tmp_path):
    path = tmp_path / "a.npz"
    checkpoint.save(path, TREE)
    path.write_bytes(BROKEN[how](path.read_bytes()))
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        checkpoint.load(path, like=TREE)


def test_other_shapes_names_and_types_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    checkpoint.save(path, TREE)
    wide = TREE._replace(cell=(np.zeros((2, 4)), np.float32([1, 2])))
    with pytest.raises(
        ValueError, match=r"cell\.0 must have shape \(2, 4\).*got \(2, 3\)"
    ):
        checkpoint.load(path, like=wide)
    with pytest.raises(ValueError, match=r"dtype float64; got \(2,\) and float32"):
        checkpoint.load(path, like=TREE._replace(cell=(TREE.cell[0], np.zeros(2))))
    with pytest.raises(ValueError, match=r"missing \['tree\.cell\.2'\]"):
        checkpoint.load(path, like=TREE._replace(cell=(*TREE.cell, np.zeros(1))))
    with pytest.raises(FileNotFoundError):
        checkpoint.load(tmp_path / "none.npz", like=TREE)


def test_a_failed_save_leaves_the_old_one_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    checkpoint.save(path, TREE, {"step": 1})

    def no_room(file, **arrays):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", no_room)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.save(path, TREE, {"step": 2})
    assert checkpoint.load(path, like=TREE)[1] == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_only_numbers_and_plain_values_are_saved(tmp_path):
    with pytest.raises(TypeError, match="must be an array of numbers; got str"):
        checkpoint.save(tmp_path / "a.npz", (np.ones(1), "text"))
    with pytest.raises(TypeError):
        checkpoint.save(
            tmp_path / "a.npz", (np.ones(1),), {"rng": np.random.default_rng(0)}
        )
    assert not list(tmp_path.iterdir())
