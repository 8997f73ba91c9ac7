"""Encoder and decoder on dates, numbers, sentences and dictation: python -m benchmarks.translation [part ...]

Parts: dates, numbers, pairs, dictation, capacity. Each part is trained from three seeds and recorded in
translation.json; the other parts stay. "dates" also writes rnnlib/data/dates-model.npz, the run of seed 0 that hands
over the state.
A setting is chosen for the injection "state" and then used for all: for the sentences on the validation pairs, for
dates and numbers by pilots on another draw (seed 16) than the one that is scored (seed 17).
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sacrebleu
from threadpoolctl import threadpool_limits

import rnnlib
from benchmarks.phrase_table import Translator, word_by_word, word_links
from benchmarks.record import RESULTS, record
from rnnlib import checkpoint
from rnnlib.batches import Padded, pad
from rnnlib.corpora import SPLITS, load_pairs
from rnnlib.decoding import beam_search, greedy_decode
from rnnlib.gru import GRU
from rnnlib.optim import adam, clip_by_norm
from rnnlib.seq2seq import (
    Seq2Seq,
    Seq2SeqParams,
    decoder_step,
    encode,
    seq2seq_backward,
    seq2seq_init,
    seq2seq_loss,
)
from rnnlib.tasks import dates, numbers
from rnnlib.text import Vocab
from rnnlib.tree import tree_leaves, tree_map

SEEDS, START, STOP = range(3), 0, 1
PATH = Path(rnnlib.__file__).parent / "data" / "dates-model.npz"
WAYS = {  # name: (injection, is the source read from its end?)
    "state": ("state", False),
    "every step": ("every step", False),
    "state, reversed": ("state", True),
    "attention": ("attention", False),
}
LETTERS, LONGEST = "abcdefghij", 12

Pair = tuple[list[str], list[str]]


class Task(NamedTuple):
    """Pairs of token lists in three splits, the training vocabularies, and how target tokens are joined."""

    train: list[Pair]
    validation: list[Pair]
    test: list[Pair]
    source: Vocab
    target: Vocab
    join: Callable = "".join


class Setting(NamedTuple):
    """Units, size of the embeddings, steps, first rate, rows in a batch, share of weights kept in each batch, what
    is added to the biases of the update gates, so that a state is kept at first (chapter 19 says why), and a factor on
    the embeddings as they are drawn."""

    hidden: int
    embed: int
    steps: int
    rate: float
    rows: int = 64
    keep: float = 1.0
    open: float = 2.0
    spread: float = 1.0


def make(splits: dict[str, list[Pair]], join: Callable) -> Task:
    """Put a task together; the vocabularies are those of the training pairs."""
    train = splits["train"]
    source = Vocab.build(token for row, _ in train for token in row)
    target = Vocab.build(
        (token for _, row in train for token in row), reserved=("<s>", "</s>")
    )
    return Task(*(splits[name] for name in SPLITS), source, target, join)


def cut(pairs: list, n: int) -> dict[str, list]:
    """Shuffled pairs in three splits: n for validation, n for the test, the rest for training."""
    parts = pairs[2 * n :], pairs[:n], pairs[n : 2 * n]
    return dict(zip(SPLITS, parts))


def date_task(seed: int = 17) -> Task:
    pairs = dates(12_000, rng=np.random.default_rng(seed))
    return make(cut([(list(a), list(b)) for a, b in pairs], 1000), "".join)


def number_task() -> Task:
    """Small numbers come first in the list, for none comes twice: it has to be shuffled."""
    rng = np.random.default_rng(17)
    pairs = numbers(12_000, rng=rng)
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    pairs = [(list(a), re.findall(r"[a-z]+|-", b)) for a, b in pairs]
    return make(cut(pairs, 1000), joined_number)


def joined_number(tokens) -> str:
    return " ".join(tokens).replace(" - ", "-")


def pair_task() -> Task:
    splits = {
        name: [tuple(map(words, pair)) for pair in load_pairs(name)] for name in SPLITS
    }
    return make(splits, sentence)


def words(text: str) -> list[str]:
    """Small letters; l', qu' and the like, -tu and the like, and each mark are tokens of their own."""
    return re.findall(r"\w+'|-?\w+|[^\w\s]", text.lower())


def sentence(tokens) -> str:
    """Set tokens side by side again."""
    return re.sub(r" (?=[-.,!?])|(?<=') ", "", " ".join(tokens))


def dictation_task() -> Task:
    """No fixed pairs: batches are drawn. The test has 100 strings of each length, also of lengths never trained on."""
    rng = np.random.default_rng(16)
    test = [(row := letters(n, rng), row) for n in range(1, 17) for _ in range(100)]
    every = [(list(LETTERS), list(LETTERS))]
    return make({"train": every, "validation": test, "test": test}, "".join)


def letters(n: int, rng: np.random.Generator) -> list[str]:
    return [LETTERS[i] for i in rng.integers(len(LETTERS), size=n)]


def batches(task: Task, n_rows: int, rng: np.random.Generator) -> Iterator[list[Pair]]:
    """Deal out the training pairs for ever, shuffled in each round; for dictation, draw them.

    Rows of one length are not put together: the length of a date tells its form, and a batch should hold all forms.
    """
    n = len(task.train)
    while n == 1:
        lengths = rng.integers(1, LONGEST + 1, size=n_rows)
        yield [(row := letters(length, rng), row) for length in lengths]
    while True:
        order = rng.permutation(n)
        for first in range(0, n - n_rows + 1, n_rows):
            yield [task.train[i] for i in order[first : first + n_rows]]


def padded(task: Task, pairs: list[Pair], reverse: bool) -> tuple[Padded, Padded]:
    """Sources, turned round before they are padded, and targets between start and stop."""
    step = -1 if reverse else 1
    source = pad([task.source.encode(row[::step]) for row, _ in pairs])
    target = pad([[START, *task.target.encode(row), STOP] for _, row in pairs])
    return source, target


def fit(
    task: Task, model: Seq2Seq, reverse: bool, setting: Setting, seed: int
) -> Seq2SeqParams:
    """Train with Adam in float32, the rate falling to zero, the gradients clipped to norm 1."""
    rng = np.random.default_rng(seed)
    sizes = len(task.source), len(task.target), setting.hidden
    params = seq2seq_init(model, *sizes, rng=rng, n_embed=setting.embed)
    params = tree_map(lambda leaf: leaf.astype(np.float32), params)
    spread = np.float32(setting.spread)
    params = params._replace(
        source=spread * params.source, target=spread * params.target
    )
    for cell in (params.encoder, params.decoder):
        cell.b_x[setting.hidden : 2 * setting.hidden] += setting.open
    n = setting.steps
    optimiser = adam(lambda step: setting.rate * max(1 - step / n, 0.01))
    memory = optimiser.init(params)
    dealt = batches(task, setting.rows, rng)
    for _ in range(n):
        source, target = padded(task, next(dealt), reverse)
        factors = tree_map(lambda leaf: thinning(leaf, setting.keep, rng), params)
        thin = tree_map(np.multiply, params, factors)
        _, cache = seq2seq_loss(model, thin, source, target)
        grads = tree_map(np.multiply, seq2seq_backward(cache), factors)
        grads, _ = clip_by_norm(grads, 1.0)
        params, memory = optimiser.update(grads, memory, params)
    return params


def thinning(leaf: np.ndarray, keep: float, rng: np.random.Generator) -> np.ndarray:
    """Zeros and 1 / keep for a matrix, ones for a bias."""
    if keep == 1 or leaf.ndim == 1:
        return np.ones((1,) * leaf.ndim, dtype=leaf.dtype)
    return (rng.random(leaf.shape) < keep).astype(leaf.dtype) / leaf.dtype.type(keep)


def forced(
    task: Task, model: Seq2Seq, params: Seq2SeqParams, pairs: list[Pair], reverse: bool
) -> dict:
    """Nats per token and the share of tokens guessed right, each given the true tokens before it."""
    source, target = padded(task, pairs, reverse)
    context, _ = encode(model, params, source)
    state, right, nats = context.state, 0, 0.0
    for fed, wanted, real in zip(target.ids, target.ids[1:], target.mask[1:]):
        log_p, state = decoder_step(model, params, context, fed, state)
        right += int((log_p.argmax(axis=1) == wanted)[real].sum())
        nats -= float(log_p[np.arange(len(wanted)), wanted][real].sum())
    n = int(target.mask[1:].sum())
    return {"forced nats": round(nats / n, 4), "forced right": round(right / n, 4)}


def write(
    task: Task, model: Seq2Seq, params: Seq2SeqParams, pairs: list[Pair], reverse: bool
) -> list[list[str]]:
    """Write greedily; at most ten tokens more than the longest target has."""
    source, target = padded(task, pairs, reverse)
    found = greedy_decode(
        model, params, source, start=START, stop=STOP, max_steps=len(target.ids) + 10
    )
    return [task.target.decode(np.array(h.ids, dtype=int)) for h in found]


def edits(a: str, b: str) -> int:
    """Insertions, deletions and replacements from a to b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def scores(task: Task, written: list[list[str]], pairs: list[Pair]) -> dict:
    """Exact match, character error rate and BLEU of joined texts."""
    texts = [task.join(row) for row in written]
    truth = [task.join(row) for _, row in pairs]
    wrong = sum(map(edits, texts, truth)) / sum(map(len, truth))
    return {
        "exact": round(float(np.mean([a == b for a, b in zip(texts, truth)])), 4),
        "character errors": round(wrong, 4),
        "bleu": round(sacrebleu.corpus_bleu(texts, [truth]).score, 1),
    }


