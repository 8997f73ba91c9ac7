"""Questions of homework 1, each with the mistakes that are commonly made in it."""

from collections import Counter

import numpy as np

from rnnlib.checks.core import Exercise
from rnnlib.ngram import NgramModel, absolute_discount, count_ngrams
from rnnlib.text import Vocab

BEGIN, END = 0, 1  # the ids of the borders

# Words begin and end sentences in unlike numbers; one sentence is a single word, one word comes twice in a row.
_four = [[2, 3, 2, 4], [2, 3, 3], [4], [3, 2, 3, 2, 4]]
_three = [[5, 2, 2, 3, 5, 4], [2], [5, 2, 4, 4]]
_one = [[2, 3, 2, 3, 4]]


def count_with_borders(sentences):
    """Counts of the predicted tokens, alone, with one and with two tokens before them."""
    return _counted([BEGIN, BEGIN, *words, END] for words in sentences)


def _counted(rows, first=2):
    """Count at each place from ``first`` on, as far back as each row goes."""
    counts = Counter(), Counter(), Counter()
    for row in rows:
        for t in range(first, len(row)):
            for length in range(1, min(3, t + 1) + 1):
                counts[length - 1][tuple(row[t - length + 1 : t + 1])] += 1
    return counts


def _in_one_row(row):
    return lambda sentences: _counted([[BEGIN, BEGIN, *row(sentences)]])


def _bordered(sentences):
    row = [token for words in sentences for token in (*words, END, BEGIN, BEGIN)]
    return row[:-2]


def _with_their_frequency(sentences):
    """Every run of the padded row, those that end in a border of the beginning too."""
    return _counted(([BEGIN, BEGIN, *words, END] for words in sentences), first=0)


def _pair_of_beginnings(sentences):
    ones, twos, threes = count_with_borders(sentences)
    return ones, twos | {(BEGIN, BEGIN): len(sentences)}, threes


def next_word_row(counts, context, eps, V):
    """P(. | a, b), interpolated over three orders; the beginning is never predicted."""
    return _row(counts, context, eps, V)


def _as_context(level, context):
    return sum(n for gram, n in level.items() if gram[:-1] == context)


def _ends_there(counts, level, context):
    """What is found when the count of the context itself is looked up one level below."""
    if not context:
        return sum(counts[0].values())
    return counts[len(context) - 1].get(context, 0)


def _patched(counts, level, context):
    """The same, but for contexts of beginnings alone, which are counted as sentences."""
    if context and set(context) == {BEGIN}:
        return _as_context(counts[level], context)
    return _ends_there(counts, level, context)


def _row(
    counts,
    context,
    eps,
    V,
    *,
    bottom=None,
    total=None,
    lower=lambda rows: rows[-1],
    weight=lambda e: e,
):
    total = total or (lambda counts, level, c: _as_context(counts[level], c))
    rows = [_uniform(V) if bottom is None else bottom(V)]
    for level in range(3):
        c = tuple(context)[2 - level :]
        n = np.array([counts[level].get((*c, x), 0) for x in range(V)], dtype=float)
        with np.errstate(all="ignore"):
            below = weight(eps[level]) * lower(rows)
            rows.append((n + below) / (total(counts, level, c) + eps[level]))
    return rows[-1]


def _mixed(wrong):
    """The count of the context looked up below at one level, and summed up at the others."""
    return lambda counts, level, c: (
        _ends_there(counts, level, c)
        if level == wrong
        else _as_context(counts[level], c)
    )


def _uniform(V):
    p = np.full(V, 1 / (V - 1))
    p[BEGIN] = 0
    return p


def _with(**how):
    return lambda *given: _row(*given, **how)


def _rescaled(*given):
    row = _row(*given, total=_ends_there)
    return row / row.sum()


def _case(sentences, context, eps, V):
    return count_with_borders(sentences), context, eps, V


def tale_perplexity(nats, n_words):
    """Perplexity for each token that was predicted: the words, and the end of each sentence."""
    return np.exp(np.sum(nats) / np.sum(np.asarray(n_words) + 1))


