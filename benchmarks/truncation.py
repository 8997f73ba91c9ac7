"""Train with truncated gradients, for chapter 11's pictures: python -m benchmarks.truncation

Two tasks, with the state carried: say the bit that came LAG steps ago (a loss of ln 2 is guessing), and the next letter
of the tales. Every run makes the same updates on the same batches of 48 steps; only what the gradient sees differs:
segments of k steps, a sliding window of k steps, or random cuts that let it walk k steps on average.
"""

import time
from functools import partial

import numpy as np

from benchmarks.record import record
from rnnlib.batches import sequential_batches
from rnnlib.bptt import (
    randomised_flow,
    truncated_flow,
    unroll_backward,
    windowed_backward,
)
from rnnlib.corpora import load_tales
from rnnlib.layers import readout_backward
from rnnlib.model import LMParams, lm_init, lm_loss
from rnnlib.optim import adam, clip_by_norm
from rnnlib.rnn import RNN
from rnnlib.text import Vocab, char_tokens, normalise

T, LAG, SEEDS = 48, 9, (0, 1, 2)
LENGTHS = (1, 2, 4, 6, 8, 9, 10, 12, 16, 20, 24)


def bits_with_a_lag(n_steps, n_batch, seed, lag=LAG):
    """Inputs and labels (n_steps, n_batch): the label is the input lag steps before."""
    row = np.random.default_rng(seed).integers(2, size=(n_steps + lag, n_batch))
    return row[lag:], row[:-lag]


def tales():
    """The training tales in 32 columns, and the validation tales in one."""
    text, held = (
        char_tokens(normalise(load_tales(s))) for s in ("train", "validation")
    )
    vocab = Vocab.build(text, reserved=("<unk>",))
    ids = vocab.encode(text)
    length = (len(ids) - 1) // 32
    (rows,) = sequential_batches(ids, length, 32)
    held = vocab.encode(held)[:8001, None]
    return rows, (held[:-1], held[1:]), len(vocab)


def segments(k, dh, steps, rng):
    return unroll_backward(RNN, dh, None, steps, truncated_flow(len(dh), k))[2]


def sliding(k, dh, steps, rng):
    return windowed_backward(RNN, dh, None, steps, k)[2]


def random_cuts(k, dh, steps, rng):
    return unroll_backward(
        RNN, dh, None, steps, randomised_flow(len(dh), 1 - 1 / k, rng=rng)
    )[2]


def fit(rows, held, n_tokens, n_hidden, rate, back, seed, n_epochs=1, carry=True):
    """Train, and return the loss on the held-out rows in nats per token."""
    rng, (x, y) = np.random.default_rng(seed), rows
    params = lm_init(RNN, n_tokens, n_hidden, rng=rng)
    starts = [s for _ in range(n_epochs) for s in range(0, len(x) - T + 1, T)]
    optimiser = adam(lambda step: rate * (1 - 0.9 * step / len(starts)))
    memory, state = optimiser.init(params), None
    for s in starts:
        if s == 0 or not carry:
            state = RNN.zero_state(x.shape[1], params.cell)
        _, state, cache = lm_loss(RNN, params, x[s : s + T], y[s : s + T], state)
        dh, readout = readout_backward(cache.do, cache.readout)
        grads = LMParams(back(dh, cache.steps, rng), readout)
        grads, _ = clip_by_norm(grads, 1.0)
        params, memory = optimiser.update(grads, memory, params)
    fresh = RNN.zero_state(held[0].shape[1], params.cell)
    return float(lm_loss(RNN, params, *held, fresh)[0])


def lag_runs(seed, back, lag=LAG):
    rows = bits_with_a_lag(14_400, 32, seed, lag)
    held = bits_with_a_lag(480, 32, 99, lag)
    return fit(rows, held, 2, 32, 0.01, back, seed)


def main() -> None:
    began = time.process_time()
    letters, held, n_letters = tales()
    found: dict = {"lag": LAG, "lengths": list(LENGTHS), "T": T}
    for name, scheme in (("segments", segments), ("sliding", sliding)):
        found[name] = {"lag": {}, "tales": {}}
        for k in LENGTHS:
            back = partial(scheme, k)
            found[name]["lag"][str(k)] = [
                round(lag_runs(seed, back), 3) for seed in SEEDS
            ]
            found[name]["tales"][str(k)] = [
                round(fit(letters, held, n_letters, 48, 0.01, back, seed, 2), 3)
                for seed in SEEDS
            ]
            print(name, k, found[name]["lag"][str(k)], found[name]["tales"][str(k)])
    found["random"] = {}
    for k in (2, 3, 4, 6, 9):
        back = partial(random_cuts, k)
        found["random"][str(k)] = [round(lag_runs(seed, back), 3) for seed in SEEDS]
        print("random", k, found["random"][str(k)])
    found["seconds"] = round(time.process_time() - began)
    record(
        "truncation",
        found,
        command="python -m benchmarks.truncation",
        data={"tales": load_tales("train")},
    )


if __name__ == "__main__":
    main()
