"""Exercises of chapter 15, Teacher forcing."""

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.checks.forced_ways import (
    ahead,
    alone,
    best_from_last,
    fed_by,
    followers,
    forced_forward,
    forced_inputs,
    free_run,
    free_running_errors,
    late,
    mixed_feeding,
    never_back,
    one_late,
    own_outputs,
    sampled_optimum,
    stale,
    two_back,
    without,
    zeros_first,
)

_rng = np.random.default_rng(15)
_ids = _rng.permutation(15).reshape(5, 3) + 1
_wide = _rng.permutation(12).reshape(3, 4) + 2
_T, _B, _I, _H, _O = 4, 2, 3, 5, 6
_net = tuple(
    _rng.normal(size=shape) for shape in ((_H, _I), (_H, _O), (_H,), (_O, _H), (_O,))
)
_x, _fed = _rng.normal(size=(_T, _B, _I)), _rng.normal(size=(_T, _B, _O))
_one_row = _x[:, :1], _fed[:, :1]

_series = np.array([0.3, 0.9, -0.4, 1.3, 0.2, -1.1, 0.8])
_plane, _turn = _rng.normal(size=(6, 2)), np.array([[0.6, -0.9], [0.7, 0.4]])
_coins = np.array([True, False, False, True, True, False])
_other = np.array([False, True, False, False, True])

_abac = np.array([0, 1, 0, 2] * 5 + [0])
_tune = np.array([2, 1, 0, 1, 2, 2, 2, 1, 1, 1, 2, 4, 4])
_loaded = np.array([3, 3, 3, 0, 3, 1, 0, 3, 2, 3, 3, 0, 0, 3])

_copy = np.array([[0.6, 0.0], [0.0, 0.4]])
_table = np.array([[0.1, 0.25, 0.05], [0.3, 0.1, 0.2]])