def honest_score(train, validation, test, V, order, discounts):
    """The discount that is best on the validation text, and its perplexity on the test."""
    return _protocol()(train, validation, test, V, order, discounts)


def _protocol(
    count=lambda train, validation, test: train,
    choose=lambda train, validation, test: validation,
    score=lambda train, validation, test: test,
    pick=min,
    order=lambda n: n,
    last=lambda perplexity: perplexity,
):
    def protocol(train, validation, test, V, n, discounts):
        texts = train, validation, test
        counts = count_ngrams(count(*texts), order(n), V)
        found = {
            d: NgramModel(counts, absolute_discount(d)).perplexity(choose(*texts))
            for d in discounts
        }
        d = pick(found, key=found.get)
        final = NgramModel(counts, absolute_discount(d)).perplexity(score(*texts))
        return d, last(final)

    return protocol


def _recounted(train, validation, test, V, order, discounts):
    d, _ = honest_score(train, validation, test, V, order, discounts)
    both = count_ngrams(np.concatenate([train, validation]), order, V)
    return d, NgramModel(both, absolute_discount(d)).perplexity(test)


def _drawn(seed, V, sizes, drift):
    """Three texts of one chain, the later ones a little further from it."""
    rng = np.random.default_rng(seed)
    P, other = rng.dirichlet(np.full(V, 0.4), size=(2, V))
    texts = []
    for k, size in enumerate(sizes):
        mixed = (1 - drift[k]) * P + drift[k] * other
        ids = [int(rng.integers(V))]
        while len(ids) < size:
            ids.append(int(rng.choice(V, p=mixed[ids[-1]])))
        texts.append(np.array(ids))
    return texts


_DISCOUNTS = (0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.99)


def encode_both(train, new, min_count):
    """The known tokens, <unk> first, and both texts as ids of the same length as the texts."""
    return _encoded(train, train, new, min_count)


def _encoded(counted, train, new, min_count, *, drop=(False, False)):
    vocab = Vocab.build(counted, min_count=min_count, reserved=("<unk>",))
    texts = (
        [word for word in text if word in vocab] if dropped else text
        for text, dropped in zip((train, new), drop)
    )
    return vocab.tokens, *(vocab.encode(text) for text in texts)


def _named(train, new, known):
    vocab = Vocab(("<unk>", *known))
    return vocab.tokens, vocab.encode(train), vocab.encode(new)


def _sorted_by(train, m, key):
    """The known words by ``key``; where it is equal, as they first came."""
    return sorted((w for w in dict.fromkeys(train) if train.count(w) >= m), key=key)


def _each_its_own(train, new, min_count):
    tokens, ids, _ = encode_both(train, new, min_count)
    return tokens, ids, encode_both(new, new, min_count)[2]


def _all_strangers_first(train, new, min_count):
    """Rare words kept with ids of their own in the training text, unknown only in the new one."""
    tokens, ids, new_ids = encode_both(train, new, min_count)
    return encode_both(train, new, 1)[0], encode_both(train, new, 1)[1], new_ids


_harbour = (
    "the boat the sea the gull sea boat a sea a the sea wind the sea boat sea".split()
)
_fog = "a fog came the lamp sea fog a wind wind the gull lamp boat fog".split()
_short = "e b c a e c b a e d".split()  # three words are equally frequent
_other = "d e a e d d b f".split()


def _pages(*names):
    return dict(zip("ABC", names))


