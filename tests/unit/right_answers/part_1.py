"""Right answers to the exercises of Part I, written in other ways than the worked solutions."""

from collections import Counter
from fractions import Fraction
from itertools import zip_longest

import numpy as np

from rnnlib.batches import pad

ARRAYS = ["lagged", "transition_matrix", "marginal_after", "fit_direct"]
ARRAYS += ["add_k_probs", "witten_bell_probs", "discounted_probs"]
NUMBERS = ["text_log_prob", "hit_rate", "zipf_exponent", "unseen_share", "coverage"]
NUMBERS += ["honest_error", "perplexity", "perplexity_of", "bits_per_character"]
NUMBERS += ["perplexity_of_batches", "extra_nats", "epoch_loss"]
SHIP = "a ship in the bay is a ship at rest".split()


def by_letters(text):
    clean = ""
    for character in text.lower():
        if character.isalpha():
            clean += character
        elif not clean.endswith(" "):
            clean += " "
    return clean


def windows(x, tau):
    return np.lib.stride_tricks.sliding_window_view(x, tau)[:-1, ::-1]


def row_by_row(x, tau):
    for t in range(tau, len(x)):
        yield [x[t - k] for k in range(1, tau + 1)]


def by_loop(ids, n):
    rows = [[0.0] * n for _ in range(n)]
    for i, j in zip(ids, ids[1:]):
        rows[i][j] += 1
    return [[count / sum(row) for count in row] for row in rows]


def by_einsum(ids, n):
    hot = np.eye(n)[ids]
    counts = np.einsum("ti,tj->ij", hot[:-1], hot[1:])
    return counts / counts.sum(1)[:, None]


def as_columns(start, P, n):
    return (np.linalg.matrix_power(P.T, n) @ start.reshape(-1, 1))[:, 0]


def by_powers(start, P, n):
    return np.einsum("i,ij->j", start, np.linalg.matrix_power(P, n)).tolist()


def zipped(tokens, n):
    return zip(*(tokens[i:] for i in range(n)))


def by_counting(train, test, n):
    seen = [*zipped(train, n)]
    return np.mean([gram not in seen for gram in zipped(test, n)])


def by_ranking(train, test, size):
    ranked = sorted(set(train), key=train.count, reverse=True)
    return np.isin(test, ranked[:size]).mean()


def by_logs(counts):
    counts = sorted(counts, reverse=True)
    ranks = np.arange(len(counts)) + 1
    return -np.polyfit(np.log10(ranks), np.log10(counts), 1)[0]


def by_walking(tokens, pair):
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        yield token + rest.pop(0) if rest and (token, rest[0]) == pair else token


def by_equations(x, tau, k):
    latest = range(tau - 1, len(x) - k)
    rows = np.array([[1.0, *(x[t - j] for j in range(tau))] for t in latest])
    return np.linalg.solve(rows.T @ rows, rows.T @ [x[t + k] for t in latest])


def by_hand(x, tau, n_train):
    weights, squares = by_equations(x[:n_train], tau, 1), []
    for t in range(n_train, len(x)):
        squares.append((x[t] - weights @ [1.0, *x[t - tau : t][::-1]]) ** 2)
    return np.mean(squares) / np.var(x[n_train:])


def by_roots(p):
    product = 1.0
    for probability in p.tolist():
        product *= probability ** (1 / len(p))
    return 1 / product if product else float("inf")


def by_bits(p):
    if min(p) == 0:
        return np.inf
    return 2 ** -np.log2(p).mean()


def one_by_one(log_probs, mask):
    kept = [log_probs[place] for place in zip(*np.nonzero(mask))]
    return np.exp(-sum(kept) / len(kept))


def with_where(log_probs, mask):
    nats = np.sum(-log_probs, where=mask, axis=0).sum()
    return np.exp(nats / np.count_nonzero(mask))


def by_text(log_probs, words):
    return np.sum(-log_probs / np.log(2)) / len(" ".join(words) + " ")


def weighted(batches):
    sizes = [len(batch) for batch in batches]
    return np.exp(np.average([-b.mean() for b in batches], weights=sizes))


def step_by_step(P, Q):
    weights, total = np.linalg.matrix_power(P, 2000)[0], 0.0
    for i, j in zip(*np.nonzero(P)):
        total += weights[i] * P[i, j] * (np.log(P[i, j]) - np.log(Q[i, j]))
    return total


def two_entropies(P, Q):
    values, vectors = np.linalg.eig(P.T)
    pi = vectors[:, np.argmax(values.real)].real
    joint = (pi / pi.sum())[:, None] * P
    own = np.log(P, out=np.zeros_like(P), where=P > 0)
    return np.sum(joint * own) - np.sum(joint * np.log(Q))


def by_counter(tokens, context):
    k = len(context)
    runs = Counter(zip(*(tokens[j:] for j in range(k + 1))))
    total = sum(n for run, n in runs.items() if run[:k] == tuple(context))
    return {
        run[k]: Fraction(n, total)
        for run, n in runs.items()
        if run[:k] == tuple(context)
    }


def factor_by_factor(start, P, ids):
    total = float(np.log(start[ids[0]]))
    for before, after in zip(ids[:-1], ids[1:]):
        total += float(np.log(P[before, after]))
    return total


def by_place_values(ids, n, V):
    windows = np.lib.stride_tricks.sliding_window_view(ids, n)
    return windows @ V ** np.arange(n)[::-1]


def from_the_end(written, n):
    return written[-(n - 1) :] if n > 1 else []


