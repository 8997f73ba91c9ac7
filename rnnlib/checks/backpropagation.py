"""Exercises of chapter 10, Backpropagation through time: wrong ways back, each with its name."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.ways_back import (
    all_at_once,
    averaged_over_time,
    cell_with,
    central_difference,
    draw,
    dx_reversed,
    forwards,
    last_only,
    last_wins,
    learned_start,
    left_moved,
    linear_slope,
    linear_states,
    one_sided,
    overwritten,
    rnn_backward,
    rnn_cell_backward,
    start_with,
    take_rule,
    uses,
    walk_with,
)

_rng = np.random.default_rng(10)


def _one_cell(B, I, H):
    own, x, h_0, h, U, W = draw(_rng, 1, B, I, H)
    return own[0], x[0], h_0, h[0], U, W


_four, _zero_start = draw(_rng, 4, 2, 3, 5), draw(_rng, 4, 2, 3, 5, start=0.0)
_last, _single = last_only(*draw(_rng, 5, 3, 2, 4)), draw(_rng, 1, 3, 2, 4)
_SEQUENCES = {
    "four steps, a loss at each": _four,
    "a loss at the last step only": _last,
    "h_0 = 0": _zero_start,
    "one step": _single,
}


def _start(own, x, h_0, h, U, W):
    return own, h, W


def _cubes(x):
    return np.sum(x**3)


def _waves(x):
    return np.sum(np.sin(x) * np.arange(1, 7).reshape(2, 3)) + x[0, 1] * x[1, 2]


_ids = np.array([[3, 0], [3, 5], [1, 3]])
_grads_of_rows = _rng.normal(size=(3, 2, 4))
_series = _rng.normal(size=5)

_CELL_WRONG = {
    "W must be transposed on the way back: for rows that is da_t @ W, not da_t @ W.T": dict(
        dh_prev=lambda v: v.da @ v.W.T
    ),
    "dW pairs da_t with the state before the step; yours has h_t in the place of h_prev": dict(
        dW=lambda v: v.da.T @ v.h
    ),
    "the slope of this step's tanh is 1 - h_t**2; yours has h_prev in it": dict(
        slope=lambda v: 1 - v.h_prev**2
    ),
    "the slope of tanh is 1 - tanh**2, and yours is one over it": dict(
        slope=lambda v: 1 / (1 - v.h**2)
    ),
    "h_t has been through tanh already: the slope is 1 - h_t**2, not 1 - tanh(h_t)**2": dict(
        slope=lambda v: 1 - np.tanh(v.h) ** 2
    ),
    "the square is missing: the slope is 1 - h_t**2": dict(slope=lambda v: 1 - v.h),
    "the slope of tanh is missing everywhere: multiply dh_t by 1 - h_t**2 first": dict(
        slope=lambda v: 1.0
    ),
    "the slope of tanh is missing on the way to h_prev: it is da_t that goes back": dict(
        dh_prev=lambda v: v.dh @ v.W
    ),
    "dW is transposed; its sizes fit both ways, so only its numbers tell": dict(
        dW=lambda v: v.h_prev.T @ v.da
    ),
    "dU and dW are transposed: a gradient has the shape of its array": dict(
        dU=lambda v: v.x.T @ v.da, dW=lambda v: v.h_prev.T @ v.da
    ),
    "the product outside the batch sum: multiply dh_t and the slope row by row, then add up": dict(
        db=lambda v: v.dh.sum(axis=0) * v.slope.sum(axis=0)
    ),
    "db_h still has a row for each sequence: all of them use the same b_h, so add up": dict(
        db=lambda v: v.da
    ),
    "the parameters' gradients are divided by B: the mean is in dh_t already": dict(
        dU=lambda v: v.da.T @ v.x / len(v.x),
        dW=lambda v: v.da.T @ v.h_prev / len(v.x),
        db=lambda v: v.da.mean(axis=0),
    ),
    "db_h alone is averaged over the rows: add them up, as the products do for dU and dW": dict(
        db=lambda v: v.da.mean(axis=0)
    ),
}
_ZERO = "the state before the first step is h_0, and in yours it is zero"
_WRAPS = "h[t - 1] at t = 0 is the last state; before the first step comes h_0"
_SAME = "dW pairs da_t with the state before the step; yours has h_t in its place"
_before_zero = {"before": lambda h_0, h: np.concatenate([0 * h[:1], h[:-1]])}
_before_wraps = {"before": lambda h_0, h: np.roll(h, 1, axis=0)}
_before_same = {"before": lambda h_0, h: h}
_SEQUENCE_WRONG = {
    "one step only: what step t + 1 sends back, da_{t+1} @ W, is never added": dict(
        hear=lambda own_t, through, last: own_t
    ),
    "the own terms are left out at all steps but the last": dict(
        hear=lambda own_t, through, last: own_t if last else through
    ),
    "the steps' gradients overwrite one another: the same U, W and b_h act at each, so add": dict(
        add=False
    ),
    _SAME: _before_same,
    _ZERO: _before_zero,
    _WRAPS: _before_wraps,
    "dh_0 is the gradient of h_1: one more step back, da_1 @ W": dict(
        end=lambda dh_t: dh_t
    ),
    "W must be transposed on the way back: for rows that is da_t @ W, not da_t @ W.T": dict(
        dh_prev=lambda v: v.da @ v.W.T
    ),
    "the slope of tanh is missing between the steps: it is da_t that goes back": dict(
        dh_prev=lambda v: v.dh @ v.W
    ),
    "what came through later steps is added once more: through = da_t @ W, not +=": dict(
        keep=True
    ),
    "the slope is taken at the state before the step; it is 1 - h_t**2": dict(
        slope=lambda v: 1 - v.h_prev**2
    ),
}

EXERCISES = {
    "central_difference": Exercise(
        solution=central_difference,
        cases={
            "three numbers": (_cubes, np.array([1.0, -2.0, 0.5]), 0.1),
            "two rows of three": (_waves, _rng.normal(size=(2, 3)), 0.05),
        },
        wrong={
            "that steps to one side only: (f(x + eps) - f(x)) / eps": one_sided,
            "that steps down only: (f(x) - f(x - eps)) / eps": lambda f, x, eps: (
                one_sided(f, x, -eps)
            ),
            "the two points are 2 eps apart, and you divided by eps": lambda f, x, eps: (
                2 * central_difference(f, x, eps)
            ),
            "a number stays moved when its turn is over: put it back": left_moved,
            "all numbers are moved at once: one at a time": all_at_once,
            "that is a step of your own, 1e-6: use eps": lambda f, x, eps: (
                central_difference(f, x, 1e-6)
            ),
            "the sign is turned: up minus down": lambda f, x, eps: (
                -central_difference(f, x, eps)
            ),
        },
        hint="one number at a time, on a copy: up, down, and back where it was.",
    ),
    "rnn_cell_backward": Exercise(
        solution=rnn_cell_backward,
        cases={
            "three rows": _one_cell(3, 2, 4),
            "two rows": _one_cell(2, 4, 5),
            "one row": _one_cell(1, 3, 2),
        },
        wrong={words: cell_with(**lines) for words, lines in _CELL_WRONG.items()},
        hint="first da_t; the other five are made from it.",
    ),
    "rnn_backward": Exercise(
        solution=rnn_backward,
        cases=_SEQUENCES,
        wrong={words: walk_with(**rules) for words, rules in _SEQUENCE_WRONG.items()}
        | {
            "the steps are walked forwards; the way back starts at the last": forwards,
            "the parameters' gradients are averaged over the steps: add them": averaged_over_time,
            "dx stands in the order of the walk, the last step first": dx_reversed,
            **{
                f"{name} is that of the first step alone: += at each step": overwritten(
                    k
                )
                for k, name in ((2, "dU"), (3, "dW"), (4, "db_h"))
            },
        },
        hint="begin at the last step; at each, who hears this state? Then one step back.",
    ),
    "mended_backward": Exercise(
        solution=rnn_backward,
        cases=_SEQUENCES,
        wrong={
            "the planted mistake is still there: h_0 is nowhere in dW": walk_with(
                **_before_zero
            ),
            _WRAPS: walk_with(**_before_wraps),
            _SAME: walk_with(**_before_same),
        },
        hint="with which state does the first step's da_t have to be paired?",
    ),
    "learned_start": Exercise(
        solution=learned_start,
        cases={label: _start(*case) for label, case in _SEQUENCES.items()},
        wrong={
            "one row for each sequence; they share one h_0, so add up": start_with(
                sum_up=lambda dh_0: dh_0
            ),
            "that is the mean over the batch: each sequence uses h_0 in full, so add up": start_with(
                sum_up=lambda dh_0: dh_0.mean(axis=0)
            ),
            "that is the gradient of h_1: one more step back": start_with(stop=1),
            "W must be transposed on the way back: for rows that is da_t @ W": start_with(
                turned=True
            ),
            "only the loss at the first step is heard": lambda own, h, W: learned_start(
                own[:1], h[:1], W
            ),
            "only the loss at the last step is heard": lambda own, h, W: learned_start(
                last_only(own)[0], h, W
            ),
            "the slopes of tanh are missing": start_with(slope=lambda t: 1.0),
        },
        hint="walk back as before, and keep what goes on. How many sequences used the one row?",
    ),
    "take_rule": Exercise(
        solution=take_rule,
        cases={
            "rows used once, twice, three times": (_grads_of_rows, _ids, 7),
            "one axis of ids": (_grads_of_rows[:, 0], _ids[:, 0], 4),
        },
        wrong={
            "a row used twice keeps its last gradient only; dE[ids] += G does that, np.add.at adds": last_wins,
            "a row used twice keeps its first gradient only: add them": lambda G, ids, n: (
                last_wins(np.flip(G), np.flip(ids), n)[:, ::-1]
            ),
            "the gradients of a row are averaged over its uses: add them": lambda G, ids, n: (
                take_rule(G, ids, n) / uses(ids, n)
            ),
            "that counts the uses; add up their gradients": lambda G, ids, n: take_rule(
                np.ones_like(G), ids, n
            ),
            "those are the gradients of the rows taken; the table has n_rows rows": lambda G, ids, n: (
                G
            ),
        },
        hint="what must a row get that was taken three times, and one that was not taken?",
    ),
    "linear_slope": Exercise(
        solution=linear_slope,
        cases={
            "five steps": (0.8, 1.5, _series, 2.0),
            "a negative weight": (-1.2, 0.5, _series[:4], -0.7),
            "one step": (0.6, 2.0, _series[:1], 3.0),
        },
        wrong={
            "that is h_{T-1}: the derivative with all earlier states held fixed": lambda w, u, x, h_0: (
                linear_states(w, u, x, h_0)[-2]
            ),
            "only the path from h_0 to the end, and one of its T uses of w": lambda w, u, x, h_0: (
                w ** (len(x) - 1) * h_0
            ),
            "the inputs came through w too: their terms are missing": lambda w, u, x, h_0: (
                linear_slope(w, u, 0 * x, h_0)
            ),
            "the exponents must go down by one": lambda *a: linear_slope(*a, lowered=0),
            "the first input is left out: x_1 has gone through w, T - 1 times": lambda *a: (
                linear_slope(*a, first=2)
            ),
            "that is h_T; its derivative was asked for": lambda w, u, x, h_0: (
                linear_states(w, u, x, h_0)[-1]
            ),
            "u multiplies every input, and is missing": lambda w, u, x, h_0: (
                linear_slope(w, 1.0, x, h_0)
            ),
        },
        hint="write h_T as a sum of powers of w: how often has x_i been multiplied by w?",
    ),
    "two_steps_by_hand": Exercise(
        solution=23.0,
        wrong={
            "one step only: h_1 is also heard through h_2": -7.0,
            "the loss at step 1 is left out": 35.0,
            "the loss at step 2 is left out": -12.0,
            "both derivatives are total: paths are counted twice": 53.0,
            "dw pairs each dh_t with h_t; it must be the state before": 21.0,
            "the factor w between h_1 and h_2 is missing": 8.0,
            "only the second use of w": 5.0,
            "only the first use of w": 18.0,
        },
        hint="dh_2 first, then dh_1; each is paired with the state before its step.",
        tolerance=1e-6,
    ),
    "symptoms": Exercise(
        solution="41532",
        wrong={
            "A and B are exchanged: one of them is right again with h_0 = 0": "14532",
            "C and D are exchanged: one of them is right again at T = 1": "41352",
            "D and E are exchanged: one of them is right with a symmetric W": "41523",
            "C and E are exchanged: one of them is wrong inside a single step": "41235",
            "C, D and E are each in another's place; begin with the one that is always wrong": "41253",
        },
        hint="begin with the two that spoil dW alone; then ask each test what it cannot see.",
    ),
}
