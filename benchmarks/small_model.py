"""Train the small network that chapter 14 draws from, and write it as a checkpoint: python -m benchmarks.small_model

The text is the training tales in small letters, with a full stop and a space at the end of each sentence and heading.
Every candidate is trained once, from the same seed; the validation tales choose. The winner is rounded to float16 and
written to rnnlib/data/small-model.npz, with its tokens.
"""

import re
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import rnnlib
from benchmarks.record import record
from rnnlib import checkpoint
from rnnlib.batches import sequential_batches
from rnnlib.corpora import load_tales, load_text
from rnnlib.fused import Workspace, lm_loss_and_grads
from rnnlib.gru import GRU
from rnnlib.losses import bits
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, lm_init
from rnnlib.optim import adam
from rnnlib.text import Vocab, char_tokens, normalise
from rnnlib.train import start, train
from rnnlib.tree import tree_leaves, tree_map

T, B, SEED = 32, 16, 0
CELLS = {"GRU": GRU, "LSTM": LSTM}
PATH = Path(rnnlib.__file__).parent / "data" / "small-model.npz"


class Setting(NamedTuple):
    """The cell, its units, epochs, first rate, and the share of W that is kept in each batch."""

    cell: str
    hidden: int
    epochs: int
    rate: float
    keep: float


SETTINGS = (
    Setting("GRU", 128, 12, 0.01, 0.8),
    Setting("GRU", 128, 12, 0.015, 0.8),
    Setting("GRU", 128, 12, 0.01, 0.9),
    Setting("LSTM", 128, 12, 0.015, 0.8),
    Setting("LSTM", 128, 12, 0.015, 0.9),
)


def sentences(split: str) -> str:
    """Return the tales of a split in small letters, a full stop and a space after each sentence and heading."""
    text = load_tales(split).replace("Mr.", "Mr")
    return normalise(re.sub(r"[.!?\n][^A-Za-z]*", ". ", text), keep=".")


def in_order(ids, rng):
    offset = int(rng.integers((len(ids) - 1) % (T * B) + 1))
    return sequential_batches(ids, T, B, offset=offset)


def thinned(keep: float, rng: np.random.Generator):
    """Return the fused step with a share of W's entries left out, drawn anew for each batch."""
    workspace = Workspace()

    def loss_and_grads(cell, params, x, y, state):
        W = params.cell.W
        factors = (rng.random(W.shape) < keep).astype(W.dtype) / W.dtype.type(keep)
        thin = params._replace(cell=params.cell._replace(W=W * factors))
        loss, state, grads = lm_loss_and_grads(
            cell, thin, x, y, state, workspace=workspace
        )
        cell_grads = grads.cell._replace(W=grads.cell.W * factors)
        return loss, state, grads._replace(cell=cell_grads)

    return loss_and_grads


def score(cell, params: LMParams, before: np.ndarray, text: np.ndarray) -> float:
    """Nats per character of a text, the state carried on from the last thousand characters before it."""
    row = np.concatenate([before[-1000:], text])
    mask = np.arange(1, len(row)) >= len(row) - len(text)
    zero = cell.zero_state(1, params.cell)
    loss, _, _ = lm_loss_and_grads(
        cell, params, row[:-1, None], row[1:, None], zero, mask[:, None]
    )
    return float(loss)


def fit(setting: Setting, ids: np.ndarray, vocab_size: int) -> LMParams:
    """Train one candidate with Adam, the rate falling to zero, in float32."""
    cell, rng = CELLS[setting.cell], np.random.default_rng(SEED)
    params = lm_init(cell, vocab_size, setting.hidden, rng=rng)
    params = tree_map(lambda leaf: leaf.astype(np.float32), params)
    n_steps = setting.epochs * (len(ids) // (T * B))
    optimiser = adam(lambda step: setting.rate * max(1 - step / n_steps, 0.01))
    steps = train(
        cell,
        start(cell, params, optimiser, B, rng=rng),
        optimiser,
        partial(in_order, ids),
        setting.epochs,
        carry=True,
        max_norm=1.0,
        loss_and_grads=thinned(setting.keep, np.random.default_rng(SEED + 100)),
    )
    (last,) = deque(steps, maxlen=1)
    return last.position.params


def main() -> None:
    text = {split: sentences(split) for split in ("train", "validation")}
    vocab = Vocab.build(char_tokens(text["train"]))
    ids, held = (vocab.encode(char_tokens(text[split])) for split in text)
    tried, kept = [], []
    for setting in SETTINGS:
        began = time.process_time()
        params = fit(setting, ids, len(vocab))
        nats = score(CELLS[setting.cell], params, ids, held)
        seconds = time.process_time() - began
        row = setting._asdict() | {
            "validation bits": round(float(bits(nats)), 4),
            "seconds": round(seconds, 1),
        }
        print(row, flush=True)
        tried.append(row)
        kept.append((nats, setting, params, seconds))
    nats, setting, params, seconds = min(kept, key=lambda item: item[0])
    small = tree_map(lambda leaf: leaf.astype(np.float16), params)
    wide = tree_map(lambda leaf: leaf.astype(np.float64), small)
    cell = CELLS[setting.cell]
    found = {
        "chosen": setting._asdict(),
        "seed": SEED,
        "parameters": sum(leaf.size for _, leaf in tree_leaves(params)),
        "validation bits": round(float(bits(nats)), 4),
        "validation bits, rounded to float16": round(
            float(bits(score(cell, wide, ids, held))), 4
        ),
        "training bits": round(float(bits(score(cell, wide, ids[:1], ids))), 4),
        "seconds": round(seconds, 1),
        "tried": tried,
    }
    checkpoint.save(PATH, small, {"tokens": vocab.tokens, "cell": setting.cell})
    PATH.chmod(0o644)
    record(
        "small-model",
        found | {"bytes": PATH.stat().st_size},
        command="python -m benchmarks.small_model",
        data={"tales": load_text("tales")},
    )


if __name__ == "__main__":
    main()
