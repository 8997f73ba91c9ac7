"""Right answers to the questions of homework 0."""

import math
from itertools import accumulate

import numpy as np


def scores_by_einsum(x, gain, U, b):
    return np.einsum("tbi,b,hi->tbh", x, gain, U) + b


def scores_by_loops(x, gain, U, b):
    return [[U @ (g * row) + b for g, row in zip(gain, hour)] for hour in x]


def outlook_row_by_row(counts):
    whole = counts.sum(axis=0) / counts.sum()
    return np.array([row / row.sum() if row.any() else whole for row in counts])


def outlook_by_filling(counts):
    filled = counts.astype(float)
    filled[counts.sum(axis=1) == 0] = counts.sum(axis=0)
    return filled / filled.sum(axis=1, keepdims=True)


def product_by_steps(p):
    m, e = 1.0, 0
    for chance in p.tolist():
        m *= chance
        while m < 1:
            m, e = 10 * m, e - 1
    return m, e


def product_by_natural_logarithms(p):
    log10 = math.fsum(map(math.log, p)) / math.log(10)
    e = math.floor(log10)
    return np.array([10 ** (log10 - e), e])


def moments_by_slices(x):
    firsts = [x[: n + 1] for n in range(len(x))]
    return [f.mean(axis=0) for f in firsts], [f.var(axis=0) for f in firsts]


def moments_by_pairs(x):
    n = np.arange(1.0, len(x) + 1)
    mean = x.cumsum(0).T / n
    return mean.T, ((x**2).cumsum(0).T / n - mean**2).T


def belief_step_by_step(prior, p_fog, p_clear, rang):
    belief, after = prior, []
    for ring in rang:
        fog = belief * (p_fog if ring else 1 - p_fog)
        clear = (1 - belief) * (p_clear if ring else 1 - p_clear)
        belief = fog / (fog + clear)
        after.append(belief)
    return after


def belief_by_odds(prior, p_fog, p_clear, rang):
    factors = [p_fog / p_clear if r else (1 - p_fog) / (1 - p_clear) for r in rang]
    odds = accumulate([prior / (1 - prior), *factors], lambda a, b: a * b)
    return np.array([1 / (1 + 1 / o) for o in odds])[1:]


def belief_from_logarithms(prior, p_fog, p_clear, rang):
    fog = np.cumsum(np.log(np.where(rang, p_fog, 1 - p_fog))) + np.log(prior)
    clear = np.cumsum(np.log(np.where(rang, p_clear, 1 - p_clear)))
    return np.exp(fog - np.logaddexp(fog, clear + np.log(1 - prior)))


def standardised_by_columns(past, new):
    columns = [(c.mean(), c.std()) for c in past.T]
    return tuple(
        np.stack([(c - m) / s for c, (m, s) in zip(part.T, columns)], axis=1)
        for part in (past, new)
    )


def standardised_in_a_row(past, new):
    both = (np.concatenate([past, new]) - past.mean(0)) / np.sqrt(past.var(0))
    return both[: len(past)], both[len(past) :]


ANSWERS = [
    ("buoy_scores", scores_by_einsum),
    ("buoy_scores", scores_by_loops),
    ("outlook", outlook_row_by_row),
    ("outlook", outlook_by_filling),
    ("long_product", product_by_steps),
    ("long_product", product_by_natural_logarithms),
    ("running_moments", moments_by_slices),
    ("running_moments", moments_by_pairs),
    ("fog_belief", belief_step_by_step),
    ("fog_belief", belief_by_odds),
    ("fog_belief", belief_from_logarithms),
    ("standardise", standardised_by_columns),
    ("standardise", standardised_in_a_row),
    ("error_slopes", {"even": -0.997, "random": np.float64(-0.52), "offset": -0.004}),
    ("error_slopes", {"random": -0.47, "offset": 0, "even": -1}),
]
ARRAYS = ["buoy_scores", "outlook", "running_moments", "fog_belief"]
NUMBERS: list[str] = []
