"""Score the names and The Time Machine in published set-ups: python -m benchmarks.published_ngrams"""

import time

import numpy as np

from benchmarks.record import record
from rnnlib.corpora import load_text
from rnnlib.losses import bits, perplexity
from rnnlib.ngram import (
    NgramModel,
    Smoother,
    add_k,
    count_ngrams,
    kneser_ney,
    mle,
    witten_bell,
)
from rnnlib.text import Vocab, char_tokens, normalise


def names_bigrams(text: str) -> dict:
    """Fit bigrams of letters to all the names, one marker before and after each, and score the same names."""
    stream = char_tokens("." + ".".join(text.split()) + ".")
    vocab = Vocab.build(stream)
    ids = vocab.encode(stream)
    counts = count_ngrams(ids, 2, len(vocab))
    models = {"unsmoothed": mle, "add-one": add_k(1)}
    return {"symbols": len(vocab), "bigrams": len(ids) - 1} | {
        name: round(float(-NgramModel(counts, smoothing).log_probs(ids)[1:].mean()), 6)
        for name, smoothing in models.items()
    }


def nats(
    train: np.ndarray,
    text: np.ndarray,
    start: int,
    order: int,
    smoothing: Smoother,
    vocab_size: int,
) -> float:
    """Return the mean loss of text[start:], each token after all those before it."""
    model = NgramModel(count_ngrams(train, order, vocab_size), smoothing)
    return -model.log_probs(text)[start:].mean()


def cold_windows(model: NgramModel, ids: np.ndarray, starts: range) -> np.ndarray:
    """Return the losses (W, 32) of the windows ids[i : i + 33], each read without what came before it."""
    return np.array([-model.log_probs(ids[i : i + 33])[1:] for i in starts])


def mean_of_batches(losses: np.ndarray, batch_size: int) -> float:
    """Return the mean of the batches' perplexities: a metric that is in print, kept to compare with it."""
    firsts = range(0, len(losses), batch_size)
    return np.mean([perplexity(losses[i : i + batch_size].mean()) for i in firsts])


def time_machine(text: str) -> dict:
    """Score characters of The Time Machine in three set-ups: leak-free, cold windows, the last tenth."""
    letters = char_tokens(normalise(text))
    vocab = Vocab.build(letters, reserved=("<unk>",))
    ids, size = vocab.encode(letters), len(vocab)
    train, text_to_15032 = ids[:10032], ids[:15032]
    smoothers = {
        "add-one": (add_k(1), range(2, 7)),
        "witten-bell": (witten_bell, range(1, 7)),
        "kneser-ney": (kneser_ney(0.8), range(4, 8)),
    }

    def scores(train, text, start, unit, orders=None):
        return {
            name: {
                str(n): round(
                    float(unit(nats(train, text, start, n, smoothing, size))), 4
                )
                for n in orders or own
            }
            for name, (smoothing, own) in smoothers.items()
        }

    cut = int(0.9 * len(ids))
    four = NgramModel(count_ngrams(train, 4, size), witten_bell)
    six = NgramModel(count_ngrams(train, 6, size), kneser_ney(0.8))
    windows = range(10000, 15000)
    cold_four, cold_six = (cold_windows(model, ids, windows) for model in (four, six))
    return {
        "characters": len(ids),
        "symbols": size,
        "leak-free": scores(train, text_to_15032, 10032, perplexity),
        "windows": {
            "witten-bell 4, carried": round(
                float(perplexity(-four.log_probs(text_to_15032)[10001:].mean())), 4
            ),
            "witten-bell 4, reset": round(float(perplexity(cold_four.mean())), 4),
            "witten-bell 4, mean of batches": round(
                mean_of_batches(cold_four, 1024), 4
            ),
            "kneser-ney 6, mean of batches": round(mean_of_batches(cold_six, 1024), 4),
        },
        "last tenth, bits": scores(ids[:cut], ids, cut, bits, range(2, 8)),
    }


if __name__ == "__main__":
    texts = {name: load_text(name) for name in ("names", "time-machine")}
    started = time.perf_counter()
    results = {
        "names": names_bigrams(texts["names"]),
        "time-machine": time_machine(texts["time-machine"]),
    }
    results["seconds"] = round(time.perf_counter() - started, 1)
    record(
        "published-ngrams",
        results,
        command="python -m benchmarks.published_ngrams",
        data=texts,
    )
