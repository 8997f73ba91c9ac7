"""Ask PyTorch for the shapes and numbers of stacked and bidirectional networks: python -m benchmarks.torch_stack

For chapter 17; needs torch. The shapes are those of all networks with one to three layers. The numbers are those of one
network with two layers in both directions, whose parameters, inputs and states are drawn from
``numpy.random.default_rng(17)``, in PyTorch's order and rounded to three digits, so that the page can draw them again.
"""

from itertools import product

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.record import record

T, B, I, H = 5, 3, 7, 2
LENGTHS = [5, 3, 2]


def shapes(n_layers, bidirectional, batch_first):
    """The names and shapes of one network's parameters, and the shapes of what it reads and returns."""
    network = torch.nn.RNN(
        I, H, n_layers, bidirectional=bidirectional, batch_first=batch_first
    )
    x = torch.zeros(B, T, I) if batch_first else torch.zeros(T, B, I)
    output, h_n = network(x)
    return {
        "n_layers": n_layers,
        "bidirectional": bidirectional,
        "batch_first": batch_first,
        "params": {name: list(p.shape) for name, p in network.named_parameters()},
        "x": list(x.shape),
        "output": list(output.shape),
        "h_n": list(h_n.shape),
    }


def numbers():
    """Output and h_n of one network, for whole rows and for rows with the lengths above."""
    rng = np.random.default_rng(17)

    def draw(*shape):
        return torch.tensor(rng.normal(size=shape).round(3))

    network = torch.nn.RNN(I, H, 2, bidirectional=True, dtype=torch.float64)
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(draw(*p.shape))
        x, h_0 = draw(T, B, I), draw(4, B, H)
        output, h_n = network(x, h_0)
        packed, packed_h_n = network(pack_padded_sequence(x, LENGTHS), h_0)
        packed_output, _ = pad_packed_sequence(packed)
    kept = {
        "output": output,
        "h_n": h_n,
        "packed output": packed_output,
        "packed h_n": packed_h_n,
    }
    return {name: array.numpy().tolist() for name, array in kept.items()}


def main() -> None:
    networks = product((1, 2, 3), (False, True), (False, True))
    found = {
        "torch": torch.__version__,
        "sizes": [T, B, I, H],
        "lengths": LENGTHS,
        "shapes": [shapes(*network) for network in networks],
        "numbers": numbers(),
    }
    record("torch-stack", found, command="python -m benchmarks.torch_stack")


if __name__ == "__main__":
    main()
