"""Right answers to the exercises of chapter 11."""

import numpy as np


def by_remainders(T, k):
    t = np.arange(T)
    return np.where((t % k == 0) & (t > 0), 0, 1)


def by_a_loop(uniforms, keep):
    flow = [1.0]
    for u in uniforms[1:]:
        flow.append(1 / keep if u < keep else 0.0)
    return np.array(flow)


def by_segments(T, k):
    walks = []
    while len(walks) < T:
        walks.extend(range(1, min(k, T - len(walks)) + 1))
    return sum(walks) / T


def by_blocks(T, k1, k2):
    weights = np.zeros((T, T))
    for end in range(k1, T + 1, k1):
        weights[end - k1 : end, max(end - k2, 0) : end] = 1
    return np.tril(weights)


def by_the_law_of_products(paths, keep):
    """E[product of products] is keep to the minus number of factors that both share."""
    i, t = np.indices(paths.shape)
    places = np.argwhere(t <= i)
    mean = paths[i >= t].sum()
    square = 0.0
    for i_1, t_1 in places:
        for i_2, t_2 in places:
            shared = max(min(i_1, i_2) - max(t_1, t_2), 0)
            square += paths[i_1, t_1] * paths[i_2, t_2] * keep**-shared
    return np.array([mean, square - mean**2])


def by_chunks(own, h_0, h, W, k):
    dW, first = np.zeros_like(W), None
    for start in range(0, len(h), k):
        through = np.zeros_like(h_0)
        for t in range(min(start + k, len(h)) - 1, start - 1, -1):
            da = (own[t] + through) * (1 - h[t] ** 2)
            dW = dW + np.einsum("bi,bj->ij", da, h[t - 1] if t > 0 else h_0)
            through = da @ W
        first = through if first is None else first
    return dW, first


ANSWERS = [
    ("truncated_flow", by_remainders),
    ("randomised_flow", by_a_loop),
    ("mean_back_steps", by_segments),
    ("window_weights", by_blocks),
    ("estimate_moments", by_the_law_of_products),
    ("mended_walk", by_chunks),
    ("cut_by_hand", 52),
]
ARRAYS = ["truncated_flow", "randomised_flow", "window_weights", "estimate_moments"]
NUMBERS = ["mean_back_steps"]
