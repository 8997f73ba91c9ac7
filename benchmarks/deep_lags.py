"""Say the bit of some steps ago with five networks of equal size, for chapter 17: python -m benchmarks.deep_lags

A plain cell, a stack of three, and a transition of three layers, the last two with and without skip connections; the
widths are chosen so that all have about the same number of parameters. For each network and lag the rate is chosen on
validation data with two seeds (CHOOSING); the losses recorded are those of test data with other seeds (REPORTED).
"""

import time

import numpy as np

from benchmarks.record import record
from rnnlib.model import lm_backward, lm_init, lm_loss
from rnnlib.optim import adam, clip_by_norm
from rnnlib.rnn import RNN
from rnnlib.stacking import deep_transition, stack
from rnnlib.tree import tree_leaves

T, B, N_UPDATES = 24, 32, 500
LAGS, RATES = (4, 8, 12, 16), (0.003, 0.01, 0.03)
CHOOSING, REPORTED = (0, 1), (10, 11, 12, 13, 14)
NETWORKS = {
    "one layer": (RNN, 32),
    "stack of 3": (stack([RNN] * 3), 14),
    "stack of 3, skips": (stack([RNN] * 3, skip=True), 14),
    "transition of 3": (deep_transition(3), 18),
    "transition of 3, skips": (deep_transition(3, skip=True), 14),
}


def bits(lag, rng, n_batch=B):
    """Inputs, labels and mask (T, B): the label is the input lag steps before."""
    x = rng.integers(2, size=(T, n_batch))
    counted = np.broadcast_to(np.arange(T)[:, None] >= lag, x.shape)
    return x, np.roll(x, lag, axis=0), counted


def loss_on(cell, params, batch):
    x, y, counted = batch
    zero = cell.zero_state(x.shape[1], params.cell)
    return lm_loss(cell, params, x, y, zero, counted)


def fit(name, lag, rate, seed, draw=lm_init):
    """Train on fresh sequences; return the loss on validation and on test data, in nats."""
    cell, n_hidden = NETWORKS[name]
    rng = np.random.default_rng(seed)
    params = draw(cell, 2, n_hidden, rng=rng)
    optimiser = adam(lambda step: rate * (1 - 0.9 * step / N_UPDATES))
    memory = optimiser.init(params)
    for _ in range(N_UPDATES):
        _, _, cache = loss_on(cell, params, bits(lag, rng))
        grads, _ = clip_by_norm(lm_backward(cache), 1.0)
        params, memory = optimiser.update(grads, memory, params)
    held = (bits(lag, np.random.default_rng(seed), 200) for seed in (1001, 1002))
    return [float(loss_on(cell, params, batch)[0]) for batch in held]


def n_parameters(name):
    cell, n_hidden = NETWORKS[name]
    drawn = cell.init(2, n_hidden, rng=np.random.default_rng(0))
    return sum(leaf.size for _, leaf in tree_leaves(drawn))


def losses_of(name, draw=lm_init):
    """The losses on test data by lag, with the rate that is best on validation data."""
    found = {}
    for lag in LAGS:
        mean = {
            rate: np.mean([fit(name, lag, rate, seed, draw)[0] for seed in CHOOSING])
            for rate in RATES
        }
        rate = min(mean, key=mean.get)
        losses = [round(fit(name, lag, rate, seed, draw)[1], 3) for seed in REPORTED]
        found[str(lag)] = losses
        print(f"{name}, lag {lag}, rate {rate}: {losses}", flush=True)
    return found


def main() -> None:
    began = time.process_time()
    found: dict = {"lags": list(LAGS), "rates": list(RATES), "networks": {}}
    for name, (_, n_hidden) in NETWORKS.items():
        found["networks"][name] = {
            "width": n_hidden,
            "parameters": n_parameters(name),
            "loss": losses_of(name),
        }
    found["updates"], found["seeds"] = N_UPDATES, len(REPORTED)
    found["candidates"] = len(RATES)
    found["seconds"] = round(time.process_time() - began)
    record("deep-lags", found, command="python -m benchmarks.deep_lags")


if __name__ == "__main__":
    main()
