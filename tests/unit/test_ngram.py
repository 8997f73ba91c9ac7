"""Counting models: every count, every smoother and every context against slow references in fractions."""

import math
from collections import Counter
from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from nltk.lm import (
    AbsoluteDiscountingInterpolated,
    KneserNeyInterpolated,
    Lidstone,
    WittenBellInterpolated,
)
from nltk.util import everygrams
from refusals import refuses

from rnnlib.corpora import load_tales
from rnnlib.ngram import (
    NgramModel,
    absolute_discount,
    add_k,
    count_ngrams,
    interpolated,
    kneser_ney,
    left_neighbours,
    mle,
    witten_bell,
)
from rnnlib.text import normalise, word_tokens

pytestmark = pytest.mark.filterwarnings("error")

TOLERANCE = 1e-12
STEADY = settings(derandomize=True, database=None, deadline=None)
SOME = settings(STEADY, max_examples=30)
IDS = np.array([0, 1, 0, 2, 0, 1])  # a b a c a b: the last b has no continuation
K, D = F(3, 8), F(3, 4)
EACH = [F(1, 2), F(0), F(3), F(5, 4)]  # eps, lowest order first


def text(ids):
    array = np.array(ids, dtype=np.int64)
    array.flags.writeable = False
    return array


def assert_close(got, want):
    """Each entry to its own size; what must be 0 is 0."""
    got, want = np.asarray(got), np.array(want, dtype=float)
    assert got.shape == want.shape and got.dtype == np.float64
    assert (abs(got - want) <= TOLERANCE * want).all()


# Counts


def slow_counts(ids, length):
    ids = np.asarray(ids).tolist()
    return Counter(tuple(ids[i : i + length]) for i in range(len(ids) - length + 1))


def assert_counts(counts, ids, order):
    assert counts.order == order
    for length in range(1, order + 1):
        want = slow_counts(ids, length)
        grams = [tuple(gram) for gram in counts.grams(length).tolist()]
        assert sorted(grams) == sorted(want)
        assert all(counts[gram] == count for gram, count in want.items())