EXERCISES = {
    "count_with_borders": Exercise(
        solution=count_with_borders,
        cases={
            "four sentences": (_four,),
            "three sentences": (_three,),
            "one sentence": (_one,),
        },
        wrong={
            "the border of the beginning is among the predicted tokens; nobody predicts it": _with_their_frequency,
            "the pair (0, 0) was counted: its second 0 is nobody's prediction": _pair_of_beginnings,
            "the keys of the first dictionary are bare ids; tuples of one id were asked for": lambda sentences: (
                {x: n for (x,), n in count_with_borders(sentences)[0].items()},
                *count_with_borders(sentences)[1:],
            ),
            "one border stands at the beginning; the first word needs two tokens before it": lambda sentences: (
                _counted(([BEGIN, *words, END] for words in sentences), first=1)
            ),
            "the border of the end is missing: a model must say where a sentence stops": lambda sentences: (
                _counted([BEGIN, BEGIN, *words] for words in sentences)
            ),
            "the ends of sentences are there, and then the next one reads on across them": _in_one_row(
                lambda sentences: [
                    token for words in sentences for token in (*words, END)
                ]
            ),
            "all sentences stand in one row, and the borders between them are predicted": _in_one_row(
                _bordered
            ),
            "there are no borders between the sentences": _in_one_row(
                lambda sentences: [*sum(sentences, []), END]
            ),
            "there are no borders at all": lambda sentences: _counted(
                sentences, first=0
            ),
            "two borders stand at the end; one is predicted there": lambda sentences: (
                _counted([BEGIN, BEGIN, *words, END, END] for words in sentences)
            ),
            "what comes after was written in front: the predicted token stands last in the key": lambda sentences: (
                tuple(
                    {gram[::-1]: n for gram, n in level.items()}
                    for level in count_with_borders(sentences)
                )
            ),
            "each run is counted once for each sentence, however often it comes there": lambda sentences: (
                tuple(
                    dict(
                        sum(
                            (
                                Counter(
                                    dict.fromkeys(count_with_borders([words])[k], 1)
                                )
                                for words in sentences
                            ),
                            Counter(),
                        )
                    )
                    for k in range(3)
                )
            ),
        },
        hint="for one sentence write the padded row down, and mark the tokens that a reader has to guess. Count there.",
    ),
    "next_word_row": Exercise(
        solution=next_word_row,
        cases={
            "inside a sentence": _case(_four, (2, 3), (1.0, 2.0, 5.0), 5),
            "the first word": _case(_four, (BEGIN, BEGIN), (0.5, 3.0, 1.5), 6),
            "the second word": _case(_three, (BEGIN, 5), (2.0, 0.7, 4.0), 6),
            "two words never seen together": _case(_three, (3, 2), (1.5, 2.5, 0.3), 7),
            "a word never seen": _case(_four, (2, 5), (4.0, 1.0, 2.0), 6),
            "after an end": _case(_four, (3, END), (1.5, 2.5, 0.8), 6),
        },
        wrong={
            "n(b) is how often b came, not how often something followed: (0, 0) shows it": _with(
                total=_ends_there
            ),
            "the beginnings are right, but nothing is ever predicted after an end, and the ends were counted": _with(
                total=_patched
            ),
            "n(b) is right, but n(a, b) is how often b came after a": _with(
                total=_mixed(2)
            ),
            "n(a, b) is right, but n(b) is how often b came": _with(total=_mixed(1)),
            "the row was scaled to sum to one; look for the count that made it necessary": _rescaled,
            "the uniform distribution has a share for the border of the beginning, which never comes": _with(
                bottom=lambda V: np.full(V, 1 / V)
            ),
            "the uniform distribution gives 1/V to the tokens that can come; there are fewer than V of them": _with(
                bottom=lambda V: np.where(np.arange(V) == BEGIN, 0, 1 / V)
            ),
            "order 3 asks order 1; order 2 lies between them": _with(
                lower=lambda rows: rows[-1] if len(rows) < 3 else rows[1]
            ),
            "each order asks the uniform distribution, and not the order below": _with(
                lower=lambda rows: rows[0]
            ),
            "eps is taken from the wrong end: its first belongs to no context": lambda counts, context, eps, V: (
                _row(counts, context, eps[::-1], V)
            ),
            "the two tokens of the context have changed places": lambda counts, context, eps, V: (
                _row(counts, context[::-1], eps, V)
            ),
            "what the lower order says was not multiplied by eps": _with(
                weight=lambda e: 1
            ),
            "eps is missing below the line": lambda counts, context, eps, V: _row(
                counts,
                context,
                eps,
                V,
                total=lambda counts, level, c: (
                    _as_context(counts[level], c) - eps[level]
                ),
            ),
            "the total is the number of different tokens that followed; count each time": _with(
                total=lambda counts, level, c: sum(
                    gram[:-1] == c for gram in counts[level]
                )
            ),
            "that is order 2: the older token of the context is not used": lambda counts, context, eps, V: (
                _row((*counts[:2], {}), context, eps, V)
            ),
        },
        hint="the row must sum to one after every context. Try (0, 0): how often did something follow it, and what do "
        "your three dictionaries say?",
    ),
    "tale_perplexity": Exercise(
        solution=tale_perplexity,
        cases={
            "three sentences": (np.array([11.0, 40.5, 23.0]), np.array([3, 9, 5])),
            "one sentence": (np.array([17.5]), np.array([4])),
            "six sentences": (
                np.array([30.1, 9.4, 61.0, 25.2, 3.3, 44.0]),
                np.array([7, 2, 13, 5, 1, 8]),
            ),
        },
        wrong={
            "divided by the words alone; the nats pay for the ends of the sentences too": lambda nats, n: (
                np.exp(nats.sum() / n.sum())
            ),
            "divided as if two borders of each sentence were predicted; only one is": lambda nats, n: (
                np.exp(nats.sum() / (n + 2).sum())
            ),
            "one end was counted for the whole tale; each sentence has its own": lambda nats, n: (
                np.exp(nats.sum() / (n.sum() + 1))
            ),
            "the mean of the sentences' perplexities: average first, exponentiate last": lambda nats, n: (
                np.mean(np.exp(nats / (n + 1)))
            ),
            "each sentence weighs the same: short ones count too much": lambda nats, n: (
                np.exp(np.mean(nats / (n + 1)))
            ),
            "perplexities of the sentences, weighted by their tokens; the weights belong to the nats": lambda nats, n: (
                np.average(np.exp(nats / (n + 1)), weights=n + 1)
            ),
            "that is the perplexity of a sentence: divided by the number of sentences": lambda nats, n: (
                np.exp(nats.mean())
            ),
            "that is the mean in nats; a perplexity is its exponential": lambda nats, n: (
                nats.sum() / (n + 1).sum()
            ),
            "the nats are raised to base 2": lambda nats, n: (
                2 ** (nats.sum() / (n + 1).sum())
            ),
            "the sign is turned: nats are surprises, and not logarithms of probabilities": lambda nats, n: (
                np.exp(-nats.sum() / (n + 1).sum())
            ),
        },
        hint="one total above the line, one below. How many tokens of a sentence of n words had to be predicted?",
    ),
    "honest_score": Exercise(
        solution=honest_score,
        cases={
            "order 2": (
                *_drawn(30, 6, (150, 200, 130), (0, 0.1, 0.3)),
                6,
                2,
                _DISCOUNTS,
            ),
            "order 3": (
                *_drawn(22, 5, (160, 120, 110), (0, 0.25, 0.7)),
                5,
                3,
                _DISCOUNTS,
            ),
            "a calmer test": (
                *_drawn(23, 7, (170, 150, 140), (0, 0.6, 0.1)),
                7,
                2,
                _DISCOUNTS[::-1],
            ),
        },
        wrong={
            "the discount was chosen on the training text, where nothing is new": _protocol(
                choose=lambda train, validation, test: train
            ),
            "the discount was chosen on the test": _protocol(
                choose=lambda train, validation, test: test
            ),
            "chosen and scored on the same text: the test was never read": _protocol(
                score=lambda train, validation, test: validation
            ),
            "the score is that of the training text": _protocol(
                score=lambda train, validation, test: train
            ),
            "the highest perplexity was chosen; lower is better": _protocol(pick=max),
            "the validation text was counted too, and then chose": _protocol(
                count=lambda train, validation, test: np.concatenate(
                    [train, validation]
                )
            ),
            "the last count has the validation text in it; only the training text was to be counted": _recounted,
            "all three texts were counted": _protocol(
                count=lambda *texts: np.concatenate(texts)
            ),
            "the order is one too high: order n looks at n - 1 tokens": _protocol(
                order=lambda n: n + 1
            ),
            "the order is one too low: order n looks at n - 1 tokens, and predicts one": _protocol(
                order=lambda n: n - 1
            ),
            "the second number is in nats; a perplexity was asked for": _protocol(
                last=np.log
            ),
            "the place of the discount in the list was returned, not the discount": lambda *given: (
                _DISCOUNTS.index(honest_score(*given)[0])
                if given[-1] == _DISCOUNTS
                else _DISCOUNTS[::-1].index(honest_score(*given)[0]),
                honest_score(*given)[1],
            ),
        },
        hint="three texts with three jobs: one is counted, one chooses, one is read once at the end.",
    ),
    "encode_both": Exercise(
        solution=encode_both,
        cases={
            "known from 2": (_harbour, _fog, 2),
            "known from 3": (_harbour, _fog, 3),
            "letters": (_short, _other, 2),
        },
        wrong={
            "nothing has changed: these are the ids of the function as found": lambda train, new, m: (
                _encoded(train + new, train, new, m, drop=(True, False))
            ),
            "the training text is mended; look at the other curve: whose words are counted?": lambda train, new, m: (
                _encoded(train + new, train, new, m)
            ),
            "the right words are counted; rare ones are still cut out of the training text": lambda train, new, m: (
                _encoded(train, train, new, m, drop=(True, False))
            ),
            "unknown words are cut out of both texts; each keeps its place, as <unk>": lambda train, new, m: (
                _encoded(train, train, new, m, drop=(True, True))
            ),
            "unknown words are cut out of the new text; each keeps its place, as <unk>": lambda train, new, m: (
                _encoded(train, train, new, m, drop=(False, True))
            ),
            "each text has a vocabulary of its own: the same id is two words": _each_its_own,
            "a word is known from one occurrence more than was said": lambda train, new, m: (
                encode_both(train, new, m + 1)
            ),
            "min_count is not used: every word of the training text is known": lambda train, new, m: (
                encode_both(train, new, 1)
            ),
            "rare words became <unk> in the new text only; training and new text must agree": _all_strangers_first,
            "a rare word of the training text became known through the new text": lambda train, new, m: (
                _named(
                    train,
                    new,
                    [
                        w
                        for w in Vocab.build(train + new, min_count=m).tokens
                        if w in train
                    ],
                )
            ),
            "the right words are known; their order comes from the counts of both texts": lambda train, new, m: (
                _named(
                    train,
                    new,
                    [w for w in Vocab.build(train + new).tokens if train.count(w) >= m],
                )
            ),
            "the known words stand as they first came; the most frequent was to come first": lambda train, new, m: (
                _named(
                    train, new, [w for w in dict.fromkeys(train) if train.count(w) >= m]
                )
            ),
            "the known words stand by the alphabet; the most frequent was to come first": lambda train, new, m: (
                _named(train, new, sorted({w for w in train if train.count(w) >= m}))
            ),
            "equally frequent words stand as they first came; there the alphabet decides": lambda train, new, m: (
                _named(train, new, _sorted_by(train, m, lambda w: -train.count(w)))
            ),
            "equally frequent words stand by the alphabet backwards; only counts fall": lambda train, new, m: (
                _named(
                    train,
                    new,
                    sorted(
                        {w for w in train if train.count(w) >= m},
                        key=lambda w: (train.count(w), w),
                        reverse=True,
                    ),
                )
            ),
            "the words of the new text alone were counted": lambda train, new, m: (
                _encoded(new, train, new, m)
            ),
        },
        hint="len(train_ids) and len(new_ids) tell one half of it. Where could a word of the new text get in?",
    ),
    "three_pages": Exercise(
        solution=_pages("dropped", "machine", "author"),
        wrong={
            "the lowest perplexity was taken for the author's: who finds a machine's page easy?": _pages(
                "dropped", "author", "machine"
            ),
            "the author's page and the dropped one have changed places: what does order 3 say?": _pages(
                "author", "machine", "dropped"
            ),
            "the machine's page and the dropped one have changed places: look at order 1": _pages(
                "machine", "dropped", "author"
            ),
            "the pages were ranked by perplexity, author first, machine last; look at their words": _pages(
                "machine", "author", "dropped"
            ),
            "the pages were ranked the wrong way round, and no letter is right": _pages(
                "author", "dropped", "machine"
            ),
        },
        hint="two of the pages hold the same words. Which order cannot tell them apart, and why?",
    ),
}
