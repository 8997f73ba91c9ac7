"""Ways to force a network and to let it run, right ones and wrong ones, for the exercises of chapter 15."""

from collections import Counter

import numpy as np


def forced_inputs(y, start):
    """The start id, then every target but the last."""
    return np.concatenate([np.full_like(y[:1], start), y[:-1]])


def free_run(step, y, state, n):
    """n outputs, each made from the one before."""
    outputs = []
    for _ in range(n):
        y, state = step(y, state)
        outputs.append(y)
    return np.array(outputs)


def forced_forward(x, y_prev, U, W, b_h, V, b_y):
    """The outputs of all steps, each fed the truth of the step before."""
    return np.tanh(x @ U.T + y_prev @ W.T + b_h) @ V.T + b_y


def mixed_feeding(step, y, coins):
    """The truth where the coin is True, the own last output where it is False; the truth at the first step."""
    return fed_by(step, y, lambda t, own: y[t] if coins[t] else own)


def best_from_last(ids):
    """The most that a rule which sees the last token only can get right."""
    pairs = Counter(zip(ids[:-1].tolist(), ids[1:].tolist()))
    best = {i: max(n for (j, _), n in pairs.items() if j == i) for i, _ in pairs}
    return sum(best.values()) / (len(ids) - 1)


def free_running_errors(step, y, n_seen):
    """How far a free run from the last value seen is from each later one."""
    return np.abs(
        free_run(alone(step), y[n_seen - 1], None, len(y) - n_seen) - y[n_seen:]
    )


def sampled_optimum(P, p):
    """A mixture of the conditional and the marginal distribution of the second token."""
    return p * P / P.sum(axis=1, keepdims=True) + (1 - p) * P.sum(axis=0)


def alone(step):
    return lambda y, state: (step(y), state)


def fed_by(step, y, feed):
    """Outputs of a run in which feed(t, own) is read at step t; the first step reads y[0]."""
    outputs = [step(y[0])]
    for t in range(1, len(y) - 1):
        outputs.append(step(feed(t, outputs[-1])))
    return np.array(outputs)


def stale(step, y, coins):
    """Where the coin is False, the last fed value is fed again."""
    fed, outputs = y[0], []
    for t in range(len(y) - 1):
        fed = y[t] if coins[t] or t == 0 else fed
        outputs.append(step(fed))
    return np.array(outputs)


def never_back(step, y, coins):
    return fed_by(step, y, lambda t, own: y[t] if coins[1 : t + 1].all() else own)


def zeros_first(step, y, coins):
    own, outputs = np.zeros_like(y[0]), []
    for truth, coin in zip(y, coins):
        own = step(truth if coin else own)
        outputs.append(own)
    return np.array(outputs)


def ahead(step, y, coins):
    own, outputs = y[0], []
    for answer, coin in zip(y[1:], coins):
        own = step(answer if coin else own)
        outputs.append(own)
    return np.array(outputs)


def one_late(step, y, n_seen):
    """Begins with the first value that was not seen."""
    return np.abs(free_run(alone(step), y[n_seen], None, len(y) - n_seen) - y[n_seen:])


def own_outputs(x, y_prev, U, W, b_h, V, b_y):
    o_t, outputs = y_prev[0], []
    for x_t in x:
        o_t = forced_forward(x_t, o_t, U, W, b_h, V, b_y)
        outputs.append(o_t)
    return np.array(outputs)


def late(y_prev):
    return np.concatenate([np.zeros_like(y_prev[:1]), y_prev[:-1]])


def without(place):
    """The forward pass with one of its parameters set to zero."""

    def wrong(x, y_prev, *net):
        changed = (np.zeros_like(a) if i == place else a for i, a in enumerate(net))
        return forced_forward(x, y_prev, *changed)

    return wrong


def followers(ids):
    """For each token with a successor, how often each token came next."""
    counts = np.zeros((ids.max() + 1, ids.max() + 1))
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts[counts.sum(axis=1) > 0]


def two_back(ids):
    pairs = ids[:-1] * 100 + ids[1:]
    triples = Counter(zip(pairs[:-1].tolist(), ids[2:].tolist()))
    best = {c: max(n for (d, _), n in triples.items() if d == c) for c, _ in triples}
    return sum(best.values()) / (len(ids) - 2)
