"""Right answers to the questions of homework 4."""

from itertools import groupby

import numpy as np

from rnnlib.checks.homework.hw4 import CLIPPED, LIMIT, PLAIN
from rnnlib.optim import adam, clip_by_norm, guard
from rnnlib.tree import tree_map


def by_groups(pages, k):
    factors = []
    for _, page in groupby(pages):
        n = len(list(page))
        factors += [0.0 if t % k == 0 else 1.0 for t in range(n)]
    return [1.0, *factors[1:]]


def by_starts(pages, k):
    t = np.arange(len(pages))
    new = np.concatenate([[True], pages[1:] != pages[:-1]])
    since = t - np.maximum.accumulate(np.where(new, t, 0))
    flow = (since % k != 0).astype(float)
    flow[0] = 1
    return flow


def with_the_package(run, factor, n_recent):
    clipped, norms = [], []
    n_clipped = 0
    for grads in run:
        if guard(grads, "skip") is None:
            clipped.append(None)
            norms.append(np.nan)
            continue
        seen = [n for n in norms if not np.isnan(n)][-n_recent:]
        limit = factor * np.median(seen) if seen else np.inf
        grads, norm = clip_by_norm(grads, limit)
        n_clipped += int(norm > limit)
        clipped.append(grads)
        norms.append(norm)
    return clipped, norms, n_clipped


def by_one_vector(run, factor, n_recent):
    def flat(tree):
        return np.concatenate([leaf.ravel() for leaf in (tree[0], *tree[1])])

    clipped, norms, recent, n_clipped = [], [], [], 0
    for tree in run:
        norm = np.sqrt(flat(tree) @ flat(tree))
        if not np.isfinite(norm):
            clipped, norms = [*clipped, None], [*norms, float("nan")]
            continue
        scale = 1.0
        if recent and norm > factor * np.median(recent):
            scale = factor * np.median(recent) / norm
            n_clipped += 1
        clipped.append(tree_map(lambda leaf, scale=scale: leaf * scale, tree))
        norms.append(norm)
        recent = [*recent, norm][-n_recent:]
    return [clipped, np.array(norms), np.int64(n_clipped)]


def shrunk_first(params, grads, means, squares, t, rate, decay):
    params = [p * (1 - rate * decay) if p.ndim == 2 else p for p in params]
    means = [0.9 * m + 0.1 * g for m, g in zip(means, grads)]
    squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, grads)]
    for i, (m, s) in enumerate(zip(means, squares)):
        mean, square = m / (1 - 0.9**t), s / (1 - 0.999**t)
        params[i] = params[i] - rate * mean / (np.sqrt(square) + 1e-8)
    return params, means, squares


def with_package_adam(params, grads, means, squares, t, rate, decay):
    moved = []
    for p, g, m, s in zip(params, grads, means, squares):
        optimiser = adam(rate, weight_decay=decay if p.ndim == 2 else 0.0)
        memory = optimiser.init(p)._replace(step=t - 1, memory=(m, s))
        p, memory = optimiser.update(g, memory, p)
        moved.append((p, *memory.memory))
    return [list(column) for column in zip(*moved)]


def carried(loss_and_grads, params, zero, windows, rate, max_norm, n_epochs):
    losses, norms = [], []
    for _ in range(n_epochs):
        state = zero
        for x, y in windows:
            loss, state, grads = loss_and_grads(params, x, y, state)
            grads, norm = clip_by_norm(grads, max_norm)
            params = tree_map(lambda p, g: p - rate * g, params, grads)
            losses.append(loss)
            norms.append(norm)
    return params, np.array(losses), np.array(norms)


def by_index(loss_and_grads, params, zero, windows, rate, max_norm, n_epochs):
    log, n = [], len(windows)
    for step in range(n * n_epochs):
        state = zero if step % n == 0 else state
        loss, state, grads = loss_and_grads(params, *windows[step % n], state)
        norm = float(np.sqrt(sum(float(np.sum(g * g)) for g in grads)))
        scale = rate * min(1, max_norm / norm)
        params = [p - scale * g for p, g in zip(params, grads)]
        log.append((loss, norm))
    losses, norms = zip(*log)
    return tuple(params), list(losses), list(norms)


def in_closed_form(k, p):
    return np.log(2) * (1 - p) * (1 - (1 - p) ** k) / (k * p)


def by_scanning():
    def ends(rate, max_norm):
        w = 1.2
        for _ in range(2000):
            g = (w**10 - 0.9**10) * 10 * w**9
            w -= rate * max(-max_norm, min(max_norm, g))
            if abs(w) > 1e6:
                return False
        return abs(w - 0.9) < 1e-3

    rates = [2.0**-n for n in range(16)]
    found = [max(r for r in rates if ends(r, limit)) for limit in (np.inf, 1.0)]
    return [*found, 2 / (10 * 0.9**9) ** 2]


ANSWERS: list = [
    ("page_flow", by_groups),
    ("page_flow", by_starts),
    ("clip_by_recent", with_the_package),
    ("clip_by_recent", by_one_vector),
    ("decayed_step", shrunk_first),
    ("decayed_step", with_package_adam),
    ("train_sluice", carried),
    ("train_sluice", by_index),
    ("reset_price", in_closed_form),
    ("reset_price", lambda k, p: sum(np.log(2) * (1 - p) ** (t + 1) for t in range(k)) / k),
    ("largest_rates", (PLAIN, CLIPPED, round(LIMIT, 4))),
    ("largest_rates", by_scanning()),
]  # fmt: skip
ARRAYS: list[str] = ["page_flow"]
NUMBERS: list[str] = ["reset_price"]
