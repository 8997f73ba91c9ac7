"""Count and train on the same texts, and score both alike: python -m benchmarks.scoreboard [part[:cell] ...]

The parts: tales, time-machine, ten-thousand (the first 10,032 characters of The Time Machine), names, shakespeare.
Each is trained on its training text alone. Whatever is chosen, order and discount of Kneser-Ney, size, rate, epochs
and dropout of a network, is chosen on validation text cut from the end of the training text; then the chosen model is
fitted again on the whole training text and meets the test once for each seed.
"""

import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.record import RESULTS, record
from rnnlib.batches import buckets, pad, sequential_batches
from rnnlib.corpora import SPLITS, load_tales, load_text
from rnnlib.fused import Workspace
from rnnlib.fused.readout import readout_loss_and_grads
from rnnlib.fused.step import RECURRENCES
from rnnlib.gru import GRU
from rnnlib.layers import (
    readout_forward,
)
from rnnlib.losses import log_softmax
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, lm_init
from rnnlib.ngram import NgramModel, count_ngrams, kneser_ney, witten_bell
from rnnlib.optim import adam
from rnnlib.rnn import RNN
from rnnlib.text import Vocab, char_tokens, normalise
from rnnlib.train import start, train
from rnnlib.tree import tree_leaves, tree_map

CELLS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
SEEDS = (0, 1, 2)
ORDERS = range(1, 8)
DISCOUNTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
NAME_SYMBOLS = 28  # the letters, the marker, <unk>
WARM = 1000  # characters that a network reads before the first one that is scored


class Setting(NamedTuple):
    """How a network is trained: Adam, the rate falling in a straight line to zero, clipping by norm at 1.

    ``keep`` is the share of the hidden state that the readout sees (dropout), ``keep_W`` the share of the entries of W
    that a step uses (dropout on the recurrent weights, drawn anew for each batch).
    """

    n_hidden: int
    epochs: int
    rate: float
    keep: float = 1.0
    keep_W: float = 1.0
    n_steps: int = 32
    batch_size: int = 16


class Task(NamedTuple):
    """A text in ids, its vocabulary, and what a reader of it needs: how to make batches, how to score."""

    train: Any
    cut: int  # where its validation text begins
    test: Any
    vocab_size: int
    batches: Callable  # (train, setting, rng) -> batches
    carry: bool
    score_network: Callable  # (cell, params, before, text) -> nats per token
    score_counts: Callable  # (order, discount or None, before, text) -> nats per token, counts kept
    n_tokens: Callable


def dropped(setting: Setting, rng: np.random.Generator) -> Callable:
    """Return loss_and_grads for ``train``: the fused step, with dropout on h before the readout and on W."""
    ws = Workspace()

    def factors(shape, keep, dtype):
        return (rng.random(shape, dtype=np.float32) < keep).astype(dtype) / dtype.type(
            keep
        )

    def loss_and_grads(cell, params, x, y, state):
        forward, backward = RECURRENCES[cell]
        dtype, inner, of_W = params.readout.V.dtype, params.cell, None
        if setting.keep_W < 1:
            of_W = factors(inner.W.shape, setting.keep_W, dtype)
            inner = inner._replace(W=inner.W * of_W)
        h, state = forward(x, state, inner, ws)
        seen = h
        if setting.keep < 1:
            of_h = factors(h.shape, setting.keep, dtype)
            seen = h * of_h
        mask = None if (y > 0).all() else y > 0
        loss, dh, readout = readout_loss_and_grads(seen, y, mask, params.readout, ws)
        if setting.keep < 1:
            dh *= of_h[1:]
        grads = backward(x, h, dh, inner, ws)
        if of_W is not None:
            grads = grads._replace(W=grads.W * of_W)
        return loss, state, LMParams(grads, readout)

    return loss_and_grads


def fit(task: Task, ids: Any, cell_name: str, setting: Setting, seed: int) -> tuple:
    """Train one network on ``ids``; return its parameters and the seconds it took."""
    cell, rng = CELLS[cell_name], np.random.default_rng(seed)
    began = time.process_time()
    params = lm_init(cell, task.vocab_size, setting.n_hidden, rng=rng)
    params = tree_map(lambda leaf: leaf.astype(np.float32), params)
    batches = partial(task.batches, ids, setting)
    probe = np.random.default_rng(seed)
    n_steps = sum(1 for _ in range(setting.epochs) for _ in batches(probe))
    optimiser = adam(lambda step: setting.rate * max(1 - step / n_steps, 0.01))
    position = start(cell, params, optimiser, setting.batch_size, rng=rng)
    steps = train(
        cell,
        position,
        optimiser,
        batches,
        setting.epochs,
        carry=task.carry,
        max_norm=1.0,
        loss_and_grads=dropped(setting, np.random.default_rng(seed + 100)),
    )
    (last,) = deque(steps, maxlen=1)
    return last.position.params, time.process_time() - began