def by_length(written: list[list[str]], pairs: list[Pair]) -> dict:
    """Exact match for each length of the source, with the number of pairs."""
    right: dict = {}
    for row, (source, target) in zip(written, pairs):
        right.setdefault(len(source), []).append(row == target)
    return {
        str(n): [round(float(np.mean(right[n])), 3), len(right[n])]
        for n in sorted(right)
    }


def run(task: Task, way: str, setting: Setting, seed: int) -> tuple[dict, tuple]:
    """Train one network; return its scores on the test, and what was trained."""
    inject, reverse = WAYS[way]
    model, began = Seq2Seq(GRU, GRU, inject), time.process_time()
    params = fit(task, model, reverse, setting, seed)
    seconds = time.process_time() - began
    written = write(task, model, params, task.test, reverse)
    found = forced(task, model, params, task.test, reverse)
    found |= scores(task, written, task.test)
    found |= {"by length": by_length(written, task.test), "seconds": round(seconds)}
    found |= {"parameters": sum(leaf.size for _, leaf in tree_leaves(params))}
    brief = {key: found[key] for key in found if key != "by length"}
    print(way, setting, seed, brief, flush=True)
    return found, (model, params, reverse, written)


def choose(task: Task, settings: tuple[Setting, ...]) -> tuple[Setting, list]:
    """Train each setting once, and take the one whose validation pairs come out best: exact match, then BLEU."""
    tried, model = [], Seq2Seq(GRU, GRU, "state")
    for setting in settings:
        params = fit(task, model, False, setting, seed=100)
        written = write(task, model, params, task.validation, False)
        found = scores(task, written, task.validation)
        found |= forced(task, model, params, task.validation, False)
        tried.append(setting._asdict() | found)
        print("tried", tried[-1], flush=True)
    best = max(range(len(tried)), key=lambda i: (tried[i]["exact"], tried[i]["bleu"]))
    return settings[best], tried


