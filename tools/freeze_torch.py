"""Run PyTorch's cells once, keep inputs, outputs and gradients, and hold the package against them.

    python -m tools.freeze_torch        writes tests/unit/data/torch-cells.json; needs torch

The tests read the file and need no torch; ``tests/parity`` runs torch itself.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

FROZEN = Path(__file__).resolve().parents[1] / "tests/unit/data/torch-cells.json"
SIZES = 5, 3, 2, 4  # T, B, I, H
KINDS = {
    "RNN": ("RNN", {}),
    "ReluRNN": ("RNN", {"nonlinearity": "relu"}),
    "LSTM": ("LSTM", {}),
    "GRU": ("GRU", {}),
}


def run_torch(kind: str, sizes: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Return what a cell was given and what came of it; the loss weighs each output and the final state."""
    import torch

    T, B, I, H = sizes
    rng = np.random.default_rng(seed)
    name, options = KINDS[kind]

    def draw(*shape):  # three digits: exact in the file, and short
        return torch.tensor(rng.normal(size=shape).round(3), requires_grad=True)

    cell = getattr(torch.nn, name)(I, H, dtype=torch.float64, **options)
    params = dict(cell.named_parameters())
    for p in params.values():
        p.data = draw(*p.shape).detach()
    n_states = 2 if kind == "LSTM" else 1
    x, state = draw(T, B, I), [draw(1, B, H) for _ in range(n_states)]
    weights = draw(T, B, H), *(draw(1, B, H) for _ in state)
    h, last = cell(x, tuple(state) if n_states == 2 else state[0])
    last = last if n_states == 2 else (last,)
    sum((w * out).sum() for w, out in zip(weights, (h, *last))).backward()

    def lists(tensors):
        return [t.detach().numpy().tolist() for t in tensors]

    return {
        "kind": kind,
        "params": dict(zip(params, lists(params.values()))),
        "x": lists([x])[0],
        "state": lists(s[0] for s in state),
        "weights": lists([weights[0], *(w[0] for w in weights[1:])]),
        "h": lists([h])[0],
        "last": lists(s[0] for s in last),
        "dparams": dict(zip(params, lists(p.grad for p in params.values()))),
        "dx": lists([x.grad])[0],
        "dstate": lists(s.grad[0] for s in state),
    }


def errors(case: dict[str, Any]) -> dict[str, float]:
    """Return the relative error of every array that the package computes from a case."""
    from rnnlib.bptt import unroll_backward, unroll_forward
    from rnnlib.gradcheck import relative_error
    from rnnlib.gru import GRU, GRUParams
    from rnnlib.interop import from_torch
    from rnnlib.kin import ReluRNN
    from rnnlib.lstm import LSTM, LSTMParams, LSTMState
    from rnnlib.rnn import RNN, RNNParams
    from rnnlib.tree import tree_leaves

    cell, kind = {
        "RNN": (RNN, RNNParams),
        "ReluRNN": (ReluRNN, RNNParams),
        "LSTM": (LSTM, LSTMParams),
        "GRU": (GRU, GRUParams),
    }[case["kind"]]
    params, x = from_torch(kind, case["params"]), np.array(case["x"])
    pack = LSTMState if cell is LSTM else lambda h: h
    state, (dh, *dlast) = map(np.array, case["state"]), map(np.array, case["weights"])
    h, last, caches = unroll_forward(cell, x, pack(*state), params)
    dx, dstate, grads = unroll_backward(cell, dh, pack(*dlast), caches)

    dparams = list(case["dparams"].values())[: len(grads)]  # two biases, one gradient
    want = [case["h"], *case["last"], *dparams, case["dx"], *case["dstate"]]
    got = [("h", h), *tree_leaves(last, "last"), *tree_leaves(grads, "d"), ("dx", dx)]
    got += tree_leaves(dstate, "dstate")
    pairs = zip(got, want, strict=True)
    return {
        name: relative_error(ours, np.array(theirs)) for (name, ours), theirs in pairs
    }


def main() -> None:
    """Write the file."""
    import torch

    cases = [run_torch(kind, SIZES, seed) for seed, kind in enumerate(KINDS)]
    about = f"torch {torch.__version__}, float64, by tools/freeze_torch.py"
    lines = ",\n".join(json.dumps(case) for case in cases)
    FROZEN.write_text(f'{{"about": "{about}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
