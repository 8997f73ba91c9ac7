"""Exercises of the chapter on sequences, each with the mistakes that are commonly made in it."""

import numpy as np

from rnnlib.autoregression import fit_ar, lagged, predict, relative_variance
from rnnlib.checks.core import Exercise
from rnnlib.markov import marginals, transition_matrix

_rng = np.random.default_rng(1)
_noisy = _rng.normal(size=12).round(2)
_series = np.cos(0.6 * np.arange(60)) + 0.4 * _rng.normal(size=60)
_states = _rng.integers(3, size=40)
_chain = np.array([[0.8, 0.2, 0.0], [0.3, 0.4, 0.3], [0.1, 0.5, 0.4]])
_start = np.array([0.7, 0.1, 0.2])


def _shift(k):
    """Make a wrong ``lagged``: column 1 holds x_{t-1-k} instead of x_{t-1}."""

    def table(x, tau):
        return np.column_stack([np.roll(x, j + k)[tau:] for j in range(1, tau + 1)])

    return table


def _counts(ids, n_states, apart=1):
    counts = np.zeros((n_states, n_states))
    np.add.at(counts, (ids[:-apart], ids[apart:]), 1)
    return counts


def _past(x, tau, k):
    """The table of ``lagged`` with ones in front, for targets k steps after the latest known value."""
    table = lagged(np.append(x, np.zeros(max(1 - k, 0))), tau)
    rows = table[: len(x) - tau - k + 1]
    return np.column_stack([np.ones(len(rows)), rows])


def _fit(design, target):
    return np.linalg.lstsq(design, target, rcond=None)[0]


def fit_direct(x, tau, k):
    """Fit intercept and tau weights to predict the value k steps after the latest known one."""
    return _fit(_past(x, tau, k), x[tau + k - 1 :])


def honest_error(x, tau, n_train):
    """Fit on the first n_train values; relative variance of the one-step errors on the rest, by the rest's variance."""
    model = fit_ar(x[:n_train], tau)
    return relative_variance(x[n_train:], predict(model, x[n_train - tau :]))


def _fitted_on_everything(x, tau, n_train):
    model = fit_ar(x, tau)
    return relative_variance(x[n_train:], predict(model, x[n_train - tau :]))


def _training_error(x, tau, n_train):
    train = x[:n_train]
    return relative_variance(train[tau:], predict(fit_ar(train, tau), train))


def _history_lost(x, tau, n_train):
    test = x[n_train:]
    return relative_variance(test[tau:], predict(fit_ar(x[:n_train], tau), test))


def _train_variance(x, tau, n_train):
    model = fit_ar(x[:n_train], tau)
    return relative_variance(
        x[n_train:], predict(model, x[n_train - tau :]), float(np.var(x[:n_train]))
    )


def _mean_squared(x, tau, n_train):
    return honest_error(x, tau, n_train) * float(np.var(x[n_train:]))


