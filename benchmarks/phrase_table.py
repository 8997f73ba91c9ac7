"""Two ways to translate without a network: word by word, and by a table of phrases. Both come from the pairs alone.

Which word goes with which is found by expectation maximisation, the first model of Brown et al. (1993). The phrases are
all that agree with the best links of both directions (Koehn, Och and Marcu 2003), up to five words. They are set in
the order of the source, and a Kneser-Ney trigram of the French side chooses among them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log

import numpy as np

from rnnlib.ngram import NgramModel, count_ngrams, kneser_ney
from rnnlib.text import Vocab

Pair = tuple[list[str], list[str]]
LONGEST, N_BEST, BEAM = 5, 6, 60


def word_links(pairs: Sequence[Pair], n_rounds: int = 12) -> dict:
    """Return t[source word][target word], the probability of a target word given the source word it comes from."""
    t = defaultdict(lambda: defaultdict(lambda: 1.0))
    for _ in range(n_rounds):
        counts = defaultdict(lambda: defaultdict(float))
        for source, target in pairs:
            for f in target:
                shares = [t[e][f] for e in ["", *source]]
                total = sum(shares)
                for e, share in zip(["", *source], shares):
                    counts[e][f] += share / total
        t = defaultdict(lambda: defaultdict(lambda: 1e-9))
        for e, row in counts.items():
            total = sum(row.values())
            for f, count in row.items():
                t[e][f] = count / total
    return t


def word_by_word(t: dict, source: Sequence[str]) -> list[str]:
    """Set the likeliest target word in the place of each source word."""
    return [max(t[e], key=t[e].get) if t.get(e) else e for e in source]


def phrases(pairs: Sequence[Pair]) -> dict:
    """Return for each source phrase its target phrases and the logarithm of their share, both directions averaged."""
    there = word_links(pairs)
    back = word_links([(f, e) for e, f in pairs])
    table = Counter()
    for source, target in pairs:
        one = {
            (max(range(len(source)), key=lambda i: there[source[i]][f]), j)  # noqa: B023
            for j, f in enumerate(target)
        }
        two = {
            (i, max(range(len(target)), key=lambda j: back[target[j]][e]))  # noqa: B023
            for i, e in enumerate(source)
        }
        links = _grown(one & two, one | two)
        for i, j, a, b in _consistent(links, len(source), len(target)):
            table[tuple(source[i:j]), tuple(target[a:b])] += 1
    by_source, by_target = Counter(), Counter()
    for (e, f), count in table.items():
        by_source[e] += count
        by_target[f] += count
    found = defaultdict(list)
    for (e, f), count in table.items():
        score = 0.5 * log(count / by_source[e]) + 0.5 * log(count / by_target[f])
        found[e].append((score, f))
    return {e: sorted(rows, reverse=True)[:N_BEST] for e, rows in found.items()}


def _grown(links: set, allowed: set) -> set:
    """Add allowed links beside those that both directions agree on, while one of the two words has none yet."""
    links, grew = set(links), True
    while grew:
        grew = False
        for i, j in sorted(allowed - links):
            free = all(i != k for k, _ in links) or all(j != k for _, k in links)
            if free and any(abs(i - a) + abs(j - b) <= 2 for a, b in links):
                links.add((i, j))
                grew = True
    return links


def _consistent(links: set, n_source: int, n_target: int):
    """Yield all (i, j, a, b) such that source[i:j] and target[a:b] are linked to each other alone."""
    for i in range(n_source):
        for j in range(i + 1, min(i + LONGEST, n_source) + 1):
            inside = [b for a, b in links if i <= a < j]
            if not inside:
                continue
            first, last = min(inside), max(inside) + 1
            if any(first <= b < last and not i <= a < j for a, b in links):
                continue
            linked = {b for _, b in links}
            lows = [first]
            while lows[-1] > 0 and lows[-1] - 1 not in linked:
                lows.append(lows[-1] - 1)
            highs = [last]
            while highs[-1] < n_target and highs[-1] not in linked:
                highs.append(highs[-1] + 1)
            for a in lows:
                for b in highs:
                    if b - a <= LONGEST + 2:
                        yield i, j, a, b


class Translator:
    """A table of phrases, a trigram of the target language, and the weights of both, set on validation sentences."""

    def __init__(self, pairs: Sequence[Pair]):
        self.table = phrases(pairs)
        self.vocab = Vocab.build(
            (f for _, target in pairs for f in target), reserved=("<unk>", "</s>")
        )
        row = [token for _, target in pairs for token in ("</s>", *target)] + ["</s>"]
        counts = count_ngrams(self.vocab.encode(row), 3, len(self.vocab))
        self.model = NgramModel(counts, kneser_ney(0.75))
        self.known: dict = {}

    def _log_p(self, context: tuple, token: str) -> float:
        if context not in self.known:
            ids = self.vocab.encode(list(context))
            self.known[context] = np.log(self.model.probs(ids))
        return float(self.known[context][self.vocab.encode([token])[0]])

    def __call__(
        self, source: Sequence[str], fluency: float, per_phrase: float
    ) -> list[str]:
        """Return the best target: phrases from left to right, scored by table, trigram and a price for each phrase."""
        n = len(source)
        stacks = [{} for _ in range(n + 1)]
        stacks[0]["</s>",] = (0.0, ())
        for i in range(n):
            best = sorted(stacks[i].items(), key=lambda item: -item[1][0])[:BEAM]
            for context, (score, written) in best:
                for j in range(i + 1, min(i + LONGEST, n) + 1):
                    piece = tuple(source[i:j])
                    options = self.table.get(piece, [])
                    if not options and j == i + 1:
                        options = [(-10.0, piece)]
                    for value, target in options:
                        now, told = context, score + value - per_phrase
                        for token in target:
                            told += fluency * self._log_p(now, token)
                            now = (*now, token)[-2:]
                        if j == n:
                            told += fluency * self._log_p(now, "</s>")
                        if now not in stacks[j] or stacks[j][now][0] < told:
                            stacks[j][now] = (told, (*written, *target))
        return list(max(stacks[n].values())[1])