EXERCISES: dict[str, Exercise] = {
    "forced_inputs": Exercise(
        solution=forced_inputs,
        cases={
            "five steps, three columns": (_ids, 0),
            "three steps, four columns": (_wide, 1),
            "one column": (_ids[:, :1], 9),
        },
        wrong={
            "each target is its own input: the answer is given away": lambda y, start: (
                y
            ),
            "the targets were rolled, and the last one feeds the first step": lambda y, start: (
                np.roll(y, 1, axis=0)
            ),
            "moved the wrong way: the input is the target of the step to come": lambda y, start: (
                np.concatenate([y[1:], np.full_like(y[:1], start)])
            ),
            "two steps late: the input of a step is the target just before it": lambda y, start: (
                np.concatenate([np.full_like(y[:2], start), y[:-2]])
            ),
            "the last target is still there: it is never an input": lambda y, start: (
                np.concatenate([np.full_like(y[:1], start), y])
            ),
            "the first target stands where start should: nothing is known before it": lambda y, start: (
                np.concatenate([y[:1], y[:-1]])
            ),
            "the first step is fed 0: it is fed start": lambda y, start: forced_inputs(
                y, 0
            ),
            "moved along the batch: time is the first axis": lambda y, start: (
                np.concatenate([np.full_like(y[:, :1], start), y[:, :-1]], axis=1)
            ),
        },
        hint="one row of start on top, and y[:-1] below it.",
    ),
    "free_run": Exercise(
        solution=free_run,
        cases={
            "a number": (lambda y, s: (0.5 * y + s, s + 1), 1.0, 0.25, 5),
            "a point": (lambda y, s: (_turn @ y + s, 0.5 * s), _plane[0], _plane[1], 4),
            "one step": (lambda y, s: (y * s, s + 2), 3.0, 0.5, 1),
        },
        wrong={
            "the state is not handed on: each step starts from the first one": lambda step, y, state, n: (
                free_run(lambda v, _: step(v, state), y, state, n)
            ),
            "every step is fed the first y: feed it what came out": lambda step, y, state, n: (
                free_run(lambda _, s: step(y, s), y, state, n)
            ),
            "the first y stands among the outputs: it was given, not made": lambda step, y, state, n: (
                np.array([y, *free_run(step, y, state, n)[:-1]])
            ),
            "the first y stands among the outputs, and there is one too many": lambda step, y, state, n: (
                np.array([y, *free_run(step, y, state, n)])
            ),
            "that is the last output only": lambda step, y, state, n: free_run(
                step, y, state, n
            )[-1],
        },
        hint="y, state = step(y, state), then append y.",
    ),
    "forced_forward": Exercise(
        solution=forced_forward,
        cases={
            "four steps, two columns": (_x, _fed, *_net),
            "one column": (*_one_row, *_net),
            "fed zeros": (_x, 0 * _fed, *_net),
        },
        wrong={
            "from the second step on it was fed its own outputs": own_outputs,
            "y_prev was shifted once more: y_prev[t] belongs to step t": lambda x, y_prev, *net: (
                forced_forward(x, late(y_prev), *net)
            ),
            "the rows were not folded back into steps and columns": lambda x, y_prev, *net: (
                forced_forward(x, y_prev, *net).reshape(-1, len(net[-1]))
            ),
            "tanh is missing": lambda x, y_prev, U, W, b_h, V, b_y: (
                (x @ U.T + y_prev @ W.T + b_h) @ V.T + b_y
            ),
            "tanh was put on the output too: the readout is linear": lambda x, y_prev, *net: (
                np.tanh(forced_forward(x, y_prev, *net))
            ),
            "the input is missing: U x": without(0),
            "nothing is handed on: W y_prev is missing": without(1),
            "b_h is missing": without(2),
            "b_y is missing": without(4),
            "those are the hidden states: V h + b_y was asked for": lambda x, y_prev, U, W, b_h, V, b_y: (
                np.tanh(x @ U.T + y_prev @ W.T + b_h)
            ),
        },
        hint="no loop: x @ U.T works on (T, B, I) as it does on (B, I).",
    ),
    "mixed_feeding": Exercise(
        solution=mixed_feeding,
        cases={
            "a series": (lambda y: 0.8 * y - 0.5, _series, _coins),
            "points": (lambda y: _turn @ y + 0.1, _plane, _other),
            "all truth": (lambda y: y**2 - 1, _series, np.ones(6, dtype=bool)),
        },
        wrong={
            "the coin was read upside down: True feeds the truth": lambda step, y, coins: (
                mixed_feeding(step, y, ~coins)
            ),
            "the coin of the step before decides: coins[t] belongs to step t": lambda step, y, coins: (
                mixed_feeding(step, y, np.roll(coins, 1))
            ),
            "after the first False it never reads the truth again": never_back,
            "where the coin is False the old input is fed again: feed the last output": stale,
            "the coins were not used: it always reads the truth": lambda step, y, coins: (
                fed_by(step, y, lambda t, own: y[t])
            ),
            "the coins were not used: it never reads the truth": lambda step, y, coins: (
                fed_by(step, y, lambda t, own: own)
            ),
            "with a False coin the first step was fed zeros: it is fed y[0]": zeros_first,
            "where the coin is True it is fed y[t + 1], the answer itself": lambda step, y, coins: (
                fed_by(step, y, lambda t, own: y[t + 1] if coins[t] else own)
            ),
            "where the coin is True it is fed y[t + 1], the answer itself, from the first step on": ahead,
        },
        hint="at step 0 feed y[0]; later y[t] if coins[t], else the output of step t - 1.",
    ),
    "best_from_last": Exercise(
        solution=best_from_last,
        cases={
            "a b a c, five times": (_abac,),
            "a tune": (_tune,),
            "a loaded row": (_loaded,),
        },
        wrong={
            "that is one guess for all: the guess may depend on the last token": lambda ids: (
                np.bincount(ids[1:]).max() / (len(ids) - 1)
            ),
            "that is one guess for all, and it counted the first token too": lambda ids: (
                np.bincount(ids).max() / len(ids)
            ),
            "the largest of each column: the guess stands in the row of the token before": lambda ids: (
                followers(ids).max(axis=0).sum() / (len(ids) - 1)
            ),
            "each token counted alike: weigh it by how often it is the last one": lambda ids: (
                (followers(ids).max(axis=1) / followers(ids).sum(axis=1)).mean()
            ),
            "divided by the number of tokens: there is one pair less": lambda ids: (
                best_from_last(ids) * (len(ids) - 1) / len(ids)
            ),
            "tokens with several followers were left out: a guess is right after them too, at times": lambda ids: (
                sum(row.sum() for row in followers(ids) if (row > 0).sum() == 1)
                / (len(ids) - 1)
            ),
            "that is how often a guess drawn from the counts is right: always take the most frequent": lambda ids: (
                (followers(ids) ** 2 / followers(ids).sum(axis=1, keepdims=True)).sum()
                / (len(ids) - 1)
            ),
            "the rule looked at two tokens": two_back,
        },
        hint="for each token the count of its most frequent follower; add up, divide by the number of pairs.",
    ),
    "error_after": Exercise(
        solution=0.01 * (1.1**20 - 1) / 0.1,
        wrong={
            "that is what becomes of the first error: every later step adds one more": 0.01
            * 1.1**20,
            "the errors were added as they are: each is multiplied by the steps after it": 0.2,
            "that is after 19 steps": 0.01 * (1.1**19 - 1) / 0.1,
            "that is after 21 steps: the last error is not multiplied": 0.01
            * (1.1**21 - 1)
            / 0.1,
            "the sum 1 + w + ... begins at 1: take 1 off before you divide": 0.01
            * 1.1**20
            / 0.1,
            "that is the factor: 0.01 is missing": (1.1**20 - 1) / 0.1,
        },
        hint="d_1 = 0.01 and d_t = 1.1 d_{t-1} + 0.01.",
        tolerance=1e-3,
    ),
    "sampled_optimum": Exercise(
        solution=sampled_optimum,
        cases={
            "a copy, half and half": (_copy, 0.5),
            "three tokens, mostly truth": (_table, 0.8),
            "three tokens, never": (_table, 0.0),
            "always the truth": (_table, 1.0),
        },
        wrong={
            "that is the true conditional, whatever p": lambda P, p: sampled_optimum(
                P, 1
            ),
            "that is the marginal, whatever p": lambda P, p: np.tile(
                P.sum(axis=0), (len(P), 1)
            ),
            "p and 1 - p have changed places: p is the share of the truth": lambda P, p: (
                sampled_optimum(P, 1 - p)
            ),
            "that is a joint table: each row must sum to 1": lambda P, p: (
                P.sum(axis=1, keepdims=True) * sampled_optimum(P, p)
            ),
            "the true share is still a joint one: P must be divided by the sums of its rows": lambda P, p: (
                p * P + (1 - p) * P.sum(axis=0)
            ),
            "divided by the sums of the columns: the first token is the row": lambda P, p: (
                p * P / P.sum(axis=0) + (1 - p) * P.sum(axis=0)
            ),
            "that adds the sums of the rows: the second token has those of the columns": lambda P, p: (
                p * sampled_optimum(P, 1) + (1 - p) * P.sum(axis=1, keepdims=True)
            ),
            "own samples were answered by a uniform guess: they meet the true second token": lambda P, p: (
                p * sampled_optimum(P, 1) + (1 - p) / P.shape[1]
            ),
        },
        hint="p times P / its row sums, plus 1 - p times the column sums.",
    ),
    "free_running_errors": Exercise(
        solution=free_running_errors,
        cases={
            "three seen": (lambda y: 0.8 * y - 0.5, _series, 3),
            "one seen": (lambda y: y**2 - 1, _series, 1),
            "five seen": (lambda y: -1.1 * y, _series, 5),
        },
        wrong={
            "it still reads the truth at every step": lambda step, y, n_seen: np.abs(
                step(y[n_seen - 1 : -1]) - y[n_seen:]
            ),
            "it starts one value too late: y[n_seen] has not been seen": lambda step, y, n_seen: (
                free_running_errors(step, y, n_seen + 1)
            ),
            "it begins with y[n_seen], the first answer: y[n_seen - 1] is the last value seen": one_late,
            "it runs free from the very first value: n_seen values were seen": lambda step, y, n_seen: (
                free_running_errors(step, y, 1)[n_seen - 1 :]
            ),
            "each output is compared with the value before the one it forecasts": lambda step, y, n_seen: (
                np.abs(
                    free_run(alone(step), y[n_seen - 1], None, len(y) - n_seen)
                    - y[n_seen - 1 : -1]
                )
            ),
            "the sign is left in: distances were asked for": lambda step, y, n_seen: (
                free_run(alone(step), y[n_seen - 1], None, len(y) - n_seen) - y[n_seen:]
            ),
        },
        hint="keep the last output in a variable, begin with y[n_seen - 1], and hand it to step.",
    ),
}
