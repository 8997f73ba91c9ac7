"""Right and wrong ways to draw, cut and stop: what the exercises of chapter 14 ask for, and the slips made in them."""

import numpy as np


def drawn(p, u):
    """The first token whose cumulative probability exceeds u."""
    return int(np.searchsorted(np.cumsum(p), u, side="right"))


def tempered(o, temperature):
    """Logits divided by the temperature, as log probabilities."""
    return log_softmax(o / temperature)


def top_p(p, share):
    """The smallest set of likeliest tokens that reaches the share, summing to 1."""
    return ranked(p, lambda q: np.cumsum(q) - q < share)


def top_k(log_p, k):
    """The k likeliest tokens, of tied ones the first; minus infinity elsewhere."""
    return keep(log_p, np.argsort(-log_p, kind="stable")[:k])


def until_end(ids, end):
    """For each column, the ids before its first end."""
    return [before(column.tolist(), end) for column in ids.T]


def repeated_share(ids, n):
    """The share of n-grams that occurred before in the same row."""
    grams = ngrams_of(ids, n)
    return 1 - len(set(grams)) / len(grams)


def drawn_at(p, temperature, u):
    """The token drawn from p at a temperature."""
    return throw(p ** (1 / temperature), u)


def gumbel_max(o, u):
    """The place of the largest logit after Gumbel noise is added."""
    return int(np.argmax(o - np.log(-np.log(u))))


def log_softmax(o):
    o = o - o.max(axis=-1, keepdims=True)
    return o - np.log(np.exp(o).sum(axis=-1, keepdims=True))


def throw(weights, u):
    c = np.cumsum(weights)
    return int(np.searchsorted(c, u * c[-1], side="right"))


def throw_short(weights, u):
    """The cumulative sum is not brought up to 1; what lies beyond goes to the last token."""
    place = np.searchsorted(np.cumsum(weights), u, side="right")
    return int(min(place, len(weights) - 1))


def sorted_place(p, u):
    return int(np.searchsorted(np.cumsum(np.sort(p)[::-1]), u, side="right"))


@np.errstate(all="ignore")
def overflowing(o, temperature):
    e = np.exp(o / temperature)
    return np.log(e / e.sum(axis=-1, keepdims=True))


@np.errstate(all="ignore")
def overflowing_sum(o, temperature):
    o = o / temperature
    return o - np.log(np.exp(o).sum(axis=-1, keepdims=True))


def ranked(p, keep, order=None):
    order = np.argsort(-p, kind="stable") if order is None else order
    kept = order[keep(p[order])]
    cut = np.zeros_like(p)
    cut[kept] = p[kept]
    return cut / cut.sum()


@np.errstate(all="ignore")
def never_reaching(p, share):
    return ranked(p, lambda q: np.cumsum(q) <= share)


def one_more(q, share):
    n = int(np.sum(np.cumsum(q) - q < share)) + 1
    return np.arange(len(q)) < n


def uncut(p, share):
    kept = top_p(p, share) > 0
    return np.where(kept, p, 0.0)


def in_ranking(p, share):
    return np.sort(top_p(p, share))[::-1]


def keep(log_p, kept):
    allowed = np.full_like(log_p, -np.inf)
    allowed[kept] = log_p[kept]
    return log_softmax(allowed)


def all_tied(log_p, k):
    return keep(log_p, log_p >= np.sort(log_p)[-k])


def last_tied(log_p, k):
    return keep(log_p, np.argsort(log_p, kind="stable")[-k:])


def zeros(log_p, k):
    return log_softmax(np.where(np.isfinite(top_k(log_p, k)), log_p, 0.0))


def kept_as_they_were(log_p, k):
    return np.where(np.isfinite(top_k(log_p, k)), log_p, -np.inf)


def before(row, end):
    return row[: row.index(end)] if end in row else row


def up_to_last(row, end):
    return before(row[::-1], end) if end not in row else row[: last(row, end)]


def last(row, end):
    return len(row) - 1 - row[::-1].index(end)


def ngrams_of(ids, n):
    return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]


def just_before(ids, n):
    grams = ngrams_of(ids, n)
    same = [one == other for one, other in zip(grams, grams[1:])]
    return sum(same) / len(grams)


def more_than_once(ids, n):
    grams = ngrams_of(ids, n)
    return np.mean([grams.count(gram) > 1 for gram in grams])


def types_repeated(ids, n):
    grams = ngrams_of(ids, n)
    return np.mean([grams.count(gram) > 1 for gram in set(grams)])


def not_overlapping(ids, n):
    grams = [tuple(ids[i : i + n]) for i in range(0, len(ids) - n + 1, n)]
    return 1 - len(set(grams)) / len(grams)


def one_short(ids, n):
    grams = ngrams_of(ids, n)[:-1]
    return 1 - len(set(grams)) / len(grams)


