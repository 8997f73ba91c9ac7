"""Right answers to the exercises of chapter 12."""

import numpy as np


def by_singular_values(h, W):
    norms = []
    for k in range(1, len(h) + 1):
        P = np.eye(len(W))
        for h_t in h[len(h) - k :]:
            P = np.diag(1 - h_t * h_t) @ W @ P
        norms.append(np.linalg.svd(P, compute_uv=False)[0])
    return norms


def by_one_long_vector(grads, max_norm):
    norm = float(np.linalg.norm(np.concatenate([g.ravel() for g in grads])))
    factor = max_norm / max(norm, max_norm)
    return [g * factor for g in grads], norm


def in_a_tuple(grads, max_norm):
    clipped, norm = by_one_long_vector(grads, max_norm)
    return tuple(clipped), norm


def by_the_largest_root(W):
    return max(abs(root) for root in np.roots(np.poly(W)))


def by_gram_schmidt(A):
    Q = np.zeros_like(A)
    for j in range(len(A)):
        v = A[:, j]
        for _ in range(2):
            v = v - Q @ (Q.T @ v)
        Q[:, j] = v / np.linalg.norm(v)
    return Q


def by_complex_step(w, b, h_0, n):
    h = h_0 + 1e-30j
    for _ in range(n):
        h = np.tanh(w * h + b)
    return h.imag / 1e-30


def by_shrinking(g, max_norm):
    mean = np.mean(g, axis=0)
    norm = np.sqrt(mean @ mean)
    return mean / max(1.0, norm / max_norm)


def by_the_sum(grads, max_norm):
    total = sum(float(np.sum(np.abs(g))) for g in grads)
    if not np.isfinite(total):
        return []
    return by_one_long_vector(grads, max_norm)[0]


ANSWERS = [
    ("jacobian_norms", by_singular_values),
    ("clip_by_global_norm", by_one_long_vector),
    ("clip_by_global_norm", in_a_tuple),
    ("spectral_radius", by_the_largest_root),
    ("orthogonal_from", by_gram_schmidt),
    ("slope_product", by_complex_step),
    ("clipped_mean", by_shrinking),
    ("guarded_clip", by_the_sum),
]
ARRAYS = ["jacobian_norms", "orthogonal_from", "clipped_mean"]
NUMBERS = ["spectral_radius", "slope_product"]
