"""Zhang, Lipton, Li and Smola (2023), Dive into Deep Learning: a recurrent network on The Time Machine.

Claim: a network of 32 units, trained on 10,000 windows, has a validation perplexity of 7.4.
Protocol: that of the book. Windows of 33 characters from the places 0 to 9,999 to train on, from 10,000 to 14,999 to
validate; 100 epochs of plain descent at rate 1 in batches of 1,024, clipped by norm at 1, the state zero at each start;
the mean of five batches' perplexities. Beside it, counted on the same characters and scored by that metric, a table.
"""

import numpy as np

from benchmarks.published_ngrams import cold_windows, mean_of_batches
from benchmarks.reproductions.row import REACHED, Row, each, not_reached
from rnnlib.corpora import load_text
from rnnlib.fused import Workspace, lm_loss_and_grads
from rnnlib.losses import perplexity
from rnnlib.model import LMParams, lm_init
from rnnlib.ngram import NgramModel, count_ngrams, kneser_ney
from rnnlib.optim import clip_by_norm, sgd
from rnnlib.rnn import RNN
from rnnlib.text import Vocab, char_tokens, normalise
from rnnlib.tree import tree_map

T, B, UNITS, SEEDS = 32, 1024, 32, range(3)


def windows(ids: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = ids[starts + np.arange(T + 1)[:, None]]
    return rows[:-1], rows[1:]


def network(ids: np.ndarray, size: int, seed: int, n_epochs: int = 100) -> float:
    """Train as the book does, and return the mean of the validation batches' perplexities."""
    rng, ws = np.random.default_rng(seed), Workspace()
    params = lm_init(RNN, size, UNITS, rng=rng)
    params = tree_map(lambda leaf: leaf.astype(np.float32), params)
    optimiser = sgd(1.0)
    memory = optimiser.init(params)
    for _ in range(n_epochs):
        order = rng.permutation(10_000)
        for first in range(0, 10_000, B):
            grads = step(params, windows(ids, order[first : first + B]), ws)[1]
            grads, _ = clip_by_norm(grads, 1.0)
            params, memory = optimiser.update(grads, memory, params)
    held = np.arange(10_000, 15_000)
    groups = [held[first : first + B] for first in range(0, len(held), B)]
    return float(
        np.mean([perplexity(step(params, windows(ids, g), ws)[0]) for g in groups])
    )


def step(params: LMParams, batch: tuple, workspace: Workspace) -> tuple:
    zero = RNN.zero_state(batch[0].shape[1], params.cell)
    loss, _, grads = lm_loss_and_grads(RNN, params, *batch, zero, workspace=workspace)
    return float(loss), grads


def run() -> Row:
    letters = char_tokens(normalise(load_text("time-machine")))
    vocab = Vocab.build(letters, reserved=("<unk>",))
    ids, size = vocab.encode(letters), len(vocab)
    nets = []
    for seed in SEEDS:
        nets.append(network(ids, size, seed))
        print("  seed", seed, round(nets[-1], 2), flush=True)
    table = NgramModel(count_ngrams(ids[:10032], 6, size), kneser_ney(0.8))
    counted = mean_of_batches(cold_windows(table, ids, range(10_000, 15_000)), B)
    near = abs(np.mean(nets) - 7.4) < 0.3
    return Row(
        paper="zhang2023",
        chapter="part-2/training",
        claim=(
            "A recurrent network of 32 units, trained on 10,000 windows of The Time Machine, reaches a "
            "validation perplexity of 7.4."
        ),
        lines=[
            ("network of 32 units", "7.4", each(nets, 2)),
            (
                "Kneser-Ney, order 6, same metric",
                "4.94 (handed down without a source)",
                f"{counted:.2f}",
            ),
        ],
        source="the book's figure, checked there; a rerun of its program gave 7.26, 7.40 and 7.51",
        setup=(
            "The book's protocol with this package's gradient, in single precision. The book draws the "
            "first weights in the same way, but has two biases in the cell."
        ),
        verdict=REACHED + "; and a table of counts is far ahead of the network"
        if near and counted < min(nets)
        else not_reached("the perplexity differs by more than 0.3"),
        curves={"network": nets, "counted": float(counted)},
    )
