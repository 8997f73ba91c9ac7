"""Ways to clip a gradient, to multiply slopes and to make a matrix orthogonal, right and wrong, for chapter 12."""

import numpy as np

_rng = np.random.default_rng(21)
GRADS = [
    _rng.normal(size=(3, 4)),
    5 * _rng.normal(size=5),
    0.1 * _rng.normal(size=(2, 3)),
]
SMALL = [0.01 * g for g in GRADS[1:]]
ZERO = [np.zeros((2, 3)), np.zeros(4)]


def clip_by_global_norm(grads, max_norm):
    """One factor for all arrays, and only above the threshold."""
    size = norm(grads)
    return tuple(g * factor(size, max_norm) for g in grads), size


def norm(grads):
    return np.sqrt(sum(np.sum(g**2) for g in grads))


def factor(norm, max_norm):
    return max_norm / norm if norm > max_norm else 1.0


def scaled_by(size, shown=None):
    def clip(grads, max_norm):
        norm = size(grads)
        return [g * factor(norm, max_norm) for g in grads], (shown or size)(grads)

    return clip


def each_alone(grads, max_norm):
    clipped = [g * factor(norm([g]), max_norm) for g in grads]
    return clipped, norm(grads)


@np.errstate(all="ignore")
def always(grads, max_norm):
    size = norm(grads)
    return [g * (max_norm / size) for g in grads], size


def nearly_always(grads, max_norm):
    size = norm(grads)
    return [g * (max_norm / (size + 1e-12)) for g in grads], size


def softened(grads, max_norm):
    size = norm(grads)
    return [g * min(1, max_norm / (size + 1e-6)) for g in grads], size


PER_SEQUENCE = 4 * _rng.normal(size=(5, 3)) + np.array([3.0, -1.0, 0.5])
OPPOSED = np.array([[30.0, 1.0], [-28.0, 1.0], [1.0, 0.5]])  # they cancel


def clipped_mean(g, max_norm):
    """The mean over the batch first, then the clip."""
    return clip_one(g.mean(axis=0), max_norm)


def clip_one(g, max_norm):
    return g * factor(np.linalg.norm(g), max_norm)


def row_factors(g, max_norm):
    return max_norm / np.linalg.norm(g, axis=1, keepdims=True)


def guarded_clip(grads, max_norm):
    """An empty list when a number is not finite, else clipped by the global norm."""
    if not all(np.isfinite(g).all() for g in grads):
        return ()
    return clip_by_global_norm(grads, max_norm)[0]


def refusing(found):
    @np.errstate(all="ignore")
    def clip(grads, max_norm):
        return [] if found(grads) else clip_by_global_norm(grads, max_norm)[0]

    return clip


def mended(grads, max_norm):
    return clip_by_global_norm([np.nan_to_num(g) for g in grads], max_norm)[0]


def to_zero(grads, max_norm):
    finite = [np.where(np.isfinite(g), g, 0) for g in grads]
    return clip_by_global_norm(finite, max_norm)[0]


def zeros_instead(grads, max_norm):
    clipped = guarded_clip(grads, max_norm)
    return clipped or [np.zeros(g.shape) for g in grads]


def none_instead(grads, max_norm):
    return guarded_clip(grads, max_norm) or None


def guarded(clip):
    return lambda grads, c: guarded_clip(grads, c) and clip(grads, c)[0]


def with_value(value):
    spoilt = [g.copy() for g in GRADS]
    spoilt[1][2] = value
    return spoilt


def slope_product(w, b, h_0, n):
    """dh_n / dh_0 of h_t = tanh(w h_{t-1} + b)."""
    return slopes(w, b, h_0, n)


def slopes(w, b, h, n, slope=lambda w, h_prev, h: w * (1 - h**2)):
    product = 1.0
    for _ in range(n):
        h_prev, h = h, np.tanh(w * h + b)
        product *= slope(w, h_prev, h)
    return product


def after(w, b, h, n):
    for _ in range(n):
        h = np.tanh(w * h + b)
    return h


def orthogonal_from(A):
    """Q of A = QR, with the diagonal of R made positive."""
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))


def svd_factor(A):
    U, _, V = np.linalg.svd(A)
    return U @ V


def by_rows(A):
    Q, R = np.linalg.qr(A)
    return np.sign(np.diag(R))[:, None] * Q