def date_runs() -> dict:
    """Three ways; the first network is kept."""
    task, setting = date_task(), Setting(96, 24, 1200, 0.005)
    found: dict = {"setting": setting._asdict(), "runs": {}}
    for way in ("state", "every step", "state, reversed"):
        rows = []
        for seed in SEEDS:
            row, (model, params, reverse, written) = run(task, way, setting, seed)
            rows.append(row)
            if (way, seed) == ("state", 0):
                found["kept"] = keep(task, model, params)
                found["kept"]["wrong"] = wrong(task, written, 12)
        found["runs"][way] = rows
    closed = setting._replace(open=0.0)
    found["runs"]["state, gates as drawn"] = [
        run(task, "state", closed, seed)[0] for seed in SEEDS
    ]
    return found


def keep(task: Task, model: Seq2Seq, params: Seq2SeqParams) -> dict:
    """Write the network in half precision, and say how good it is then."""
    small = tree_map(lambda leaf: leaf.astype(np.float16), params)
    tokens = {"source": task.source.tokens, "target": task.target.tokens}
    checkpoint.save(PATH, small, tokens)
    PATH.chmod(0o644)
    wide = tree_map(lambda leaf: leaf.astype(np.float64), small)
    written = write(task, model, wide, task.test, False)
    return scores(task, written, task.test) | {"bytes": PATH.stat().st_size}


def wrong(task: Task, written: list[list[str]], most: int) -> list:
    """Source, reference and what was written, where they differ."""
    rows = [
        (" " if task.join is sentence else "").join(source) for source, _ in task.test
    ]
    found = [
        [source, task.join(target), task.join(row)]
        for source, (_, target), row in zip(rows, task.test, written)
        if row != target
    ]
    return found[:most]


def number_runs() -> dict:
    """Two ways."""
    task, setting = number_task(), Setting(96, 24, 3500, 0.005)
    found: dict = {"setting": setting._asdict(), "runs": {}}
    for way in ("state", "every step"):
        rows = []
        for seed in SEEDS:
            row, (*_, written) = run(task, way, setting, seed)
            rows.append(row)
            if (way, seed) == ("state", 0):
                found["wrong"] = wrong(task, written, 12)
        found["runs"][way] = rows
    return found


PAIR_SETTINGS = tuple(
    Setting(128, 64, 1000, 0.005, 32, keep, spread=0.3) for keep in (0.8, 0.65, 0.5)
)


