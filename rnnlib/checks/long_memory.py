"""Exercises of chapter 18, Long memory: leaks on the wrong side, readouts without a ridge, capacities off by one."""

import numpy as np

from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(18)


def _leaky(x_t, h_prev, U, W, b_h, leak):
    return (1 - leak) * h_prev + leak * np.tanh(U @ x_t + W @ h_prev + b_h)


def _ridge(S, Y, ridge):
    return np.linalg.solve(S.T @ S + ridge * np.eye(S.shape[1]), S.T @ Y).T


def _capacity(outputs, x, shift=0, score=lambda o, y: np.corrcoef(o, y)[0, 1] ** 2):
    """The sum of a score over the columns; column k - 1 belongs to the delay k + shift."""
    total = 0.0
    for k in range(1, outputs.shape[1] + 1):
        lag = k + shift
        total += score(outputs[lag:, k - 1], x[: len(x) - lag])
    return float(total)


def _ahead(outputs, x):
    pairs = ((outputs[:-k, k - 1], x[k:]) for k in range(1, outputs.shape[1] + 1))
    return float(sum(np.corrcoef(o, y)[0, 1] ** 2 for o, y in pairs))


def _wrapped(outputs, x):
    pairs = ((o, np.roll(x, k)) for k, o in enumerate(outputs.T, 1))
    return float(sum(np.corrcoef(o, y)[0, 1] ** 2 for o, y in pairs))


def _cosine(o, y):
    return (o @ y) ** 2 / ((o @ o) * (y @ y))


def _covariance(o, y):
    return np.mean((o - o.mean()) * (y - y.mean())) ** 2


def _explained(o, y):
    return 1 - np.mean((o - y) ** 2) / np.var(y)


def _shortest(n, leaps, past=False):
    """The fewest steps to n exactly, or with ``past`` to n or beyond."""
    fewest = [0]
    for m in range(1, n + 1):
        back = [max(m - d, 0) if past else m - d for d in (1, *leaps)]
        fewest.append(1 + min(fewest[b] for b in back if b >= 0))
    return fewest[n]


def _greedy(n, leaps):
    steps = 0
    for d in sorted((1, *leaps), reverse=True):
        steps, n = steps + n // d, n % d
    return steps


def _bound(W, leak, decay):
    return abs(1 - leak * decay) + leak * np.linalg.norm(W, 2)


def _rho(W):
    return np.abs(np.linalg.eigvals(W)).max()


def _totals(own, h, W, W_d, d, near=True, far=True, late=0, slope="later", T_=True):
    """dh of h_t = tanh(... + W h_{t-1} + W_d h_{t-d}), with the slips that the arguments ask for."""
    dh, da = np.zeros_like(own), np.zeros_like(own)
    for t in reversed(range(len(own))):
        dh[t] = own[t]
        if near and t + 1 < len(own):
            dh[t] += da[t + 1] @ (W if T_ else W.T)
        lag = d + late
        if far and t + lag < len(own):
            handed = {
                "later": da[t + lag],
                "none": dh[t + lag],
                "own": dh[t + lag] * (1 - h[t] ** 2),
            }[slope]
            dh[t] += handed @ (W_d if T_ else W_d.T)
        da[t] = dh[t] * (1 - h[t] ** 2)
    return dh


def _data(T, F, O, ridge):
    return _rng.normal(size=(T, F)), _rng.normal(size=(T, O)), ridge


def _step(H, n_in, leak):
    return (
        _rng.normal(size=n_in),
        _rng.uniform(-1, 1, H),
        _rng.normal(size=(H, n_in)),
        _rng.normal(size=(H, H)),
        _rng.normal(size=H),
        leak,
    )


def _recalled(T, K):
    """Outputs that recall x a little, at a wrong scale and offset."""
    x = _rng.uniform(-1, 1, T)
    past = np.stack([np.roll(x, k) for k in range(1, K + 1)], axis=1)
    past[:K] = _rng.uniform(-1, 1, (K, K))  # nothing is known of what wraps round
    noisy = past + (0.2 + 0.3 * np.arange(K)) * _rng.normal(size=(T, K))
    return 0.7 * noisy + 0.3, x + 0.2


def _network(T, H, d):
    h, own = _rng.uniform(-0.9, 0.9, (T, H)), _rng.normal(size=(T, H))
    return own, h, _rng.normal(size=(H, H)), _rng.normal(size=(H, H)), d


