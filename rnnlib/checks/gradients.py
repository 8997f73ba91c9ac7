"""Exercises of chapter 12, Exploding and vanishing gradients: powers, products of slopes, clipping."""

import numpy as np

from rnnlib.checks import ways_clipped as ways
from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(12)


def _walk(T, H, gain):
    W = gain * _rng.normal(size=(H, H)) / np.sqrt(H)
    return np.tanh(_rng.normal(size=(T, H))), W


_few, _many = _walk(3, 4, 1.5), _walk(6, 3, 2.5)
_flat = 0.999 * np.sign(_rng.normal(size=(4, 2))), np.array([[1.5, 0.4], [-2.0, 0.7]])


def jacobian_norms(h, W):
    """The norms of J_T, J_T J_{T-1}, ..., J_T ... J_1."""
    return _norms([_jacobian(h_t, W) for h_t in h[::-1]])


def _jacobian(h_t, W):
    return (1 - h_t**2)[:, None] * W


def _norms(factors, size=lambda P: np.linalg.norm(P, 2), multiply=lambda P, J: P @ J):
    P, norms = np.eye(len(factors[0])), []
    for J in factors:
        norms.append(size(P))
        P = multiply(P, J)
    return np.array([*norms[1:], size(P)])


def _back(h, W, jacobian=_jacobian, **kind):
    return _norms([jacobian(h_t, W) for h_t in h[::-1]], **kind)


def _radius(W):
    return np.abs(np.linalg.eigvals(W)).max()