EXERCISES = {
    "lagged": Exercise(
        solution=lambda x, tau: lagged(np.asarray(x, dtype=float), tau),
        cases={
            "six numbers, tau = 1": (np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0]), 1),
            "six numbers, tau = 3": (np.array([3.0, 1.0, 4.0, 2.0, 5.0, 3.0]), 3),
            "twelve noisy, tau = 4": (_noisy, 4),
            "whole numbers, tau = 2": (np.arange(1.0, 9.0), 2),
        },
        wrong={
            "the oldest value stands first; row t must begin with x_{t-1}": lambda x, tau: (
                lagged(x, tau)[:, ::-1]
            ),
            "the target itself stands in the first column: the model would see its own answer": _shift(
                -1
            ),
            "the columns begin at x_{t-2}: the latest value is left out": _shift(1),
            "the last row is missing: the targets run to x_{T-1} inclusive": lambda x, tau: (
                lagged(x, tau)[:-1]
            ),
            "the first row is missing: the first target is x[tau]": lambda x, tau: (
                lagged(x, tau)[1:]
            ),
            "there is one row too many: it predicts beyond the end of the series": lambda x, tau: (
                lagged(np.append(x, 0.0), tau)
            ),
            "rows and columns are swapped: one row for each target, one column for each lag": lambda x, tau: (
                lagged(x, tau).T
            ),
        },
        hint="column k of the table is the series moved k steps: x[tau - k : T - k].",
    ),
    "transition_matrix": Exercise(
        solution=transition_matrix,
        cases={
            "two states": (np.array([0, 0, 0, 1, 0, 1, 1, 0, 1]), 2),
            "three states": (_states, 3),
            "ends in a rare state": (np.array([0, 1, 0, 2, 0, 1, 0, 1, 2]), 3),
        },
        wrong={
            "the columns sum to 1, not the rows: row i must hold where i goes": lambda ids, n: (
                _counts(ids, n) / _counts(ids, n).sum(axis=0)
            ),
            "the pairs are counted backwards: counts[i, j] must count i followed by j": lambda ids, n: (
                transition_matrix(ids[::-1], n)
            ),
            "the matrix is transposed: row i must hold where i goes, column j where j comes from": lambda ids, n: (
                transition_matrix(ids, n).T
            ),
            "each row is divided by the sums of all rows in turn: sum with keepdims=True": lambda ids, n: (
                _counts(ids, n) / _counts(ids, n).sum(axis=1)
            ),
            "the counts are not divided by anything": _counts,
            "all counts are divided by one total: that is the joint probability of the pair": lambda ids, n: (
                _counts(ids, n) / (len(ids) - 1)
            ),
            "the divisor counts every visit, also the last one, which has no exit": lambda ids, n: (
                _counts(ids, n) / np.bincount(ids, minlength=n)[:, None]
            ),
            "the divisor counts arrivals instead of exits": lambda ids, n: (
                _counts(ids, n) / _counts(ids, n).sum(axis=0)[:, None]
            ),
            "the pairs are one step too far apart: x_t with x_{t+2}": lambda ids, n: (
                _counts(ids, n, 2) / _counts(ids, n, 2).sum(axis=1, keepdims=True)
            ),
        },
        hint="count the pairs (ids[t], ids[t+1]), then divide each row by its own sum.",
    ),
    "marginal_after": Exercise(
        solution=lambda start, P, n_steps: marginals(start, P, n_steps)[-1],
        cases={
            "one step": (_start, _chain, 1),
            "two steps": (_start, _chain, 2),
            "seven steps": (np.array([0.0, 0.0, 1.0]), _chain, 7),
        },
        wrong={
            "P @ p adds up where a state comes from; a distribution is a row: p @ P": lambda p, P, n: (
                np.linalg.matrix_power(P, n) @ p
            ),
            "one step too many": lambda p, P, n: marginals(p, P, n + 1)[-1],
            "one step too few": lambda p, P, n: marginals(p, P, n - 1)[-1],
            "P ** n raises each number to the power; the matrix power is wanted": lambda p, P, n: (
                p @ P**n
            ),
            "only one step is taken, however many were asked for": lambda p, P, n: (
                p @ P
            ),
            "the whole history is returned, where only the last distribution is wanted": marginals,
        },
        hint="one step is p @ P; n steps are n such products.",
    ),
    "dry_in_two_days": Exercise(
        solution=0.61,
        wrong={
            "0.7 * 0.7 is only the path that stays dry; the day between may be wet": 0.49,
            "that is the chance that it is wet the day after tomorrow": 0.39,
            "that is the chance for tomorrow": 0.7,
            "that is the share of dry days in the long run": 4 / 7,
            "0.7 * 0.4 leaves out the path dry-dry-dry, and mixes up the other": 0.28,
            "0.3 * 0.4 is only the path through a wet day": 0.12,
        },
        hint="add up the two paths dry-dry-dry and dry-wet-dry.",
        tolerance=5e-4,
    ),
    "fit_direct": Exercise(
        solution=fit_direct,
        cases={
            "one step, tau = 2": (_series, 2, 1),
            "two steps, tau = 3": (_series, 3, 2),
            "five steps, tau = 1": (_series, 1, 5),
        },
        wrong={
            "the target is always the next value, however many steps were asked for": lambda x, tau, k: (
                fit_direct(x, tau, 1)
            ),
            "the target is one step too far": lambda x, tau, k: fit_direct(
                x, tau, k + 1
            ),
            "the target is one step too near; for k = 1 it is the latest known value itself": lambda x, tau, k: (
                _fit(_past(x, tau, k - 1), x[tau + k - 2 :])
            ),
            "the column of ones is missing, so every forecast is pulled toward zero": lambda x, tau, k: (
                np.linalg.lstsq(_past(x, tau, k)[:, 1:], x[tau + k - 1 :], rcond=None)[
                    0
                ]
            ),
            "the weights are in reverse order: the latest value's comes first": lambda x, tau, k: (
                np.concatenate(
                    [fit_direct(x, tau, k)[:1], fit_direct(x, tau, k)[:0:-1]]
                )
            ),
            "the column of ones stands last; the intercept comes first": lambda x, tau, k: (
                np.roll(fit_direct(x, tau, k), -1)
            ),
        },
        hint="drop the last k - 1 rows of the table and the first k - 1 targets.",
    ),
    "honest_error": Exercise(
        solution=honest_error,
        cases={
            "tau = 2": (_series, 2, 40),
            "tau = 6": (_series, 6, 40),
            "tau = 1, short test": (_series, 1, 50),
        },
        wrong={
            "the model was fitted on the test years too": _fitted_on_everything,
            "that is the error on the training years": _training_error,
            "the first tau test years are not predicted: their past, the last training years, is known": _history_lost,
            "the errors are divided by the variance of the training years, not of the test years": _train_variance,
            "that is the mean squared error, not yet divided by a variance": _mean_squared,
        },
        hint="fit on x[:n_train]; predict x[n_train:] from x[n_train - tau:].",
        tolerance=1e-6,
    ),
}