# one long row of characters


def row_batches(ids, setting, rng):
    T, B = setting.n_steps, setting.batch_size
    offset = int(rng.integers((len(ids) - 1) % (T * B) + 1))
    return sequential_batches(ids, T, B, offset=offset)


def score_row(cell, params, before, text) -> float:
    """Return the nats per character of ``text``, read after the end of ``before``, the state carried throughout."""
    ids = np.concatenate([before[-WARM:], text])
    state, losses = cell.zero_state(1, params.cell), []
    for first in range(0, len(ids) - 1, WARM):
        x = ids[first : min(first + WARM, len(ids) - 1)]
        h, state = RECURRENCES[cell][0](x[:, None], state, params.cell, Workspace())
        log_p = log_softmax(readout_forward(h[1:, 0], params.readout)[0].astype(float))
        losses.append(-log_p[np.arange(len(x)), ids[first + 1 : first + 1 + len(x)]])
    return float(np.concatenate(losses)[-len(text) :].mean())


def count_row(vocab_size, order, smoothing, before, text) -> tuple[float, int]:
    """Score a text after ``before``; ``smoothing`` is a discount for Kneser-Ney, or None for Witten-Bell."""
    counts = count_ngrams(before, order, vocab_size)
    model = NgramModel(
        counts, witten_bell if smoothing is None else kneser_ney(smoothing)
    )
    losses = -model.log_probs(np.concatenate([before, text]))[-len(text) :]
    return float(losses.mean()), sum(len(level.codes) for level in counts.levels)


def row_task(train_text: str, test_text: str, cut: int | None = None) -> Task:
    vocab = Vocab.build(char_tokens(train_text), reserved=("<unk>",))
    train, test = (vocab.encode(char_tokens(text)) for text in (train_text, test_text))
    size, cut = len(vocab), cut or int(0.9 * len(train))
    count = partial(count_row, size)
    return Task(train, cut, test, size, row_batches, True, score_row, count, len)


# names: many short rows, each begins anew


def name_batches(rows, setting, rng):
    lengths = [len(row) for row in rows]
    for group in buckets(lengths, setting.batch_size, rng=rng):
        if len(group) == setting.batch_size:
            ids = pad([rows[k] for k in group]).ids
            yield ids[:-1], ids[1:]


def score_names(cell, params, before, rows) -> float:
    total = 0.0
    for first in range(0, len(rows), 256):
        ids = pad(rows[first : first + 256]).ids
        x, y = ids[:-1], ids[1:]
        state = cell.zero_state(x.shape[1], params.cell)
        h, _ = RECURRENCES[cell][0](x, state, params.cell, Workspace())
        log_p = log_softmax(readout_forward(h[1:], params.readout)[0].astype(float))
        total -= np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0][y > 0].sum()
    return float(total / name_tokens(rows))


def name_tokens(rows) -> int:
    return sum(len(row) - 1 for row in rows)


def count_names(order: int, smoothing: Any, before, rows) -> float:
    """Score names by runs that do not reach over the marker before a name.

    ``smoothing`` is a discount for Kneser-Ney, or None for Witten-Bell. Runs that begin with the marker have no left
    neighbour to vary, so Kneser-Ney keeps their plain counts.
    """
    counts = [Counter() for _ in range(order + 1)]
    for row in before:
        name = tuple(row.tolist())
        for t in range(1, len(name)):
            reach = min(order, t + 1)
            for n in range(1, reach + 1) if smoothing is None else (reach,):
                counts[n][name[t - n + 1 : t + 1]] += 1
    if smoothing is not None:
        for n in range(order, 1, -1):
            counts[n - 1].update(Counter(run[1:] for run in counts[n]))
    total, kinds = Counter(), Counter()
    for runs in counts:
        for run, count in runs.items():
            total[run[:-1]] += count
            kinds[run[:-1]] += 1

    def prob(run, p=1 / NAME_SYMBOLS):
        for n in range(1, len(run) + 1):
            context = run[len(run) - n : -1]
            if total[context]:
                count, kept = counts[n][run[len(run) - n :]], total[context]
                taken = (
                    kinds[context] if smoothing is None else smoothing * kinds[context]
                )
                if smoothing is None:
                    p = (count + taken * p) / (kept + taken)
                else:
                    p = (max(count - smoothing, 0) + taken * p) / kept
        return p

    losses = [
        -np.log(prob(name[max(t - order + 1, 0) : t + 1]))
        for name in (tuple(row.tolist()) for row in rows)
        for t in range(1, len(name))
    ]
    return float(np.mean(losses)), sum(len(runs) for runs in counts)


