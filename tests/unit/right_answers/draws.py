"""Right answers to the exercises of chapter 14."""

from itertools import accumulate

import numpy as np


def asked_in_turn(p, u):
    for token, sum_so_far in enumerate(accumulate(p)):
        if sum_so_far > u:
            return token


def by_counting(p, u):
    return (np.cumsum(p) <= u).sum()


def by_power(o, temperature):
    top = o.max(axis=-1, keepdims=True)
    e = (o - top) / temperature
    return e - np.log(np.sum(np.exp(e), axis=-1, keepdims=True))


def one_after_the_other(p, share):
    kept, total = np.zeros(len(p)), 0.0
    for token in sorted(range(len(p)), key=lambda i: -p[i]):
        if total >= share:
            break
        kept[token] = p[token]
        total += p[token]
    return kept / total


def with_a_set(ids, n):
    seen, again, total = set(), 0, 0
    for i in range(len(ids) - n + 1):
        gram = tuple(ids[i : i + n])
        again += gram in seen
        seen.add(gram)
        total += 1
    return again / total


def one_by_one(log_p, k):
    left, kept = log_p.copy(), []
    for _ in range(k):
        kept.append(left.argmax())
        left[kept[-1]] = -np.inf
    out = np.full(len(log_p), -np.inf)
    out[kept] = log_p[kept] - np.log(np.exp(log_p[kept]).sum())
    return out


def until_it_is_drawn(ids, end):
    texts = []
    for b in range(ids.shape[1]):
        text = []
        for token in ids[:, b]:
            if token == end:
                break
            text.append(token)
        texts.append(text)
    return texts


def through_the_logits(p, temperature, u):
    o = np.log(p) / temperature
    q = np.exp(o) / np.exp(o).sum()
    return int(np.sum(np.cumsum(q) <= u))


def as_a_race(o, u):
    return np.argmin(-np.log(u) / np.exp(o))


ANSWERS = [
    ("drawn", asked_in_turn),
    ("drawn", by_counting),
    ("tempered", by_power),
    ("top_p", one_after_the_other),
    ("repeated_share", with_a_set),
    ("top_k", one_by_one),
    ("until_end", until_it_is_drawn),
    ("drawn_at", through_the_logits),
    ("gumbel_max", as_a_race),
]
ARRAYS = ["tempered", "top_p", "top_k"]
NUMBERS = ["repeated_share"]