def pair_runs() -> dict:
    """Networks and two baselines on the sentences, with beams of several widths."""
    task = pair_task()
    setting, tried = choose(task, PAIR_SETTINGS)
    found: dict = {"tried": tried, "setting": setting._asdict(), "runs": {}}
    found["baselines"], outputs = baselines(task)
    beams = []
    for way in WAYS:
        rows = []
        for seed in SEEDS:
            row, (model, params, reverse, written) = run(task, way, setting, seed)
            seen = task.train[:124]
            row["train"] = scores(task, write(task, model, params, seen, reverse), seen)
            rows.append(row)
            if way == "state":
                beams.append(beam_runs(task, model, params))
            if (way, seed) in (("state", 0), ("attention", 0)):
                outputs[way] = [task.join(out) for out in written]
        found["runs"][way] = rows
    found["beams"] = beams
    outputs["english"] = [sentence(source) for source, _ in task.test]
    outputs["french"] = [sentence(target) for _, target in task.test]
    return found | {"outputs": outputs}


def baselines(task: Task) -> tuple[dict, dict]:
    """Word by word, and by a phrase table whose two weights are chosen on the validation pairs."""
    links = word_links(task.train)
    by_words = [word_by_word(links, source) for source, _ in task.test]
    translator, best = Translator(task.train), (-1.0, ())
    weights = [(a, b) for a in (0.1, 0.2, 0.3, 0.5) for b in (-0.5, 0.0, 0.5)]
    for pair in weights:
        out = [translator(source, *pair) for source, _ in task.validation]
        bleu = scores(task, out, task.validation)["bleu"]
        best = max(best, (bleu, pair))
        print("phrases", pair, bleu, flush=True)
    by_phrases = [translator(source, *best[1]) for source, _ in task.test]
    written = {"word by word": by_words, "phrases": by_phrases}
    found = {
        name: scores(task, out, task.test) | {"by length": by_length(out, task.test)}
        for name, out in written.items()
    }
    found["phrases"] |= {"weights": best[1], "candidates": len(weights)}
    return found, {
        name: [sentence(row) for row in out] for name, out in written.items()
    }


def beam_runs(task: Task, model: Seq2Seq, params: Seq2SeqParams) -> dict:
    """Scores and mean log probability for widths 1 to 8, by log probability, and the widest by that of a token too."""
    found = {}
    for width, power in ((1, 0.0), (2, 0.0), (4, 0.0), (8, 0.0), (8, 1.0)):
        best = []
        for row, _ in task.test:
            hypotheses = beam_search(
                model,
                params,
                pad([task.source.encode(row)]),
                start=START,
                stop=STOP,
                max_steps=30,
                width=width,
                length_power=power,
            )
            best.append(hypotheses[0])
        written = [task.target.decode(np.array(h.ids, dtype=int)) for h in best]
        row = scores(task, written, task.test)
        row["log p"] = round(float(np.mean([h.log_p for h in best])), 3)
        row["tokens"] = round(float(np.mean([len(h.ids) for h in best])), 2)
        row["each log p"] = [round(h.log_p, 3) for h in best]
        found[f"{width}, power {power:g}"] = row
        print(width, power, {k: row[k] for k in row if k != "each log p"})
    return found


DICTATION = {  # name: (way, units, steps)
    "state": ("state", 64, 1000),
    "attention": ("attention", 64, 1000),
    "every step": ("every step", 64, 1000),
    "state, reversed": ("state, reversed", 64, 1000),
}
CAPACITY = {
    "state, 128 units": ("state", 128, 1000),
    "state, 3 times longer": ("state", 64, 3000),
}


def dictation_runs(which: dict) -> dict:
    """Write down the letters that were read: exact match by length, for several ways, widths and trainings."""
    task, found = dictation_task(), {}
    for name, (way, hidden, steps) in which.items():
        setting = Setting(hidden, 24, steps, 0.005, open=0.0)
        rows = [run(task, way, setting, seed)[0] for seed in SEEDS]
        found[name] = {"setting": setting._asdict(), "runs": rows}
    return {"letters": len(LETTERS), "longest": LONGEST, "runs": found}


PARTS = {
    "dates": date_runs,
    "numbers": number_runs,
    "pairs": pair_runs,
    "dictation": lambda: dictation_runs(DICTATION),
    "capacity": lambda: dictation_runs(CAPACITY),
}


if __name__ == "__main__":
    path = RESULTS / "translation.json"
    for part in sys.argv[1:] or PARTS:
        with threadpool_limits(1):
            made = PARTS[part]()
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        record(
            "translation",
            kept.get("results", {}) | {part: made},
            command="python -m benchmarks.translation",
            data={"pairs": str([load_pairs(split) for split in SPLITS])},
        )