def names_task(text: str) -> Task:
    """Shuffle the names; the last tenth is the test."""
    names = text.split()
    order = np.random.default_rng(0).permutation(len(names))
    vocab = Vocab.build([".", *"".join(names)], reserved=("<unk>",))
    rows = [vocab.encode([".", *names[k], "."]) for k in order]
    cut, size = int(0.9 * len(rows)), len(vocab)
    assert size == NAME_SYMBOLS
    return Task(
        rows[:cut],
        int(0.9 * cut),
        rows[cut:],
        size,
        name_batches,
        False,
        score_names,
        count_names,
        name_tokens,
    )


def counting(task: Task) -> dict:
    """Score Witten-Bell and Kneser-Ney of every order; choose order and discount inside the training text."""
    before, held = task.train[: task.cut], task.train[task.cut :]
    board: dict = {"witten-bell": {}, "kneser-ney": {}}
    for order in ORDERS:
        for name, discounts in (("witten-bell", (None,)), ("kneser-ney", DISCOUNTS)):
            began = time.process_time()
            tried = {d: task.score_counts(order, d, before, held)[0] for d in discounts}
            discount = min(tried, key=tried.get)
            chosen = time.process_time()
            nats, kept = task.score_counts(order, discount, task.train, task.test)
            board[name][str(order)] = {
                "discount": discount,
                "validation": round(tried[discount], 4),
                "test": round(nats, 4),
                "numbers": kept,
                "seconds to choose": round(chosen - began, 1),
                "seconds": round(time.process_time() - chosen, 2),
            }
    rows = board["kneser-ney"]
    order = min(rows, key=lambda n: rows[n]["validation"])
    return board | {"chosen": {"order": int(order)} | rows[order]}


def networks(task: Task, settings: dict[str, list[Setting]]) -> dict:
    """Choose a setting for each cell on validation text; then train it with each seed, and score it on the test."""
    before, held = task.train[: task.cut], task.train[task.cut :]
    board = {}
    for name, candidates in settings.items():
        tried = []
        for setting in candidates:
            params, seconds = fit(task, before, name, setting, seed=0)
            nats = task.score_network(CELLS[name], params, before, held)
            tried.append((nats, setting, seconds))
            print(f"  {name} {tuple(setting)} {nats:.4f} {seconds:.0f} s", flush=True)
        validation, setting, _ = min(tried)
        tests, times = [], []
        for seed in SEEDS:
            params, seconds = fit(task, task.train, name, setting, seed)
            tests.append(
                round(task.score_network(CELLS[name], params, task.train, task.test), 4)
            )
            times.append(round(seconds, 1))
            print(f"  {name} seed {seed} {tests[-1]} {seconds:.0f} s", flush=True)
        board[name] = {
            "setting": setting._asdict(),
            "tried": [
                {
                    "setting": each._asdict(),
                    "validation": round(nats, 4),
                    "seconds": round(seconds, 1),
                }
                for nats, each, seconds in tried
            ],
            "validation": round(validation, 4),
            "test": tests,
            "parameters": sum(leaf.size for _, leaf in tree_leaves(params)),
            "seconds": times,
        }
    return board


def tales() -> Task:
    parts = [normalise(load_tales(split)) for split in SPLITS]
    return row_task(parts[0] + parts[1], parts[2], cut=len(parts[0]))


def time_machine() -> Task:
    text = normalise(load_text("time-machine"))
    cut = int(0.9 * len(text))
    return row_task(text[:cut], text[cut:])


def ten_thousand() -> Task:
    text = normalise(load_text("time-machine"))
    return row_task(text[:10032], text[10032:15032])


