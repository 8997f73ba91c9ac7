"""Encoder, decoder, attention and the search for targets: held against long graphs, single rows and enumeration."""

from itertools import product

import numpy as np
import pytest
from refusals import refuses

from rnnlib.attention import attend
from rnnlib.batches import pad
from rnnlib.bptt import unroll_backward, unroll_forward
from rnnlib.decoding import beam_search, greedy_decode
from rnnlib.gru import GRU
from rnnlib.layers import embed_forward, readout_backward, readout_forward
from rnnlib.losses import cross_entropy
from rnnlib.lstm import LSTM
from rnnlib.rnn import RNN
from rnnlib.seq2seq import (
    INJECTIONS,
    Seq2Seq,
    decoder_step,
    encode,
    seq2seq_backward,
    seq2seq_init,
    seq2seq_loss,
)
from rnnlib.stacking import stack
from rnnlib.tree import tree_leaves, tree_map
from tools.proof import agree, frozen

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-13
START, STOP = 0, 1
SOURCES, TARGETS = [[1, 4, 2, 3], [5, 0]], [[0, 3, 2, 4, 1], [0, 2, 1]]
INJECT = pytest.mark.parametrize("inject", INJECTIONS)


def draw(inject, cell=GRU, seed=0):
    model = Seq2Seq(cell, cell, inject)
    rng = np.random.default_rng(seed)
    return model, frozen(seq2seq_init(model, 6, 5, 7, rng=rng, n_embed=3))


def test_encoder_and_decoder_are_one_long_graph():
    """With one row and one set of weights, the source's and the target's steps are one sequence."""
    model, params = draw("state", RNN)
    params = params._replace(decoder=params.encoder)
    source, target = pad(SOURCES[:1]), pad(TARGETS[:1])
    loss, cache = seq2seq_loss(model, params, source, target)
    grads = seq2seq_backward(cache)

    S = len(source.ids)
    x = np.concatenate(
        [
            embed_forward(source.ids, params.source)[0],
            embed_forward(target.ids[:-1], params.target)[0],
        ]
    )
    zeros = RNN.zero_state(1, params.encoder)
    h, _, caches = unroll_forward(RNN, x, zeros, params.encoder)
    o, readout = readout_forward(h[S:], params.readout)
    long_loss, do = cross_entropy(o, target.ids[1:])
    dh = np.zeros_like(h)
    dh[S:] = readout_backward(do, readout)[0]
    _, _, together = unroll_backward(RNN, dh, None, caches)
    assert abs(loss - long_loss) < TOLERANCE
    assert agree(tree_map(np.add, grads.encoder, grads.decoder), together, TOLERANCE)


@INJECT
def test_the_loss_is_that_of_the_rows_alone(inject):
    model, params = draw(inject)
    loss, cache = seq2seq_loss(model, params, pad(SOURCES), pad(TARGETS))
    rows = [
        seq2seq_loss(model, params, pad([s]), pad([t]))
        for s, t in zip(SOURCES, TARGETS)
    ]
    n = np.array([len(t) - 1 for t in TARGETS])
    assert abs(loss - np.dot(n, [row[0] for row in rows]) / n.sum()) < TOLERANCE
    weighted = [
        tree_map(lambda g: g * share, seq2seq_backward(row[1]))  # noqa: B023
        for row, share in zip(rows, n / n.sum())
    ]
    assert agree(seq2seq_backward(cache), tree_map(np.add, *weighted), 1e-12)


@INJECT
@pytest.mark.parametrize("cell", [LSTM, stack([GRU, RNN])])
def test_any_cell_and_any_padding(inject, cell):
    model, params = draw(inject, cell)
    longer = pad(SOURCES + [[2] * 9])
    alone = encode(model, params, pad(SOURCES))[0]
    beside = encode(model, params, longer)[0]
    assert agree(alone.state, tree_map(lambda s: s[:2], beside.state), TOLERANCE)
    assert agree(alone.memory, beside.memory[:4, :2], TOLERANCE)


@INJECT
def test_steps_give_the_loss(inject):
    """Feeding the truth step by step gives the probabilities that the loss adds up."""
    model, params = draw(inject)
    target = pad(TARGETS[:1])
    context, _ = encode(model, params, pad(SOURCES[:1]))
    state, total = context.state, 0.0
    for t, token in enumerate(target.ids[:-1]):
        log_p, state = decoder_step(model, params, context, token, state)
        total -= log_p[0, target.ids[t + 1, 0]]
    loss, _ = seq2seq_loss(model, params, pad(SOURCES[:1]), target)
    assert abs(total / (len(target.ids) - 1) - loss) < TOLERANCE


@INJECT
def test_the_loss_falls(inject):
    model, params = draw(inject)
    source, target = pad(SOURCES), pad(TARGETS)
    first, cache = seq2seq_loss(model, params, source, target)
    for _ in range(80):
        grads = seq2seq_backward(cache)
        params = tree_map(lambda p, g: p - 0.5 * g, params, grads)
        loss, cache = seq2seq_loss(model, params, source, target)
    assert loss < 0.5 * first


@INJECT
def test_float32_stays_float32(inject):
    model, params = draw(inject, LSTM)
    params = tree_map(lambda p: p.astype(np.float32), params)
    loss, cache = seq2seq_loss(model, params, pad(SOURCES), pad(TARGETS))
    leaves = [loss, *(leaf for _, leaf in tree_leaves(seq2seq_backward(cache)))]
    assert {leaf.dtype for leaf in leaves} == {np.dtype(np.float32)}


# Search


