"""Count the downloaded texts as chapter 2 counts the tales: python -m benchmarks.text_statistics"""

import time
from collections import Counter

import numpy as np

from benchmarks.record import record
from rnnlib.corpora import load_text
from rnnlib.text import normalise, word_tokens


def zipf_exponent(tokens: list[str], n: int, at_least: int = 5) -> float:
    """Fit log count against log rank over runs of n tokens that occur at least so often; return minus the slope."""
    counts = np.sort(
        np.fromiter(Counter(zip(*(tokens[i:] for i in range(n)))).values(), int)
    )[::-1]
    kept = counts[counts >= at_least]
    return float(-np.polyfit(np.log(np.arange(1, len(kept) + 1)), np.log(kept), 1)[0])


def measure(text: str) -> dict:
    """Count characters, words, types and Zipf exponents of one cleaned text."""
    started = time.perf_counter()
    clean = normalise(text)
    words = word_tokens(clean)
    counts = Counter(words)
    return {
        "characters": len(clean),
        "symbols": len(set(clean)),
        "words": len(words),
        "word types": len(counts),
        "most common": [
            list(pair)
            for pair in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[
                :10
            ]
        ],
        "exponents": [round(zipf_exponent(words, n), 4) for n in (1, 2, 3)],
        "seconds": round(time.perf_counter() - started, 2),
    }


if __name__ == "__main__":
    texts = {name: load_text(name) for name in ("time-machine", "tiny-shakespeare")}
    record(
        "text-statistics",
        {name: measure(text) for name, text in texts.items()},
        command="python -m benchmarks.text_statistics",
        data=texts,
    )
