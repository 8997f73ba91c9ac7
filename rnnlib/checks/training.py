"""Exercises of chapter 13, Training a language model."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.ways_to_train import (
    all_misses,
    always_scaled,
    carried_perplexity,
    each_alone,
    each_clipped,
    early_stop,
    first_state,
    frozen,
    later_of_two,
    means,
    momentum,
    of_the_step,
    rate_at,
    read_all,
    reader,
    remade,
    rises,
    rising_too_long,
    running,
    smoothed,
    training_step,
    two_rounds,
    valley,
    with_momentum,
    without_root,
    zero_at_the_last,
)

_rng = np.random.default_rng(13)

_theta = [_rng.normal(size=(3, 2)), _rng.normal(size=4)]
_large = [_rng.normal(size=(3, 2)) * 3, _rng.normal(size=4) * 0.2]
_small = [_rng.normal(size=(3, 2)) * 0.1, _rng.normal(size=4) * 0.1]
_lone = [np.array([0.3, -4.0, 1.2])]

_falling = 3.3 - np.linspace(0, 1.1, 9) + _rng.normal(size=9) * 0.2
_two = np.array([2.0, 4.0])

_bumpy = np.array([2.9, 2.4, 2.5, 2.3, 2.35, 2.31, 2.4, 1.9, 1.8])
_steady = np.array([2.9, 2.5, 2.2, 2.1])
_turning = np.array([2.6, 2.2, 2.0, 2.1, 2.05, 2.02, 2.2])
_tied = np.array([3.0, 2.0, 2.0, 2.5, 2.6])
_rough = np.array([2.0, 2.1, 2.05, 1.9, 2.0, 1.95, 1.97, 1.5])

_moving = [_rng.normal(size=2), _rng.normal(size=3)]


def _text(*sizes):
    return [
        (_rng.integers(4, size=(n, 3)), _rng.integers(4, size=(n, 3))) for n in sizes
    ]


EXERCISES: dict[str, Exercise] = {
    "training_step": Exercise(
        solution=training_step,
        cases={
            "a large gradient": (_theta, _large, 0.1, 1.0),
            "a small gradient": (_theta, _small, 0.5, 5.0),
            "one array": ([np.array([1.0, 2.0, -1.0])], _lone, 0.3, 0.5),
        },
        wrong={
            "the step goes with the gradient: the loss would rise": lambda p, g, r, m: (
                training_step(p, g, -r, m)
            ),
            "each array was clipped by its own norm; one norm is over all of them": each_clipped,
            "each number was cut by itself: the direction has changed": lambda p, g, r, m: [
                theta - r * np.clip(d, -m, m) for theta, d in zip(p, g)
            ],
            "nothing was clipped": lambda p, g, r, m: training_step(p, g, r, np.inf),
            "small gradients were made longer; only long ones are rescaled": always_scaled,
            "the rate is missing": lambda p, g, r, m: training_step(p, g, 1.0, m),
            "the step was clipped, rate and all; clip the gradient": of_the_step,
            "the norm is a root: that is the sum of squares": without_root,
        },
        hint="norm = sqrt of the sum of all squares of all arrays; scale = min(1, max_norm / norm).",
    ),
    "smoothed": Exercise(
        solution=smoothed,
        cases={
            "nine losses": (_falling, 0.9, 3.3),
            "two losses": (_two, 0.75, 5.0),
            "hardly smoothed": (_falling[:4], 0.2, 2.0),
        },
        wrong={
            "the two weights have changed places": lambda x, k, s: running(x, 1 - k, s),
            "the start is missing: it began at zero": lambda x, k, s: running(
                x, k, 0.0
            ),
            "the start is missing: it began at the first loss": lambda x, k, s: running(
                x, k, x[0]
            ),
            "the value was noted before its loss was mixed in": lambda x, k, s: (
                np.append(s, running(x, k, s)[:-1])
            ),
            "the new loss has its full weight: times 1 - keep": lambda x, k, s: running(
                np.asarray(x) / (1 - k), k, s
            ),
            "that is the mean of all losses so far": lambda x, k, s: means(x),
        },
        hint="s = keep * s + (1 - keep) * loss, noted after each loss.",
    ),
    "rate_at": Exercise(
        solution=rate_at,
        cases={
            "the first step": (0, 90, 0.02, 8),
            "on the way up": (5, 90, 0.02, 8),
            "the last step of the rise": (7, 90, 0.02, 8),
            "the first step of the fall": (8, 90, 0.02, 8),
            "on the way down": (61, 90, 0.02, 8),
            "the last step": (89, 90, 0.02, 8),
        },
        wrong={
            "the rise begins at a rate of zero: the first step does nothing": lambda t, n, p, w: (
                p * t / w if t < w else rate_at(t, n, p, w)
            ),
            "one step too many on the way up: step warm is the first of the fall": rising_too_long,
            "the rate is zero at the last step; it would be zero one step later": zero_at_the_last,
            "there is no rise": lambda t, n, p, w: p * (n - t) / n,
            "the rate never falls": lambda t, n, p, w: min(p, p * (t + 1) / w),
            "the fall is reckoned from step 0: the rate jumps where the rise ends": lambda t, n, p, w: (
                rate_at(t, n, p, w) if t < w else p * (n - t) / n
            ),
            "the fall takes n_steps steps after the rise, and is not over at the end": lambda t, n, p, w: (
                rate_at(t, n, p, w) if t < w else p * (1 - (t - w) / n)
            ),
            "the fall is a cosine; a straight line was asked for": lambda t, n, p, w: (
                rate_at(t, n, p, w)
                if t < w
                else p * (1 + np.cos(np.pi * (t - w) / (n - w))) / 2
            ),
        },
        hint="two cases: step < warm, and the rest, in which n_steps - warm steps go from the peak to zero.",
    ),
    "early_stop": Exercise(
        solution=early_stop,
        cases={
            "a bump, then a stop": (_bumpy, 3),
            "no stop at all": (_steady, 2),
            "not a rise in a row": (_turning, 3),
            "misses before a new best": (_rough, 4),
            "little patience": (_bumpy, 1),
            "a tie": (_tied, 2),
        },
        wrong={
            "the last epoch was kept; keep the best": lambda x, p: (
                early_stop(x, p)[1],
                early_stop(x, p)[1],
            ),
            "it stopped one epoch too late": lambda x, p: early_stop(x, p + 1),
            "it counts rises in a row; count epochs without a new best": rises,
            "of two equal losses the later was kept, and the count set back: keep the earlier": later_of_two,
            "the count is not set back to zero by a new best": all_misses,
            "it looks at epochs after the stop, which were never trained": lambda x, p: (
                int(np.argmin(x)),
                early_stop(x, p)[1],
            ),
            "it never stops": lambda x, p: (int(np.argmin(x)), len(x) - 1),
            "the two numbers have changed places": lambda x, p: early_stop(x, p)[::-1],
            "epochs are counted from 0": lambda x, p: tuple(
                e + 1 for e in early_stop(x, p)
            ),
        },
        hint="keep the number of the best epoch; stop as soon as epoch - best reaches the patience.",
    ),
    "n_parameters": Exercise(
        solution=7712,
        wrong={
            "the bias of the output layer is missing": 7712 - 40,
            "the bias of the hidden layer is missing": 7712 - 56,
            "both biases are missing": 7712 - 96,
            "the output layer is missing": 2240 + 3136 + 56,
            "the matrix from hidden to hidden is missing": 7712 - 3136,
            "two biases in the hidden layer, as PyTorch keeps them; here it has one": 7712
            + 56,
            "the input matrix is missing: reading a row of U is multiplying by it": 7712
            - 2240,
        },
        hint="three matrices and two biases.",
    ),
    "carried_perplexity": Exercise(
        solution=carried_perplexity,
        cases={
            "three batches": (reader, _text(4, 4, 4)),
            "a short last batch": (reader, _text(5, 5, 2)),
            "one batch": (reader, _text(4)),
        },
        wrong={
            "the state was reset at each batch": lambda read, b: np.exp(
                np.concatenate(each_alone(read, b)).mean()
            ),
            "the state after the first batch was used for all the others": first_state,
            "each batch counted alike, whatever its size": lambda read, b: np.exp(
                np.mean([nats.mean() for nats in read_all(read, b)[0]])
            ),
            "that is the mean of the batches' perplexities: average first, exp last": lambda read, b: (
                np.mean([np.exp(nats.mean()) for nats in read_all(read, b)[0]])
            ),
            "the exponential is missing": lambda read, b: np.concatenate(
                read_all(read, b)[0]
            ).mean(),
            "only the last batch was scored": lambda read, b: np.exp(
                read_all(read, b)[0][-1].mean()
            ),
            "the state at the end of the text was carried to its beginning": two_rounds,
        },
        hint="begin with None, hand on the state that read returns, put all losses in one row.",
    ),
    "with_momentum": Exercise(
        solution=with_momentum,
        cases={
            "two parameters": (valley, _moving[0], 0.05, 0.9, 6),
            "three parameters": (valley, _moving[1], 0.1, 0.5, 4),
            "one step": (valley, _moving[1], 0.1, 0.9, 1),
        },
        wrong={
            "the velocity is made anew at each step: that is plain gradient descent": remade,
            "the velocity never fades: the decay is missing": lambda f, x, r, d, n: (
                with_momentum(f, x, r, 1.0, n)
            ),
            "the gradient has the weight 1 - decay; here it has its full weight": lambda f, x, r, d, n: (
                with_momentum(f, x, r * (1 - d), d, n)
            ),
            "the velocity of the step before was used": lambda f, x, r, d, n: momentum(
                f, x, n, lambda v, g: d * v + g, lambda old, new: r * old
            ),
            "the step goes with the gradient": lambda f, x, r, d, n: with_momentum(
                f, x, -r, d, n
            ),
            "one step too many": lambda f, x, r, d, n: with_momentum(f, x, r, d, n + 1),
            "the gradient was asked for once, before the loop": frozen,
        },
        hint="what must survive from one step to the next? Make it before the loop.",
    ),
}