def shakespeare() -> Task:
    text = load_text("tiny-shakespeare")
    cut = int(0.9 * len(text))
    return row_task(text[:cut], text[cut:])


def names() -> Task:
    return names_task(load_text("names"))


TEXTS = {
    "tales": tales,
    "time-machine": time_machine,
    "ten-thousand": ten_thousand,
    "names": names,
    "shakespeare": shakespeare,
}
SETTINGS: dict[str, dict[str, list[Setting]]] = {
    "tales": {
        "RNN": [Setting(256, 20, 0.005, 0.9), Setting(256, 20, 0.01, 0.9)],
        "LSTM": [Setting(192, 10, 0.015, 0.8, 0.9)],
        "GRU": [Setting(192, 10, 0.01, 0.8, 0.9)],
    },
    "time-machine": {
        "RNN": [Setting(256, 20, 0.005, 0.9), Setting(256, 20, 0.01, 0.9)],
        "LSTM": [
            Setting(256, 15, 0.015, 0.7, 0.9),
            Setting(256, 15, 0.01, 0.7, 0.8),
            Setting(256, 22, 0.015, 1.0, 0.7),
        ],
        "GRU": [Setting(256, 15, 0.01, 0.7, 0.8)],
    },
    "ten-thousand": {
        "RNN": [
            Setting(128, 25, 0.003, 0.6, 0.7, batch_size=8),
            Setting(128, 25, 0.005, 0.6, 0.8, batch_size=8),
            Setting(128, 50, 0.005, 0.5, 0.7, batch_size=8),
        ],
        "LSTM": [
            Setting(128, 25, 0.01, 0.5, 0.5, batch_size=8),
            Setting(128, 40, 0.01, 0.4, 0.4, batch_size=8),
            Setting(256, 25, 0.01, 0.4, 0.4, batch_size=8),
            Setting(256, 40, 0.01, 0.4, 0.3, batch_size=8),
        ],
        "GRU": [
            Setting(128, 25, 0.01, 0.5, 0.5, batch_size=8),
            Setting(128, 40, 0.01, 0.4, 0.4, batch_size=8),
            Setting(256, 25, 0.01, 0.4, 0.4, batch_size=8),
        ],
    },
    "names": {
        "RNN": [Setting(192, 10, 0.005, 0.9, batch_size=64)],
        "LSTM": [Setting(192, 12, 0.015, 0.8, 0.8, batch_size=64)],
        "GRU": [Setting(192, 10, 0.015, 0.8, 0.9, batch_size=64)],
    },
    "shakespeare": {
        "RNN": [Setting(256, 2, 0.005, batch_size=32)],
        "LSTM": [Setting(256, 2, 0.012, batch_size=32)],
        "GRU": [Setting(256, 2, 0.01, batch_size=32)],
    },
}


def board(part: str, cell: str = "", kept: dict | None = None) -> dict:
    """Fill the table of one text, or the row of one cell in it."""
    began = time.process_time()
    task, settings = TEXTS[part](), SETTINGS[part]
    if cell:
        row = networks(task, {cell: settings[cell]})
        old = kept["networks"][cell]  # a second look at the test is kept in sight
        row[cell]["tried"] = old["tried"] + row[cell]["tried"]
        row[cell]["before"] = {
            key: old[key] for key in ("setting", "validation", "test")
        }
        seconds = kept["seconds"] + round(time.process_time() - began)
        return kept | {"networks": kept["networks"] | row, "seconds": seconds}
    results = {
        "vocabulary": task.vocab_size,
        "tokens": {
            "train": task.n_tokens(task.train),
            "validation": task.n_tokens(task.train[task.cut :]),
            "test": task.n_tokens(task.test),
        },
        "counting": counting(task),
        "networks": networks(task, settings),
    }
    return results | {"seconds": round(time.process_time() - began)}


def recorded(path: Path) -> dict:
    return (
        json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    )


if __name__ == "__main__":
    path = RESULTS / "scoreboard.json"
    for argument in sys.argv[1:] or TEXTS:
        print(argument, flush=True)
        part, _, cell = argument.partition(":")
        found = board(part, cell, recorded(path).get(part))
        record(
            "scoreboard",
            recorded(path) | {part: found},
            command="python -m benchmarks.scoreboard",
            data={
                name: load_text(name)
                for name in ("tales", "time-machine", "names", "tiny-shakespeare")
            },
        )
