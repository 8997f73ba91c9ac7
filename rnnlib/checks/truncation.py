"""Exercises of chapter 11, Truncated and randomised backpropagation: cuts in the wrong place, factors forgotten."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.cuts import (
    all_alike,
    cut_with,
    estimate_moments,
    estimates,
    first_is_one,
    mean_back_steps,
    mean_square,
    mended_walk,
    moments,
    moments_with,
    randomised_flow,
    truncated_flow,
    weights_where,
    window_weights,
    with_root,
    zeros_at,
)
from rnnlib.checks.ways_back import draw, last_only

_rng = np.random.default_rng(11)


def _network(T, B, I, H, k, only_last=False):
    own, _, h_0, h, _, W = draw(_rng, T, B, I, H)
    return last_only(own)[0] if only_last else own, h_0, h, W, k


_uniforms = np.array([0.81, 0.35, 0.92, 0.08, 0.74, 0.7, 0.66, 0.21])
_low_first = np.array([0.11, 0.62, 0.19, 0.30, 0.05, 0.9])
_three = np.tril(_rng.normal(size=(3, 3)))
_five = np.tril(_rng.normal(size=(5, 5)))
_SHIFTED = "the zeros stand one step too early: the first segment has k - 1 steps"

EXERCISES = {
    "truncated_flow": Exercise(
        solution=truncated_flow,
        cases={
            "10 steps, segments of 3": (10, 3),
            "12 steps, segments of 4": (12, 4),
            "segments of 1": (5, 1),
            "a segment longer than the sequence": (4, 7),
        },
        wrong={
            "the zero at t = 0 cuts nothing between two steps; it takes away the gradient of h_0": lambda T, k: (
                zeros_at(T, slice(0, None, k))
            ),
            _SHIFTED: lambda T, k: zeros_at(T, slice(k - 1, None, k)),
            "the zeros stand one step too late: the first segment has k + 1 steps": lambda T, k: (
                zeros_at(T, slice(k + 1, None, k))
            ),
            "zeros and ones are exchanged: a zero cuts": lambda T, k: (
                1 - truncated_flow(T, k)
            ),
            "only the first cut is there": lambda T, k: zeros_at(T, slice(k, k + 1)),
            "that makes k segments; segments of k steps were asked for": lambda T, k: (
                truncated_flow(T, max(T // k, 1))
            ),
        },
        hint="which step begins the second segment? Its factor is on what it hands to the step before.",
    ),
    "randomised_flow": Exercise(
        solution=randomised_flow,
        cases={
            "8 steps, keep 0.7": (_uniforms, 0.7),
            "6 steps, keep 0.25": (_low_first, 0.25),
            "keep everything": (_low_first, 1.0),
        },
        wrong={
            "the weight 1/keep is missing: the mean of such a factor is keep, not 1": lambda u, keep: (
                first_is_one(u, (u < keep) * 1.0)
            ),
            "it passes where the number is above keep: pass where it is below": lambda u, keep: (
                first_is_one(u, (u > keep) / keep)
            ),
            "the first factor is drawn too: nothing is cut before the first step": lambda u, keep: (
                (u < keep) / keep
            ),
            "it is cut with probability keep: pass where the number is below keep": lambda u, keep: (
                first_is_one(u, (u >= keep) / keep)
            ),
            "the weight is 1/(1 - keep), and should be 1/keep": lambda u, keep: (
                first_is_one(u, (u < keep) / (1 - keep + (keep == 1)))
            ),
            "those that pass are multiplied by keep; divide": lambda u, keep: (
                first_is_one(u, (u < keep) * keep)
            ),
            "a number equal to keep is not below it": lambda u, keep: first_is_one(
                u, (u <= keep) / keep
            ),
            "one number decides for all steps: each step needs its own": lambda u, keep: (
                first_is_one(u, np.full(len(u), (u[1] < keep) / keep))
            ),
            "the factors are multiplied up along the row; the walk back does that": lambda u, keep: (
                np.cumprod(randomised_flow(u, keep))
            ),
        },
        hint="which steps pass, by what must they be multiplied, and which one is not left to chance?",
    ),
    "mean_back_steps": Exercise(
        solution=mean_back_steps,
        cases={
            "12 steps, segments of 4": (12, 4),
            "10 steps, segments of 4": (10, 4),
            "17 steps, segments of 5": (17, 5),
            "one segment": (5, 8),
        },
        wrong={
            "only the last loss of a segment walks k steps": lambda T, k: float(k),
            "(k + 1)/2 holds for whole segments; the last one may be shorter": lambda T, k: (
                (k + 1) / 2
            ),
            "a sequence shorter than k is seen to; a short segment at the end is not": lambda T, k: (
                (min(k, T) + 1) / 2
            ),
            "that is k/2: the walk of a loss begins with its own step": lambda T, k: (
                k / 2
            ),
            "its own step is the first of each walk, and is not counted": lambda T, k: (
                mean_back_steps(T, k) - 1
            ),
            "that is a window that slides: each loss walks k steps, or to the start": lambda T, k: (
                np.mean([min(t + 1, k) for t in range(T)])
            ),
            "the short segment at the end is left out": lambda T, k: mean_back_steps(
                max(T // k * k, 1), k
            ),
            "those are all the steps together: divide by the number of losses": lambda T, k: (
                mean_back_steps(T, k) * T
            ),
            "each segment counts alike, long or short: average over the losses": lambda T, k: (
                np.mean([(min(k, T - s) + 1) / 2 for s in range(0, T, k)])
            ),
        },
        hint="how far is step t from the start of its segment?",
    ),
    "window_weights": Exercise(
        solution=window_weights,
        cases={
            "12 steps, every 3 look back 5": (12, 3, 5),
            "8 steps, every 4 look back 6": (8, 4, 6),
            "a window that slides": (6, 1, 3),
            "segments": (9, 3, 3),
        },
        wrong={
            "k1 and k2 have changed places: k1 steps lie between two walks": lambda T, k1, k2: (
                window_weights(T, k2, k1)
            ),
            "that is a window of k2 for each loss: a walk starts at the end of a block": weights_where(
                lambda i, t, k1, k2: (t <= i) & (t > i - k2)
            ),
            "a loss speaks to steps after it: t must not be above i": weights_where(
                lambda i, t, k1, k2: (
                    (t < (i // k1 + 1) * k1) & (t >= (i // k1 + 1) * k1 - k2)
                )
            ),
            "rows and columns are exchanged: row i is the loss": lambda *a: (
                window_weights(*a).T
            ),
            "the walk stops one step too early: k2 steps, the end of the block among them": weights_where(
                lambda i, t, k1, k2: (t <= i) & (t > (i // k1 + 1) * k1 - k2)
            ),
            "those are segments of k1: k2 is nowhere": lambda T, k1, k2: window_weights(
                T, k1, k1
            ),
        },
        hint="find the end of the block in which the loss lies; the k2 steps of the walk are counted from there.",
    ),
    "estimate_moments": Exercise(
        solution=estimate_moments,
        cases={
            "three steps": (_three, 0.8),
            "five steps": (_five, 0.3),
            "nothing is cut": (_five, 1.0),
        },
        wrong={
            "the weight 1/keep is missing": moments_with(weight=1.0),
            "all patterns count alike: weigh each with its probability": all_alike,
            "one factor for all steps": moments_with(shared=True),
            "the path from i to t has the factors t + 1 to i; yours has t to i - 1": moments_with(
                shift=0
            ),
            "that is the mean square: take the square of the mean off": mean_square,
            "that is the standard deviation: the variance was asked for": with_root,
            "a step is cut with probability keep: it should pass with it": lambda paths, keep: (
                moments(*estimates(paths, 1 - keep, weight=1 / keep))
            ),
        },
        hint="each step but the first passes or is cut: list all patterns; the probability of one is a product too.",
    ),
    "mended_walk": Exercise(
        solution=mended_walk,
        cases={
            "7 steps, segments of 3": _network(7, 2, 3, 5, 3),
            "8 steps, segments of 2": _network(8, 3, 2, 4, 2),
            "the last loss only": _network(6, 2, 4, 3, 4, only_last=True),
            "one segment": _network(4, 2, 3, 5, 9),
        },
        wrong={
            "the planted mistake is still there: the factor is for what a step hands on": cut_with(
                hear=lambda own_t, through, f: own_t + f * through, handed_on=False
            ),
            "dh_0 is cut off as well: flow[0] is 1": cut_with(
                places=lambda k: slice(0, None, k)
            ),
            _SHIFTED: cut_with(places=lambda k: slice(k - 1, None, k)),
            "the own term is cut too: only what goes from step to step is": cut_with(
                hear=lambda own_t, through, f: f * own_t + through
            ),
            "nothing is cut": cut_with(places=lambda k: slice(0, 0)),
            "flow[t - 1] is the factor of the step before: step t hands on with flow[t]": cut_with(
                late=1
            ),
            "flow[t - 1] on what comes from t + 1 is two steps late: that is flow[t + 1]": cut_with(
                hear=lambda own_t, through, f: own_t + f * through,
                handed_on=False,
                late=1,
            ),
            "the state before a cut is taken as zero in dW: it is carried": cut_with(
                cold=True
            ),
        },
        hint="two lines hold what goes from step to step. On which of them does flow[t] belong?",
    ),
    "cut_by_hand": Exercise(
        solution=52.0,
        wrong={
            "that is the full gradient: nothing is cut": 142.0,
            "there the state is reset at the cut too; it is carried": 1.0,
            "the cuts are on the wrong side: the segments are 1 and 2, 3 and 4": 38.0,
            "that is a window of two steps that slides": 58.0,
            "those are segments of one step": 32.0,
            "that is the second segment alone": 59.0,
            "that is the first segment alone": -7.0,
            "dw pairs each dh_t with h_t; it must be the state before": 107.0,
        },
        hint="the states first; then each segment by itself, from the state that was carried.",
        tolerance=1e-6,
    ),
}