def every_target(model, params, source, max_steps):
    """Return all targets with their log probability, found one by one."""
    context, _ = encode(model, params, source)
    found = {}
    inner = [token for token in range(5) if token != STOP]
    for length in range(max_steps + 1):
        for ids in product(inner, repeat=length):
            ends = [STOP] if length < max_steps else []
            state, token, total = context.state, START, 0.0
            for following in [*ids, *ends]:
                log_p, state = decoder_step(
                    model, params, context, np.array([token]), state
                )
                total += log_p[0, following]
                token = following
            found[ids] = total
    return found


@INJECT
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_the_likeliest_of_all(inject, seed):
    model, params = draw(inject, seed=seed)
    params = tree_map(lambda p: 2.0 * p, params)
    source = pad(SOURCES[:1])
    options = {"start": START, "stop": STOP, "max_steps": 3}
    found = every_target(model, params, source, 3)
    best = max(found, key=found.get)
    wide = beam_search(model, params, source, width=200, **options)
    assert wide[0].ids == best and abs(wide[0].log_p - found[best]) < TOLERANCE
    assert {h.ids: round(h.log_p, 9) for h in wide} == {
        ids: round(p, 9) for ids, p in found.items()
    }
    per_token = beam_search(
        model, params, source, width=200, length_power=1.0, **options
    )
    means = {ids: p / (len(ids) + 1) for ids, p in found.items()}
    assert per_token[0].ids == max(means, key=means.get)


@INJECT
@pytest.mark.parametrize("seed", range(4))
def test_a_beam_of_one_is_greedy(inject, seed):
    model, params = draw(inject, seed=seed)
    options = {"start": START, "stop": STOP, "max_steps": 6}
    greedy = greedy_decode(model, params, pad(SOURCES), **options)
    for source, want in zip(SOURCES, greedy):
        got = beam_search(model, params, pad([source]), width=1, **options)[0]
        assert got.ids == want.ids and abs(got.log_p - want.log_p) < TOLERANCE


def test_greedy_takes_the_likeliest_and_stops():
    model, params = draw("state")
    V, b_y = np.zeros_like(params.readout.V), np.array([0.0, 2.0, 1.0, 5.0, 0.0])
    never = params._replace(readout=params.readout._replace(V=V, b_y=b_y))
    options = {"start": START, "stop": STOP, "max_steps": 4}
    assert greedy_decode(model, never, pad(SOURCES), **options)[1].ids == (3,) * 4
    at_once = never._replace(readout=never.readout._replace(b_y=b_y[[0, 3, 2, 1, 4]]))
    hypothesis = greedy_decode(model, at_once, pad(SOURCES), **options)[0]
    log_p = 5 - np.log(np.exp(b_y).sum())
    assert hypothesis.ids == () and abs(hypothesis.log_p - log_p) < TOLERANCE


# Attention


def test_attention_is_a_weighted_mean_of_what_is_there():
    rng = np.random.default_rng(0)
    queries, memory = rng.normal(size=(3, 2, 4)), rng.normal(size=(5, 2, 4))
    mask = np.arange(5)[:, None] < [5, 2]
    context, weights, _ = attend(queries, memory, mask)
    assert weights.shape == (3, 2, 5) and (weights[:, 1, 2:] == 0).all()
    for t, b in product(range(3), range(2)):
        seen = memory[mask[:, b], b]
        e = np.exp(seen @ queries[t, b])
        assert agree(context[t, b], (e / e.sum()) @ seen, TOLERANCE)


def test_large_scores_do_not_overflow():
    context, weights, _ = attend(
        np.full((1, 1, 2), 1e3),
        np.array([[[1.0, 1.0]], [[0.0, 0.0]]]),
        np.ones((2, 1), bool),
    )
    assert np.isfinite(context).all() and weights[0, 0, 0] == 1


# Errors


def test_a_way_to_inject_that_does_not_exist_is_refused():
    with refuses("inject must be one of .*'state'.*got 'both'"):
        draw("both")


@pytest.mark.parametrize(
    ("sources", "targets", "words"),
    [
        (SOURCES, TARGETS[:1], "the same number of rows; got 2 and 1"),
        (SOURCES[:1], [[0]], "at least 2; got a row of 1"),
        ([[6]], TARGETS[:1], "ids must lie in 0..5; got 6..6"),
        (SOURCES[:1], [[0, 5]], "y must lie in 0..4"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(sources, targets, words):
    model, params = draw("state")
    with refuses(words):
        seq2seq_loss(model, params, pad(sources), pad(targets))


def test_unlike_cells_cannot_hand_on_a_state():
    model = Seq2Seq(LSTM, GRU)
    params = seq2seq_init(model, 6, 5, 7, rng=np.random.default_rng(0))
    with refuses("the decoder starts from the encoder's state"):
        seq2seq_loss(model, params, pad(SOURCES), pad(TARGETS))


def test_a_beam_takes_one_source():
    model, params = draw("state")
    with refuses(r"one row, shape \(S, 1\); got \(4, 2\)"):
        beam_search(model, params, pad(SOURCES), start=0, stop=1, max_steps=3, width=2)


@pytest.mark.parametrize(
    ("queries", "memory", "mask", "words"),
    [
        ((3, 2, 4), (5, 2, 3), (5, 2), "queries must have shape"),
        ((3, 2, 4), (5, 2, 4), (2, 5), "mask must be boolean"),
    ],
)
def test_attention_that_does_not_fit_is_refused(queries, memory, mask, words):
    with refuses(words):
        attend(np.zeros(queries), np.zeros(memory), np.ones(mask, dtype=bool))


def test_a_row_without_a_step_is_refused():
    mask = np.array([[True, False], [True, False]])
    with refuses("leave each row a step"):
        attend(np.zeros((1, 2, 3)), np.zeros((2, 2, 3)), mask)
