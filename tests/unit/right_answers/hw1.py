"""Right answers to the questions of homework 1."""

from collections import Counter

import numpy as np

from rnnlib.ngram import NgramModel, absolute_discount, count_ngrams


def counted_by_zip(sentences):
    ones, twos, threes = Counter(), Counter(), Counter()
    for words in sentences:
        tokens = [*words, 1]
        ones.update((x,) for x in tokens)
        twos.update(zip([0, *tokens], tokens))
        threes.update(zip([0, 0, *tokens], [0, *tokens], tokens))
    return ones, twos, threes


def counted_by_place(sentences):
    counts = [{}, {}, {}]
    for words in sentences:
        row = [0, 0, *map(int, words), 1]
        for t in range(2, len(row)):
            for k in range(3):
                gram = tuple(row[t - k : t + 1])
                counts[k][gram] = counts[k].get(gram, 0) + 1
    return counts


def row_by_recursion(counts, context, eps, V):
    if not counts:
        return np.array([0, *[1 / (V - 1)] * (V - 1)])
    k = len(counts) - 1
    c = tuple(context[len(context) - k :])
    n = np.array([counts[-1].get((*c, x), 0) for x in range(V)])
    lower = row_by_recursion(counts[:-1], context, eps[:-1], V)
    return (n + eps[-1] * lower) / (n.sum() + eps[-1])


def row_one_by_one(counts, context, eps, V):
    ones, twos, threes = counts
    a, b = context
    n = sum(ones.values())
    n_b = sum(k for (c, _), k in twos.items() if c == b)
    n_ab = sum(k for (*c, _), k in threes.items() if c == [a, b])
    row = [0.0]
    for x in range(1, V):
        p = (ones.get((x,), 0) + eps[0] / (V - 1)) / (n + eps[0])
        p = (twos.get((b, x), 0) + eps[1] * p) / (n_b + eps[1])
        row.append((threes.get((a, b, x), 0) + eps[2] * p) / (n_ab + eps[2]))
    return row


def perplexity_by_tokens(nats, n_words):
    each = np.repeat(nats / (n_words + 1), n_words + 1)
    return np.exp(each.mean())


def perplexity_by_power(nats, n_words):
    return np.e ** (sum(nats) / (sum(n_words) + len(n_words)))


def score_with_a_loop(train, validation, test, V, order, discounts):
    best, lowest = None, np.inf
    for d in discounts:
        model = NgramModel(count_ngrams(train, order, V), absolute_discount(d))
        loss = -model.log_probs(validation).mean()
        if loss < lowest:
            best, lowest = model, loss
            chosen = d
    return chosen, best.perplexity(test)


def score_with_argmin(train, validation, test, V, order, discounts):
    counts = count_ngrams(train, order, V)
    models = [NgramModel(counts, absolute_discount(d)) for d in discounts]
    k = int(np.argmin([model.perplexity(validation) for model in models]))
    return [discounts[k], np.exp(-models[k].log_probs(test).mean())]


def encoded_by_hand(train, new, min_count):
    counts = Counter(train)
    known = [word for word in counts if counts[word] >= min_count]
    tokens = ["<unk>", *sorted(known, key=lambda word: (-counts[word], word))]
    ids = {token: i for i, token in enumerate(tokens)}
    return tokens, *([ids.get(word, 0) for word in text] for text in (train, new))


def encoded_with_index(train, new, min_count):
    known = sorted({word for word in train if train.count(word) >= min_count})
    known.sort(key=train.count, reverse=True)
    tokens = ("<unk>", *known)
    ids = [
        np.array([tokens.index(w) if w in known else 0 for w in text])
        for text in (train, new)
    ]
    return tokens, *ids


ANSWERS = [
    ("count_with_borders", counted_by_zip),
    ("count_with_borders", counted_by_place),
    ("next_word_row", row_by_recursion),
    ("next_word_row", row_one_by_one),
    ("tale_perplexity", perplexity_by_tokens),
    ("tale_perplexity", perplexity_by_power),
    ("honest_score", score_with_a_loop),
    ("honest_score", score_with_argmin),
    ("encode_both", encoded_by_hand),
    ("encode_both", encoded_with_index),
    ("three_pages", {"C": "author", "B": np.str_("machine"), "A": "dropped"}),
    ("three_pages", dict(A="dropped", B="machine", C="author")),
]
ARRAYS = ["next_word_row"]
NUMBERS = ["tale_perplexity"]