_squares = [_rng.normal(size=(n, n)) for n in (2, 3, 6)]
EXERCISES = {
    "jacobian_norms": Exercise(
        solution=jacobian_norms,
        cases={"three steps": _few, "six steps": _many, "near saturation": _flat},
        wrong={
            "the factors stand in the wrong order: the latest must be leftmost": lambda h, W: (
                _back(h, W, multiply=lambda P, J: J @ P)
            ),
            "it begins at the first step: lag 1 is the last one": lambda h, W: _norms(
                [_jacobian(h_t, W) for h_t in h], multiply=lambda P, J: J @ P
            ),
            "the slope stands on the right, on the columns of W: diag(...) comes first": lambda h, W: (
                _back(h, W, lambda h_t, W: W * (1 - h_t**2))
            ),
            "W is transposed": lambda h, W: _back(h, W.T),
            "each slope is that of the state before: J_t holds h_t": lambda h, W: _back(
                np.concatenate([np.zeros((1, len(W))), h[:-1]]), W
            ),
            "the slopes are missing: those are powers of W": lambda h, W: _back(
                0 * h, W
            ),
            "the slope of tanh is 1 - h^2, not its reciprocal": lambda h, W: _back(
                h, W, lambda h_t, W: (1 / (1 - h_t**2))[:, None] * W
            ),
            "that is the Frobenius norm, the root of all squares; take the largest singular value": lambda h, W: (
                _back(h, W, size=np.linalg.norm)
            ),
            "those are spectral radii; the norm is the largest singular value": lambda h, W: (
                _back(h, W, size=_radius)
            ),
            "the norms of the factors were multiplied: take the norm of the product": lambda h, W: (
                np.cumprod([np.linalg.norm(_jacobian(h_t, W), 2) for h_t in h[::-1]])
            ),
            "each Jacobian alone: multiply them up": lambda h, W: np.array(
                [np.linalg.norm(_jacobian(h_t, W), 2) for h_t in h[::-1]]
            ),
        },
        hint="begin with the last step. On which side does the next factor go, and which axis of W has the slope?",
    ),
    "clip_by_global_norm": Exercise(
        solution=ways.clip_by_global_norm,
        cases={
            "above the threshold": (ways.GRADS, 2.0),
            "below the threshold": (ways.SMALL, 2.0),
            "all zero": (ways.ZERO, 1.0),
            "one array above, one below": (ways.GRADS[::2], 1.5),
        },
        wrong={
            "each array was clipped by itself: the direction changes": ways.each_alone,
            "each number was clipped by itself: the direction changes": lambda grads, max_norm: (
                [np.clip(g, -max_norm, max_norm) for g in grads],
                ways.norm(grads),
            ),
            "it rescales always: below the threshold nothing may change": ways.always,
            "it rescales always, zeros aside: below the threshold nothing may change": ways.nearly_always,
            "something was added to the norm: the result is shorter than max_norm": ways.softened,
            "the square root is missing": ways.scaled_by(
                lambda grads: ways.norm(grads) ** 2
            ),
            "the norm that is returned must be that before clipping": lambda grads, max_norm: (
                ways.clip_by_global_norm(grads, max_norm)[0],
                ways.norm(ways.clip_by_global_norm(grads, max_norm)[0]),
            ),
            "that is the largest number, not the root of the sum of all squares": ways.scaled_by(
                lambda grads: max(np.abs(g).max() for g in grads)
            ),
            "the norms of the arrays were added: add their squares": ways.scaled_by(
                lambda grads: sum(ways.norm([g]) for g in grads)
            ),
            "only the first array was measured": ways.scaled_by(
                lambda grads: ways.norm(grads[:1])
            ),
            "the list comes first, then the norm": lambda grads, max_norm: (
                ways.clip_by_global_norm(grads, max_norm)[::-1]
            ),
        },
        hint="what is measured once for all arrays together, and what becomes of a list that is short already?",
    ),
    "shear_corner": Exercise(
        solution=1.5,
        wrong={
            "the corner was raised to the power: multiply the matrices": 81.0,
            "the factor k is missing: the corner collects one term for each step": 0.375,
            "one power of 0.5 too many: k - 1 of the factors are 0.5, one is the corner": 0.75,
            "that is the corner of the third power": 2.25,
            "that is the corner of the fifth power": 0.9375,
            "nothing was shrunk: each path also takes three factors 0.5": 12.0,
            "that is on the diagonal": 0.0625,
        },
        hint="square the matrix, and square the result.",
        tolerance=1e-6,
    ),
    "spectral_radius": Exercise(
        solution=_radius,
        cases={
            "a shear": (
                np.array([[0.9, 5.0, 0.2], [0.0, -0.8, 2.0], [0.0, 0.0, 0.3]]),
            ),
            "the largest is negative": (np.array([[0.5, 0.4], [0.7, -2.1]]),),
            "a turn": (np.array([[0.6, -1.1], [1.3, 0.4]]),),
            "a random matrix": (_rng.normal(size=(7, 7)),),
        },
        wrong={
            "that is the largest singular value: it says what one step can do": lambda W: (
                np.linalg.norm(W, 2)
            ),
            "that is the Frobenius norm": lambda W: np.linalg.norm(W),
            "the sign counts there: take the absolute value first": lambda W: (
                np.linalg.eigvals(W).real.max()
            ),
            "complex numbers have no largest: take their absolute values first": lambda W: (
                np.linalg.eigvals(W).max()
            ),
            "the imaginary part was thrown away before the absolute value": lambda W: (
                np.abs(np.linalg.eigvals(W).real).max()
            ),
            "that is right for symmetric matrices only: use eigvals, not eigvalsh": lambda W: (
                np.abs(np.linalg.eigvalsh(W)).max()
            ),
            "that is the smallest absolute value": lambda W: np.abs(
                np.linalg.eigvals(W)
            ).min(),
            "that is the sum of the absolute values": lambda W: np.abs(
                np.linalg.eigvals(W)
            ).sum(),
        },
        hint="np.linalg.eigvals gives complex numbers; np.abs of one is its distance from zero.",
    ),
    "orthogonal_from": Exercise(
        solution=ways.orthogonal_from,
        cases={f"{len(A)} x {len(A)}": (A,) for A in _squares},
        wrong={
            "orthogonal, but the signs are left to chance: make the diagonal of R positive": lambda A: (
                np.linalg.qr(A)[0]
            ),
            "the signs went to the rows: column j takes the sign of R_jj": ways.by_rows,
            "the signs are turned round: the diagonal of R is negative now": lambda A: (
                -ways.orthogonal_from(A)
            ),
            "that is transposed": lambda A: ways.orthogonal_from(A).T,
            "the columns have length 1, and are not at right angles": lambda A: (
                A / np.linalg.norm(A, axis=0)
            ),
            "that is R": lambda A: np.linalg.qr(A)[1],
            "orthogonal, but from the singular values: QR was asked for": ways.svd_factor,
        },
        hint="QR stays the same when a column of Q and a row of R change sign together: which must?",
    ),
    "slope_product": Exercise(
        solution=ways.slope_product,
        cases={
            "on the way to rest": (1.5, 0.1, 0.05, 7),
            "at rest": (1.5, 0.0, ways.after(1.5, 0.0, 0.5, 1000), 5),
            "a negative weight": (-1.3, 0.2, 0.4, 3),
            "one step": (0.8, -0.5, 0.9, 1),
        },
        wrong={
            "the slope was taken at the state before: 1 - h^2 holds the new one": lambda w, b, h, n: (
                ways.slopes(w, b, h, n, lambda w, h_prev, h: w * (1 - h_prev**2))
            ),
            "w is missing: each step multiplies by w (1 - h^2)": lambda w, b, h, n: (
                ways.slopes(w, b, h, n, lambda w, h_prev, h: 1 - h**2)
            ),
            "the slopes of tanh are missing: that is w to the power n": lambda w, b, h, n: (
                w**n
            ),
            "w was multiplied on once, and not at each step": lambda w, b, h, n: (
                w * ways.slopes(w, b, h, n, lambda w, h_prev, h: 1 - h**2)
            ),
            "one step too few": lambda w, b, h, n: ways.slopes(w, b, h, n - 1),
            "one step too many": lambda w, b, h, n: ways.slopes(w, b, h, n + 1),
            "the slope at the end was taken for all steps": lambda w, b, h, n: (
                (w * (1 - ways.after(w, b, h, n) ** 2)) ** n
            ),
            "the slope of tanh is 1 - h^2, not its reciprocal": lambda w, b, h, n: (
                ways.slopes(w, b, h, n, lambda w, h_prev, h: w / (1 - h**2))
            ),
        },
        hint="which state is in the slope of a step, the one before it or the one after it?",
    ),
    "clipped_mean": Exercise(
        solution=ways.clipped_mean,
        cases={
            "five sequences": (ways.PER_SEQUENCE, 0.5),
            "below the threshold": (ways.PER_SEQUENCE, 100.0),
            "two that nearly cancel": (ways.OPPOSED, 2.0),
        },
        wrong={
            "nothing is mended yet": lambda g, max_norm: (
                g * ways.row_factors(g, max_norm)
            ).mean(axis=0),
            "each sequence is still clipped before the mean": lambda g, max_norm: (
                g * np.minimum(1, ways.row_factors(g, max_norm))
            ).mean(axis=0),
            "it still rescales always: below the threshold nothing may change": lambda g, max_norm: (
                g.mean(axis=0) * max_norm / np.linalg.norm(g.mean(axis=0))
            ),
            "the sequences were added up and not averaged": lambda g, max_norm: (
                ways.clip_one(g.sum(axis=0), max_norm)
            ),
            "the norm is that of all rows together: measure their mean": lambda g, max_norm: (
                g.mean(axis=0) * ways.factor(np.linalg.norm(g), max_norm)
            ),
            "the square root is missing": lambda g, max_norm: (
                g.mean(axis=0) * ways.factor(np.sum(g.mean(axis=0) ** 2), max_norm)
            ),
            "nothing is clipped": lambda g, max_norm: g.mean(axis=0),
        },
        hint="what is the gradient of the mean loss, before anything is clipped? And if it is short?",
    ),
    "guarded_clip": Exercise(
        solution=ways.guarded_clip,
        cases={
            "all finite": (ways.GRADS, 2.0),
            "below the threshold": (ways.SMALL, 2.0),
            "one nan": (ways.with_value(np.nan), 2.0),
            "one infinity": (ways.with_value(np.inf), 2.0),
            "one minus infinity": (ways.with_value(-np.inf), 2.0),
        },
        wrong={
            "infinity passes: nan is not the only number that is not finite": ways.refusing(
                lambda grads: any(np.isnan(g).any() for g in grads)
            ),
            "nan passes: infinity is not the only number that is not finite": ways.refusing(
                lambda grads: any(np.isinf(g).any() for g in grads)
            ),
            "minus infinity passes: np.isfinite asks for all three": ways.refusing(
                lambda grads: any((np.isnan(g) | (g == np.inf)).any() for g in grads)
            ),
            "None was returned for broken gradients: an empty list was asked for": ways.none_instead,
            "only the first array was looked at": ways.refusing(
                lambda grads: not np.isfinite(grads[0]).all()
            ),
            "the broken numbers were made large finite ones, and trained on": ways.mended,
            "the broken numbers were set to zero, and the rest trained on": ways.to_zero,
            "zeros are a step too, for an optimiser with a memory: return an empty list": ways.zeros_instead,
            "nothing is clipped": ways.guarded(lambda grads, max_norm: (grads,)),
            "each array was clipped by itself": ways.guarded(ways.each_alone),
            "it rescales always: below the threshold nothing may change": ways.guarded(
                ways.always
            ),
        },
        hint="np.isfinite is False for nan and for both infinities; ask first, clip after.",
    ),
}
