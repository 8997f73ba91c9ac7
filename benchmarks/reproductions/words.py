"""Jurafsky and Martin, Speech and Language Processing: the perplexity of words falls with the order.

Claim: on the Wall Street Journal, orders 1, 2 and 3 have perplexities of 962, 170 and 109.
Protocol: words of The Time Machine and of Shakespeare's plays; the last tenth is the test, the tenth before it chooses
the discount of Kneser-Ney for each order; words seen once in the training text are <unk>. No chance is involved.
"""

import numpy as np

from benchmarks.reproductions.row import SHAPE, Row, not_reached
from rnnlib.corpora import load_text
from rnnlib.ngram import NgramModel, count_ngrams, kneser_ney
from rnnlib.text import Vocab, normalise, word_tokens

PUBLISHED, DISCOUNTS = (962, 170, 109), (0.6, 0.7, 0.8, 0.9)
TEXTS = {"time-machine": "The Time Machine", "tiny-shakespeare": "Shakespeare"}


def by_order(words: list[str]) -> tuple[list[float], float]:
    """Return the test perplexities of orders 1 to 3, and the share of <unk> in the test."""
    ends = [int(len(words) * part) for part in (0.8, 0.9)]
    vocab = Vocab.build(words[: ends[0]], min_count=2, reserved=("<unk>",))
    train, held, test = np.split(vocab.encode(words), ends)
    found = []
    for order in (1, 2, 3):
        counts = count_ngrams(train, order, len(vocab))
        models = [NgramModel(counts, kneser_ney(d)) for d in DISCOUNTS]
        best = min(models, key=lambda model: model.perplexity(held))
        found.append(float(best.perplexity(test)))
    return found, float(np.mean(test == 0))


def run() -> Row:
    words = {name: word_tokens(normalise(load_text(name))) for name in TEXTS}
    found = {name: by_order(text) for name, text in words.items()}
    sizes = " and ".join(f"{8 * len(text) // 10:,}" for text in words.values())
    rows = [values for values, _ in found.values()]
    falls = all(a > b > c for a, b, c in rows)
    saved = [float(np.log2(b / c)) for _, b, c in (*rows, PUBLISHED)]
    told = (
        f"{saved[0]:.2f} and {saved[1]:.2f} bits, and {saved[2]:.2f} in the newspaper"
    )
    unknown = " and ".join(f"{share:.0%}" for _, share in found.values())
    return Row(
        paper="jurafsky2025",
        chapter="part-1/perplexity",
        claim="The perplexity of words falls steeply from order 1 to order 2, and by less to order 3.",
        lines=[
            (
                f"order {n}",
                str(p),
                " · ".join(f"{TEXTS[k]} {found[k][0][n - 1]:.0f}" for k in TEXTS),
            )
            for n, p in zip((1, 2, 3), PUBLISHED)
        ],
        source="Wall Street Journal, 38 million words of training text; not checked at source",
        setup=(
            "Kneser-Ney, the discount of each order chosen on validation text. The training texts have "
            f"{sizes} words, so {unknown} of the test words are `<unk>`, and the perplexities "
            "themselves cannot be compared."
        ),
        verdict=f"{SHAPE}: the second word of context saves {told}"
        if falls
        else not_reached("order 3 does not help: the texts are too short"),
        curves={TEXTS[name]: values for name, (values, _) in found.items()},
    )
