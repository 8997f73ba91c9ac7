"""Time and weigh counting and scoring against nltk and Counter: python -m benchmarks.ngram_speed"""

import tracemalloc
from collections import Counter
from importlib.metadata import version

import numpy as np
from nltk.lm import Lidstone, NgramCounter, WittenBellInterpolated
from nltk.util import everygrams
from tqdm import tqdm

from benchmarks.paired import paired
from benchmarks.record import record
from rnnlib.corpora import load_text
from rnnlib.ngram import NgramModel, add_k, count_ngrams, witten_bell
from rnnlib.text import Vocab, char_tokens, normalise

ORDER = 5


def count_with_counter(tokens: list, order: int) -> list[Counter]:
    """Count all orders with Counter, in its quickest known way."""
    return [Counter(zip(*(tokens[i:] for i in range(m)))) for m in range(1, order + 1)]


def count_with_nltk(tokens: list, order: int) -> NgramCounter:
    """Count all orders with nltk."""
    return NgramCounter([everygrams(tokens, max_len=order)])


def counting(letters: list[str], vocab: Vocab) -> dict:
    """Count the letters in all orders up to 5, in turns."""
    ids = vocab.encode(letters)
    return paired(
        {
            "rnnlib": lambda: count_ngrams(ids, ORDER, len(vocab)),
            "Counter": lambda: count_with_counter(letters, ORDER),
            "nltk": lambda: count_with_nltk(letters, ORDER),
        }
    )


def scoring(train: list[str], text: list[str], vocab: Vocab) -> dict:
    """Score a text by the same model in nltk and here, in turns; the perplexities must agree."""
    counts = count_ngrams(vocab.encode(train), ORDER, len(vocab))
    ids = vocab.encode(text)
    grams = [tuple(text[max(0, t - ORDER + 1) : t + 1]) for t in range(len(text))]
    results = {}
    for name, smoothing, theirs in (
        ("add-k", add_k(0.5), Lidstone(0.5, ORDER)),
        ("witten-bell", witten_bell, WittenBellInterpolated(ORDER)),
    ):
        model = NgramModel(counts, smoothing)
        theirs.fit([everygrams(train, max_len=ORDER)], vocab.tokens[1:])
        assert len(theirs.vocab) == len(vocab)  # it counts <UNK>
        ours, other = model.perplexity(ids), theirs.perplexity(grams)
        timed = paired(
            {
                "rnnlib": lambda model=model: model.perplexity(ids),
                "nltk": lambda theirs=theirs: theirs.perplexity(grams),
            }
        )
        results[name] = {"ours": ours, "theirs": other} | timed
    return results


def growth(letters: list[str], vocab: Vocab) -> dict:
    """Time counting while the text grows, at order 5, and while the order grows, at a million tokens."""
    ids = np.resize(vocab.encode(letters), 10**7)
    tokens = list(letters)

    def seconds(function, *arguments) -> float:
        return paired({"it": lambda: function(*arguments)}, rounds=3)["it"]["seconds"]

    lengths = {"rnnlib": 10**7, "Counter": 10**6, "nltk": 10**5}  # the slow stop early
    text = {name: {} for name in lengths}
    for n in tqdm((10**4, 10**5, 10**6, 10**7), desc="text"):
        text["rnnlib"][n] = seconds(count_ngrams, ids[:n], ORDER, len(vocab))
        if n <= lengths["Counter"]:
            text["Counter"][n] = seconds(count_with_counter, tokens[:n], ORDER)
        if n <= lengths["nltk"]:
            text["nltk"][n] = seconds(count_with_nltk, tokens[:n], ORDER)
    orders = range(1, 10)
    million, first = ids[: 10**6], tokens[: 10**6]
    order = {
        "rnnlib": {n: seconds(count_ngrams, million, n, len(vocab)) for n in orders},
        "Counter": {n: seconds(count_with_counter, first, n) for n in orders},
    }
    grams = {
        n: len(count_ngrams(million, n, len(vocab)).levels[-1].codes) for n in orders
    }
    return {"text": text, "order": order, "different n-grams": grams}


def memory(letters: list[str], vocab: Vocab) -> dict:
    """Weigh counting ten million tokens: the peak of what is allocated meanwhile, in megabytes, the ids included."""
    rng = np.random.default_rng(0)
    zipf = 1 / np.arange(1, 10_001)
    texts = {
        "letters, order 5": (
            np.resize(vocab.encode(letters), 10**7),
            ORDER,
            len(vocab),
        ),
        "words of a Zipf law, order 3": (
            rng.choice(10_000, size=10**7, p=zipf / zipf.sum()),
            3,
            10_000,
        ),
    }
    megabytes = {}
    for name, (ids, order, size) in texts.items():
        tracemalloc.start()
        count_ngrams(ids, order, size)
        megabytes[name] = round((tracemalloc.get_traced_memory()[1] + ids.nbytes) / 1e6)
        tracemalloc.stop()
    return megabytes


def main() -> None:
    shakespeare = load_text("tiny-shakespeare")
    letters = char_tokens(normalise(shakespeare))
    vocab = Vocab.build(letters, reserved=("<unk>",))
    million = letters[: 10**6]
    results = {
        "tokens": len(million),
        "order": ORDER,
        "vocabulary": len(vocab),
        "counting": counting(million, vocab),
        "scoring": scoring(million[:200_000], million[200_000:250_000], vocab),
        "growth": growth(million, vocab),
        "megabytes": memory(million, vocab),
        "nltk": version("nltk"),
    }
    record(
        "ngram-speed",
        results,
        command="python -m benchmarks.ngram_speed",
        data={"tiny-shakespeare": shakespeare},
    )


if __name__ == "__main__":
    main()