@st.composite
def corpora(draw, sizes=(1, 2, 3), longest=4, n_tokens=25):
    """Draw a text over few ids, the lowest and the highest among them, and an order that may exceed its length."""
    vocab_size = draw(st.sampled_from(sizes))
    order = draw(
        st.integers(1, longest).filter(lambda order: vocab_size**order <= 2**64)
    )
    known = sorted({0, vocab_size // 2, vocab_size - 1})
    ids = draw(st.lists(st.sampled_from(known), min_size=1, max_size=n_tokens))
    return text(ids), order, vocab_size


@STEADY
@given(corpora(sizes=(1, 2, 3, 5, 300, 2**16, 2**16 + 1, 2**32), longest=6))
def test_counts_are_those_of_a_counter(corpus):
    ids, order, vocab_size = corpus
    counts = count_ngrams(ids, order, vocab_size)
    assert counts.vocab_size == vocab_size
    assert_counts(counts, ids, order)
    for gram in product({0, vocab_size - 1}, repeat=min(order, 3)):
        assert counts[gram] == slow_counts(ids, len(gram))[gram]


@pytest.mark.parametrize(
    ("vocab_size", "order"),
    [(1, 7), (2, 32), (2, 65), (3, 41), (2**8, 4), (2**16, 2), (2**16 + 1, 2)]
    + [(50_000, 9), (2**31, 2), (2**32, 1), (2**32, 2), (2**32 + 1, 3), (2**48, 2)],
)
def test_no_size_is_too_large(vocab_size, order):
    """The ids 0 and V - 1 in turns, so that nothing may overflow and no two n-grams meet."""
    top = vocab_size - 1
    ids = text([top] * (order + 1) + [0, top, 0, 0, top, top])
    counts = count_ngrams(ids, order, vocab_size)
    assert_counts(counts, ids, order)
    asked = text([0, 1 % vocab_size, top, vocab_size // 2, *ids.tolist(), 0, 0, 0, top])
    past = [tuple(asked[max(t - order + 1, 0) : t].tolist()) for t in range(len(asked))]
    slow = Slow("kneser_ney", ids, order, vocab_size)
    want = [slow.p(context, token) for context, token in zip(past, asked.tolist())]
    got = NgramModel(counts, kneser_ney(float(D))).log_probs(asked)
    assert_close(np.exp(got), want)


@pytest.mark.parametrize("dtype", "bhilBHIL")
def test_ids_of_any_whole_type(dtype):
    order, vocab_size = 3, 127
    ids = np.random.default_rng(0).integers(100, vocab_size, size=300)
    small, before = ids.astype(dtype), ids.astype(dtype)
    counts = count_ngrams(small, order, vocab_size)
    assert_counts(counts, ids, order)
    model = NgramModel(counts, witten_bell)
    assert np.array_equal(model.log_probs(small), model.log_probs(ids))
    assert small.dtype == before.dtype and np.array_equal(small, before)


@pytest.mark.parametrize("whole", [np.int64, np.int32, np.uint8])
def test_sizes_may_be_numpy_numbers(whole):
    ids, vocab_size = text([199, 0, 199, 0, 7, 0]), 200
    counts = count_ngrams(ids, 3, vocab_size)
    try:
        got = count_ngrams(ids, whole(3), whole(vocab_size))
    except TypeCheckError:
        pytest.skip("beartype's int is Python's")
    assert_counts(got, ids, 3)
    p = NgramModel(got, witten_bell).probs([199])
    assert np.array_equal(p, NgramModel(counts, witten_bell).probs([199]))


def test_counts_by_name():
    counts = count_ngrams(IDS, 2, 3)
    assert [counts[i] for i in range(3)] == [3, 2, 1]
    assert (counts[0, 1], counts[1, 0], counts[1, 1], counts[[2, 0]]) == (2, 1, 0, 1)
    assert type(counts[0, 1]) is type(counts[1, 1]) is int


@STEADY
@given(corpora(sizes=(1, 2, 3, 2**32)))
def test_left_neighbours_are_counted_once_each(corpus):
    ids, order, vocab_size = corpus
    counts = count_ngrams(ids, order, vocab_size)
    got = left_neighbours(counts)
    for length in range(1, order):
        neighbours = {gram: set() for gram in slow_counts(ids, length)}
        for i in range(1, len(ids) - length + 1):
            neighbours[tuple(ids[i : i + length].tolist())].add(ids[i - 1])
        assert all(got[gram] == len(found) for gram, found in neighbours.items())
    assert all(got[gram] == n for gram, n in slow_counts(ids, order).items())
    assert_counts(counts, ids, order)


# Smoothers


class Slow:
    """A model in dictionaries and fractions: one recursion down the contexts, straight from the formulas."""

    def __init__(self, rule, ids, order, vocab_size):
        self.rule, self.vocab_size = RULES[rule][1], vocab_size
        self.after = {}
        for length in range(1, order + 1):
            grams = slow_counts(ids, length)
            if rule.startswith("kneser_ney") and length < order:
                grams = Counter(gram[1:] for gram in slow_counts(ids, length + 1))
            for gram, count in grams.items():
                self.after.setdefault(gram[:-1], {})[gram[-1]] = count

    def p(self, context, token):
        lower = self.p(context[1:], token) if context else F(1, self.vocab_size)
        after = self.after.get(context, {})
        count, total = F(after.get(token, 0)), sum(after.values())
        m = len(context) + 1
        try:
            alpha, gamma = self.rule(count, total, len(after), m, self.vocab_size)
        except ZeroDivisionError:  # never seen
            return lower
        return alpha + gamma * lower


def interpolation(eps):
    return lambda c, n, d, m, v: (c / (n + eps(m)), F(eps(m)) / (n + eps(m)))


def discount(by):
    return lambda c, n, d, m, v: (max(c - by, 0) / n, by * F(d) / n)


RULES = {  # the package's, for an order; alpha and gamma from count, total, distinct, length, V
    "add_k": (
        lambda order: add_k(float(K)),
        lambda c, n, d, m, v: ((c + K) / (n + K * v), 0),
    ),
    "interpolated": (lambda order: interpolated(1.5), interpolation(lambda m: F(3, 2))),
    "interpolated, each": (
        lambda order: interpolated([float(eps) for eps in EACH[:order]]),
        interpolation(lambda m: EACH[m - 1]),
    ),
    "interpolated, 0": (lambda order: interpolated(0.0), interpolation(lambda m: F(0))),
    "witten_bell": (
        lambda order: witten_bell,
        lambda c, n, d, m, v: (c / (n + d), F(d) / (n + d)),
    ),
    "absolute_discount": (lambda order: absolute_discount(float(D)), discount(D)),
    "absolute_discount, 0": (lambda order: absolute_discount(0.0), discount(F(0))),
    "absolute_discount, 1": (lambda order: absolute_discount(1.0), discount(F(1))),
    "kneser_ney": (lambda order: kneser_ney(float(D)), discount(D)),
    "kneser_ney, 0": (lambda order: kneser_ney(0.0), discount(F(0))),
    "kneser_ney, 1": (lambda order: kneser_ney(1.0), discount(F(1))),
}
RULE = pytest.mark.parametrize("rule", RULES)


def contexts(vocab_size, longest):
    for length in range(longest + 1):
        yield from product(range(vocab_size), repeat=length)


def fit(rule, ids, order, vocab_size):
    return NgramModel(count_ngrams(ids, order, vocab_size), RULES[rule][0](order))


@RULE
@SOME
@given(corpora())
def test_each_smoother_is_its_formula(rule, corpus):
    ids, order, vocab_size = corpus
    model, slow = fit(rule, *corpus), Slow(rule, *corpus)
    for context in contexts(vocab_size, order - 1):
        want = [slow.p(context, token) for token in range(vocab_size)]
        assert_close(model.probs(context), want)


@RULE
@SOME
@given(corpora(sizes=(1, 2, 3, 7), longest=3, n_tokens=60))
def test_every_context_sums_to_one(rule, corpus):
    model = fit(rule, *corpus)
    for context in contexts(corpus[2], 2):
        p = model.probs(context)
        assert p.min() >= 0 and abs(p.sum() - 1) < TOLERANCE


@RULE
@SOME
@given(corpora(longest=3), st.lists(st.integers(0, 2), max_size=12))
def test_log_probs_are_logs_of_probs(rule, corpus, other):
    ids, order, vocab_size = corpus
    model, other = fit(rule, *corpus), text([i % vocab_size for i in other])
    got = model.log_probs(other)
    past = [other[:t].tolist() for t in range(len(other))]
    want = [model.probs(context)[token] for context, token in zip(past, other)]
    assert_close(np.exp(got), want)


@pytest.mark.parametrize("kind", [list, tuple, text, np.uint8])
def test_a_context_may_be_any_row_of_ids(kind):
    model = NgramModel(count_ngrams(IDS, 3, 3), witten_bell)
    assert np.array_equal(model.probs(kind([2, 0])), model.probs([2, 0]))


def test_long_contexts_are_cut_on_the_left():
    model = NgramModel(count_ngrams(IDS, 3, 3), kneser_ney(0.5))
    for context in contexts(3, 2):
        for more in ([], [0], [2, 1, 2]):
            long = model.probs([*more, *context])
            if len(context) == 2:
                assert np.array_equal(long, model.probs(context))
    assert not np.array_equal(model.probs([0, 1]), model.probs([1]))
    assert not np.array_equal(model.probs([0, 1]), model.probs([1, 0]))


@RULE
def test_nothing_seen_is_uniform(rule):
    """One token has no left neighbour and no continuation."""
    model = fit(rule, text([1]), 3, 4)
    for context in ([3], [3, 2], [1, 1]):
        assert_close(
            model.probs(context), [F(1, 4)] * 4 if rule == "add_k" else model.probs([])
        )
    below = [Slow(rule, [1], 3, 4).p((), token) for token in range(4)]
    assert_close(model.probs([]), below)


def test_unseen_contexts_take_the_lower_order_whole():
    counts = count_ngrams(text([0, 1, 0, 2]), 2, 3)  # 2 stands only at the end
    for rule, (smoothing, _) in RULES.items():
        model = NgramModel(counts, smoothing(2))
        want = [F(1, 3)] * 3 if rule == "add_k" else model.probs([])
        assert_close(model.probs([2]), want)


def test_one_order_has_no_left_neighbours_to_count():
    counts = count_ngrams(IDS, 1, 3)
    raw = NgramModel(counts, absolute_discount(0.5)).probs([])
    assert np.array_equal(NgramModel(counts, kneser_ney(0.5)).probs([]), raw)


def test_log_probs_start_from_the_empty_context():
    model = NgramModel(count_ngrams(IDS, 3, 3), witten_bell)
    assert model.log_probs(text([])).shape == (0,)
    for token in range(3):
        (log_p,) = model.log_probs(text([token]))
        assert log_p == np.log(model.probs([])[token])


def test_perplexity_averages_all_tokens():
    model, ids = NgramModel(count_ngrams(IDS, 2, 3), witten_bell), [2, 1, 0]
    p = [model.probs([])[2], model.probs([2])[1], model.probs([1])[0]]
    got = model.perplexity(text(ids))
    assert type(got) is float and abs(got * math.prod(p) ** (1 / 3) - 1) < TOLERANCE


def test_even_guesses_have_the_perplexity_of_the_vocabulary():
    model = NgramModel(count_ngrams(text([0, 1, 2, 3, 4]), 1, 5), mle)
    assert abs(model.perplexity(text([4, 4, 0])) / 5 - 1) < TOLERANCE


def test_results_are_the_callers_own():
    model = NgramModel(count_ngrams(IDS, 2, 3), witten_bell)
    for ask in (lambda: model.probs([0]), lambda: model.log_probs(IDS)):
        first = ask()
        first[:] = 7
        assert ask().max() < 1


# Worked by hand


def test_mle_of_i_am_sam():
    words = (
        "<s> I am Sam </s> <s> Sam I am </s> <s> I do not like green eggs and ham </s>"
    )
    names = sorted(set(words.split()))
    ids = text([names.index(word) for word in words.split()])
    model = NgramModel(count_ngrams(ids, 2, len(names)), mle)

    def p(word, after):
        return model.probs([names.index(after)])[names.index(word)]

    assert_close(
        [p("I", "<s>"), p("Sam", "<s>"), p("am", "I"), p("do", "I")],
        [F(2, 3), F(1, 3), F(2, 3), F(1, 3)],
    )
    assert_close([p("Sam", "am"), p("</s>", "Sam"), p("am", "am")], [0.5, 0.5, 0])


@pytest.mark.parametrize(
    ("smoothing", "below", "after_a", "after_b"),
    [
        (mle, [F(3, 6), F(2, 6), F(1, 6)], [0, F(2, 3), F(1, 3)], [1, 0, 0]),
        (
            add_k(1.0),
            [F(4, 9), F(3, 9), F(2, 9)],
            [F(1, 6), F(3, 6), F(2, 6)],
            [F(2, 4), F(1, 4), F(1, 4)],
        ),
        (
            interpolated([3.0, 1.0]),
            [F(4, 9), F(3, 9), F(2, 9)],
            [F(4, 36), F(21, 36), F(11, 36)],
            [F(13, 18), F(3, 18), F(2, 18)],
        ),
        (
            witten_bell,
            [F(4, 9), F(3, 9), F(2, 9)],
            [F(8, 45), F(24, 45), F(13, 45)],
            [F(13, 18), F(3, 18), F(2, 18)],
        ),
        (
            absolute_discount(0.5),
            [F(6, 12), F(4, 12), F(2, 12)],
            [F(3, 18), F(11, 18), F(4, 18)],
            [F(9, 12), F(2, 12), F(1, 12)],
        ),
        (
            kneser_ney(0.5),  # left of a: b and c; left of b and of c: a
            [F(1, 2), F(1, 4), F(1, 4)],
            [F(2, 12), F(7, 12), F(3, 12)],
            [F(6, 8), F(1, 8), F(1, 8)],
        ),
    ],
    ids=["mle", "add", "interpolated", "witten-bell", "discount", "kneser-ney"],
)
def test_six_tokens_by_hand(smoothing, below, after_a, after_b):
    model = NgramModel(count_ngrams(IDS, 2, 3), smoothing)
    for context, want in (([], below), ([0], after_a), ([1], after_b)):
        assert_close(model.probs(context), want)


# Undefined


@pytest.mark.parametrize(("order", "context"), [(2, [2]), (3, [0, 0]), (3, [2])])
def test_mle_is_undefined_after_what_was_never_seen(order, context):
    model = NgramModel(count_ngrams(text([0, 1, 0, 2]), order, 3), mle)
    with pytest.raises(ValueError, match=rf"{context[-1]}\].* never seen"):
        model.probs(context)
    got = model.log_probs(text([*context, 1]))
    assert got.shape == (len(context) + 1,) and got[-1] == -np.inf
    assert model.perplexity(text([*context, 1])) == np.inf


def test_mle_gives_nothing_to_what_was_never_seen():
    model = NgramModel(count_ngrams(text([0, 1, 0, 2]), 2, 3), mle)
    assert_close(model.probs([0]), [0, 0.5, 0.5])
    assert_close(model.probs([1]), [1, 0, 0])
    got = model.log_probs(text([0, 0, 1, 0, 2, 2]))
    assert got[1] == got[5] == -np.inf and np.isfinite(got[[0, 2, 3, 4]]).all()


# Beside nltk


def real_text(order, n_words=600, n_held_out=80):
    """Words for nltk and ids for us, 0 for the word that was never seen; the opening recurs at the end."""
    words = word_tokens(normalise(load_tales("train")))[: n_words + n_held_out]
    known, held_out = words[:n_words] + words[: order - 1], words[n_words:]
    number = {word: i for i, word in enumerate(sorted(set(known)), start=1)}
    return known, held_out, number, text([number[word] for word in known])


def unigrams_as_they_are(smoothing):
    """As in nltk, mix no uniform distribution into the unigrams."""
    return lambda seen: mle(seen) if seen.length == 1 else smoothing(seen)


PEERS = {
    "Lidstone": (lambda order: Lidstone(0.3, order), add_k(0.3)),
    "WittenBell": (WittenBellInterpolated, unigrams_as_they_are(witten_bell)),
    "AbsoluteDiscounting": (
        lambda order: AbsoluteDiscountingInterpolated(order, discount=0.7),
        unigrams_as_they_are(absolute_discount(0.7)),
    ),
    "KneserNey": (
        lambda order: KneserNeyInterpolated(order, discount=0.7),
        unigrams_as_they_are(kneser_ney(0.7)),
    ),
}


@pytest.mark.parametrize(
    ("name", "order"),
    [pair for pair in product(PEERS, [1, 2, 3]) if pair != ("KneserNey", 1)],
)
def test_nltk_agrees(name, order):
    known, held_out, number, ids = real_text(order)
    make, smoothing = PEERS[name]
    peer = make(order)
    peer.fit([list(everygrams(known, max_len=order))], vocabulary_text=known)
    assert len(peer.vocab) == len(number) + 1  # <UNK> is counted
    counts = count_ngrams(ids, order, len(peer.vocab))
    if name == "KneserNey":  # what kneser_ney itself asks for
        counts = left_neighbours(counts)
    asked = known[:60] + held_out
    past = [tuple(asked[max(t - order + 1, 0) : t]) for t in range(len(asked))]
    got = NgramModel(counts, smoothing).log_probs(
        text([number.get(word, 0) for word in asked])
    )
    want = [peer.score(word, context) for word, context in zip(asked, past)]
    assert_close(np.exp(got), want)
    seen = slow_counts(known, order - 1)
    kinds = {context in seen for context in past[order:]}
    assert kinds == ({True, False} if order > 1 else {True})


# A smoother of one's own


def test_a_smoother_is_told_what_was_seen():
    told = {}

    def spy(seen):
        told[seen.length] = seen
        return witten_bell(seen)

    model = NgramModel(count_ngrams(IDS, 2, 3), spy)
    model.probs([0])
    for length, want in ((1, ([3, 2, 1], 6, 3)), (2, ([0, 2, 1], 3, 2))):
        seen = told[length]
        assert (seen.length, seen.order, seen.vocab_size) == (length, 2, 3)
        for got, value in zip(seen[:3], want):
            assert np.array_equal(got, np.broadcast_to(value, 3))


def test_a_smoother_of_ones_own():
    """Three parts relative frequency, one part from below."""

    def mixed(seen):
        return 0.75 * seen.count / seen.total, np.where(seen.total > 0, 0.25, np.nan)

    model = NgramModel(count_ngrams(text([0, 1, 0, 2]), 2, 3), mixed)
    below = [F(11, 24), F(13, 48), F(13, 48)]
    assert_close(model.probs([]), below)
    assert_close(
        model.probs([0]), [below[0] / 4, *(F(3, 8) + p / 4 for p in below[1:])]
    )
    assert_close(model.probs([2]), below)


@pytest.mark.parametrize(
    "smoothing", [add_k, interpolated, absolute_discount, kneser_ney, None, "mle", 1.0]
)
def test_what_is_no_smoother_is_refused(smoothing):
    with pytest.raises(TypeError) as caught:
        NgramModel(count_ngrams(IDS, 2, 3), smoothing)
    if caught.type is not TypeCheckError:
        caught.match(r"smoothing must be .* add_k\(1\); got")
        assert repr(smoothing) in str(caught.value)


# Bad input

BAD_IDS = [
    ([0, 3], ValueError, r"ids must lie in 0\.\.2; got 0\.\.3"),
    ([0, -1], ValueError, r"ids must lie in 0\.\.2; got -1\.\.0"),
    ([0.0, 1.0], TypeError, "ids must be whole numbers; got dtype float64"),
    ([True, False], TypeError, "ids must be whole numbers; got dtype bool"),
    ([[0, 1], [1, 0]], ValueError, r"ids must have shape \(T,\); got \(2, 2\)"),
]


@pytest.mark.parametrize(("ids", "error", "words"), BAD_IDS)
def test_ids_are_checked_everywhere(ids, error, words):
    counts, ids = count_ngrams(IDS, 2, 3), np.array(ids)
    model = NgramModel(counts, witten_bell)
    for ask in (model.log_probs, model.perplexity, model.probs, counts.__getitem__):
        with refuses(words, error):
            ask(ids)
    with refuses(words, error):
        count_ngrams(ids, 2, 3)


@pytest.mark.parametrize("ask", ["count", "perplexity"])
def test_no_ids_are_refused(ask):
    model, none = NgramModel(count_ngrams(IDS, 2, 3), witten_bell), text([])
    with refuses("ids must hold at least 1 token; got 0"):
        model.perplexity(none) if ask == "perplexity" else count_ngrams(none, 2, 3)


@pytest.mark.parametrize(
    ("order", "vocab_size", "error", "words"),
    [
        (0, 3, ValueError, "order must be at least 1; got 0"),
        (-1, 3, ValueError, "order must be at least 1; got -1"),
        (2.0, 3, TypeError, "order must be a whole number; got 2.0"),
        (True, 3, TypeError, "order must be a whole number; got True"),
        ("2", 3, TypeError, "order must be a whole number; got '2'"),
        (2, 0, ValueError, "vocab_size must be at least 1; got 0"),
        (2, 3.0, TypeError, "vocab_size must be a whole number; got 3.0"),
        (2, True, TypeError, "vocab_size must be a whole number; got True"),
    ],
)
def test_sizes_are_checked(order, vocab_size, error, words):
    with refuses(words, error):
        count_ngrams(text([0, 0]), order, vocab_size)


@pytest.mark.parametrize("vocab_size", [2**62, 2**63, 2**64])
def test_a_vocabulary_too_large_for_64_bits_is_refused(vocab_size):
    ids = text([0, 9, 1, 9, 2, 9, 3, 9, 4, 9])  # with wrapped codes, 0 9 is 4 9
    with refuses("vocab_size .*64 bits"):
        count_ngrams(ids, 2, vocab_size)


@pytest.mark.parametrize(
    ("make", "value", "words"),
    [(add_k, k, "k must be a number above 0; got") for k in (0.0, -1.0)]
    + [(add_k, k, "k must be a number above 0; got") for k in (np.nan, np.inf)]
    + [
        (interpolated, eps, "eps must be a number of at least 0, .*; got")
        for eps in (-0.5, np.nan, np.inf, [1.0, -1.0], [np.nan, 1.0], [[1.0, 2.0]])
    ]
    + [
        (make, d, r"d must lie in 0\.\.1; got")
        for make in (absolute_discount, kneser_ney)
        for d in (-0.1, 1.1, np.nan, np.inf)
    ],
)
def test_what_a_smoother_is_made_with_is_checked(make, value, words):
    with refuses(words):
        make(value)


@pytest.mark.parametrize("eps", [[1.0], [1.0, 2.0, 3.0], []])
def test_there_is_one_eps_for_each_order(eps):
    words = f"eps must be one number, or one for each of 2 orders; got {len(eps)}"
    with refuses(words):
        NgramModel(count_ngrams(IDS, 2, 3), interpolated(eps))


@pytest.mark.parametrize(
    ("gram", "words"),
    [
        ((0, 1, 0), r"n-gram must hold 1\.\.2 ids; got 3"),
        ((), r"n-gram must hold 1\.\.2 ids; got 0"),
        (3, r"0\.\.2; got 3"),
    ],
)
def test_counts_are_asked_for_one_ngram(gram, words):
    with refuses(words):
        count_ngrams(IDS, 2, 3)[gram]


def test_what_is_no_number_for_eps_is_shown():
    words = "^eps must be a number, or one for each order; got 'much'$"
    with refuses(words, TypeError):
        interpolated("much")


def test_an_undefined_distribution_says_what_to_do():
    model = NgramModel(count_ngrams(text([0, 1, 0]), 2, 3), mle)
    with refuses("never seen: use a smoother that defines one$"):
        model.probs([2])


def fails_at(wanted):
    """A smoother that gives a list in place of two weights, at some lengths."""

    def smoothing(seen):
        weights = add_k(1.0)(seen)
        return list(weights) if seen.length in wanted else weights

    return smoothing


@pytest.mark.parametrize("wanted", [{1}, {2}, {3}])
def test_a_smoother_is_tried_at_each_length(wanted):
    with refuses("smoothing must be a smoother", TypeError):
        NgramModel(count_ngrams(IDS, 3, 3), fails_at(wanted))
    NgramModel(count_ngrams(IDS, 3, 3), fails_at({0, 4}))  # lengths that do not occur