EXERCISES: dict[str, Exercise] = {
    "leaky_step": Exercise(
        solution=_leaky,
        cases={
            "4 units, leak 0.3": _step(4, 2, 0.3),
            "3 units, leak 0.9": _step(3, 1, 0.9),
            "no leak, leak = 1": _step(5, 3, 1.0),
        },
        wrong={
            "the leak is on the wrong side: a unit takes leak of the new value": lambda x, h, U, W, b, k: (
                _leaky(x, h, U, W, b, 1 - k)
            ),
            "the whole sum went through tanh: the old value is kept as it is": lambda x, h, U, W, b, k: (
                np.tanh((1 - k) * h + k * (U @ x + W @ h + b))
            ),
            "W is transposed": lambda x, h, U, W, b, k: _leaky(x, h, U, W.T, b, k),
            "the old value is kept whole: only 1 - leak of it stays": lambda x, h, U, W, b, k: (
                h + k * np.tanh(U @ x + W @ h + b)
            ),
            "the new value comes in whole: only leak of it is taken": lambda x, h, U, W, b, k: (
                (1 - k) * h + np.tanh(U @ x + W @ h + b)
            ),
            "the leak went inside the tanh": lambda x, h, U, W, b, k: (
                (1 - k) * h + np.tanh(k * (U @ x + W @ h + b))
            ),
            "the bias is missing": lambda x, h, U, W, b, k: _leaky(x, h, U, W, 0, k),
        },
        hint="the plain RNN's new value, and then an average of it and the old one.",
    ),
    "ridge_readout": Exercise(
        solution=_ridge,
        cases={
            "9 steps, 3 features, 2 targets": _data(9, 3, 2, 0.5),
            "7 steps, 4 features, 1 target": _data(7, 4, 1, 2.0),
            "fewer steps than features": _data(3, 5, 2, 0.3),
        },
        wrong={
            "that is V transposed: V is (O, F)": lambda S, Y, r: _ridge(S, Y, r).T,
            "the ridge is missing": lambda S, Y, r: (
                np.linalg.lstsq(S, Y, rcond=None)[0].T
            ),
            "the ridge is squared": lambda S, Y, r: _ridge(S, Y, r**2),
            "the ridge is multiplied by the number of steps: errors are summed here": lambda S, Y, r: (
                _ridge(S, Y, r * len(S))
            ),
            "the ridge stands at every entry of S^T S; it belongs on the diagonal": lambda S, Y, r: (
                np.linalg.solve(S.T @ S + r, S.T @ Y).T
            ),
            "those are the outputs: V was asked for": lambda S, Y, r: (
                S @ _ridge(S, Y, r).T
            ),
        },
        hint="np.linalg.solve(A, B) gives the X of A X = B; here X is V transposed.",
    ),
    "memory_capacity": Exercise(
        solution=_capacity,
        cases={
            "40 steps, delays 1 to 3": _recalled(40, 3),
            "25 steps, delays 1 to 5": _recalled(25, 5),
            "one delay": _recalled(12, 1),
        },
        wrong={
            "column 0 is compared with the input of the same step: it belongs to delay 1": lambda o, x: (
                _capacity(o, x, shift=-1)
            ),
            "np.roll wraps round: the first k steps were compared with the end of x": _wrapped,
            "that looks ahead: the outputs are compared with inputs that have not come yet": _ahead,
            "the correlations are not squared": lambda o, x: _capacity(
                o, x, score=lambda a, b: np.corrcoef(a, b)[0, 1]
            ),
            "the means are not taken off: that is a cosine": lambda o, x: _capacity(
                o, x, score=_cosine
            ),
            "that is a covariance: divide by both variances": lambda o, x: _capacity(
                o, x, score=_covariance
            ),
            "that is the explained variance, which punishes a wrong scale; the correlation does not": lambda o, x: (
                _capacity(o, x, score=_explained)
            ),
            "that is the mean over the delays: the sum was asked for": lambda o, x: (
                _capacity(o, x) / o.shape[1] + (o.shape[1] == 1) * 1e-6
            ),
        },
        hint="for delay k: outputs[k:, k - 1] beside x[:-k], and np.corrcoef.",
    ),
    "shortest_path": Exercise(
        solution=_shortest,
        cases={
            "50 steps, leaps of 7": (50, (7,)),
            "31 steps, leaps of 10 or 25": (31, (10, 25)),
            "24 steps, leaps of 5, 12 or 18": (24, (5, 12, 18)),
            "leaps longer than the way": (4, (9, 30)),
            "50 steps, leaps of 30 or 20": (50, (30, 20)),
            "no leaps": (6, ()),
        },
        wrong={
            "the longest leap first is not always best: 31 is three tens and a one": _greedy,
            "a path may not go beyond n: it has to arrive": lambda n, leaps: _shortest(
                n, leaps, past=True
            ),
            "only the longest leap is used": lambda n, leaps: _shortest(
                n, leaps[-1:] or (1,)
            ),
            "leaps of one kind only: a path may mix them": lambda n, leaps: min(
                (n // d + n % d for d in leaps), default=n
            ),
            "the rest is counted as one step": lambda n, leaps: min(
                (-(-n // d) for d in leaps if d <= n), default=n
            ),
            "its end is no step: count the factors, not the stops between": lambda n, leaps: (
                _shortest(n, leaps) - 1
            ),
        },
        hint="the last move before n was some leap; the way up to there was a shortest one too.",
    ),
    "contraction_bound": Exercise(
        solution=_bound,
        cases={
            "3 units, leak 0.4": (0.4 * _rng.normal(size=(3, 3)), 0.4, 1.0),
            "4 units, leak 0.44, decay 0.9": (
                0.3 * _rng.normal(size=(4, 4)),
                0.44,
                0.9,
            ),
            "no leak, decay 1.4": (0.5 * _rng.normal(size=(5, 5)), 1.0, 1.4),
        },
        wrong={
            "that is made of the spectral radius, which promises nothing": lambda W, k, d: (
                abs(1 - k * d) + k * _rho(W)
            ),
            "1 - leak * decay may be negative: what counts is its size": lambda W, k, d: (
                1 - k * d + k * np.linalg.norm(W, 2)
            ),
            "the decay is missing": lambda W, k, d: _bound(W, k, 1.0),
            "the leak does not multiply the largest singular value": lambda W, k, d: (
                abs(1 - k * d) + np.linalg.norm(W, 2)
            ),
            "that is the matrix's share alone: what is kept counts too": lambda W, k, d: (
                k * np.linalg.norm(W, 2)
            ),
            "that is the length of all entries together: np.linalg.norm(W, 2) is the largest stretch": lambda W, k, d: (
                abs(1 - k * d) + k * np.linalg.norm(W)
            ),
        },
        hint="how far apart can the kept parts be, how far the new ones? The triangle inequality adds them.",
    ),
    "mended_totals": Exercise(
        solution=lambda own, h, W, W_d, d: _totals(own, h, W, W_d, d),
        cases={
            "7 steps, a delay of 3": _network(7, 3, 3),
            "6 steps, a delay of 2": _network(6, 4, 2),
            "a delay longer than the sequence": _network(4, 2, 6),
        },
        wrong={
            "the planted mistake is still there: dh was handed on without the slope": lambda *a: (
                _totals(*a, slope="none")
            ),
            "the slope is taken where the leap arrives; it is that of the step it comes from": lambda *a: (
                _totals(*a, slope="own")
            ),
            "the leap is one step too long": lambda *a: _totals(*a, late=1),
            "the leap is one step too short": lambda *a: _totals(*a, late=-1),
            "the near path is gone": lambda *a: _totals(*a, near=False),
            "the far path is gone": lambda *a: _totals(*a, far=False),
            "the matrices are transposed: in rows it is da @ W": lambda *a: _totals(
                *a, T_=False
            ),
        },
        hint="what a step hands back, on either path, is its da.",
    ),
    "effective_radius": Exercise(
        solution=float(np.abs(0.6 + 0.36j)),
        wrong={
            "that is the spectral radius of W itself": 0.9,
            "that is leak times the radius: what is kept counts too": 0.36,
            "that takes 0.9 for the eigenvalue; it is imaginary, and adds at a right angle": 0.96,
            "that is the share of the eigenvalue -0.8, the smaller one": 0.28,
            "the root is missing": 0.4896,
            "leak and 1 - leak have changed places": float(np.abs(0.4 + 0.54j)),
        },
        hint="1 - leak + leak times an eigenvalue, for each of them; then the largest absolute value.",
        tolerance=1e-3,
    ),
}
