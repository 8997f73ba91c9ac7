"""Train on the tales for chapter 13's pictures: python -m benchmarks.training_runs [part ...]

The parts: rates (five optimisers at many rates), state (carried or reset), run (the chapter's own run, with samples),
overfit (the same without dropout), sunspots (window networks), min-char-rnn (a published run, made again).
"""

import json
import sys
import time
from collections import deque
from functools import partial
from itertools import product

import numpy as np

from benchmarks.record import RESULTS, record
from benchmarks.scoreboard import SEEDS, score_row
from rnnlib.autoregression import lagged, relative_variance
from rnnlib.batches import sequential_batches
from rnnlib.corpora import load_series, load_tales, load_text
from rnnlib.fused import Workspace, draw_tokens, lm_loss_and_grads
from rnnlib.layers import (
    ReadoutParams,
    readout_backward,
    readout_forward,
    readout_init,
)
from rnnlib.lstm import LSTM
from rnnlib.model import LMParams, lm_backward, lm_init, lm_loss
from rnnlib.optim import adagrad, adam, clip_by_value, momentum, rmsprop, sgd
from rnnlib.rnn import RNN, RNNParams, rnn_backward, rnn_forward, rnn_init
from rnnlib.text import Vocab, char_tokens, normalise
from rnnlib.train import start, train
from rnnlib.tree import tree_map

