"""Exercises of the chapter on language models, each with the mistakes that are commonly made in it."""

from collections import Counter

import numpy as np

from rnnlib.checks.core import Exercise

_rng = np.random.default_rng(3)
_letters = list("the hat the cat had the tea cat that a hat")
_ending = list("abcabdab")  # the last "ab" is followed by nothing
_words = "one two two one two three one two one three one two".split()
_start = np.array([0.5, 0.2, 0.3])
_chain = np.array([[0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [0.45, 0.35, 0.2]])
_ids = _rng.integers(3, size=12)
_long = _rng.integers(3, size=5000)
_digits = np.array([3, 1, 4, 1, 5, 0, 2])
_train = list("abcabdabcaabeabcbcaeeb")
_text = list("abcebabdaecabe")


def relative_frequencies(tokens, context):
    """Return {token: share of the context's continuations} for every token that follows it."""
    return _shares(_after(tokens, tuple(context)))


def _after(tokens, context, skip=0):
    k = len(context) + skip
    return Counter(
        tokens[i + k]
        for i in range(len(tokens) - k)
        if tuple(tokens[i : i + len(context)]) == context
    )


def _apart(tokens, context):
    k, i, counts = len(context), 0, Counter()
    while i + k < len(tokens):
        here = tuple(tokens[i : i + k]) == context
        counts[tokens[i + k]] += here
        i += k if here and k else 1
    return +counts


def _shares(counts, total=None):
    total = total or sum(counts.values())
    return {token: n / total for token, n in counts.items()}


def _occurrences(tokens, context):
    k = len(context)
    runs = (tuple(tokens[i : i + k]) for i in range(len(tokens) - k + 1))
    return sum(run == tuple(context) for run in runs)


def _before(tokens, context):
    return _shares(_after(tokens[::-1], tuple(context)[::-1]))


def text_log_prob(start, P, ids):
    """Return the log probability of a row of ids under a chain and the distribution of its first state."""
    return np.log(start[ids[0]]) + np.log(P[ids[:-1], ids[1:]]).sum()


def ngram_codes(ids, n, V):
    """Return each run of n ids as a number in base V, the first id in front."""
    n_runs = len(ids) - n + 1
    codes = np.zeros(n_runs, dtype=np.int64)
    for k in range(n):
        codes = codes * V + ids[k : k + n_runs]
    return codes


def context_of(written, n):
    """Return the last n - 1 items of a list."""
    return written[max(len(written) - (n - 1), 0) :]


def hit_rate(train, text, n, *, rank=sorted, skip=False, divisor=None):
    """Return the share of tokens, from the n-th on, that are the likeliest continuation of their context."""
    hits = []
    for i in range(n - 1, len(text)):
        seen = _after(train, tuple(text[i - n + 1 : i]))
        if not seen and skip:
            continue
        guess = max(rank(seen), key=seen.get) if seen else None
        hits.append(guess == text[i])
    return sum(hits) / (divisor or len(hits))


EXERCISES = {
    "relative_frequencies": Exercise(
        solution=relative_frequencies,
        cases={
            "one letter": (_letters, ("t",)),
            "two letters": (_letters, ("h", "a")),
            "a context that ends the text": (_ending, ("a", "b")),
            "words": (_words, ("one", "two")),
            "occurrences that overlap": (list("aaaab"), ("a", "a")),
            "no context": (_words, ()),
        },
        wrong={
            "the divisor counts the context at the end of the text too, where nothing follows": lambda t, c: (
                _shares(_after(t, tuple(c)), _occurrences(t, c))
            ),
            "those are counts; divide by their sum": lambda t, c: dict(
                _after(t, tuple(c))
            ),
            "that is what stands before the context, not after it": _before,
            "only the last token of the context was compared": lambda t, c: _shares(
                _after(t, tuple(c)[-1:])
            ),
            "only the first token of the context was compared": lambda t, c: _shares(
                _after(t, tuple(c)[:1], skip=max(len(c) - 1, 0))
            ),
            "occurrences may overlap: go on by one token, not behind the context": lambda t, c: (
                _shares(_apart(t, tuple(c)))
            ),
            "the token after the next was counted": lambda t, c: _shares(
                _after(t, tuple(c), skip=1)
            ),
            "the condition is missing: those are the frequencies in the whole text": lambda t, c: (
                _shares(Counter(t))
            ),
            "counts are divided by the length of the text, not by the context's continuations": lambda t, c: (
                _shares(_after(t, tuple(c)), len(t))
            ),
            "each token that follows got the same share, however often it came": lambda t, c: (
                _shares(dict.fromkeys(_after(t, tuple(c)), 1))
            ),
            "nothing was found: a slice of a list is a list, and never equal to a tuple": lambda t, c: {},
            "tokens that never follow stand in the dictionary, with 0": lambda t, c: (
                dict.fromkeys(t, 0.0) | relative_frequencies(t, c)
            ),
        },
        hint="for each i with tokens[i : i + k] equal to the context, count tokens[i + k], if there is one.",
    ),
    "bigram_by_hand": Exercise(
        solution=1 / 7,
        wrong={
            "b occurs 3 times but is followed only twice: the last b ends the text": 2
            / 21,
            "the first factor, P(a) = 3/7, is missing": 1 / 3,
            "the first letter is not drawn uniformly: P(a) = 3/7": 1 / 9,
            "those are the frequencies of single letters, without conditions": 27 / 343,
            "each pair's count was divided by the length of the text": 6 / 343,
            "the last factor, P(a | b), is missing": 2 / 7,
            "that is P(b | a) for the last factor too; the last step goes from b to a": 4
            / 21,
        },
        hint="P(a) P(b | a) P(a | b); after b come one a and one b.",
        tolerance=2e-3,
    ),
    "text_log_prob": Exercise(
        solution=text_log_prob,
        cases={
            "twelve letters": (_start, _chain, _ids),
            "three letters": (_start, _chain, np.array([2, 0, 1])),
            "one letter": (_start, _chain, np.array([1])),
            "five thousand": (_start, _chain, _long),
        },
        wrong={
            "the first factor, start[ids[0]], is missing": lambda s, P, x: np.log(
                P[x[:-1], x[1:]]
            ).sum(),
            "rows and columns have changed places: row i holds what follows i": lambda s, P, x: (
                text_log_prob(s, P.T, x)
            ),
            "the product was formed before the logarithm, and became 0": lambda s, P, x: (
                np.log(s[x[0]] * P[x[:-1], x[1:]].prod())
            ),
            "that is the probability, not its logarithm": lambda s, P, x: np.exp(
                text_log_prob(s, P, x)
            ),
            "the sign is turned round: the logarithm of a probability is negative": lambda s, P, x: (
                -text_log_prob(s, P, x)
            ),
            "logarithms to base 2; natural ones are wanted": lambda s, P, x: (
                text_log_prob(s, P, x) / np.log(2)
            ),
            "that is the mean of the factors' logarithms; the sum is wanted": lambda s, P, x: (
                text_log_prob(s, P, x) / len(x)
            ),
            "start is used for every token; it is for the first only": lambda s, P, x: (
                np.log(s[x]).sum()
            ),
            "the last factor is missing": lambda s, P, x: text_log_prob(
                s, P, x[: max(len(x) - 1, 1)]
            ),
        },
        hint="np.log(start[ids[0]]) and the sum of np.log(P[ids[:-1], ids[1:]]).",
    ),
    "ngram_codes": Exercise(
        solution=ngram_codes,
        cases={
            "ten tokens, n = 3": (_digits, 3, 10),
            "six tokens, n = 2": (_digits, 2, 6),
            "n = 1": (_digits, 1, 7),
            "twenty-seven tokens, n = 4": (np.array([26, 0, 13, 5, 1, 20]), 4, 27),
        },
        wrong={
            "the first id stands last: it is the highest digit": lambda ids, n, V: (
                ngram_codes(ids[::-1], n, V)[::-1]
            ),
            "the base is 10; it is V": lambda ids, n, V: ngram_codes(ids, n, 10),
            "the last run is missing: there are T - n + 1": lambda ids, n, V: (
                ngram_codes(ids, n, V)[:-1]
            ),
            "the runs do not overlap: move on by one id, not by n": lambda ids, n, V: (
                ngram_codes(ids, n, V)[::n]
            ),
            "runs go round from the end to the beginning": lambda ids, n, V: (
                ngram_codes(np.append(ids, ids[: n - 1]), n, V)
            ),
            "the digits were added without their place values": lambda ids, n, V: (
                ngram_codes(ids, n, 1)
            ),
            "one digit too many": lambda ids, n, V: ngram_codes(ids, n + 1, V),
            "the base is V - 1; V ids run from 0 to V - 1": lambda ids, n, V: (
                ngram_codes(ids, n, V - 1)
            ),
        },
        hint="codes = codes * V + ids[k : k + T - n + 1], for k = 0 .. n - 1.",
    ),
    "context_of": Exercise(
        solution=context_of,
        cases={
            "order 3": (list("abcdef"), 3),
            "order 1": (list("abcdef"), 1),
            "order 2": (list("gh"), 2),
            "fewer than that": (list("ab"), 5),
            "one too few": (list("ab"), 4),
            "nothing yet": ([], 4),
        },
        wrong={
            "at order 1 it is the whole list: a slice from -0 starts at the front": lambda w, n: (
                w[-(n - 1) :]
            ),
            "that is one token too many: n counts the predicted one": lambda w, n: w[
                -n:
            ],
            "a negative start counts from the end: never let it fall below 0": lambda w, n: (
                w[len(w) - (n - 1) :]
            ),
            "that is the beginning of the list": lambda w, n: w[: n - 1],
            "only the last token is kept, at every order": lambda w, n: w[-1:],
            "the newest token is left out": lambda w, n: context_of(w[:-1], n),
            "the order of the tokens is reversed": lambda w, n: context_of(w, n)[::-1],
        },
        hint="count from the front: written[len(written) - (n - 1):], but never from below 0.",
    ),
    "hit_rate": Exercise(
        solution=hit_rate,
        cases={
            "order 1": (_train, _text, 1),
            "order 2": (_train, _text, 2),
            "order 3": (_train, _text, 3),
            "tied continuations": (list("aqaparx"), list("apaqaparxap"), 2),
            "words, order 2": (_words, _words[3:] + ["four", "one", "two"], 2),
        },
        wrong={
            "contexts never seen are left out of the mean; they count as misses": lambda a, b, n: (
                hit_rate(a, b, n, skip=True)
            ),
            "of tied continuations the last in the alphabet is taken": lambda a, b, n: (
                hit_rate(a, b, n, rank=lambda seen: sorted(seen, reverse=True))
            ),
            "of tied continuations the first that was met is taken": lambda a, b, n: (
                hit_rate(a, b, n, rank=list)
            ),
            "the last run of the training text was not counted": lambda a, b, n: (
                hit_rate(a[:-1], b, n)
            ),
            "the new text itself was counted": lambda a, b, n: hit_rate(b, b, n),
            "training and new text have changed places": lambda a, b, n: hit_rate(
                b, a, n
            ),
            "the divisor counts the first n - 1 tokens too; they are not guessed": lambda a, b, n: (
                hit_rate(a, b, n, divisor=len(b))
            ),
            "the guess is the commonest token of all, whatever the context": lambda a, b, n: (
                hit_rate(a, b[n - 1 :], 1)
            ),
            "one token of context too many: order n has n - 1": lambda a, b, n: (
                hit_rate(a, b, n + 1)
            ),
            "that is the share of misses": lambda a, b, n: 1 - hit_rate(a, b, n),
            "that is a number of hits, not a share": lambda a, b, n: round(
                hit_rate(a, b, n) * (len(b) - n + 1)
            ),
        },
        hint="count continuations in the training text only; one guess for each new token from the n-th on.",
    ),
}
