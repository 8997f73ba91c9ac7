"""Run PyTorch's stacked and bidirectional networks once, and hold the package's layers against them.

    python -m tools.freeze_stacks        writes tests/unit/data/torch-stacks.json; needs torch

The tests read the file and need no torch; ``tests/parity`` runs torch itself.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FROZEN = Path(__file__).resolve().parents[1] / "tests/unit/data/torch-stacks.json"
T, B, I, H = 5, 3, 4, 2
LENGTHS = [5, 3, 2]


class Setup(NamedTuple):
    """One network of PyTorch; with ``packed`` its rows have the lengths above."""

    kind: str
    n_layers: int
    bidirectional: bool
    packed: bool


SETUPS = {
    "three layers": Setup("GRU", 3, False, False),
    "two layers, both directions": Setup("LSTM", 2, True, False),
    "two layers, both directions, unequal lengths": Setup("RNN", 2, True, True),
}


def run_torch(name: str, seed: int) -> dict[str, Any]:
    """Return what a network was given and what came of it; the loss weighs each output and all final states."""
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    kind, n_layers, both, packed = SETUPS[name]
    rng = np.random.default_rng(seed)

    def draw(*shape):  # three digits: exact in the file, and short
        return torch.tensor(rng.normal(size=shape).round(3), requires_grad=True)

    network = getattr(torch.nn, kind)(
        I, H, num_layers=n_layers, bidirectional=both, dtype=torch.float64
    )
    params = dict(network.named_parameters())
    for p in params.values():
        p.data = draw(*p.shape).detach()
    rows, x = n_layers * (1 + both), draw(T, B, I)
    state = [draw(rows, B, H) for _ in range(2 if kind == "LSTM" else 1)]
    weights = draw(T, B, H * (1 + both)), *(draw(rows, B, H) for _ in state)
    fed = pack_padded_sequence(x, LENGTHS) if packed else x
    output, h_n = network(fed, tuple(state) if len(state) == 2 else state[0])
    if packed:
        output, _ = pad_packed_sequence(output)
    last = h_n if len(state) == 2 else (h_n,)
    sum((w * out).sum() for w, out in zip(weights, (output, *last))).backward()

    def lists(tensors):
        return [t.detach().numpy().tolist() for t in tensors]

    return {
        "name": name,
        "params": dict(zip(params, lists(params.values()))),
        "x": lists([x])[0],
        "state": lists(state),
        "weights": lists(weights),
        "output": lists([output])[0],
        "last": lists(last),
        "dparams": dict(zip(params, lists(p.grad for p in params.values()))),
        "dx": lists([x.grad])[0],
        "dstate": lists(s.grad for s in state),
    }


def errors(case: dict[str, Any]) -> dict[str, float]:
    """Return the relative error of every array that the package computes from a case."""
    from rnnlib.gradcheck import relative_error
    from rnnlib.gru import GRU, GRUParams
    from rnnlib.interop import from_torch, to_torch
    from rnnlib.lstm import LSTM, LSTMParams, LSTMState
    from rnnlib.rnn import RNN, RNNParams
    from rnnlib.stacking import bidirectional, deep, recurrent

    setup = SETUPS[case["name"]]
    cell, kind = {
        "RNN": (RNN, RNNParams),
        "LSTM": (LSTM, LSTMParams),
        "GRU": (GRU, GRUParams),
    }[setup.kind]
    ways = (False, True) if setup.bidirectional else (False,)

    def arrange(make):
        """One entry for each layer and direction, as our trees have it."""
        pairs = [tuple(make(n, way) for way in ways) for n in range(setup.n_layers)]
        return tuple(pair if setup.bidirectional else pair[0] for pair in pairs)

    def states(arrays):
        """Theirs stand in the order layer 0 forwards, layer 0 backwards, layer 1 forwards, ..."""
        parts = [np.array(array) for array in arrays]

        def make(n, way):
            row = n * len(ways) + way
            return (
                LSTMState(*(p[row] for p in parts)) if cell is LSTM else parts[0][row]
            )

        return arrange(make)

    def flat(tree):
        """Back into their order."""
        entries = [
            e for level in tree for e in (level if setup.bidirectional else (level,))
        ]
        parts = zip(*entries) if cell is LSTM else [entries]
        return [np.stack(list(part)) for part in parts]

    params = arrange(lambda n, way: from_torch(kind, case["params"], n, reverse=way))
    layer = deep(
        [bidirectional(cell) if setup.bidirectional else recurrent(cell)]
        * setup.n_layers
    )
    mask = np.arange(T)[:, None] < LENGTHS if setup.packed else None
    dh, *dlast = (np.array(w) for w in case["weights"])
    h, last, cache = layer.forward(
        np.array(case["x"]), states(case["state"]), params, mask
    )
    dx, dstate, grads = layer.backward(dh, states(dlast), cache)

    got = {"output": h, "dx": dx}
    got |= {f"last {i}": part for i, part in enumerate(flat(last))}
    got |= {f"dstate {i}": part for i, part in enumerate(flat(dstate))}
    want = {"output": case["output"], "dx": case["dx"]}
    want |= {f"last {i}": part for i, part in enumerate(case["last"])}
    want |= {f"dstate {i}": part for i, part in enumerate(case["dstate"])}
    for n in range(setup.n_layers):
        for way in ways:
            mine = to_torch(
                grads[n][way] if setup.bidirectional else grads[n], n, reverse=way
            )
            names = [
                name for name in mine if kind is GRUParams or "bias_hh" not in name
            ]
            got |= {name: mine[name] for name in names}
            want |= {name: case["dparams"][name] for name in names}
    return {name: relative_error(got[name], np.array(want[name])) for name in got}


def main() -> None:
    """Write the file."""
    import torch

    cases = [run_torch(name, seed) for seed, name in enumerate(SETUPS)]
    about = f"torch {torch.__version__}, float64, by tools/freeze_stacks.py"
    lines = ",\n".join(json.dumps(case) for case in cases)
    FROZEN.write_text(f'{{"about": "{about}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
