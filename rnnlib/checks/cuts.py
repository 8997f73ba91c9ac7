"""Ways to cut a walk back, with rules that can be exchanged: right with none, wrong with the others."""

from itertools import product

import numpy as np


def truncated_flow(T, k):
    """Zero at t = k, 2k, ..., one elsewhere."""
    return zeros_at(T, slice(k, None, k))


def zeros_at(T, places):
    flow = np.ones(T)
    flow[places] = 0
    return flow


def randomised_flow(uniforms, keep):
    """1 at t = 0, then 1 / keep where the uniform number is below keep, 0 elsewhere."""
    flow = (uniforms < keep) / keep
    flow[0] = 1
    return flow


def first_is_one(uniforms, flow):
    return np.concatenate([[1.0], flow[1:]])


def mean_back_steps(T, k):
    """The mean length of the walks when T steps are cut into segments of k, the last one shorter."""
    return np.mean([t % k + 1 for t in range(T)])


def window_weights(T, k1, k2):
    """1 where the loss at i reaches step t: i's block ends before e, and e - k2 <= t <= i."""
    i, t = np.indices((T, T))
    return ((t <= i) & (t >= (i // k1 + 1) * k1 - k2)).astype(float)


def weights_where(rule):
    def weights(T, k1, k2):
        i, t = np.indices((T, T))
        return rule(i, t, k1, k2).astype(float)

    return weights


def _products(flow, shift=1):
    """The factor on the path from the loss at i back to step t."""
    table = np.zeros((len(flow), len(flow)))
    for i, t in zip(*np.tril_indices(len(flow))):
        table[i, t] = np.prod(flow[t + shift : i + shift])
    return table


def estimates(paths, keep, weight=None, shift=1, shared=False):
    """Each pattern's probability and estimate."""
    T, chances, values = len(paths), [], []
    weight = 1 / keep if weight is None else weight
    for pattern in product((0, 1), repeat=1 if shared and T > 1 else T - 1):
        kept = np.array(pattern * (T - 1) if shared else pattern, dtype=float)
        flow = np.concatenate([[1.0], weight * kept])
        chances.append(np.prod(np.where(pattern, keep, 1 - keep)))
        values.append(np.sum(_products(flow, shift) * paths))
    return np.array(chances), np.array(values)


def moments(chances, values):
    mean = chances @ values
    return np.array([mean, chances @ (values - mean) ** 2])


def estimate_moments(paths, keep):
    """Mean and variance of the randomised estimate, over all patterns of cuts."""
    return moments(*estimates(paths, keep))


def moments_with(**changes):
    return lambda paths, keep: moments(*estimates(paths, keep, **changes))


def mean_square(paths, keep):
    mean, variance = estimate_moments(paths, keep)
    return np.array([mean, variance + mean**2])


def with_root(paths, keep):
    return estimate_moments(paths, keep) ** [1, 0.5]


def all_alike(paths, keep):
    _, values = estimates(paths, keep)
    return np.array([values.mean(), values.var()])


def _sum(own_t, through, f):
    return own_t + through


def _walk(
    own, h_0, h, W, k, places=None, hear=_sum, handed_on=True, late=0, cold=False
):
    """dW and dh_0 of a walk back with cuts; each rule can be changed."""
    T = len(h)
    flow = truncated_flow(T, k) if places is None else zeros_at(T, places(k))
    dW, through = np.zeros_like(W), np.zeros_like(h_0)
    for t in reversed(range(T)):
        before = h[t - 1] if t else h_0
        if cold and t % k == 0:
            before = 0 * h_0
        factor = flow[t - late]
        da = hear(own[t], through, factor) * (1 - h[t] ** 2)
        dW += da.T @ before
        through = (factor if handed_on else 1) * (da @ W)
    return dW, through


def mended_walk(own, h_0, h, W, k):
    """Segments of k steps: the factor stands on what a step hands to the one before."""
    return _walk(own, h_0, h, W, k)


def cut_with(**rules):
    return lambda *arguments: _walk(*arguments, **rules)
