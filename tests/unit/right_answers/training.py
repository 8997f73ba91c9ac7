"""Right answers to the exercises of chapter 13."""

from itertools import accumulate

import numpy as np


def one_long_row(params, grads, rate, max_norm):
    row = np.concatenate([g.ravel() for g in grads])
    length = np.linalg.norm(row)
    if length > max_norm:
        row = row / length * max_norm
    ends = np.cumsum([g.size for g in grads])[:-1]
    pieces = np.split(row, ends)
    return [p - rate * g.reshape(p.shape) for p, g in zip(params, pieces)]


def by_accumulate(losses, keep, start):
    mixed = accumulate(losses, lambda s, x: s + (1 - keep) * (x - s), initial=start)
    return list(mixed)[1:]


def smaller_of_two_lines(step, n_steps, peak, warm):
    up, down = (step + 1) / warm, (n_steps - step) / (n_steps - warm)
    return peak * min(up, down) if step < warm else peak * down


def with_a_counter(losses, patience):
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        waited += 1
        if losses[epoch] < losses[best]:
            best, waited = epoch, 0
        if waited == patience:
            return best, epoch
    return best, epoch


def by_sums(read, batches):
    total, n, state = 0.0, 0, None
    for x, y in batches:
        losses, state = read(x, y, state)
        total, n = total + losses.sum(), n + losses.size
    return float(np.exp(total / n))


def by_all_the_gradients(gradient, theta, rate, decay, n_steps):
    seen = []
    for _ in range(n_steps):
        seen.append(gradient(theta))
        ages = range(len(seen) - 1, -1, -1)
        theta = theta - rate * sum(decay**age * g for age, g in zip(ages, seen))
    return theta


ANSWERS = [
    ("training_step", one_long_row),
    ("smoothed", by_accumulate),
    ("rate_at", smaller_of_two_lines),
    ("early_stop", with_a_counter),
    ("carried_perplexity", by_sums),
    ("with_momentum", by_all_the_gradients),
]
ARRAYS = ["smoothed", "with_momentum"]
NUMBERS = ["rate_at", "carried_perplexity"]