def at_the_sum(p, u):
    return int(np.searchsorted(np.cumsum(p), u, side="left"))


def likeliest(p, u):
    return int(np.argmax(p))


def each_alone(p, u):
    return int(np.argmax(p > u))


def one_too_far(p, u):
    return drawn(p, u) + 1


def one_before(p, u):
    return drawn(p, u) - 1


def from_the_far_end(p, u):
    return len(p) - 1 - drawn(p[::-1], u)


def multiplied(o, t):
    return log_softmax(o * t)


def unchanged(o, t):
    return log_softmax(o)


def divided_at_the_end(o, t):
    return log_softmax(o) / t


def probabilities(o, t):
    return np.exp(tempered(o, t))


def divided_only(o, t):
    return o / t


def softmax_twice(o, t):
    return log_softmax(np.exp(log_softmax(o)) / t)


def over_all_rows(o, t):
    return o / t - np.log(np.exp(o / t - (o / t).max()).sum()) - (o / t).max()


def one_more_kept(p, share):
    return ranked(p, lambda q: one_more(q, share))


@np.errstate(all="ignore")
def stopping_before(p, share):
    return ranked(p, lambda q: np.cumsum(q) < share)


def stopping_after_one(p, share):
    return ranked(p, lambda q: np.arange(len(q)) < max(1, np.sum(np.cumsum(q) < share)))


def not_past(p, share):
    return ranked(
        p, lambda q: np.arange(len(q)) < max(1, np.sum(np.cumsum(q) <= share))
    )


def must_exceed(p, share):
    return ranked(p, lambda q: np.arange(len(q)) <= np.argmax(np.cumsum(q) > share))


def reached_is_not_enough(p, share):
    return ranked(p, lambda q: np.cumsum(q) - q <= share)


def as_they_stand(p, share):
    return ranked(p, lambda q: np.cumsum(q) - q < share, np.arange(len(p)))


def rarest_nucleus(p, share):
    return ranked(p, lambda q: np.cumsum(q) - q < share, np.argsort(p, kind="stable"))


def nothing_cut(p, share):
    return p / p.sum()


def share_of_different(ids, n):
    return 1 - repeated_share(ids, n)


def by_tokens(ids, n):
    return repeated_share(ids, n) * len(ngrams_of(ids, n)) / len(ids)


def number_not_share(ids, n):
    return repeated_share(ids, n) * len(ngrams_of(ids, n))


def one_too_few(log_p, k):
    return top_k(log_p, max(k - 1, 1))


def one_more_token(log_p, k):
    return top_k(log_p, k + 1)


def rarest_k(log_p, k):
    return keep(log_p, np.argsort(log_p, kind="stable")[:k])


def probabilities_k(log_p, k):
    return np.exp(top_k(log_p, k))


def first_k(log_p, k):
    return keep(log_p, np.arange(min(k, len(log_p))))


def with_the_end(ids, end):
    return [column[: len(before(column, end)) + 1] for column in ids.T.tolist()]


def rows_for_columns(ids, end):
    return until_end(ids.T, end)


def none_is_zero(ids, end):
    return [c[: int(np.argmax(np.array(c) == end))] for c in ids.T.tolist()]


def at_the_last_end(ids, end):
    return [up_to_last(c, end) for c in ids.T.tolist()]


def ends_taken_out(ids, end):
    return [[i for i in column if i != end] for column in ids.T.tolist()]


def last_lost(ids, end):
    return [c[: c.index(end)] if end in c else c[:-1] for c in ids.T.tolist()]


def lengths_only(ids, end):
    return [len(text) for text in until_end(ids, end)]


def all_alike(ids, end):
    return [c[: min(map(len, until_end(ids, end)))] for c in ids.T.tolist()]


def divided_still(p, t, u):
    return throw_short(p / t, u)


def undone(p, t, u):
    return throw(p, u)


def power_only(p, t, u):
    return throw_short(p ** (1 / t), u)


def power_unguarded(p, t, u):
    return int(np.searchsorted(np.cumsum(p ** (1 / t)), u, side="right"))


def upside_down(p, t, u):
    return throw(p**t, u)


def likeliest_at(p, t, u):
    return int(np.argmax(p))


def softmax_of_p(p, t, u):
    return throw(np.exp(p / t), u)


def wrong_sign(o, u):
    return int(np.argmax(o + np.log(-np.log(u))))


def one_logarithm(o, u):
    return int(np.argmax(o - np.log(u)))


def uniform_added(o, u):
    return int(np.argmax(o + u))


def no_noise(o, u):
    return int(np.argmax(o))


def noise_on_p(o, u):
    return int(np.argmax(np.exp(log_softmax(o)) - np.log(-np.log(u))))


def smallest(o, u):
    return int(np.argmin(o - np.log(-np.log(u))))