T, B = 32, 16
OPTIMISERS = {
    "gradient descent": sgd,
    "momentum": momentum,
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adam": adam,
}
RATES = {
    "gradient descent": (0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    "momentum": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "Adagrad": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "RMSprop": (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03),
    "Adam": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
}
RUN = {"hidden": 192, "epochs": 12, "rate": 0.015, "keep": 0.8}


def tales() -> tuple:
    """Return the vocabulary, and the ids of the training and the validation tales."""
    text = [char_tokens(normalise(load_tales(s))) for s in ("train", "validation")]
    vocab = Vocab.build(text[0], reserved=("<unk>",))
    return vocab, vocab.encode(text[0]), vocab.encode(text[1])


def drawn(cell, vocab_size, n_hidden, rng) -> LMParams:
    """Draw parameters in float32."""
    params = lm_init(cell, vocab_size, n_hidden, rng=rng)
    return tree_map(lambda leaf: leaf.astype(np.float32), params)


def in_order(ids, rng):
    offset = int(rng.integers((len(ids) - 1) % (T * B) + 1))
    return sequential_batches(ids, T, B, offset=offset)


def fused():
    return partial(lm_loss_and_grads, workspace=Workspace())


def rates() -> dict:
    """One epoch of an RNN with 64 units from the same start: validation loss for each optimiser and rate."""
    vocab, ids, held = tales()
    found: dict = {}
    for name, make in OPTIMISERS.items():
        found[name] = {}
        for rate, seed in product(RATES[name], SEEDS):
            rng = np.random.default_rng(seed)
            params, optimiser = drawn(RNN, len(vocab), 64, rng), make(rate)
            steps = train(
                RNN,
                start(RNN, params, optimiser, B, rng=rng),
                optimiser,
                partial(in_order, ids),
                1,
                carry=True,
                max_norm=1.0,
                non_finite="skip",
                loss_and_grads=fused(),
            )
            (last,) = deque(steps, maxlen=1)
            nats = score_row(RNN, last.position.params, ids, held)
            found[name].setdefault(str(rate), []).append(round(nats, 3))
    return found


def state() -> dict:
    """Train with the state carried and with it reset; read the validation text with it carried and reset."""
    vocab, ids, held = tales()
    found: dict = {}
    for carry, seed in product((True, False), SEEDS):
        rng = np.random.default_rng(seed)
        params = drawn(RNN, len(vocab), 128, rng)
        optimiser = adam(lambda step: 0.005 * (1 - step / 1560))
        steps = train(
            RNN,
            start(RNN, params, optimiser, B, rng=rng),
            optimiser,
            partial(in_order, ids),
            6,
            carry=carry,
            max_norm=1.0,
            loss_and_grads=fused(),
        )
        (last,) = deque(steps, maxlen=1)
        params = last.position.params
        cold = [
            float(
                lm_loss_and_grads(RNN, params, x, y, RNN.zero_state(1, params.cell))[0]
            )
            for x, y in sequential_batches(held, T, 1)
        ]
        row = found.setdefault("carried" if carry else "reset", {})
        row.setdefault("read carried", []).append(
            round(score_row(RNN, params, ids, held), 4)
        )
        row.setdefault("read reset", []).append(round(float(np.mean(cold)), 4))
    return found


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


def sample(params, vocab, n=220) -> str:
    """Draw a text after a space, from the same uniform numbers each time."""
    blank = int(vocab.encode([" "])[0])
    state = LSTM.zero_state(1, params.cell)
    rng = np.random.default_rng(1)
    ids, _ = draw_tokens(LSTM, params, blank, state, n, rng=rng, temperature=0.8)
    return "".join(vocab.decode(ids)).replace("<unk>", "?")


def run(keep: float = RUN["keep"], seeds: tuple[int, ...] = SEEDS) -> dict:
    """Train the chapter's LSTM; keep loss, norm, validation loss and samples along the way."""
    vocab, ids, held = tales()
    found: dict = {"setting": RUN | {"keep": keep}, "seeds": {}}
    for seed in seeds:
        began, rng = time.process_time(), np.random.default_rng(seed)
        params = drawn(LSTM, len(vocab), RUN["hidden"], rng)
        n_steps = RUN["epochs"] * (len(ids) // (T * B))
        optimiser = adam(lambda step, n=n_steps: RUN["rate"] * max(1 - step / n, 0.01))
        step_of = (
            thinned(keep, np.random.default_rng(seed + 100)) if keep < 1 else fused()
        )
        steps = train(
            LSTM,
            start(LSTM, params, optimiser, B, rng=rng),
            optimiser,
            partial(in_order, ids),
            RUN["epochs"],
            carry=True,
            max_norm=1.0,
            loss_and_grads=step_of,
        )
        stages = {round(n_steps * (k / 19) ** 2.2) for k in range(19)} | {n_steps - 1}
        row: dict = {"number": [], "loss": [], "norm": [], "samples": {}, "epochs": []}
        for step in steps:
            params = step.position.params
            if step.number in stages and seed == 0 and keep < 1:
                row["samples"][str(step.number)] = sample(params, vocab)
            if step.number % 10 == 0 and seed == 0:
                row["number"].append(step.number)
                row["loss"].append(round(float(step.loss), 3))
                row["norm"].append(round(float(step.norm), 3))
            if step.position.batch == len(ids) // (T * B):
                row["epochs"].append(round(score_row(LSTM, params, ids, held), 4))
        row["steps"] = step.number + 1
        row["training text"] = round(
            score_row(LSTM, params, ids[:1000], ids[1000:20000]), 4
        )
        row["seconds"] = round(time.process_time() - began, 1)
        found["seeds"][str(seed)] = row
    return found


def overfit() -> dict:
    """The same run with all of W at every step."""
    return run(keep=1.0, seeds=(0,))


def min_char_rnn() -> dict:
    """Train the network of min-char-rnn as published, with this package's gradient; keep its smoothed loss.

    100 hidden units, one column, windows of 25 characters, Adagrad at 0.1, each gradient cut to -5 .. 5, weights drawn
    from a normal distribution of sd 0.01. The loss is the sum over a window, smoothed with 0.999. One curve is made by
    the functions of ``model``, which round in another order.
    """
    began = time.process_time()
    text = load_text("tiny-shakespeare")
    vocab = Vocab(tuple(sorted(set(text))))
    ids = vocab.encode(char_tokens(text))
    V, H, T, curves = len(vocab), 100, 25, {}

    def slow(cell, params, x, y, state):
        loss, state, cache = lm_loss(cell, params, x, y, state)
        return loss, state, lm_backward(cache)

    for name, seed, n_steps in (
        ("0", 0, 100_001),
        ("0, other rounding", 0, 10_001),
        ("1", 1, 10_001),
        ("2", 2, 10_001),
    ):
        draw = np.random.RandomState(seed).randn
        U, W, out = 0.01 * draw(H, V), 0.01 * draw(H, H), 0.01 * draw(V, H)
        params = LMParams(RNNParams(U, W, np.zeros(H)), ReadoutParams(out, np.zeros(V)))
        optimiser = adagrad(0.1)
        loss_and_grads = slow if "," in name else fused()
        memory, state = optimiser.init(params), RNN.zero_state(1, params.cell)
        smooth, place, curve = T * np.log(V), 0, {}
        for step in range(n_steps):
            if place + T + 1 >= len(ids):
                place, state = 0, RNN.zero_state(1, params.cell)
            x, y = ids[place : place + T, None], ids[place + 1 : place + T + 1, None]
            loss, state, grads = loss_and_grads(RNN, params, x, y, state)
            grads = clip_by_value(tree_map(lambda g: T * g, grads), 5)
            params, memory = optimiser.update(grads, memory, params)
            smooth, place = 0.999 * smooth + 0.001 * T * loss, place + T
            if step % 1000 == 0:
                curve[str(step)] = round(float(smooth), 2)
        curves[name] = curve
    return {"smoothed loss": curves, "seconds": round(time.process_time() - began)}


def sunspots() -> dict:
    """Train small window networks on the sunspots of 1700-1920, and score 1921-1955 once.

    Chosen inside the training years: fitted up to 1840, 1860, 1880 and 1900, each time tested on the next twenty years.
    """
    began = time.process_time()
    year, x = load_series("sunspots")
    variance = x[year <= 1979].var()
    mean, sd = x[year <= 1920].mean(), x[year <= 1920].std()
    z = (x - mean) / sd

    def table(tau, first, last):
        kept = (year[tau:] >= first) & (year[tau:] <= last)
        return lagged(z, tau)[kept], z[tau:][kept]

    def fit_net(tau, n_hidden, decay, last, seed, n_steps=2000):
        """Least squares plus decay times the sum of squared weights, by Adam on all years at once."""
        past, target = table(tau, 1700, last)
        rng = np.random.default_rng(seed)
        params = rnn_init(tau, n_hidden, rng=rng), readout_init(n_hidden, 1, rng=rng)
        optimiser = adam(lambda step: 0.01 * (1 - step / n_steps))
        memory = optimiser.init(params)
        for _ in range(n_steps):
            o, cache = window_net(past, params)
            do = 2 * (o - target) / len(target)
            dh, out = readout_backward(do[None, :, None], cache[1])
            grads = rnn_backward(dh, cache[0])[2]
            grads = (
                grads._replace(U=grads.U + 2 * decay * params[0].U),
                out._replace(V=out.V + 2 * decay * params[1].V),
            )
            params, memory = optimiser.update(grads, memory, params)
        return params

    def window_net(past, params):
        """The hidden layer of a recurrent network that takes one step from zero: W has no part in it."""
        zero = np.zeros((len(past), len(params[0].W)))
        h, steps = rnn_forward(past[None], zero, params[0])
        o, out = readout_forward(h, params[1])
        return o[0, :, 0], (steps, out)

    def score(params, tau, first, last):
        past, target = table(tau, first, last)
        guess = window_net(past, params)[0]
        return relative_variance(target * sd, guess * sd, variance), guess

    def inside(setting, spans):
        errors = [
            score(fit_net(*setting, first - 1, seed), setting[0], first, last)[0]
            for first, last in spans
            for seed in SEEDS[:2]
        ]
        return round(float(np.mean(errors)), 4)

    twenties = [(first, first + 19) for first in (1841, 1861, 1881, 1901)]
    tried = [
        dict(zip(("tau", "hidden", "decay"), setting))
        | {
            "validation": inside(setting, twenties),
            "1881-1920": inside(setting, [(1881, 1920)]),
        }
        for setting in product((9, 12), (3, 8), (0.003, 0.01, 0.03, 0.1))
    ]
    best = min(tried, key=lambda row: row["validation"])
    hasty = min(tried, key=lambda row: row["1881-1920"])
    hasty_nets = [fit_net(*list(hasty.values())[:3], 1920, seed) for seed in SEEDS]
    setting = best["tau"], best["hidden"], best["decay"]
    nets = [fit_net(*setting, 1920, seed) for seed in range(10)]
    found = [score(params, best["tau"], 1921, 1955) for params in nets]
    target = table(best["tau"], 1921, 1955)[1]
    together = np.mean([guess for _, guess in found], axis=0)
    return {
        "tried": tried,
        "chosen": best,
        "chosen on 1881-1920 alone": hasty
        | {
            "test": [
                round(score(params, hasty["tau"], 1921, 1955)[0], 4)
                for params in hasty_nets
            ]
        },
        "parameters": best["hidden"] * (best["tau"] + 2) + 1,
        "test": [round(float(error), 4) for error, _ in found],
        "mean of ten": round(
            relative_variance(target * sd, together * sd, variance), 4
        ),
        "forecast": [round(float(mean + sd * guess), 2) for guess in together],
        "seconds": round(time.process_time() - began),
    }


PARTS = {
    "rates": rates,
    "state": state,
    "run": run,
    "overfit": overfit,
    "sunspots": sunspots,
    "min-char-rnn": min_char_rnn,
}


if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(part, flush=True)
        found = PARTS[part]()
        path = RESULTS / "training-runs.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        record(
            "training-runs",
            kept.get("results", {}) | {part: found},
            command="python -m benchmarks.training_runs",
            data={name: load_text(name) for name in ("tales", "tiny-shakespeare")},
        )