ANSWERS = [
    ("relative_frequencies", by_counter),
    ("text_log_prob", factor_by_factor),
    ("ngram_codes", by_place_values),
    ("context_of", from_the_end),
    ("bigram_by_hand", 1 / 7),
    ("lagged", windows),
    ("lagged", row_by_row),
    ("transition_matrix", by_loop),
    ("transition_matrix", by_einsum),
    ("marginal_after", as_columns),
    ("marginal_after", by_powers),
    ("normalise", by_letters),
    ("ngrams", zipped),
    ("ngrams", lambda tokens, n: list(zipped(tokens, n))),
    ("zipf_exponent", by_logs),
    ("unseen_share", by_counting),
    ("merge_pair", by_walking),
    ("merge_pair", lambda tokens, pair: list(by_walking(tokens, pair))),
    ("coverage", by_ranking),
    ("fit_direct", by_equations),
    ("honest_error", by_hand),
    ("dry_in_two_days", 0.7 * 0.7 + 0.3 * 0.4),
    ("types_and_tokens", [len(SHIP), len(set(SHIP))]),
    ("types_and_tokens", np.array([len(SHIP), len(set(SHIP))], dtype=np.int32)),
    ("perplexity", by_roots),
    ("perplexity", by_bits),
    ("perplexity_by_hand", (4 * 8 * 16 * 8) ** 0.25),
    ("perplexity_by_hand", 8),
    ("perplexity_of", one_by_one),
    ("perplexity_of", with_where),
    ("bits_per_character", by_text),
    ("perplexity_of_batches", weighted),
    ("extra_nats", step_by_step),
    ("extra_nats", two_entropies),
]


def ids_by_place(ids, n_steps, batch_size, offset):
    length = (len(ids) - 1 - offset) // batch_size
    for k in range(length // n_steps):
        place = [
            [offset + b * length + k * n_steps + t for b in range(batch_size)]
            for t in range(n_steps)
        ]
        yield [[ids[i] for i in row] for row in place], ids[np.add(place, 1)].tolist()


def by_zip_longest(rows, value):
    mask = zip_longest(*([True] * len(row) for row in rows), fillvalue=False)
    return np.array([*zip_longest(*rows, fillvalue=value)]), np.array([*mask])


def by_rows_of_text(ids, n):
    length = (len(ids) - 1) // n
    pieces = [ids[b * length : (b + 1) * length + 1] for b in range(n)]
    return [[piece[t] for piece in pieces] for t in range(length)], [
        [piece[t + 1] for piece in pieces] for t in range(length)
    ]


def by_joining(batches):
    losses = np.concatenate([losses.ravel() for losses, _ in batches])
    mask = np.concatenate([mask.ravel() for _, mask in batches])
    return np.average(losses, weights=mask)


def one_after_the_other(n_ids, n_steps, warm):
    start = first = 0
    while start + n_steps < n_ids:
        yield [start, first]
        start, first = start + n_steps - warm, warm


ANSWERS += [
    ("shifted", lambda ids: np.array([*zip(ids, ids[1:])]).T),
    ("shifted", lambda ids: (ids.tolist()[:-1], ids.tolist()[1:])),
    ("sequential_batches", ids_by_place),
    ("sequential_batches", lambda *args: [*map(np.array, ids_by_place(*args))]),
    ("left_out", np.int32(160)),
    ("pad_rows", by_zip_longest),
    ("pad_rows", lambda rows, value: tuple(pad(rows, value=value))[:2]),
    ("labelled_columns", by_rows_of_text),
    ("epoch_loss", by_joining),
    ("warm_windows", one_after_the_other),
    ("warm_windows", lambda *args: np.array([*one_after_the_other(*args)])),
]


def by_fractions(counts, k):
    above = [Fraction(int(n)) + Fraction(k) for n in counts]
    return [n / sum(above) for n in above]


def one_token_at_a_time(counts, lower):
    n, kinds = sum(counts), sum(count > 0 for count in counts)
    gamma = kinds / (n + kinds) if n else 1.0
    return [gamma * p + c / max(n + kinds, 1) for c, p in zip(counts, lower)]


def as_a_smoother(counts, lower):
    whole = counts.sum() + np.sum(counts > 0)
    with np.errstate(invalid="ignore"):
        alpha, gamma = counts / whole, np.sum(counts > 0) / whole
    return np.where(np.isnan(gamma), lower, alpha + gamma * lower)


def taken_and_given(counts, d, lower):
    kept = np.where(counts > 0, counts - d, 0.0)
    return kept / counts.sum() + (counts.sum() - kept.sum()) / counts.sum() * lower


def by_table(ids, vocab_size):
    table = np.zeros((vocab_size, vocab_size), dtype=int)
    table[ids[:-1], ids[1:]] = 1
    return table.sum(axis=0)


def by_sets(ids, vocab_size):
    lefts = [set() for _ in range(vocab_size)]
    for before, token in zip(ids, ids[1:]):
        lefts[token].add(int(before))
    return [len(left) for left in lefts]


ANSWERS += [
    ("add_k_probs", by_fractions),
    ("add_k_probs", lambda counts, k: np.divide(counts + k, np.sum(counts + k))),
    ("witten_bell_by_hand", [8 / 15, 11 / 60, 1 / 15]),
    ("witten_bell_by_hand", (Fraction(8, 15), Fraction(11, 60), Fraction(1, 15))),
    ("witten_bell_probs", one_token_at_a_time),
    ("witten_bell_probs", as_a_smoother),
    ("count_left_neighbours", by_table),
    ("count_left_neighbours", by_sets),
    ("discounted_probs", taken_and_given),
]
